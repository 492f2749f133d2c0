"""Which encoding goes with a network, told by the shapes of its weights.

A bundle does not store its encoding. The id inside it names one, but ids are free text, so the
width of the input and the number of classes decide: no two encodings share both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.core.chord_symbols import Chord
from bridge.core.encodings.conditioned import (
    ChordInputs,
    ConditionedEncoding,
    PitchInputs,
    TriadInputs,
)
from bridge.core.encodings.drum_lookback import DrumLookbackEncoding
from bridge.core.encodings.drums import DRUM_KIT, ONE_DRUM
from bridge.core.encodings.grid import CallEvents, GridNote
from bridge.core.encodings.inputs import InputEncoding, Rows
from bridge.core.encodings.key_melody import KeyMelodyEncoding
from bridge.core.encodings.lookback import (
    NO_EVENT,
    EventCodes,
    LookbackEncoding,
    drum_codes,
    melody_codes,
)
from bridge.core.encodings.meaning import (
    ClassMeaning,
    drum_meaning,
    key_melody_meaning,
    melody_meaning,
)
from bridge.core.encodings.melody import MelodyPart
from bridge.core.encodings.pianoroll import SILENCE, PianorollEncoding, PianorollPart
from bridge.core.encodings.polyphony import CLASS_COUNT, START, STEP_END, PolyphonyPart
from bridge.core.encodings.timed import PERFORMANCES, TimedEncoding
from bridge.core.encodings.voice_meaning import polyphony_meaning
from bridge.core.notes import Note


class AnswerWriter(Protocol):
    """Turns the events of an answer into notes.

    Attributes:
        step: How many steps are complete.
    """

    step: int

    @property
    def open_step(self) -> int | None:
        """Start of the note whose end isn't known yet."""
        ...

    def given(self) -> tuple[int, ...]:
        """Events that come now whatever the network would play; mostly none."""
        ...

    def push(self, event: int) -> list[GridNote]:
        """The next event; returns the notes that are complete with it."""
        ...

    def finish(self) -> list[GridNote]:
        """The answer is over; returns the notes that end with it."""
        ...


class Part(Protocol):
    """How phrases of one kind become events and back."""

    def read(self, notes: Sequence[Note], steps_per_quarter: int, steps: int) -> CallEvents:
        """A call of so many steps as events; no events where nothing was played."""
        ...

    def before_last(self, events: Sequence[int], steps: int) -> int:
        """How many of a call's events come before its last so many steps; may be negative."""
        ...

    def writer(
        self, transposition: int, heard: Sequence[int] = (), injected: Sequence[int] = ()
    ) -> AnswerWriter:
        """A writer of an answer.

        Args:
            transposition: Semitones that were added to the call's pitches.
            heard: The events that the network has heard.
            injected: Events of a call that is to sound along; families of one voice can't do that.
        """
        ...


@dataclass(frozen=True, slots=True)
class ModelEncoding:
    """All that a family of models needs between notes and a network.

    Args:
        name: Magenta's name of the configuration.
        steps_per_quarter: Its grid.
        drums: Whether it plays drums.
        inputs: Events to inputs and classes.
        part: Phrases to events and back.
        silence: The event of an empty step.
        meaning: What its classes mean to a musician, for the musical controls; None: they do
            nothing with this model.
        chord_rows: Rows of the input table to add for the chord of the next step; None where the
            model knows no chords.
        one_event_a_step: Whether each event is a step of its own; else steps have any number.
        one_distribution: Whether the network predicts one distribution over all classes, which the
            musical controls shape.
    """

    name: str
    steps_per_quarter: int
    drums: bool
    inputs: InputEncoding
    part: Part
    silence: int
    meaning: ClassMeaning | None = None
    chord_rows: Callable[[Chord | None], Rows] | None = None
    one_event_a_step: bool = True
    one_distribution: bool = True

    @property
    def bar_steps(self) -> int:
        """Steps of its grid in a bar of four quarter notes."""
        return 4 * self.steps_per_quarter

    @property
    def searchable(self) -> bool:
        """Whether several answers can be made in one batch: candidates and beam search."""
        return self.one_event_a_step and self.one_distribution


def _over_chords(name: str, chords: ChordInputs, attention: bool = False) -> ModelEncoding:
    """A model of melodies over chords: Magenta gives it melodies as played, in any key."""
    melody: InputEncoding = LookbackEncoding(melody_codes(48, 84))
    meaning = melody_meaning(48, 84)
    if attention:
        melody, meaning = KeyMelodyEncoding(), key_melody_meaning(48, 84, repeats=2)
    inputs = ConditionedEncoding(chords, melody)
    return ModelEncoding(name, 4, False, inputs, _OVER_CHORDS, NO_EVENT, meaning, inputs.chord_rows)


_MELODY = MelodyPart()
_ANY_KEY_MELODY = MelodyPart(0, 128, to_c_major=False)
_OVER_CHORDS = MelodyPart(to_c_major=False)

ENCODINGS: tuple[ModelEncoding, ...] = (
    ModelEncoding(
        "one_drum", 2, True, LookbackEncoding(drum_codes(2)), ONE_DRUM, 0, drum_meaning(2)
    ),
    ModelEncoding(
        "drum_kit",
        4,
        True,
        LookbackEncoding(drum_codes(512), counter_bits=6),
        DRUM_KIT,
        0,
        drum_meaning(512),
    ),
    ModelEncoding(
        "drum_kit_lookback",
        4,
        True,
        DrumLookbackEncoding(),
        DRUM_KIT,
        0,
        drum_meaning(512, repeats=4),
    ),
    ModelEncoding(
        "basic_rnn",
        4,
        False,
        LookbackEncoding(melody_codes(48, 84)),
        _MELODY,
        NO_EVENT,
        melody_meaning(48, 84),
    ),
    ModelEncoding(
        "mono_rnn",
        4,
        False,
        LookbackEncoding(melody_codes(0, 128)),
        _ANY_KEY_MELODY,
        NO_EVENT,
        melody_meaning(0, 128),
    ),
    ModelEncoding(
        "lookback_rnn",
        4,
        False,
        LookbackEncoding(melody_codes(48, 84), distances=(16, 32), counter_bits=5),
        _MELODY,
        NO_EVENT,
        melody_meaning(48, 84, repeats=2),
    ),
    ModelEncoding(
        "attention_rnn",
        4,
        False,
        KeyMelodyEncoding(),
        _MELODY,
        NO_EVENT,
        key_melody_meaning(48, 84, repeats=2),
    ),
    _over_chords("basic_improv", TriadInputs()),
    _over_chords("attention_improv", TriadInputs(), attention=True),
    _over_chords("chord_pitches_improv", PitchInputs()),
    ModelEncoding(
        "polyphony",
        4,
        False,
        LookbackEncoding(EventCodes(CLASS_COUNT, STEP_END, 0)),
        PolyphonyPart(),
        START,
        polyphony_meaning(),
        one_event_a_step=False,
    ),
)


PIANOROLL = ModelEncoding(
    "rnn-nade", 4, False, PianorollEncoding(), PianorollPart(), SILENCE, one_distribution=False
)
"""It is told by its NADE, and not by its number of classes."""


def encoding_for(input_width: int, class_count: int) -> ModelEncoding | TimedEncoding | None:
    """The encoding of a network of this input width and number of classes, if it is known."""
    known: tuple[ModelEncoding | TimedEncoding, ...] = (*ENCODINGS, *PERFORMANCES)
    for encoding in known:
        if (encoding.inputs.input_width, encoding.inputs.class_count) == (input_width, class_count):
            return encoding
    return None
