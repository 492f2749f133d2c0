"""Commands by POST: the engine's own answer comes back, and nonsense goes no further."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.commands import Capture, Do, Key, RunClock, SetParameter, SetTempo, Watch
from tests.fakes.page import OWN, Page

ADDRESSES = ("commands", "ping", "login", "presets/save", "presets/load", "presets/delete")


def send(page: Page, command: object) -> tuple[int, str]:
    reply = page.ask("POST", "/api/commands", command)
    return reply.status, reply.json.get("error", {}).get("code", "")


def done(page: Page) -> list[object]:
    return [one for one in page.engine.commands if not isinstance(one, Watch)]


def test_each_kind_of_command_arrives_as_it_was_meant(page: Page):
    page.engine.run(0.2)
    sent = [
        {"command": "do", "player": 1, "action": "go"},
        {"command": "set", "player": 1, "name": "temperature", "value": 1},
        {"command": "set", "player": 1, "name": "loop", "value": True},
        {"command": "set", "player": 1, "name": "scale", "value": "D dorian"},
        {"command": "set", "player": 1, "name": "bundle", "value": "steady_drummer"},
        {"command": "tempo", "tempo_qpm": 93.5},
        {"command": "clock", "playing": False},
    ]
    reply = page.ask("POST", "/api/commands", sent)
    assert (reply.status, reply.json) == (200, {"done": len(sent)})
    assert done(page)[0] == Do(1, "go")
    assert done(page)[1] == SetParameter(1, "temperature", 1.0)
    assert done(page)[-2:] == [SetTempo(93.5), RunClock(False)]


def test_of_what_was_played_nothing_is_kept_before_anything_was(page: Page):
    for command, meant in (({"bars": 8}, Capture(8)), ({}, Capture())):
        status, code = send(page, {"command": "capture", **command})
        assert (status, done(page)[-1]) == (409, meant), code
    assert send(page, {"command": "capture", "bars": 1.5})[0] == 400


def test_a_key_says_how_long_ago_it_was_struck(page: Page):
    now_s = page.ask("POST", "/api/ping", {}).json["time_s"]
    key = {"command": "key", "player": 1, "pitch": 38, "velocity": 90, "channel": 9}
    for time_s in (now_s - 0.25, now_s - 100.0, now_s + 100.0):
        assert send(page, key | {"time_s": time_s}) == (200, "")
    ages = [one.age_s for one in done(page) if isinstance(one, Key)]
    assert 0.25 <= ages[0] < 1.0
    assert ages[1:] == [1.0, 0.0]


def test_what_can_not_be_done_now_is_answered_by_the_engine(page: Page):
    again = {"command": "do", "player": 1, "action": "again"}
    assert send(page, again) == (409, "nothing-to-answer")
    assert send(page, {"command": "do", "player": 7, "action": "go"}) == (409, "player-unknown")
    tempo = {"command": "tempo", "tempo_qpm": 100}
    reply = page.ask("POST", "/api/commands", [tempo, again, tempo])
    assert (reply.status, reply.json["done"]) == (409, 1)
    assert reply.json["error"]["hint"]


def test_an_engine_that_does_not_answer_holds_nobody_up(
    page: Page, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bridge.web.app.DONE_S", 0.05)
    page.engine.silent = True
    reply = page.ask("POST", "/api/commands", {"command": "tempo", "tempo_qpm": 100})
    assert (reply.status, reply.json) == (202, {"done": 0})


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"command": "set", "player": 1, "name": "temperature", "value": 5}, "value-refused"),
        ({"command": "set", "player": 1, "name": "volume", "value": 1}, "parameter-unknown"),
        ({"command": "set", "player": 1, "name": "bundle", "value": "x"}, "value-refused"),
        ({"command": "set", "player": 1, "name": "temperature", "value": [1]}, "request-malformed"),
        ({"command": "set", "player": "1", "name": "loop", "value": 1}, "request-malformed"),
        ({"command": "do", "player": 65, "action": "go"}, "player-unknown"),
        ({"command": "do", "player": 1, "action": "explode"}, "command-refused"),
        ({"command": "do", "player": 1, "action": "go", "more": 1}, "request-malformed"),
        ({"command": "do", "player": True, "action": "go"}, "request-malformed"),
        ({"command": "tempo", "tempo_qpm": 1e9}, "value-refused"),
        ({"command": "tempo", "tempo_qpm": "120"}, "request-malformed"),
        ({"command": "clock", "playing": 1}, "request-malformed"),
        ({"command": "key", "player": 1, "pitch": 128, "velocity": 1}, "value-refused"),
        ({"command": "watch", "watched": False}, "request-malformed"),
        ([], "request-malformed"),
        ([{"command": "tempo", "tempo_qpm": 100}] * 65, "request-malformed"),
        ("go", "request-malformed"),
        (b"{", "request-malformed"),
        (b"", "request-malformed"),
        (b"\xff\xfe", "request-malformed"),
        (b"[" * 60_000, "request-malformed"),
        (b'{"command": "tempo", "tempo_qpm": NaN}', "request-malformed"),
        (b'{"command": "tempo", "tempo_qpm": 1e999}', "request-malformed"),
        (b'{"command": "tempo", "tempo_qpm": ' + b"9" * 5000 + b"}", "request-malformed"),
        ({"command": "set", "player": 1, "name": "loop", "value": 10**400}, "request-malformed"),
    ],
)
def test_nonsense_is_refused_with_a_sentence_and_changes_nothing(
    page: Page, command: object, code: str
):
    status, found = send(page, command)
    assert (status, found) == (400, code)
    assert done(page) == []


_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
_words = st.sampled_from(
    ["do", "set", "key", "tempo", "clock", "go", "panic", "temperature", "chords", "scale", "C | F"]
)
_names = st.sampled_from(["command", "player", "action", "name", "value", "pitch"]) | (
    st.sampled_from(["velocity", "channel", "time_s", "tempo_qpm", "playing"])
)
_commands = st.dictionaries(_names, _words | st.integers(-2, 130) | _plain, max_size=7)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(_commands, st.lists(_commands, max_size=4), _plain, st.binary(max_size=80)))
def test_whatever_is_sent_the_server_answers_in_kind_and_goes_on(page: Page, body: object):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    for address in ADDRESSES:
        reply = page.ask("POST", f"/api/{address}", data, OWN)
        assert reply.status in (200, 204, 400, 401, 404, 409), (address, data, reply)
        if reply.status >= 400:
            assert reply.json["error"]["message"]
    assert page.engine.engine._timekeeper.faults == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=300) | st.text(max_size=100).map(str.encode))
def test_whatever_bytes_come_the_server_goes_on(page: Page, data: bytes):
    host = f"\r\nHost: 127.0.0.1:{page.port}\r\nConnection: close\r\n".encode()
    for whole in (data + b"\r\n\r\n", b"GET " + data + b" HTTP/1.1" + host + b"\r\n"):
        reply = page.raw(whole + b"\0\r\n\r\n")
        assert reply == b"" or reply.startswith((b"HTTP/1.1 4", b"HTTP/1.1 2"))
    assert page.ask("POST", "/api/ping", {}).status == 200
