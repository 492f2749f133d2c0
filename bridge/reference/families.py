"""Which bundles the real Magenta can still play, and who plays them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.errors import BundleInvalid
from bridge.models.bundle import Bundle, read_bundle
from bridge.reference.grid import GridGenerator
from bridge.reference.timed import TimedGenerator

NATIVE = "Use --engine native: it plays this one."
NOTE_ENCODING = "performance_with_dynamics_and_note_encoding"
PIANOROLL = ("rnn-nade", "rnn-nade_attn")
DRUMS, MELODY, IMPROV, POLYPHONY, PERFORMANCE = (
    "drums_rnn",
    "melody_rnn",
    "improv_rnn",
    "polyphony_rnn",
    "performance_rnn",
)
FAMILIES = (DRUMS, MELODY, IMPROV, POLYPHONY, PERFORMANCE)


def opened(path: Path) -> GridGenerator | TimedGenerator:
    """Magenta's generator of a bundle. `quiet_tensorflow` must have been called before.

    Args:
        path: The bundle's file, read natively first, so that a damaged one is one clear error.

    Raises:
        BundleMissing: There is no such file.
        BundleInvalid: It is damaged, or Magenta can't play it.
    """
    from magenta.models.shared import sequence_generator_bundle

    facts = read_bundle(path)
    family, maker = _maker(facts.generator_id)
    _check_width(facts)
    made = maker(bundle=sequence_generator_bundle.read_bundle_file(str(path)))
    made.initialize()
    batch_size = facts.facts.batch_size
    if family == PERFORMANCE:
        return TimedGenerator(made, batch_size)
    return GridGenerator(
        made,
        batch_size,
        drums=family == DRUMS,
        chords=family == IMPROV,
        voices=family == POLYPHONY,
    )


def _maker(generator_id: str) -> tuple[str, Callable[..., Any]]:
    """Magenta's family of an id, and what makes its generator."""
    if generator_id in PIANOROLL:
        raise BundleInvalid(
            "Magenta can't play pianoroll bundles any more: its generation fails on today's"
            " TensorFlow.",
            NATIVE,
        )
    if generator_id == NOTE_ENCODING:
        raise BundleInvalid(
            "Magenta can't play bundles of the note encoding: its graph loses their distributions"
            " when it is saved.",
            NATIVE,
        )
    for family in FAMILIES:
        makers = _generators(family)
        if generator_id in makers:
            return family, makers[generator_id]
    raise BundleInvalid(
        f"Magenta knows no configuration {generator_id!r}, and finds bundles by nothing else.",
        "Use --engine native: it goes by the bundle's sizes.",
    )


def _check_width(bundle: Bundle) -> None:
    """Magenta takes an id at its word, and fails at the first step where it is wrong."""
    name, width = bundle.generator_id, bundle.facts.input_width
    expected = int(_config(name).encoder_decoder.input_size)
    if width in (-1, expected):
        return
    if width == 1:
        raise BundleInvalid(
            f"Magenta can't play compact bundles: they call themselves {name!r}, and Magenta would"
            f" feed them {expected} numbers instead of one.",
            NATIVE,
        )
    raise BundleInvalid(
        f"The bundle calls itself {name!r}, which takes {expected} inputs, and it takes {width}:"
        " Magenta can't play it.",
        "Use --engine native: it goes by the bundle's sizes.",
    )


def _generators(family: str) -> dict[str, Callable[..., Any]]:
    from importlib import import_module

    module = import_module(f"magenta.models.{family}.{_stem(family)}_sequence_generator")
    makers: dict[str, Callable[..., Any]] = module.get_generator_map()
    return makers


def _config(generator_id: str) -> Any:
    from importlib import import_module

    for family in FAMILIES:
        stem = _stem(family).removesuffix("_rnn") if family in _SHORT else _stem(family)
        configs = import_module(f"magenta.models.{family}.{stem}_model").default_configs
        if generator_id in configs:
            return configs[generator_id]
    raise BundleInvalid(f"Magenta knows no configuration {generator_id!r}.", NATIVE)


_SHORT = (POLYPHONY, PERFORMANCE)
"""Families whose modules leave the ``_rnn`` of their folder out."""


def _stem(family: str) -> str:
    return family.removesuffix("_rnn") if family in _SHORT else family


def quiet_tensorflow(tell: Callable[[str], None]) -> str:
    """Import Magenta, one thread and no chatter; returns the versions in words.

    ``TF_USE_LEGACY_KERAS`` must be set before.

    Args:
        tell: Takes a sentence for the console.
    """
    import time
    import warnings
    from importlib.metadata import version

    began_s = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow.compat.v1 as tf

        taken_s = time.monotonic() - began_s
        tell(f"TensorFlow {version('tensorflow')} is imported ({taken_s:.1f} s); Magenta follows.")
        for family in FAMILIES:
            _generators(family)
    tf.get_logger().setLevel(logging.ERROR)
    logging.getLogger("absl").setLevel(logging.ERROR)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return f"Magenta {version('magenta')} on TensorFlow {version('tensorflow')}"
