"""The beat that animates the LEDs: 24 pulses a beat, and the phase on the beat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.clockout import CONTINUE, PULSE, START, STOP
from bridge.core.internalclock import InternalClock
from bridge.core.push2.ledclock import LedClock
from bridge.core.timebase import TimeSignature
from tests.fakes.push2 import FakePush2


class Wire:
    """A clock, the LEDs' beat, and the device at its end."""

    def __init__(self, tempo_qpm: float = 120.0, signature: TimeSignature | None = None) -> None:
        self.clock = InternalClock(tempo_qpm)
        if signature is not None:
            self.clock.set_signature(signature, 0.0)
        self.out = LedClock()
        self.device = FakePush2()
        self.sent: list[tuple[float, bytes]] = []
        self.now_s = 0.0

    def until(self, end_s: float) -> None:
        while True:
            due_s = min(max(self.now_s, self.out.next_due_s(self.clock)), self.now_s + 0.25)
            if due_s > end_s:
                break
            self.now_s = due_s if due_s > self.now_s else self.now_s + 1e-6
            self.ask()
        self.now_s = end_s

    def ask(self) -> None:
        for data in self.out.due(self.clock, self.now_s):
            self.device.take(data)
            self.sent.append((self.now_s, data))

    def words(self) -> list[bytes]:
        return [data for _, data in self.sent if data != PULSE]

    def beats_off(self) -> float:
        """How far the device's phase is from the song's beat, in pulses."""
        beats = self.clock.run_beats_at(self.now_s)
        line = self.clock.timeline.bar_line_at_or_before(beats + 1e-6)
        wanted = (beats - line) * 24.0
        return abs((self.device.phase - wanted + 12.0) % 24.0 - 12.0)


def test_it_begins_on_the_beat_and_pulses_24_times_a_beat() -> None:
    wire = Wire()
    wire.clock.start(0.0, 150.0)
    wire.until(2.0)
    assert wire.words() == [START]
    first_s, first = wire.sent[0]
    assert first == START
    assert first_s == pytest.approx((480 - 150) / 960.0, abs=1e-3)
    pulses = [at_s for at_s, data in wire.sent if data == PULSE]
    assert pulses == pytest.approx([first_s + k / 48.0 for k in range(len(pulses))], abs=1e-3)
    assert wire.beats_off() < 1.5


def test_nothing_is_sent_while_the_song_stands_and_a_stop_once() -> None:
    wire = Wire()
    wire.until(1.0)
    assert wire.sent == []
    wire.clock.start(1.0)
    wire.until(1.5)
    wire.clock.stop(1.5)
    wire.until(2.5)
    assert wire.words() == [START, STOP]
    wire.clock.resume(2.5)
    wire.until(4.0)
    assert wire.words() == [START, STOP, START]
    assert wire.beats_off() < 1.5


def test_a_tempo_change_moves_the_pulses_and_breaks_nothing() -> None:
    wire = Wire()
    wire.clock.start(0.0)
    wire.until(1.1)
    wire.clock.set_tempo(174.0, 1.1)
    wire.until(4.0)
    assert wire.words() == [START]
    assert wire.beats_off() < 1.5


def test_a_jump_into_the_middle_of_a_beat_is_put_right_on_the_next_beat() -> None:
    wire = Wire()
    wire.clock.start(0.0)
    wire.until(1.1)
    wire.clock.start(1.1, 200.0)
    wire.until(3.0)
    assert wire.words() == [START, CONTINUE]
    assert wire.beats_off() < 1.5


def test_in_seven_eight_the_phase_begins_anew_with_every_bar() -> None:
    wire = Wire(signature=TimeSignature(7, 8))
    wire.clock.start(0.0)
    wire.until(7.1)
    # Bars of 3.5 beats at 120: one begins every 1.75 s.
    told = [at_s for at_s, data in wire.sent if data in (START, CONTINUE)]
    assert told == pytest.approx([0.0, 1.75, 3.5, 5.25, 7.0], abs=1e-3)
    assert wire.beats_off() < 1.5


def test_a_stall_is_not_made_up_for_in_a_burst() -> None:
    wire = Wire()
    wire.clock.start(0.0)
    wire.until(1.0)
    before = len(wire.sent)
    wire.now_s = 9.3
    wire.ask()
    assert len(wire.sent) - before <= 2
    wire.until(11.0)
    assert wire.words() == [START, CONTINUE]
    assert wire.beats_off() < 1.5


@given(
    st.floats(30.0, 300.0),
    st.lists(
        st.tuples(st.floats(0.01, 3.0), st.sampled_from(["jump", "stop", "tempo", "stall"])),
        max_size=6,
    ),
    st.sampled_from([(4, 4), (3, 4), (7, 8), (5, 8)]),
)
def test_whatever_the_song_does_two_bars_later_the_phase_is_right(tempo, happens, bar) -> None:
    wire = Wire(tempo, TimeSignature(*bar))
    wire.clock.start(0.0)
    for wait_s, what in happens:
        if what == "stall":
            wire.now_s += wait_s
        else:
            wire.until(wire.now_s + wait_s)
        if what == "jump":
            wire.clock.start(wire.now_s, wait_s * 777.0)
        elif what == "stop":
            wire.clock.stop(wire.now_s)
            wire.until(wire.now_s + 0.1)
            wire.clock.resume(wire.now_s)
        elif what == "tempo":
            wire.clock.set_tempo(60.0 + 40.0 * wait_s, wire.now_s)
    wire.until(wire.now_s + 16.0 * 60.0 / 30.0)
    assert wire.beats_off() < 1.5
