"""The live stream: everything first, then what is new, and a slow reader harms nobody."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from bridge.core.events import Level, ReadOut
from bridge.core.notes import Note
from bridge.core.stage_events import BeatNow, NotesComing
from bridge.core.views import PlayerGone
from bridge.engine.report import EngineEvent
from bridge.web.queues import MOST_READERS
from bridge.web.truth import Telling, Truth
from tests.fakes.page import Page, served, until
from tests.fakes.room import KICK, steady_drummer

BATCH = 250


def key(pitch: int, velocity: int = 100) -> dict[str, object]:
    return {"command": "key", "player": 1, "pitch": pitch, "velocity": velocity}


def test_the_first_event_tells_how_everything_stands(page: Page):
    with page.stream() as events:
        name, hello = events.next()
        assert name == "hello"
        assert hello["api"] == 1
        assert hello["bundles"] == ["steady_drummer"]
        assert hello["ports"] == {"input_ports": [], "output_ports": []}
        (player,) = hello["players"]
        assert player["number"] == 1
        assert player["kind"] == "port"
        assert player["clock"] == "jam"
        assert player["state"] == "idle"
        assert player["settings"]["call_bars"] == 1
        temperature = next(p for p in hello["parameters"] if p["name"] == "temperature")
        assert (temperature["low"], temperature["high"]) == (0.1, 2.0)


def test_the_bits_of_routes_have_the_names_of_ports():
    truth = Truth(("steady_drummer",), ports={"output_ports": ("synth", "drums")})
    assert truth.hello().fields["ports"] == {"output_ports": ["synth", "drums"]}


def test_of_a_device_that_is_gone_nothing_is_told_to_who_comes_later():
    truth = Truth(("steady_drummer",))
    clock = "player 3"
    truth.take(BeatNow(clock, 0.0, 8.0, 8.0, 120.0, 4.0, 12.0, True, "device 5", True))
    truth.take(NotesComing(3, clock, 1, (Note(36, 100, 9.0, 1.0),)))
    assert truth.hello().fields["clocks"] and truth.hello().fields["notes"]
    truth.take(PlayerGone(3))
    assert truth.hello().fields["clocks"] == []
    assert truth.hello().fields["notes"] == []


def test_a_jam_played_from_the_page_is_seen_before_it_sounds(page: Page):
    with page.stream() as events:
        events.next()
        assert page.ask("POST", "/api/commands", [key(KICK), key(KICK, 0)]).json == {"done": 2}
        heard = events.wait_for("key")
        assert (heard["player"], heard["pitch"], heard["velocity"]) == (1, KICK, 100)
        assert heard["heard"]
        page.engine.run(6.0)
        starts: list[float] = []
        answer = None
        while len(starts) < 16 or answer is None:
            name, fields = events.next()
            if name == "notes":
                assert fields["clock"] == "jam"
                starts += [note["start_beats"] for note in fields["notes"]]
            elif name == "answer":
                answer = fields
        assert starts == [4 + step / 4 for step in range(16)]
        assert answer["player"] == 1
        assert answer["notes"] == 16
        assert answer["answer_nats_per_step"] == pytest.approx(0.0, abs=1e-3)
    with page.stream() as events:
        _, hello = events.next()
        assert [one["answer_id"] for one in hello["answers"]] == [answer["answer_id"]]


def test_who_comes_in_the_middle_sees_what_is_still_to_come_and_nothing_that_is_past(page: Page):
    page.ask("POST", "/api/commands", [key(KICK), key(KICK, 0)])
    page.engine.run(2.55)
    beats = page.engine.engine._timekeeper.port_jam.hub.run_beats_at(page.engine.clock.time_s)
    with page.stream() as events:
        _, hello = events.next()
        (coming,) = hello["notes"]
        starts = [note["start_beats"] for note in coming["notes"]]
        assert starts and min(starts) > beats - 0.6
        assert max(starts) > beats + 0.5
        page.ask("POST", "/api/commands", {"command": "do", "player": 0, "action": "panic"})
        back = events.wait_for("taken_back")
        assert back["silenced"]
        assert back["from_beats"] == pytest.approx(beats, abs=0.05)
    with page.stream() as events:
        _, hello = events.next()
        kept = [note["start_beats"] for one in hello["notes"] for note in one["notes"]]
        assert all(start < back["from_beats"] for start in kept)


def test_two_pages_see_the_same_edit_and_it_is_told_once(page: Page):
    with page.stream() as one, page.stream() as other:
        for events in (one, other):
            events.next()
        change = {"command": "set", "player": 1, "name": "temperature", "value": 1.5}
        assert page.ask("POST", "/api/commands", change).status == 200
        page.ask("POST", "/api/commands", {"command": "tempo", "tempo_qpm": 90})
        for events in (one, other):
            seen = events.wait_for("player")
            assert seen["settings"]["temperature"] == 1.5
        page.engine.run(0.5)
        page.engine.tell(EngineEvent(Level.INFO, "the end"))
        for events in (one, other):
            names = []
            while not (names and names[-1] == "log"):
                names.append(events.next()[0])
            assert "player" not in names


def test_of_what_may_be_skipped_only_the_newest_waits(page: Page):
    beats = [
        BeatNow("jam", at, 2.0 * at, 2.0 * at, 120.0, 4.0, 4.0, True, "internal", True)
        for at in range(50_000)
    ]
    with page.stream() as events:
        events.next()
        for beat in beats:
            page.engine.tell(beat)
        page.engine.tell(EngineEvent(Level.INFO, "the end"))
        seen = 0
        while events.next()[0] != "log":
            seen += 1
        assert seen < 2000


def test_a_reader_that_does_not_read_is_cut_off_and_nobody_else_notices(page: Page):
    lazy = socket.create_connection(("127.0.0.1", page.port))
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.sendall(f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n\r\n".encode())
    until(lambda: page.server.readers == 1)
    with page.stream() as events:
        events.next()
        line = EngineEvent(Level.INFO, "x" * 8000)
        told = 0
        while page.server.readers == 2 and told < 60_000:
            for _ in range(BATCH):
                page.engine.tell(line)
            told += BATCH
            for _ in range(BATCH):
                assert events.next()[0] == "log"
        assert page.server.readers == 1
        # Its connection goes too, so that it can't be held open for ever.
        until(lambda: lazy.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET)
        lazy.close()
        page.engine.tell(EngineEvent(Level.INFO, "still here"))
        assert events.wait_for("log")["text"] == "still here"


def test_what_can_not_be_told_is_logged_and_the_stream_goes_on(
    page: Page, caplog: pytest.LogCaptureFixture
):
    odd = BeatNow("jam", {1, 2}, 0.0, 0.0, 120.0, 4.0, 4.0, True, "internal", True)  # type: ignore[arg-type]
    with page.stream() as events:
        events.next()
        page.engine.tell(odd)
        page.engine.tell(EngineEvent(Level.INFO, "on it goes"))
        assert events.wait_for("log")["text"] == "on it goes"
    assert "BeatNow" in caplog.text


def test_no_answer_waits_for_more_to_send(page: Page):
    with page.stream() as events:
        events.next()
        (line,) = page.server._crowd.transports
        accepted = line.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_engine_that_is_gone_says_so_to_everybody(page: Page):
    with page.stream() as events:
        events.next()
        page.engine.tell(None)
        assert events.wait_for("gone")["reason"] == "engine"
        assert events.ended()


def test_the_end_of_the_server_is_told(tmp_path: Path):
    with served(tmp_path, steady_drummer(tmp_path)) as page, page.stream() as events:
        events.next()
        page.server.stop()
        assert events.wait_for("gone")["reason"] == "server"
        assert events.ended()


def test_no_more_read_than_may_and_those_that_leave_make_room(page: Page):
    lines = []
    request = f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n\r\n".encode()
    for _ in range(MOST_READERS):
        lines.append(socket.create_connection(("127.0.0.1", page.port)))
        lines[-1].sendall(request)
    until(lambda: page.server.readers == MOST_READERS)
    refused = page.ask("GET", "/api/stream")
    assert (refused.status, refused.code) == (503, "too-many-readers")
    for line in lines:
        line.close()
    until(lambda: page.server.readers == 0)
    with page.stream() as events:
        assert events.next()[0] == "hello"


def test_a_hand_on_a_knob_of_push_2_is_told_and_only_the_newest_value_counts() -> None:
    truth = Truth(("steady_drummer",))
    (told,) = truth.take(ReadOut(1, "temperature", "1.25", 0.6, touched=True))
    assert told == Telling(
        "readout",
        {"player": 1, "parameter": "temperature", "text": "1.25", "share": 0.6, "touched": True},
        "readout",
    )
