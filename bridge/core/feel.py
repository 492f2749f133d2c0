"""Gives an answer the velocities, the timing and (drums) the note lengths of its call.

The networks know neither velocity nor micro-timing: Magenta plays every note at velocity 100, on
the grid, drums for one step. Here the call's own manner is measured and laid over the answer. What
is asked for first is how the call played this very drum at this place of the bar; where it never
did, at this place of the beat; then this drum anywhere; then any note at this place of the beat;
then any note at all. A melody is one voice, so only places count.

The answer's first step is never moved: the downbeat is exact.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from bridge.core.encodings.drum_classes import CLASS_OF_PITCH
from bridge.core.encodings.grid import BAR_BEATS, GridNote, is_moment
from bridge.core.notes import Note, Phrase
from bridge.core.units import nearest_step

FLAT_VELOCITY = 100
"""Magenta's velocity of every note (``to_sequence``)."""

MIN_LENGTH_STEPS = 1 / 16
"""No note becomes shorter than this; a 128th of a bar on a grid of sixteenths."""

_MELODY = -1
_OTHER_DRUM = 9


@dataclass(frozen=True, slots=True)
class Manner:
    """How notes were played, on average.

    Args:
        velocity: Mean velocity, 1 to 127.
        shift_steps: Mean distance from the grid in steps, late is positive, -0.5 to 0.5.
        length_steps: Mean length in steps.
    """

    velocity: float
    shift_steps: float
    length_steps: float


@dataclass(frozen=True, slots=True)
class Feel:
    """The manner of a call.

    Args:
        steps_per_quarter: Grid of the answer.
        bar_steps: Length of a bar on that grid.
        drums: Whether drum classes are told apart, and lengths are taken over.
        manners: Mean manner of each group of notes.
        found: What was looked up in them already, by voice and step of the bar.
    """

    steps_per_quarter: int
    bar_steps: int
    drums: bool
    manners: dict[Hashable, Manner] = field(default_factory=dict)
    found: dict[tuple[int, int], Manner | None] = field(default_factory=dict)

    @staticmethod
    def of(
        call: Phrase, steps_per_quarter: int, *, drums: bool, bar_beats: float = BAR_BEATS
    ) -> Feel:
        """Measure a call.

        Args:
            call: The phrase; notes whose moments are not numbers are left out.
            steps_per_quarter: Grid of the answer.
            drums: Whether it is drums.
            bar_beats: Length of a bar; the call begins on a bar line, and so does the answer.
        """
        groups: dict[Hashable, list[Note]] = {}
        bar_steps = max(1, round(bar_beats * steps_per_quarter))
        feel = Feel(steps_per_quarter, bar_steps, drums)
        for note in call.notes:
            if not (is_moment(note.start_beats) and is_moment(note.duration_beats)):
                continue
            step = nearest_step(note.start_beats, steps_per_quarter)
            for group in feel._groups(*feel._place(note.pitch, step)):
                groups.setdefault(group, []).append(note)
        for group, notes in groups.items():
            feel.manners[group] = _mean_manner(notes, steps_per_quarter)
        return feel

    def played(self, note: GridNote, strength: float) -> Note:
        """A note of the answer as the call would have played it.

        Args:
            note: The note, steps counted from the start of the answer.
            strength: 0.0 is Magenta's note, 1.0 is the call's manner in full.
        """
        manner = self._manner(note.pitch, note.start_step)
        if manner is None or strength <= 0.0:
            return self._flat(note)
        start = note.start_step + self._shift(note.pitch, note.start_step, strength)
        end = note.end_step + self._shift(note.pitch, note.end_step, strength)
        if self.drums:
            # A drum may be struck again on the next step: the note is over by then.
            end = min(end, start + 1.0 + strength * (manner.length_steps - 1.0))
        velocity = round(FLAT_VELOCITY + strength * (manner.velocity - FLAT_VELOCITY))
        return Note(
            pitch=note.pitch,
            velocity=min(127, max(1, velocity)),
            start_beats=start / self.steps_per_quarter,
            duration_beats=max(MIN_LENGTH_STEPS, end - start) / self.steps_per_quarter,
        )

    def _flat(self, note: GridNote) -> Note:
        """The note as Magenta plays it."""
        steps = 1 if self.drums else note.end_step - note.start_step
        per_beat = self.steps_per_quarter
        return Note(note.pitch, FLAT_VELOCITY, note.start_step / per_beat, steps / per_beat)

    def _shift(self, pitch: int, step: int, strength: float) -> float:
        manner = self._manner(pitch, step)
        if step == 0 or manner is None:
            return 0.0
        return strength * manner.shift_steps

    def _place(self, pitch: int, step: int) -> tuple[int, int]:
        """Voice and step of the bar: all that tells notes apart."""
        voice = CLASS_OF_PITCH.get(pitch, _OTHER_DRUM) if self.drums else _MELODY
        return voice, step % self.bar_steps

    def _manner(self, pitch: int, step: int) -> Manner | None:
        place = self._place(pitch, step)
        if place not in self.found:
            groups = (self.manners.get(group) for group in self._groups(*place))
            self.found[place] = next((manner for manner in groups if manner), None)
        return self.found[place]

    def _groups(self, voice: int, in_bar: int) -> Iterator[Hashable]:
        """The groups that a note belongs to, the narrowest first."""
        in_beat = in_bar % self.steps_per_quarter
        yield "voice in bar", voice, in_bar
        yield "voice in beat", voice, in_beat
        yield "voice", voice
        yield "beat", in_beat
        yield "all"


def _mean_manner(notes: list[Note], steps_per_quarter: int) -> Manner:
    count = len(notes)
    shifts = 0.0
    for note in notes:
        shift = note.start_beats * steps_per_quarter
        shifts += shift - nearest_step(note.start_beats, steps_per_quarter)
    return Manner(
        velocity=sum(note.velocity for note in notes) / count,
        shift_steps=min(0.5, max(-0.5, shifts / count)),
        length_steps=max(0.0, sum(note.duration_beats for note in notes) / count)
        * steps_per_quarter,
    )
