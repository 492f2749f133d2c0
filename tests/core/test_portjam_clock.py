"""What the ports' side of the engine does with the beat itself: sends it, shows it, joins Link."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.clockout import CONTINUE, PULSE, START, STOP
from bridge.core.linkclock import LinkState
from bridge.core.portjam import PortJam
from bridge.core.settings import ClockSettings, JamSettings, MidiSettings

OUT, IN = "beat out", "beat in"


class Scene:
    def __init__(self, midi: MidiSettings, clock: ClockSettings) -> None:
        self.jam = PortJam(replace(JamSettings(), midi=midi, clock=clock), seed=1)
        self.sent: list[tuple[str, bytes, float]] = []

    def until(self, now_s: float) -> None:
        self.jam.advance(now_s)
        self.take()

    def take(self) -> None:
        for port, one in self.jam.take_output().midi:
            self.sent.append((port, one.data, one.due_s))

    def words(self) -> list[bytes]:
        return [data for _, data, _ in self.sent if data != PULSE]


def test_the_internal_clock_goes_out_and_stops_with_the_engine() -> None:
    scene = Scene(MidiSettings(clock_output=OUT), ClockSettings(internal_tempo_qpm=120.0))
    for turn in range(100):
        scene.until(10.0 + turn * 0.01)
    scene.jam.silence(11.0)
    scene.take()
    pulses = [due_s for port, data, due_s in scene.sent if data == PULSE and port == OUT]
    assert scene.words() == [START, STOP]
    assert pulses == pytest.approx([10.0 + k / 48.0 for k in range(len(pulses))])
    assert len(pulses) == 48


def test_pulses_are_waited_for_to_the_dot() -> None:
    scene = Scene(MidiSettings(clock_output=OUT), ClockSettings())
    scene.until(10.0)
    scene.until(10.03)
    assert scene.jam.next_note_s() == pytest.approx(10.0 + 2 / 48.0)
    assert 10.03 < scene.jam.next_due_s(10.03) <= 10.06


def test_without_a_clock_output_nothing_is_sent() -> None:
    scene = Scene(MidiSettings(), ClockSettings())
    scene.until(10.0)
    scene.until(11.0)
    assert scene.sent == [] and scene.jam.next_note_s() == float("inf")


def test_a_followed_midi_clock_is_passed_on_and_reported() -> None:
    midi = MidiSettings(clock_input=IN, clock_output=OUT)
    scene = Scene(midi, ClockSettings(order=("midi", "internal")))
    scene.jam.receive(IN, START, 9.99)
    for tick in range(24 * 8):
        scene.jam.receive(IN, PULSE, 10.0 + tick / 40.0)
        scene.until(10.0 + tick / 40.0)
    report = scene.jam.sync_report(10.0 + 191 / 40.0)
    assert (report.source, report.playing, report.locked) == ("midi", True, True)
    assert report.tempo_qpm == pytest.approx(100.0, abs=0.1)
    assert report.jitter is not None and report.jitter.max_ms < 1.0
    # It must show its tempo before it is followed, so what goes out begins within the song.
    assert scene.words()[-1] in (START, CONTINUE)
    pulses = [due_s for _, data, due_s in scene.sent if data == PULSE]
    steps = [after - before for before, after in zip(pulses[-40:], pulses[-39:], strict=False)]
    assert steps == pytest.approx([1 / 40.0] * 39, abs=1e-3)


def test_a_link_session_is_followed_and_reported() -> None:
    scene = Scene(MidiSettings(clock_output=OUT), ClockSettings(order=("link",), link=True))
    for turn in range(100):
        now_s = 10.0 + turn * 0.02
        scene.jam.hub.observe_link(LinkState(now_s, (now_s - 10.0) * 2.2, 132.0, peers=1))
        scene.until(now_s)
    report = scene.jam.sync_report(now_s)
    assert (report.source, report.tempo_qpm, report.jitter) == ("link", 132.0, None)
    assert scene.words() == [START]
