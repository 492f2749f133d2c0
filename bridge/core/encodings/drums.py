"""Drum phrases as a model reads and writes them (note-seq, ``drums_lib``).

An event is the set of drum classes struck at a step. Every MIDI channel counts, and leading silent
bars are dropped, as in Magenta's drum generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.core.encodings.drum_classes import drum_pitches, drum_set
from bridge.core.encodings.grid import CallEvents, GridNote, on_grid, silent_lead_steps
from bridge.core.notes import Note

ONE_DRUM_PITCH = 39
"""Pitch of one_drum's answers, a hand clap (``drums_rnn_model.default_configs``)."""


def _any_drum(pitches: Sequence[int]) -> int:
    return 1 if pitches else 0


def _one_drum_pitches(drums: int) -> tuple[int, ...]:
    return (ONE_DRUM_PITCH,) if drums else ()


@dataclass(frozen=True, slots=True)
class DrumPart:
    """Reads and writes drum phrases.

    Args:
        to_event: Pitches struck together, as an event.
        to_pitches: An event, as the pitches that an answer uses.
    """

    to_event: Callable[[Sequence[int]], int]
    to_pitches: Callable[[int], tuple[int, ...]]

    def read(self, notes: Sequence[Note], steps_per_quarter: int, steps: int) -> CallEvents:
        """A call of so many steps as events; no events where no drum was struck."""
        struck: dict[int, list[int]] = {}
        for note in on_grid(notes, steps_per_quarter, steps):
            struck.setdefault(note.start_step, []).append(note.pitch)
        if not struck:
            return CallEvents(())
        lead = silent_lead_steps(min(struck), steps_per_quarter)
        return CallEvents(tuple(self.to_event(struck.get(step, ())) for step in range(lead, steps)))

    def before_last(self, events: Sequence[int], steps: int) -> int:
        """How many of a call's events come before its last so many steps."""
        return len(events) - steps

    def writer(
        self, transposition: int, heard: Sequence[int] = (), injected: Sequence[int] = ()
    ) -> DrumWriter:
        """A writer of an answer; drums know no transposition, and nothing goes on from the call."""
        del transposition, heard, injected
        return DrumWriter(self.to_pitches)


class DrumWriter:
    """Turns the events of an answer into notes of one step each.

    Attributes:
        step: How many steps are complete.
    """

    def __init__(self, to_pitches: Callable[[int], tuple[int, ...]]) -> None:
        self._to_pitches = to_pitches
        self.step = 0

    @property
    def open_step(self) -> int | None:
        """Start of the note whose end isn't known yet: never one, with drums."""
        return None

    def given(self) -> tuple[int, ...]:
        """Events that come now whatever the network would play: none."""
        return ()

    def push(self, event: int) -> list[GridNote]:
        """The next event; returns the notes that are complete with it."""
        start = self.step
        self.step += 1
        return [GridNote(pitch, start, start + 1) for pitch in self._to_pitches(event)]

    def finish(self) -> list[GridNote]:
        """The answer is over; returns the notes that end with it."""
        return []


DRUM_KIT = DrumPart(drum_set, drum_pitches)
ONE_DRUM = DrumPart(_any_drum, _one_drum_pitches)
