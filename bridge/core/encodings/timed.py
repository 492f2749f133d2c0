"""Models that play in seconds instead of beats: the variants of Magenta's performance_rnn.

Source: Magenta, ``performance_model.default_configs``. Its ``performance_with_dynamics_compact`` is
not in the list: the same weights, of which Magenta's graph makes the same one-hot input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.core.encodings.conditions import Signals
from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.inputs import InputEncoding
from bridge.core.encodings.meaning import ClassMeaning
from bridge.core.encodings.note_performance import (
    SIZES,
    NotePerformanceEncoding,
    NotePerformancePart,
)
from bridge.core.encodings.performance import STEPS_PER_SECOND, PerformancePart
from bridge.core.encodings.performance_inputs import PerformanceEncoding
from bridge.core.encodings.voice_meaning import performance_meaning
from bridge.core.notes import Note
from bridge.core.units import seconds_to_beats

VELOCITY_BINS = 32


class TimedWriter(Protocol):
    """Turns the events of an answer into notes."""

    @property
    def step(self) -> int:
        """Where the answer has got to: nothing more starts before this step."""
        ...

    @property
    def done(self) -> bool:
        """Whether the answer's length is reached."""
        ...

    @property
    def open_step(self) -> int | None:
        """Start of the earliest note whose end isn't known yet."""
        ...

    def push(self, event: int) -> list[GridNote]:
        """The next event; returns the notes that are complete with it."""
        ...

    def finish(self) -> list[GridNote]:
        """The answer is over; returns the notes that end with it."""
        ...


class TimedPart(Protocol):
    """How performances of one kind become events and back."""

    @property
    def silence(self) -> int:
        """What a model is primed with where nothing was played."""
        ...

    def read(self, notes: Sequence[Note], steps_per_beat: float, steps: int) -> tuple[int, ...]:
        """A call of so many steps as events; none where nothing was played."""
        ...

    def certain(self, notes: Sequence[Note], steps_per_beat: float, before: int) -> tuple[int, ...]:
        """The events before a step of a call that goes on: the beginning of what `read` will give.

        Notes held at the call's end are expected to reach at least that step.
        """
        ...

    def writer(self, heard: Sequence[int], call_steps: int, answer_steps: int) -> TimedWriter:
        """A writer of an answer to these events, of so many steps."""
        ...


@dataclass(frozen=True, slots=True)
class TimedEncoding:
    """All that a variant needs between notes and a network.

    Args:
        name: Magenta's name of the configuration.
        inputs: Events to inputs and classes.
        part: Phrases to events and back.
        velocities: Whether it plays velocities of its own.
        sizes: Number of classes of each number that it predicts; empty: one number.
        meaning: What its classes mean to a musician; None where there are several numbers.
    """

    name: str
    inputs: InputEncoding
    part: TimedPart
    velocities: bool
    sizes: tuple[int, ...] = ()
    meaning: ClassMeaning | None = None

    @property
    def steps_per_quarter(self) -> int:
        """The grid that the jam uses with it: sixteenths. Its own is a hundredth of a second."""
        return 4

    @property
    def drums(self) -> bool:
        """Whether it plays drums: never."""
        return False

    @property
    def signals(self) -> Signals:
        """The conditions that it takes."""
        inputs = self.inputs
        return inputs.signals if isinstance(inputs, PerformanceEncoding) else Signals()


def steps_per_beat(tempo_qpm: float) -> float:
    """Steps of a hundredth of a second in a quarter note."""
    return STEPS_PER_SECOND / seconds_to_beats(1.0, tempo_qpm)


def _dynamic(name: str, *, modulo: bool = False, signals: Signals | None = None) -> TimedEncoding:
    inputs = PerformanceEncoding(VELOCITY_BINS, modulo, signals or Signals())
    part, meaning = PerformancePart(VELOCITY_BINS), performance_meaning(VELOCITY_BINS)
    return TimedEncoding(name, inputs, part, velocities=True, meaning=meaning)


PERFORMANCES: tuple[TimedEncoding, ...] = (
    TimedEncoding(
        "performance",
        PerformanceEncoding(),
        PerformancePart(),
        velocities=False,
        meaning=performance_meaning(0),
    ),
    _dynamic("performance_with_dynamics"),
    _dynamic("performance_with_dynamics_and_modulo_encoding", modulo=True),
    TimedEncoding(
        "performance_with_dynamics_and_note_encoding",
        NotePerformanceEncoding(),
        NotePerformancePart(),
        velocities=True,
        sizes=SIZES,
    ),
    _dynamic("density_conditioned_performance_with_dynamics", signals=Signals(density=True)),
    _dynamic("pitch_conditioned_performance_with_dynamics", signals=Signals(pitches=True)),
    _dynamic(
        "multiconditioned_performance_with_dynamics",
        signals=Signals(density=True, pitches=True),
    ),
    _dynamic(
        "optional_multiconditioned_performance_with_dynamics",
        signals=Signals(density=True, pitches=True, optional=True),
    ),
)
