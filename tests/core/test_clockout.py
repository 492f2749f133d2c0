"""Beat clock out: the bytes by the specification, and read back by our own beat clock in."""

from __future__ import annotations

import pytest

from bridge.core.clockout import CONTINUE, MOST_HELD_BACK, PULSE, START, STOP, ClockOut
from bridge.core.hostclock import HostClock, LoopBounds
from bridge.core.internalclock import InternalClock
from bridge.core.midiclock import MidiBeatClock
from bridge.core.timebase import ClockSample


class Wire:
    """A clock, its output, and the moments at which it is asked."""

    def __init__(self, clock=None, offset_s: float = 0.0) -> None:
        self.clock = clock or InternalClock(120.0)
        self.out = ClockOut(offset_s)
        self.sent: list[tuple[float, bytes]] = []
        self.now_s = 0.0

    def until(self, end_s: float) -> None:
        """Send what is due when it is due, and look 50 times a second, as the engine does."""
        while True:
            due_s = min(max(self.now_s, self.out.next_due_s(self.clock)), self.now_s + 0.02)
            if due_s > end_s:
                break
            self.now_s = due_s
            self.ask()
        self.now_s = end_s

    def ask(self) -> None:
        self.sent += [(one.due_s, one.data) for one in self.out.due(self.clock, self.now_s)]

    @property
    def data(self) -> list[bytes]:
        return [data for _, data in self.sent]

    def words(self) -> list[bytes]:
        """All but the pulses."""
        return [data for data in self.data if data != PULSE]


def test_start_and_24_pulses_a_beat() -> None:
    wire = Wire()
    wire.clock.start(0.0)
    wire.until(2.0 - 1e-9)
    assert wire.data == [START] + [PULSE] * 96
    pulses = [at_s for at_s, data in wire.sent if data == PULSE]
    assert pulses == pytest.approx([k / 48.0 for k in range(96)])


def test_nothing_while_stopped_and_one_stop() -> None:
    wire = Wire()
    wire.until(1.0)
    assert wire.sent == []
    wire.clock.start(1.0)
    wire.until(1.1)
    wire.clock.stop(1.1)
    wire.until(5.0)
    wire.ask()
    assert wire.data[-1] == STOP and wire.words() == [START, STOP]


def test_a_tempo_change_bends_the_pulses_and_leaves_none_out() -> None:
    wire = Wire()
    wire.clock.start(0.0)
    wire.until(1.0)
    wire.clock.set_tempo(60.0, 1.0)
    wire.until(3.0)
    pulses = [at_s for at_s, data in wire.sent if data == PULSE]
    assert len(pulses) == 48 + 48 + 1
    assert pulses[50] - pulses[49] == pytest.approx(1 / 24)


def test_continue_tells_the_next_sixteenth_and_its_pulse_comes_with_it() -> None:
    wire = Wire()
    wire.clock.start(0.0, song_ticks=4 * 1920 + 50)
    wire.until(0.5)
    assert wire.words() == [bytes((0xF2, 65, 0)), CONTINUE]
    first_s = next(at_s for at_s, data in wire.sent if data == PULSE)
    assert first_s == pytest.approx((120 - 50) / 960.0)


def test_a_start_heard_a_moment_late_is_still_a_start() -> None:
    wire = Wire()
    wire.clock.start(0.0, song_ticks=7.0)
    wire.until(0.1)
    assert wire.data[:2] == [START, PULSE]


def test_a_locate_is_stop_position_continue() -> None:
    wire = Wire()
    wire.clock.start(0.0)
    wire.until(1.0)
    wire.clock.start(1.01, song_ticks=1920.0)
    wire.now_s = 1.01
    wire.until(1.2)
    assert wire.words() == [START, STOP, bytes((0xF2, 16, 0)), CONTINUE]


def test_a_stall_of_some_pulses_is_made_up_for_and_a_long_one_is_told_anew() -> None:
    wire = Wire()
    wire.clock.start(0.0)
    wire.until(0.5)
    before = len(wire.sent)
    wire.now_s += 10 / 48.0
    wire.ask()
    assert wire.data[before:] == [PULSE] * 10
    wire.now_s += (MOST_HELD_BACK + 3) / 48.0
    wire.ask()
    assert wire.words()[-3:-1] == [STOP, bytes((0xF2, 11, 0))]


def test_another_clock_whose_beats_begin_anew_is_told_anew() -> None:
    wire = Wire()
    wire.clock.start(0.0)
    wire.until(5.0)
    wire.clock = InternalClock(120.0)
    wire.clock.start(5.0)
    wire.ask()
    wire.until(5.5)
    assert wire.words() == [START, STOP, START]


def test_a_count_in_before_the_song_is_silent() -> None:
    wire = Wire()
    wire.clock.start(0.0, song_ticks=-960.0)
    wire.until(1.1)
    assert wire.words() == [START]
    assert next(at_s for at_s, data in wire.sent if data == PULSE) == pytest.approx(1.0)


def test_an_offset_moves_every_pulse() -> None:
    wire = Wire(offset_s=-0.01)
    wire.clock.start(0.0)
    wire.until(1.0)
    assert wire.sent[10][0] == pytest.approx(9 / 48.0 - 0.01)


def test_a_position_beyond_the_message_is_left_out() -> None:
    wire = Wire()
    wire.clock.start(0.0, song_ticks=120.0 * 2**14)
    wire.until(0.1)
    assert wire.words() == [CONTINUE]


def _looped(length_ticks: int) -> Wire:
    """A host that loops from the first bar's line on."""
    host, loop = HostClock(), LoopBounds(0, length_ticks)
    wire = Wire(host)
    for seq in range(24 * 10):
        at_s, ticks = seq / 48.0, seq * 20 % length_ticks
        wire.until(at_s)
        sample = ClockSample(1, seq, ticks, 120.0, at_s, True, loop, bar_offset_ticks=ticks % 1920)
        host.observe(sample, at_s)
        wire.ask()
    return wire


def test_a_loop_is_told_by_its_position_and_the_pulses_go_on() -> None:
    wire = _looped(1920)
    assert wire.words() == [START, bytes((0xF2, 0, 0)), bytes((0xF2, 0, 0))]
    assert wire.data.count(PULSE) == 24 * 10


@pytest.mark.parametrize("start_ticks", [0.0, 1920.0, 600.0])
def test_our_own_beat_clock_reads_back_the_song(start_ticks: float) -> None:
    wire = Wire(InternalClock(97.0))
    wire.clock.start(0.0, song_ticks=start_ticks)
    reader, host = MidiBeatClock(), HostClock()
    told = 0
    for turn in range(1, 400):
        wire.until(turn * 0.02)
        if turn == 200:
            wire.clock.set_tempo(131.0, wire.now_s)
        for at_s, data in wire.sent[told:]:
            for sample, moment_s in reader.feed(data, at_s):
                host.observe(sample, moment_s)
        told = len(wire.sent)
    assert host.playing and host.locked
    assert host.tempo_qpm == pytest.approx(131.0, abs=0.1)
    theirs = host.timeline.song_ticks_at(host.run_beats_at(wire.now_s))
    ours = wire.clock.timeline.song_ticks_at(wire.clock.run_beats_at(wire.now_s))
    assert theirs == pytest.approx(ours, abs=2.0)
