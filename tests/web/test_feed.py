"""OSC for programs that make pictures: a real receiver, parsed by python-osc."""

from __future__ import annotations

import importlib.util
import math
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage

from bridge.config import EngineConfig, load_config
from bridge.config.web import FeedSettings
from bridge.core.commands import Key
from bridge.core.notes import Note
from bridge.core.settings import ClockSettings, JamSettings, PlayerSettings, PlayerSetup
from bridge.core.stage_events import BeatNow, NotesComing, NotesTakenBack
from bridge.core.views import PlayerGone, PlayerView
from bridge.engine import RunningEngine
from bridge.errors import ConfigError
from bridge.web.feed import Feed, encoded
from bridge.web.show import Show, ShowMessage
from tests.fakes.engine_process import free_port
from tests.fakes.room import KICK, steady_drummer

pytestmark = pytest.mark.real_time

ROOT = Path(__file__).resolve().parents[2]


def beat(time_s: float, run_beats: float, *, tempo_qpm: float = 120.0, playing: bool = True):
    line = math.ceil(run_beats / 4.0) * 4.0
    return BeatNow(
        "jam", time_s, run_beats, run_beats, tempo_qpm, 4.0, line, playing, "internal", True
    )


def coming(*notes: tuple[int, float, float]) -> NotesComing:
    return NotesComing(
        1, "jam", 7, tuple(Note(p, 100, start, length) for p, start, length in notes)
    )


def played(show: Show, until_s: float, *, from_s: float) -> list[tuple[float, ShowMessage]]:
    """Let time pass, from one due moment to the next."""
    found, now_s = [], from_s
    while True:
        found += [(now_s, message) for message in show.due(now_s)]
        due_s = max(now_s + 1e-9, show.next_due_s())
        if due_s > until_s:
            return found
        now_s = due_s


def of(found: list[tuple[float, ShowMessage]], address: str) -> list[tuple[float, tuple]]:
    return [(round(t, 6), m.values) for t, m in found if m.address == address]


def test_a_note_is_told_ahead_then_when_it_sounds_then_when_it_ends():
    show = Show()
    show.take(beat(10.0, 0.0), 10.0)
    (told,) = show.take(coming((36, 2.0, 0.5)), 10.0)
    assert told == ShowMessage("/bridge/note", (1, 36, 100, 2.0, 1.0, 0.5))
    found = played(show, 14.0, from_s=10.0)
    assert of(found, "/bridge/on") == [(11.0, (1, 36, 100))]
    assert of(found, "/bridge/off") == [(11.25, (1, 36))]
    assert of(found, "/bridge/pulse")[:5] == [
        (10.5 + half * 0.5, ("jam", count)) for half, count in enumerate([2, 3, 4, 1, 2])
    ]


def test_a_change_of_tempo_moves_what_is_left():
    show = Show()
    show.take(beat(10.0, 0.0), 10.0)
    show.take(coming((36, 4.0, 1.0)), 10.0)
    show.take(beat(11.0, 2.0, tempo_qpm=60.0), 11.0)
    found = played(show, 20.0, from_s=11.0)
    assert of(found, "/bridge/on") == [(13.0, (1, 36, 100))]
    assert of(found, "/bridge/off") == [(14.0, (1, 36))]


def test_what_is_taken_back_does_not_sound_and_what_sounds_is_ended():
    show = Show()
    show.take(beat(10.0, 0.0), 10.0)
    show.take(coming((36, 0.5, 8.0), (38, 3.0, 1.0)), 10.0)
    assert of(played(show, 10.5, from_s=10.0), "/bridge/on") == [(10.25, (1, 36, 100))]
    told = show.take(NotesTakenBack(1, "jam", 7, 1.0, True), 10.5)
    assert ShowMessage("/bridge/off", (1, 36)) in told
    assert told[-1] == ShowMessage("/bridge/taken_back", (1, 0.0))
    assert not of(played(show, 20.0, from_s=10.5), "/bridge/on")


def test_where_the_clock_stands_nothing_sounds():
    show = Show()
    show.take(beat(10.0, 0.0), 10.0)
    show.take(coming((36, 0.5, 8.0)), 10.0)
    played(show, 10.5, from_s=10.0)
    told = show.take(beat(10.6, 1.2, playing=False), 10.6)
    assert ShowMessage("/bridge/off", (1, 36)) in told
    assert show.next_due_s() == math.inf


def test_the_clock_of_a_device_that_is_gone_is_not_counted_on():
    show = Show()
    show.take(replace(beat(10.0, 0.0), clock="player 3"), 10.0)
    show.take(replace(coming((36, 0.5, 4.0)), player=3, clock="player 3"), 10.0)
    assert of(played(show, 10.4, from_s=10.0), "/bridge/on") == [(10.25, (3, 36, 100))]
    assert show.take(PlayerGone(3), 10.4) == [ShowMessage("/bridge/off", (3, 36))]
    assert played(show, 20.0, from_s=10.4) == []


def test_a_note_that_is_long_due_is_passed_over():
    show = Show()
    show.take(beat(10.0, 0.0), 10.0)
    show.take(coming((36, 0.5, 0.5), (38, 3.9, 1.0)), 10.0)
    sounds = [message.values[1] for message in show.due(12.0) if message.address == "/bridge/on"]
    assert sounds == [38]


@pytest.mark.parametrize(
    ("first", "second", "heard"),
    [
        (PlayerSettings(), PlayerSettings(), [1, 2]),
        (PlayerSettings(mute=True), PlayerSettings(), [2]),
        (PlayerSettings(), PlayerSettings(solo=True), [2]),
        (PlayerSettings(), PlayerSettings(solo=True, mute=True), []),
    ],
)
def test_who_is_muted_is_seen_coming_and_does_not_sound(
    first: PlayerSettings, second: PlayerSettings, heard: list[int]
):
    show = Show()
    show.take(beat(10.0, 0.0), 10.0)
    for number, chosen in ((1, first), (2, second)):
        view = PlayerView(
            number, "p", "port", "", True, 0, 0, 0, chosen, False, 0, 0, None, None, None
        )
        show.take(view, 10.0)
        note = Note(36, 100, 1.0, 0.5)
        assert show.take(NotesComing(number, "jam", 1, (note,)), 10.0)
    assert [values[0] for _, values in of(played(show, 12.0, from_s=10.0), "/bridge/on")] == heard


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.25, 7, "ä"])
def test_every_value_can_be_sent(value: float | int | str):
    (found,) = OscMessage(encoded(ShowMessage("/bridge/x", (value,)))).params
    finite = not isinstance(value, float) or math.isfinite(value)
    assert found == (value if finite else 0.0)


def test_a_wrong_address_is_refused(tmp_path: Path):
    file = tmp_path / "jam.yaml"
    file.write_text("feed: {enabled: true, host: vj.example}")
    with pytest.raises(ConfigError, match=r"feed\.host"):
        load_config(file)


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(30.0)
        yield one


def test_a_jam_arrives_at_a_real_receiver(
    ear: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # On a machine that does much else notes may be late, and late ones would not be told.
    monkeypatch.setattr("bridge.web.show.LATE_S", 60.0)
    bundle = steady_drummer(tmp_path)
    player = PlayerSettings(bundle=bundle, call_bars=1, feel=0.0)
    jam = JamSettings(
        bundles=(bundle,),
        player=player,
        clock=ClockSettings(("internal",), 240.0),
        players=(PlayerSetup("pads", player),),
    )
    config = EngineConfig(port=free_port(), jam=jam, bundle_folders=(tmp_path,))
    engine = RunningEngine(config)
    feed = Feed(engine, FeedSettings(True, "127.0.0.1", ear.getsockname()[1]))
    feed.start()
    engine.start()
    found: list[tuple[str, list]] = []
    try:
        struck = False
        while not any(address == "/bridge/score" for address, _ in found):
            message = OscMessage(ear.recv(65536))
            found.append((message.address, list(message.params)))
            if message.address == "/bridge/beat" and not struck and message.params[4] == 1:
                struck = True
                engine.command(Key(1, KICK, 100))
                engine.command(Key(1, KICK, 0))
        while [address for address, _ in found].count("/bridge/off") < 16:
            message = OscMessage(ear.recv(65536))
            found.append((message.address, list(message.params)))
    finally:
        engine.end()
        feed.stop()
    values = {address: [v for a, v in found if a == address] for address, _ in found}
    assert [note[:3] for note in values["/bridge/note"]] == [[1, KICK, 100]] * 16
    assert values["/bridge/on"] == [[1, KICK, 100]] * 16
    assert values["/bridge/off"] == [[1, KICK]] * 16
    assert values["/bridge/key"] == [[1, KICK, 100, 1], [1, KICK, 0, 1]]
    assert [one[2] for one in values["/bridge/state"]][-1] in ("answering", "idle")
    (score,) = values["/bridge/score"]
    assert score[:2] == [1, 1] and score[5] == "steady_drummer"
    assert {pulse[1] for pulse in values["/bridge/pulse"]} == {1, 2, 3, 4}


def test_the_example_of_the_documentation_hears_it():
    spec = importlib.util.spec_from_file_location("vj_example", ROOT / "docs" / "vj_example.py")
    assert spec is not None and spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    port = free_port()
    heard = example.messages(port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        # The example binds when it is first asked; datagrams before that are lost.
        found: list[tuple[str, list[object]]] = []
        thread = threading.Thread(target=lambda: found.append(next(heard)))
        thread.start()
        while thread.is_alive():
            one.sendto(encoded(ShowMessage("/bridge/on", (1, 36, 100))), ("127.0.0.1", port))
            thread.join(0.05)
    heard.close()
    assert example.line(*found[0]) == "player 1  pitch  36  " + "#" * 25
    assert example.line("/bridge/score", [1, -0.5]).split() == ["/bridge/score", "1", "-0.500"]
