"""Everything that a bundle tells about itself, whether it can be played or not.

Names and sizes are read from the tensors, so that bundles of families that this engine doesn't play
are described too. Sources: Magenta, ``models/*/…_model.default_configs`` for the ids; TensorFlow's
variable names for the eras (`bridge.models.weights`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.core.encodings.catalog import PIANOROLL
from bridge.core.encodings.timed import TimedEncoding
from bridge.errors import BundleMissing, ModelError
from bridge.models.bundle import MAX_BUNDLE_BYTES, Bundle, read_bundle
from bridge.models.checkpoint import Tensor
from bridge.models.loading import PlayableModel, load_model

MAGENTA_IDS = frozenset(
    [
        "one_drum",
        "drum_kit",
        "basic_rnn",
        "mono_rnn",
        "lookback_rnn",
        "attention_rnn",
        "basic_improv",
        "attention_improv",
        "chord_pitches_improv",
        "polyphony",
        "performance",
        "performance_with_dynamics",
        "performance_with_dynamics_compact",
        "performance_with_dynamics_and_modulo_encoding",
        "performance_with_dynamics_and_note_encoding",
        "density_conditioned_performance_with_dynamics",
        "pitch_conditioned_performance_with_dynamics",
        "multiconditioned_performance_with_dynamics",
        "optional_multiconditioned_performance_with_dynamics",
        "rnn-nade",
        "rnn-nade_attn",
    ]
)
"""Ids by which Magenta's own tools find a configuration; they load no bundle of another id."""

_TRAINING_ONLY = re.compile(r"(^|/)(adam(_\d+)?|beta[12]_power|global_step)($|/)", re.IGNORECASE)
_CELL_BIAS = re.compile(r"cell_?(\d+)/(?:.*/)?\w*lstm\w*/(?:linear/)?bias(?:es)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BundleReport:
    """A bundle described.

    Args:
        name: What it is selected by, or its file's name.
        path: Where it lies.
        size_bytes: Size of the file.
        sha256: Checksum of the file, hexadecimal; "" of a file larger than any bundle.
        generator_id: Magenta's id of the generator inside it; free text.
        description: What its maker says about it, or "".
        era: A (to early 2017), B (to May 2017) or C (since) by the names of its weights; "" where
            they are of none.
        tensorflow_version: TensorFlow that saved it, or "".
        layers: Width of each LSTM layer, lowest first.
        residual: Whether each layer's input is added to its output.
        attention_length: How many steps its attention sees, 0 without attention.
        attention_around: "first layer" or "all layers"; "" without attention.
        parameters: Number of weights, those that only training needs left out.
        encoder: Magenta's name of the encoding that fits its sizes, or "".
        input_width: Width of the network's input as its graph states it, -1 where unknown.
        batch_size: Sequences that Magenta computes at each step.
        steps_per_quarter: The model's grid, 0 where it can't be played.
        abilities: What it can do, in words.
        notes: What is worth knowing and keeps nobody from playing it.
        problems: Why it can't be played; empty where it can.
    """

    name: str
    path: str
    size_bytes: int = 0
    sha256: str = ""
    generator_id: str = ""
    description: str = ""
    era: str = ""
    tensorflow_version: str = ""
    layers: tuple[int, ...] = ()
    residual: bool = False
    attention_length: int = 0
    attention_around: str = ""
    parameters: int = 0
    encoder: str = ""
    input_width: int = -1
    batch_size: int = 1
    steps_per_quarter: int = 0
    abilities: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def playable(self) -> bool:
        """Whether this engine can play it."""
        return not self.problems


def inspect_bundle(name: str, path: Path) -> BundleReport:
    """Describe a bundle; what is wrong with it is told, not raised.

    Args:
        name: What it is selected by.
        path: Its file.

    Raises:
        BundleMissing: There is no such file, or it can't be read.
    """
    try:
        bundle = read_bundle(path)
    except BundleMissing:
        raise
    except ModelError as error:
        return BundleReport(
            name, str(path), path.stat().st_size, _sha256(path), problems=(_sentences(error),)
        )
    model: PlayableModel | None = None
    problems: tuple[str, ...] = ()
    try:
        model = load_model(name, path)
    except ModelError as error:
        problems = (_sentences(error),)
    facts, layers = bundle.facts, layer_widths(bundle.tensors)
    attention_length, attention_around = _attention(bundle, layers)
    return BundleReport(
        name,
        str(path),
        bundle.size_bytes,
        _sha256(path),
        bundle.generator_id,
        bundle.description,
        era_of(bundle.tensors),
        facts.tensorflow_version,
        layers,
        any("input_projection_wrapper/" in name for name in bundle.tensors),
        attention_length,
        attention_around,
        parameter_count(bundle.tensors),
        model.encoding.name if model else "",
        facts.input_width,
        facts.batch_size,
        model.encoding.steps_per_quarter if model else 0,
        _abilities(model),
        _notes(bundle),
        problems,
    )


def era_of(tensors: Mapping[str, Tensor]) -> str:
    """A, B or C by the names of the weights; "" where they are of no known era."""
    if any("BasicLSTMCell" in name or "MultiRNNCell" in name for name in tensors):
        return "A"
    cells = [name for name in tensors if "_cell/" in name or "cell_0" in name]
    old_words = any(name.endswith(("lstm_cell/weights", "lstm_cell/biases")) for name in cells)
    if old_words or any(name.startswith("rnn/attention_cell_wrapper") for name in cells):
        return "B"
    return "C" if cells else ""


def layer_widths(tensors: Mapping[str, Tensor]) -> tuple[int, ...]:
    """Width of each LSTM layer, lowest first; empty where there is none."""
    widths: dict[int, int] = {}
    for name, tensor in tensors.items():
        match = _CELL_BIAS.search(name)
        if match and not _TRAINING_ONLY.search(name):
            widths[int(match[1])] = tensor.size // 4
    return tuple(widths[index] for index in sorted(widths))


def parameter_count(tensors: Mapping[str, Tensor]) -> int:
    """Number of weights, without what only training needs (Adam's moments, the step counter)."""
    return sum(t.size for name, t in tensors.items() if not _TRAINING_ONLY.search(name))


def _attention(bundle: Bundle, layers: tuple[int, ...]) -> tuple[int, str]:
    scores = [
        (name, tensor.size)
        for name, tensor in bundle.tensors.items()
        if name.lower().replace("_", "").endswith("attention/attnv")
    ]
    if len(scores) != 1:
        return 0, ""
    name, size = scores[0]
    ring = sum(bundle.facts.state_widths) - 2 * sum(layers) - size
    # A NADE's biases are part of the state.
    for other, tensor in bundle.tensors.items():
        if other.endswith("nade/w_enc") and tensor.ndim == 3:
            ring -= tensor.shape[0] + tensor.shape[2]
    length = ring // size if size and ring > 0 and ring % size == 0 else 0
    around = "first layer" if re.search(r"cell_?0/", name, re.IGNORECASE) else "all layers"
    return length, around


def _abilities(model: PlayableModel | None) -> tuple[str, ...]:
    if model is None:
        return ()
    encoding = model.encoding
    if isinstance(encoding, TimedEncoding):
        own = ", with velocities of its own" if encoding.velocities else ""
        return (
            f"plays pitched notes in hundredths of a second{own}",
            "answers a call in a jam, continues a MIDI file, or starts from nothing",
            "takes a temperature and a seed",
        )
    plays = "plays drums" if encoding.drums else "plays pitched notes"
    if encoding is PIANOROLL:
        plays = "plays chords and voices on the piano's 88 keys"
    grid = f"on a grid of {encoding.steps_per_quarter} steps a quarter note"
    return (
        f"{plays}, {grid}",
        "answers a call in a jam, continues a MIDI file, or starts from nothing",
        "takes a temperature and a seed, and the velocities and timing of the call",
    )


def _notes(bundle: Bundle) -> tuple[str, ...]:
    notes = []
    batch = bundle.facts.batch_size
    if batch > 1:
        notes.append(
            f"It was saved with a batch of {batch}: Magenta computes {batch} sequences at each step"
            " and keeps one. Here that costs nothing."
        )
    if not bundle.facts.has_temperature and bundle.facts.state_widths:
        notes.append("Its graph takes no temperature, so Magenta ignores it. Here it counts.")
    if bundle.generator_id not in MAGENTA_IDS:
        notes.append(
            f"Magenta's own tools know no configuration {bundle.generator_id!r} and won't load it."
        )
    if any(_TRAINING_ONLY.search(name) for name in bundle.tensors):
        notes.append("It also holds what only training needs, which makes the file larger.")
    return tuple(notes)


def _sentences(error: ModelError) -> str:
    return f"{error.message} {error.hint}".strip()


def _sha256(path: Path) -> str:
    if path.stat().st_size > MAX_BUNDLE_BYTES:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
