"""Calls and answers as text."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bridge.core.notes import Note, Phrase
from bridge.demo.grid import ASCII, Glyphs, glyphs_for, grid, pitch_name
from bridge.demo.performance import load_performance


def lines(phrase: Phrase, *, drums: bool = True, bar_beats: float = 4.0) -> list[str]:
    return grid(
        phrase, drums=drums, bar_beats=bar_beats, style="bold", glyphs=ASCII
    ).plain.splitlines()


def test_a_backbeat_reads_as_a_drummer_writes_it() -> None:
    kick, snare, ghost, hat = 36, 38, 40, 42
    notes = [Note(kick, 100, beat, 0.1) for beat in (0, 2, 2.5)]
    notes += [Note(snare, 110, beat, 0.1) for beat in (1, 3)] + [Note(ghost, 30, 1.75, 0.1)]
    notes += [Note(hat, 70, beat / 2, 0.1) for beat in range(8)]
    assert lines(Phrase.of(notes, 4.0)) == [
        "      ride |................|",
        "     crash |................|",
        "  high tom |................|",
        "   mid tom |................|",
        "   low tom |................|",
        "  open hat |................|",
        "closed hat |x.x.x.x.x.x.x.x.|",
        "     snare |....X..o....X...|",
        "      kick |X.......X.X.....|",
    ]


def test_a_note_a_little_early_stands_on_its_step() -> None:
    phrase = Phrase.of([Note(36, 100, -0.05, 0.1), Note(36, 100, 0.95, 0.1)], 4.0)
    assert lines(phrase)[-1] == "      kick |X...X...........|"


def test_the_louder_of_two_hits_in_a_step_shows() -> None:
    phrase = Phrase.of([Note(38, 100, 0.0, 0.1), Note(40, 20, 0.02, 0.1)], 4.0)
    assert lines(phrase)[-2] == "     snare |X...............|"


def test_a_melody_is_a_piano_roll_with_live_s_names() -> None:
    phrase = Phrase.of([Note(60, 100, 0.0, 1.0), Note(67, 60, 1.0, 0.25)], 4.0)
    assert lines(phrase, drums=False) == [
        "        G3 |....x...........|",
        "        C3 |X---............|",
    ]


def test_silence_is_a_row_too() -> None:
    assert lines(Phrase((), 4.0), drums=False) == ["   silence |................|"]


def test_four_bars_take_two_lines_and_three_four_has_twelve_columns() -> None:
    assert len(lines(Phrase((), 16.0))) == 18
    assert lines(Phrase((), 6.0), bar_beats=3.0)[0] == "      ride |............|............|"


def test_two_bars_fit_80_columns() -> None:
    text = grid(load_performance().call(0, 2), drums=True, bar_beats=4.0, style="bold")
    assert max(cell_len(line) for line in text.plain.splitlines()) <= 80


def test_without_colour_nothing_is_lost() -> None:
    phrase = load_performance().call(0, 2)
    out = Console(file=io.StringIO(), width=80, color_system=None)
    text = grid(phrase, drums=True, bar_beats=4.0, style="bold")
    out.print(text)
    assert out.file.getvalue().rstrip("\n") == text.plain


def test_old_terminals_get_ascii() -> None:
    assert glyphs_for("cp1252") is ASCII and glyphs_for("UTF-8") == Glyphs()
    assert grid(
        load_performance().call(0, 2),
        drums=True,
        bar_beats=4.0,
        style="",
        glyphs=glyphs_for("ascii"),
    ).plain.isascii()


def test_middle_c_is_c3_in_live() -> None:
    assert (pitch_name(60), pitch_name(0), pitch_name(127)) == ("C3", "C-2", "G8")


NOTES = st.builds(
    Note, st.integers(0, 127), st.integers(1, 127), st.floats(-1.0, 40.0), st.floats(0.0, 40.0)
)


@given(notes=st.lists(NOTES, max_size=20), bars=st.integers(1, 8), drums=st.booleans())
def test_any_phrase_can_be_shown(notes: list[Note], bars: int, drums: bool) -> None:
    shown = lines(Phrase.of(notes, bars * 4.0), drums=drums)
    assert {len(line) for line in shown} <= {12 + 17, 12 + 34}
