from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.notes import Note
from bridge.core.schedule import LATE_S, Ledger, Schedule, TimedMessage

NEVER_S = 1e9


@dataclass
class TempoClock:
    """A beat line whose tempo changes on the way: (from which second, beats a second)."""

    changes: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 2.0)])

    def set_tempo(self, at_s: float, beats_per_s: float) -> None:
        self.changes.append((at_s, beats_per_s))

    def _anchor(self) -> tuple[float, float, float]:
        """The newest change is the line, as in the clocks: it is drawn through the present."""
        beats = 0.0
        for (begin, speed), (end, _) in zip(self.changes, self.changes[1:], strict=False):
            beats += (end - begin) * speed
        at_s, speed = self.changes[-1]
        return at_s, beats, speed

    def run_beats_at(self, t_s: float) -> float:
        at_s, beats, speed = self._anchor()
        return beats + (t_s - at_s) * speed

    def time_at(self, run_beats: float) -> float:
        at_s, beats, speed = self._anchor()
        return at_s + (run_beats - beats) / speed


def play(schedule: Schedule, clock: TempoClock, until_s: float, from_s: float = 0.0):
    """Wake exactly when told to, as the engine does."""
    out: list[tuple[float, TimedMessage]] = []
    now_s = from_s
    while now_s <= until_s:
        out += [(now_s, one) for one in schedule.due(clock, now_s)]
        due_s = schedule.next_due_s(clock)
        if due_s > until_s:
            break
        now_s = max(now_s, due_s)
    return out


def kind(data: bytes) -> str:
    return "on" if data[0] & 0xF0 == 0x90 else "off"


notes = st.builds(
    Note,
    pitch=st.integers(36, 40),
    velocity=st.integers(1, 127),
    start_beats=st.floats(0.5, 8.0),
    duration_beats=st.floats(1 / 480, 4.0),
    channel=st.integers(0, 1),
)
wakes = st.lists(st.floats(0.0, 12.0), max_size=40).map(sorted)
tempos = st.lists(st.tuples(st.floats(0.1, 6.0), st.floats(0.4, 6.0)), max_size=4).map(sorted)


@given(st.lists(notes, max_size=30), wakes, tempos, st.floats(-0.5, 0.5))
def test_whatever_the_clock_does_no_note_hangs_and_none_sounds_twice(waiting, at, tempo, offset_s):
    schedule, clock = Schedule(offset_s), TempoClock()
    for note in waiting:
        schedule.add(note)
    sounding: set[bytes] = set()
    ons = 0
    moments = sorted(
        [(t, None) for t in at] + [(t, speed) for t, speed in tempo], key=lambda m: m[0]
    )
    for now_s, speed in moments:
        if speed is not None:
            clock.set_tempo(now_s, speed)
        for one in schedule.due(clock, now_s):
            key = bytes((one.data[0] & 0x0F, one.data[1]))
            if kind(one.data) == "on":
                assert key not in sounding, "struck again before its note-off"
                assert now_s - one.due_s <= LATE_S + 1e-3
                sounding.add(key)
                ons += 1
            else:
                assert key in sounding, "a note-off without its note-on"
                sounding.discard(key)
    for one in schedule.flush(13.0):
        sounding.discard(bytes((one.data[0] & 0x0F, one.data[1])))
    assert not sounding
    assert len(schedule.ledger) == len(schedule) == 0
    assert schedule.next_due_s(clock) == float("inf")


@given(st.lists(notes, max_size=30), st.floats(-0.5, 0.2))
def test_woken_in_time_every_note_leaves_on_its_moment_in_order(waiting, offset_s):
    schedule, clock = Schedule(offset_s), TempoClock()
    for note in waiting:
        schedule.add(note)
    out = play(schedule, clock, 20.0, from_s=-1.0)
    moments = [one.due_s for _, one in out]
    assert all(b >= a - 1e-5 for a, b in itertools.pairwise(moments))
    assert all(abs(now_s - one.due_s) < 1e-5 for now_s, one in out)
    wanted = {(round(n.start_beats * 480), n.pitch, n.channel) for n in waiting}
    counts = Counter(kind(one.data) for _, one in out)
    assert len(wanted) <= counts["on"] == counts["off"] <= len(waiting)
    assert schedule.dropped == 0


def test_a_tempo_change_moves_what_waits():
    schedule, clock = Schedule(), TempoClock()
    schedule.add(Note(60, 100, 2.0, 1.0))
    assert schedule.next_due_s(clock) == 1.0
    clock.set_tempo(0.5, 4.0)
    assert schedule.next_due_s(clock) == 0.75
    out = play(schedule, clock, 10.0, from_s=0.5)
    assert [(round(now_s, 6), kind(one.data)) for now_s, one in out] == [(0.75, "on"), (1.0, "off")]


def test_the_end_of_a_sounding_note_moves_with_the_tempo_too():
    schedule, clock = Schedule(), TempoClock()
    schedule.add(Note(60, 100, 0.0, 2.0))
    schedule.due(clock, 0.0)
    clock.set_tempo(0.5, 0.5)
    assert schedule.next_due_s(clock) == 2.5


def test_an_offset_below_zero_lets_notes_leave_early():
    schedule, clock = Schedule(-0.1), TempoClock()
    schedule.add(Note(60, 100, 2.0, 1.0))
    out = play(schedule, clock, 10.0)
    assert [round(now_s, 6) for now_s, _ in out] == [0.9, 1.4]


def test_what_left_early_is_not_played_again_when_its_answer_is_sent_anew():
    schedule, clock = Schedule(-0.1), TempoClock()
    note = Note(60, 100, 2.0, 1.0)
    schedule.add(note)
    assert len(schedule.due(clock, 0.9)) == 1
    schedule.clear()
    schedule.add(note)
    assert [kind(one.data) for _, one in play(schedule, clock, 10.0, from_s=0.905)] == ["off"]


def test_a_late_note_is_dropped_and_counted_and_never_a_burst():
    schedule, clock = Schedule(), TempoClock()
    for step in range(16):
        schedule.add(Note(60 + step, 100, step / 4, 0.1))
    out = schedule.due(clock, 2.0)
    assert out == []
    assert schedule.dropped == 16


def test_a_note_within_the_limit_is_played_late():
    schedule, clock = Schedule(), TempoClock()
    schedule.add(Note(60, 100, 2.0, 1.0))
    [one] = schedule.due(clock, 1.009)
    assert (kind(one.data), one.due_s) == ("on", 1.0)


def test_a_note_off_is_never_dropped_however_late():
    schedule, clock = Schedule(), TempoClock()
    schedule.add(Note(60, 100, 0.0, 1.0))
    schedule.due(clock, 0.0)
    assert [one.data for one in schedule.due(clock, NEVER_S)] == [bytes((0x80, 60, 64))]


def test_a_pitch_struck_again_ends_first():
    schedule, clock = Schedule(), TempoClock()
    schedule.add(Note(60, 100, 0.0, 4.0, channel=3))
    schedule.add(Note(60, 50, 1.0, 1.0, channel=3))
    data = [one.data for _, one in play(schedule, clock, 10.0)]
    assert data == [
        bytes((0x93, 60, 100)),
        bytes((0x83, 60, 64)),
        bytes((0x93, 60, 50)),
        bytes((0x83, 60, 64)),
    ]


def test_a_note_that_ends_where_the_same_pitch_begins_ends_first():
    schedule, clock = Schedule(), TempoClock()
    schedule.add(Note(60, 100, 0.0, 1.0))
    schedule.add(Note(60, 90, 1.0, 1.0))
    kinds = [kind(one.data) for _, one in play(schedule, clock, 10.0)]
    assert kinds == ["on", "off", "on", "off"]


def test_flush_ends_all_that_sounds_at_once_and_drops_what_waits():
    schedule, clock = Schedule(), TempoClock()
    for pitch in range(60, 70):
        schedule.add(Note(pitch, 100, 0.0, 50.0))
    schedule.add(Note(80, 100, 1.0, 1.0))
    schedule.due(clock, 0.0)
    out = schedule.flush(0.1)
    assert sorted(one.data[1] for one in out) == list(range(60, 70))
    assert {one.due_s for one in out} == {0.1}
    assert play(schedule, clock, 99.0, from_s=0.1) == []


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 15), st.floats(0.0, 9.0))))
def test_the_ledger_owes_exactly_one_note_off_for_each_sounding_pitch(strikes):
    ledger = Ledger()
    again = sum(ledger.strike(*strike) for strike in strikes)
    assert len(ledger) == len(strikes) - again == len({strike[:2] for strike in strikes})
    moments = []
    while len(ledger):
        moments.append(ledger.next_off_beats())
        assert ledger.pop_next()[0] == moments[-1]
    assert moments == sorted(moments)
