"""How each kind of model is learnt: its sizes, its coding, and settings that have proved good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bridge.core.chord_symbols import parse_chord
from bridge.core.encodings.catalog import ENCODINGS, ModelEncoding
from bridge.core.encodings.drum_lookback import drum_set_features
from bridge.core.encodings.inputs import InputEncoding, Rows
from bridge.core.encodings.melody import MelodyPart
from bridge.errors import ConfigError
from bridge.training.batches import SamplerOptions
from bridge.training.chorded import PLACES, chord_of
from bridge.training.cutting import GRID, VoicesCut
from bridge.training.encode import Coding, Table
from bridge.training.network import Dropout, Shape

USUAL_DROPOUT = Dropout()
REPEATS_STEPS = 300
"""One event so often, and every look-back flag of any encoding is up."""
DRUM_FEATURES = drum_set_features().astype(np.float32)


@dataclass(frozen=True, slots=True)
class ModelKind:
    """A kind of model that can be trained.

    Attributes:
        name: Of its encoding: Magenta's configuration, or our own.
        layer_sizes: Units of each LSTM layer.
        droppable: Numbers of the input table's blocks that hold events, not counters or flags.
        dropout: Shares left out in training.
        rate: Highest learning rate from scratch.
        embedding_size: Width of the input embedding.
        attn_length_steps: Steps that layer 0 attends to; 0 for none.
        drum_features: Whether drum sets share features.
        in_magenta: Whether Magenta knows it.
        parts: What of a piece it can learn, the usual one first (`corpus.collect.PART_NAMES`).
        transpositions: Semitones by which what it learns is transposed, as Magenta does it.
        epoch_share: How much of what it learns from, transpositions included, makes an epoch.
    """

    name: str
    layer_sizes: tuple[int, ...]
    droppable: tuple[int, ...] = (0,)
    dropout: Dropout = USUAL_DROPOUT
    rate: float = 3e-3
    embedding_size: int = 96
    attn_length_steps: int = 0
    drum_features: bool = False
    in_magenta: bool = True
    parts: tuple[str, ...] = ("melody", "bass")
    transpositions: tuple[int, ...] = (0,)
    epoch_share: float = 1.0

    @property
    def encoding(self) -> ModelEncoding:
        """The engine's encoding."""
        return encoding_of(self.name)

    @property
    def event_classes(self) -> int:
        """Distinct events, for the baselines."""
        meaning = self.encoding.meaning
        assert meaning is not None  # every kind that is trained has one
        return len(meaning.plain.onsets)

    def coding(self) -> Coding:
        """Between sequences and the network."""
        return coding_of(self.name)

    def sampler(self, small: bool = False) -> SamplerOptions:
        """How segments are drawn: where steps have several events, fewer and longer ones.

        Args:
            small: Whether there is little to learn: then few short lanes learn faster.
        """
        steps, lanes = (32, 8) if small else (64, 64)
        if not self.encoding.one_event_a_step:
            # A bar of four voices has about eighty events; more would take too long to unroll.
            steps, lanes = 128, min(lanes, 16)
        return SamplerOptions(steps, lanes)

    def shape(self, layer_sizes: tuple[int, ...] | None = None) -> Shape:
        """A new network of this kind.

        Args:
            layer_sizes: Units of each layer; None: as usual.
        """
        return Shape(
            self.coding().table,
            layer_sizes or self.layer_sizes,
            min(self.embedding_size, self.encoding.inputs.input_width),
            self.attn_length_steps,
            DRUM_FEATURES if self.drum_features else None,
            self.droppable,
        )


def _over_chords(
    name: str,
    layer_sizes: tuple[int, ...],
    droppable: tuple[int, ...] = (0,),
    attn_length_steps: int = 0,
) -> ModelKind:
    """Melodies over chords are heard in any key, so all twelve are learnt."""
    return ModelKind(
        name,
        layer_sizes,
        droppable,
        Dropout(rows=0.05, embedding=0.1, outputs=0.3),
        attn_length_steps=attn_length_steps,
        parts=("melody",),
        transpositions=tuple(range(-6, 6)),
        epoch_share=0.25,
    )


_DRUMS = ("drums",)
_MELODY = Dropout(rows=0.05, embedding=0.1, outputs=0.2)
KINDS = {
    kind.name: kind
    for kind in (
        ModelKind("one_drum", (64, 64), dropout=_MELODY, parts=_DRUMS),
        ModelKind("drum_kit", (256, 256), drum_features=True, parts=_DRUMS),
        ModelKind(
            "drum_kit_lookback",
            (256, 256),
            droppable=(0, 1, 2, 3, 4),
            dropout=Dropout(rows=0.05, embedding=0.1, outputs=0.2),
            embedding_size=128,
            drum_features=True,
            in_magenta=False,
            parts=_DRUMS,
        ),
        ModelKind("basic_rnn", (128, 128), dropout=_MELODY, rate=4e-3),
        ModelKind("mono_rnn", (128, 128), dropout=_MELODY, rate=4e-3),
        ModelKind("lookback_rnn", (128, 128), (0, 1, 2), _MELODY, 4e-3),
        ModelKind("attention_rnn", (128, 128), (1,), _MELODY, 4e-3, attn_length_steps=40),
        _over_chords("basic_improv", (64, 64)),
        _over_chords("attention_improv", (128, 128), droppable=(1,), attn_length_steps=40),
        _over_chords("chord_pitches_improv", (192, 192)),
        ModelKind(
            "polyphony",
            (256, 256),
            dropout=Dropout(rows=0.05, embedding=0.1, outputs=0.3),
            embedding_size=128,
            parts=("voices",),
            transpositions=tuple(range(-4, 5)),
            epoch_share=1 / 9,
        ),
    )
}


def kind_of(name: str) -> ModelKind:
    """The kind of model of this name.

    Raises:
        ConfigError: It can't be trained.
    """
    if name not in KINDS:
        raise ConfigError(
            f"Models of kind {name!r} can't be trained.", f"Choose one of {', '.join(KINDS)}."
        )
    return KINDS[name]


def encoding_of(name: str) -> ModelEncoding:
    """The engine's encoding of this name."""
    return next(encoding for encoding in ENCODINGS if encoding.name == name)


def coding_of(name: str) -> Coding:
    """How an encoding is learnt: its sequences hold places in its table of plain classes."""
    encoding = encoding_of(name)
    event, rows = event_of_place(encoding), encoding.chord_rows
    most = most_rows(encoding.inputs, event(0))
    if rows is None:
        cut = GRID if encoding.one_event_a_step else VoicesCut()
        return Coding(encoding.inputs, Table.of(encoding.inputs, most), event, cut=cut)

    def condition(step: int) -> Rows:
        return rows(chord_of(step // PLACES))

    table = Table.of(encoding.inputs, most + len(rows(parse_chord("C"))))
    return Coding(encoding.inputs, table, lambda step: event(step % PLACES), condition)


def event_of_place(encoding: ModelEncoding) -> Callable[[int], int]:
    """The event of a place in an encoding's table of plain classes."""
    meaning, part = encoding.meaning, encoding.part
    assert meaning is not None  # every kind that is trained has one
    events = range(len(meaning.plain.onsets))
    if isinstance(part, MelodyPart):
        events = range(-2, part.high)
        places = {meaning.plain_class(e): e for e in events if e < 0 or e >= part.low}
        return places.__getitem__
    return int


def most_rows(inputs: InputEncoding, event: int) -> int:
    """How many rows of its table a step of an encoding adds up at most."""
    tracker, most = inputs.tracker(), 0
    for _ in range(REPEATS_STEPS):
        tracker.push(event)
        most = max(most, len(tracker.rows()))
    return most
