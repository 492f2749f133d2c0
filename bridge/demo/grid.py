"""Calls and answers as text grids: a row per drum or pitch, a column per 16th, two bars a line.

Velocity shows by the glyph, so the grid can be read without colour, and it fits 80 columns.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from bridge.core.encodings.drum_classes import CLASS_OF_PITCH, DRUM_CLASS_NAMES
from bridge.core.notes import Note, Phrase
from bridge.core.units import nearest_step

STEPS_PER_QUARTER = 4
_LABEL_WIDTH = 10
_BARS_A_LINE = 2
_PITCH_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs of a grid: nothing, a held note, soft, medium, loud, a bar line."""

    nothing: str = "·"
    held: str = "─"
    soft: str = "▂"
    medium: str = "▅"
    loud: str = "█"
    bar: str = "│"

    def of_velocity(self, velocity: int) -> str:
        """The sign of a velocity: soft below 50, loud from 90."""
        if velocity < 50:
            return self.soft
        return self.medium if velocity < 90 else self.loud


ASCII = Glyphs(nothing=".", held="-", soft="o", medium="x", loud="X", bar="|")
"""For terminals that can't show the others."""


def glyphs_for(encoding: str) -> Glyphs:
    """The signs that a terminal of this encoding can show."""
    return Glyphs() if encoding.lower().replace("-", "").startswith("utf") else ASCII


def grid(
    phrase: Phrase, *, drums: bool, bar_beats: float, style: str, glyphs: Glyphs | None = None
) -> Text:
    """A phrase as a grid.

    Args:
        phrase: Starts may lie a little before 0; they count to the nearest step.
        drums: Show the nine drum classes, else the pitches that occur.
        bar_beats: Length of a bar in beats.
        style: Rich style of the notes.
        glyphs: The signs; None: those of a UTF-8 terminal.
    """
    signs = glyphs or Glyphs()
    steps_a_bar = max(1, round(bar_beats * STEPS_PER_QUARTER))
    steps = max(steps_a_bar, nearest_step(phrase.length_beats, STEPS_PER_QUARTER))
    rows = _drum_rows(phrase, steps, signs) if drums else _pitch_rows(phrase, steps, signs)
    text = Text()
    line_steps = steps_a_bar * max(1, _BARS_A_LINE if steps_a_bar <= 32 else 1)
    for start in range(0, steps, line_steps):
        for label, cells in rows:
            text.append(f"{label:>{_LABEL_WIDTH}} ", style="dim")
            _append_cells(text, cells[start : start + line_steps], steps_a_bar, signs, style)
            text.append("\n")
    text.rstrip()
    return text


def pitch_name(pitch: int) -> str:
    """The name of a MIDI pitch as Live writes it: 60 is C3."""
    return f"{_PITCH_NAMES[pitch % 12]}{pitch // 12 - 2}"


def _drum_rows(phrase: Phrase, steps: int, signs: Glyphs) -> list[tuple[str, list[str]]]:
    rows = [(name, [signs.nothing] * steps) for name in DRUM_CLASS_NAMES]
    # A loud hit shows over a soft one of the same step, so soft ones are written first.
    for note in sorted(phrase.notes, key=lambda note: note.velocity):
        index = CLASS_OF_PITCH.get(note.pitch)
        if index is not None:
            rows[index][1][_column(note, steps)] = signs.of_velocity(note.velocity)
    return rows[::-1]


def _pitch_rows(phrase: Phrase, steps: int, signs: Glyphs) -> list[tuple[str, list[str]]]:
    pitches = sorted({note.pitch for note in phrase.notes}, reverse=True)
    cells = {pitch: [signs.nothing] * steps for pitch in pitches}
    for note in phrase.notes:
        row, first = cells[note.pitch], _column(note, steps)
        last = max(first + 1, nearest_step(note.end_beats, STEPS_PER_QUARTER))
        row[first:last] = [signs.held] * (min(last, steps) - first)
        row[first] = signs.of_velocity(note.velocity)
    rows = [(pitch_name(pitch), cells[pitch]) for pitch in pitches]
    return rows or [("silence", [signs.nothing] * steps)]


def _column(note: Note, steps: int) -> int:
    return min(steps - 1, max(0, nearest_step(note.start_beats, STEPS_PER_QUARTER)))


def _append_cells(
    text: Text, cells: list[str], steps_a_bar: int, signs: Glyphs, style: str
) -> None:
    for i, cell in enumerate(cells):
        if i % steps_a_bar == 0:
            text.append(signs.bar, style="dim")
        text.append(cell, style="dim" if cell == signs.nothing else style)
    text.append(signs.bar, style="dim")
