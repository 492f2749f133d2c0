"""Sets made for magenta_midi drive the engine through its presets: AI Jam's Live set and its page.

Everything goes by MIDI: a controller a bar for the clock, controllers for the rest, keys. The
defects that such control had in 2017 are those of `tests.jam.test_magenta_midi_defects`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.core.events import AnswerMade
from tests.fakes.ports import PortRoom
from tests.fakes.presets import preset

BAR_S = 2.0
"""At 120 qpm."""
EARLY_S = 0.035
"""playback_offset of the Live set."""
MELODY, DRUMS = ("magenta_in 1", "magenta_out 1"), ("magenta_in 2", "magenta_out 2")
TUNE = [(0.0, 60), (1.0, 64), (2.0, 67), (3.0, 65)]
BEAT = [(0.0, 36), (1.0, 38), (2.0, 36), (3.0, 38)]
CLOCK, END, LEAST, MOST, RESPONSE, HEAT, TEMPO, MODEL, STATE, LOOP, PANIC, MUTATE = range(1, 13)


class OldSet:
    """Live with AI Jam's devices, or the page with midi_clock.

    Args:
        room: The engine with its ports.
        clock_ports: Ports on which a bar is told.
        bar_s: Length of a bar in seconds.
    """

    def __init__(self, room: PortRoom, clock_ports: tuple[str, ...], bar_s: float = BAR_S) -> None:
        self.room = room
        self.bar_s = bar_s
        self.clock_ports = clock_ports

    def plays(self, bars: int) -> None:
        for bar in range(bars):
            for late, port in enumerate(self.clock_ports):
                self.room.at(bar * self.bar_s + 0.003 * late, bytes((0xB0, CLOCK, 127)), port)

    def turns(self, bar: float, controller: int, value: int, port: str) -> None:
        self.room.at(bar * self.bar_s, bytes((0xB0, controller, value)), port)

    def strikes(self, notes: list[tuple[float, int]], port: str, *bars: int) -> None:
        for bar in bars:
            for beat, pitch in notes:
                at_s = (bar + beat / 4) * self.bar_s + 0.005
                self.room.at(at_s, bytes((0x90, pitch, 90)), port)
                self.room.at(at_s + 0.2, bytes((0x80, pitch, 64)), port)

    def run(self, bars: float) -> None:
        self.room.run(bars * self.bar_s)

    def answers(self, player: int) -> list[AnswerMade]:
        events = self.room.events
        return [one for one in events if isinstance(one, AnswerMade) and one.player == player]

    def bars_heard(self, port: str) -> list[int]:
        """Bars in which the engine plays on a port."""
        moments = self.room.ports.note_ons(port)
        return sorted({int((at_s + EARLY_S + 0.01) / self.bar_s) for at_s, _ in moments})

    def lamps(self, port: str) -> list[int]:
        """The states that were sent, without repeats."""
        sent = self.room.ports.sent
        values = [data[2] for _, name, data in sent if name == port and data[:2] == b"\xb0\x09"]
        return [one for i, one in enumerate(values) if i == 0 or one != values[i - 1]]


@pytest.fixture
def live() -> Iterator[OldSet]:
    with preset("magenta_midi_compat") as room:
        yield OldSet(room, (MELODY[0], DRUMS[0]))


def test_the_live_set_of_2016_from_end_to_end(live: OldSet) -> None:
    port, out = MELODY
    # "Call 2 bars, response 4 bars": the call's buttons set the least and the most.
    for controller, value in ((TEMPO, 60), (LEAST, 2), (MOST, 2), (RESPONSE, 4), (HEAT, 60)):
        live.turns(0.0, controller, value, port)
    live.plays(12)
    live.strikes(TUNE, port, 1, 2)
    live.run(12)
    (answer,) = live.answers(1)
    assert (answer.call.length_beats, answer.answer.length_beats) == (8.0, 16.0)
    assert answer.temperature == pytest.approx(0.1 + 1.9 * 60 / 127)
    assert [note.pitch for note in answer.call.notes] == [60, 64, 67, 65] * 2
    assert answer.call.notes[0].start_beats == pytest.approx(0.0, abs=0.05)
    # Straight after the call, without a silent bar, and as early as the set asks for.
    assert set(live.bars_heard(out)) <= {3, 4, 5, 6}
    assert live.lamps(out) == [0, 1, 2, 0]
    assert {data[0] & 0x0F for _, name, data in live.room.ports.sent if name == out} == {0, 1}
    assert live.bars_heard(DRUMS[1]) == []


def test_call_and_response_on_auto(live: OldSet) -> None:
    port, out = DRUMS
    for controller in (LEAST, MOST, RESPONSE):
        live.turns(0.0, controller, 0, port)
    live.plays(10)
    live.strikes(BEAT, port, 2, 3)
    live.run(9)
    (answer,) = live.answers(2)
    assert (answer.call.length_beats, answer.answer.length_beats) == (8.0, 8.0)
    # Bar 4 is the silent one.
    assert live.bars_heard(out) == [5, 6]
    assert {data[0] for _, name, data in live.room.ports.sent if name == out} >= {0x92, 0x82}


def test_both_players_at_once_and_each_by_its_own_controllers(live: OldSet) -> None:
    live.turns(0.0, RESPONSE, 1, MELODY[0])
    live.turns(0.0, RESPONSE, 2, DRUMS[0])
    live.plays(9)
    live.strikes(TUNE, MELODY[0], 2)
    live.strikes(BEAT, DRUMS[0], 2)
    live.run(8)
    assert live.answers(1)[0].answer.length_beats == 4.0
    assert live.answers(2)[0].answer.length_beats == 8.0
    assert live.answers(1)[0].bundle == "session_melody"
    assert live.answers(2)[0].bundle == "groove_drums"


def test_a_call_that_is_too_short_is_thrown_away(live: OldSet) -> None:
    live.turns(0.0, LEAST, 2, DRUMS[0])
    live.plays(9)
    live.strikes(BEAT, DRUMS[0], 2)
    live.run(8)
    assert live.answers(2) == []
    assert live.lamps(DRUMS[1]) == [0, 1, 0]


def test_panic_during_an_answer_works_at_once(live: OldSet) -> None:
    # Defect 3: it was ignored, or waited for the next bar.
    live.plays(10)
    live.strikes(BEAT, DRUMS[0], 2, 3)
    live.turns(5.4, PANIC, 127, DRUMS[0])
    live.run(5.41)
    assert live.bars_heard(DRUMS[1]) == [5]
    assert live.room.ports.sounding() == []
    live.run(9)
    assert live.bars_heard(DRUMS[1]) == [5]
    assert live.lamps(DRUMS[1])[-1] == 0


def test_mutate_and_end_call_during_an_answer_are_not_lost(live: OldSet) -> None:
    # Defect 3 as well.
    live.plays(14)
    live.strikes(BEAT, DRUMS[0], 2)
    live.turns(2.9, END, 127, DRUMS[0])
    live.turns(3.5, MUTATE, 127, DRUMS[0])
    live.run(10)
    first, second = live.answers(2)
    assert second.call == first.answer
    assert live.bars_heard(DRUMS[1]) == [3, 4]


def test_a_loop_keeps_its_length_and_ends_when_told(live: OldSet) -> None:
    # Defect 6: a loop was as long as its last note.
    live.turns(0.0, RESPONSE, 2, DRUMS[0])
    live.turns(0.0, LOOP, 127, DRUMS[0])
    live.plays(14)
    live.strikes(BEAT, DRUMS[0], 2)
    live.turns(8.5, LOOP, 0, DRUMS[0])
    live.run(13)
    played = [(at_s - 4 * BAR_S, p) for at_s, p in live.room.ports.note_ons(DRUMS[1])]
    length_s = 2 * BAR_S
    passes = [
        [
            (round(at_s - turn * length_s, 3), pitch)
            for at_s, pitch in played
            if turn * length_s - 0.05 <= at_s < (turn + 1) * length_s - 0.05
        ]
        for turn in range(4)
    ]
    assert passes[0] and passes[0] == passes[1] == passes[2]
    assert passes[3] == []


def test_a_lost_note_off_holds_up_one_call_and_no_other(live: OldSet) -> None:
    # Defects 4 and 5.
    live.plays(20)
    live.room.at(2 * BAR_S, b"\x90\x24\x5a", DRUMS[0])  # never released
    live.strikes(BEAT, DRUMS[0], 12)
    live.run(19)
    assert len(live.answers(2)) == 2
    assert [note.pitch for note in live.answers(2)[1].call.notes] == [36, 38, 36, 38]


@pytest.mark.parametrize("tempo_qpm", [87.0, 120.0, 151.0])
def test_the_grid_is_that_of_the_bars_without_any_tempo_told(
    live: OldSet, tempo_qpm: float
) -> None:
    # Defect 8: the model went on at 120.
    live.bar_s = 240.0 / tempo_qpm
    live.plays(8)
    live.strikes(BEAT, DRUMS[0], 3)
    live.run(7)
    (answer,) = live.answers(2)
    starts = [note.start_beats for note in answer.call.notes]
    assert starts == pytest.approx([0.0, 1.0, 2.0, 3.0], abs=0.05)
    assert live.bars_heard(DRUMS[1]) == [5]


def test_the_tempo_controller_moves_the_beat_within_the_bar(live: OldSet) -> None:
    live.turns(0.0, TEMPO, 60, DRUMS[0])
    live.plays(3)
    live.turns(2.5, TEMPO, 20, DRUMS[0])
    live.run(2.6)
    hub = live.room.engine._timekeeper.port_jam.hub
    assert hub.tempo_qpm == pytest.approx(80.0)
    # Two beats at 120 and two at 80 are left of bar 2.
    line = hub.timeline.next_bar_line(hub.run_beats_at(2.6 * BAR_S))
    assert hub.time_at(line) == pytest.approx(5.0 + 1.5, abs=0.01)


def test_the_model_is_chosen_among_those_of_its_player(live: OldSet) -> None:
    for value in (0, 1, 2):
        live.turns(0.1, MODEL, value, MELODY[0])
    live.run(0.2)
    assert [view.settings.bundle for view in live.room.engine.views()] == [
        "session_melody",
        "groove_drums",
    ]


def test_the_page_with_its_own_clock() -> None:
    # midi_clock tells every beat, the first of a bar with 127; both players share one output.
    with preset("ai_jam_page") as room:
        page = OldSet(room, ("magenta_clock",))
        page.plays(10)
        for beat in range(40):
            if beat % 4:
                room.at(beat * BAR_S / 4, bytes((0xB0, CLOCK, 0)), "magenta_clock")
        page.turns(0.0, RESPONSE, 1, "magenta_piano_in")
        page.strikes(TUNE, "magenta_piano_in", 2)
        page.strikes(BEAT, "magenta_drums_in", 4)
        page.run(9)
        assert [len(page.answers(player)) for player in (1, 2)] == [1, 1]
        sounded = {(data[0] & 0x0F) for _, _, data in room.ports.sent if data[0] & 0xF0 == 0x90}
        assert sounded == {0, 9}
