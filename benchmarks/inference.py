"""How long a step of an answer takes, beside the real Magenta in the same run.

Networks of the usual sizes with weights made by Magenta itself where it is installed, else random
ones. One BLAS thread, both sides taken in turns, medians.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from bridge.models.threads import pin_blas_threads

pin_blas_threads()

from benchmarks.rows import Row  # noqa: E402
from bridge.core.notes import Phrase  # noqa: E402
from bridge.core.requests import AnswerControls, StartAnswer  # noqa: E402
from bridge.models.loading import LoadedModel, load_model  # noqa: E402
from bridge.models.performer import RnnPerformer  # noqa: E402
from bridge.paths import data_folder  # noqa: E402
from tests.fakes.bundle_writer import SHAPES, Shape, random_bundle  # noqa: E402

STEPS = 128
UNITS = {"drum_kit": ((256, 256, 256), 32), "attention_rnn": ((128, 128), 40)}
RATIOS = {"drum_kit": (10.0, 20.0), "attention_rnn": (12.0, 35.0)}
"""(must, moonshot) as times faster than Magenta; the others are 128-unit models."""
SMALL = (14.0, 50.0)


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    repeats = 5 if quick else 15
    with tempfile.TemporaryDirectory() as folder:
        for generator_id in SHAPES:
            yield _answer_row(generator_id, Path(folder), repeats)
    for path in sorted(data_folder("bundles").glob("*.mag")):
        yield _shipped_row(path, repeats)


def _answer_row(generator_id: str, folder: Path, repeats: int) -> Row:
    path = folder / f"{generator_id}.mag"
    theirs: Callable[[], object] | None = None
    if importlib.util.find_spec("magenta") and importlib.util.find_spec("tensorflow"):
        theirs = _magenta(generator_id, path)
    else:
        sizes = SHAPES[generator_id]
        units, attention = UNITS.get(generator_id, ((128, 128), 0))
        shape = Shape(sizes.inputs, sizes.classes, units, attention)
        path.write_bytes(random_bundle(generator_id, shape=shape, gain=0.5))
    model = load_model(generator_id, path)
    functions = [_answer(model), theirs] if theirs else [_answer(model)]
    value, *peers = _microseconds_a_step(functions, repeats)
    must, moonshot = RATIOS.get(generator_id, SMALL)
    peer = peers[0] if peers else None
    return Row(
        f"{generator_id}: an answer of {STEPS} steps, a step",
        value,
        "µs",
        peer="Magenta",
        peer_value=peer,
        must=peer / must if peer else None,
        moonshot=peer / moonshot if peer else None,
    )


def _shipped_row(path: Path, repeats: int) -> Row:
    model = load_model(path.stem, path)
    [value] = _microseconds_a_step([_answer(model)], repeats)
    return Row(f"{path.stem} as shipped, a step", value, "µs")


def _answer(model: LoadedModel) -> Callable[[], object]:
    beats = STEPS / model.encoding.steps_per_quarter
    player = RnnPerformer(1, model)
    request = StartAnswer(1, 1, Phrase((), 1.0), beats, AnswerControls(), beats)
    return lambda: player.start(request)


def _magenta(generator_id: str, path: Path) -> Callable[[], object]:
    from tests.models.magenta_oracle import MagentaPlayer, build_bundle

    build_bundle(generator_id, path, gain=1.0)
    player = MagentaPlayer(path)
    per_beat = player.generator.steps_per_quarter
    return lambda: player.answer([], per_beat, STEPS, seed=1)


def _microseconds_a_step(functions: list[Callable[[], object]], repeats: int) -> list[float]:
    """Medians of each, taken in turns so that all see the same machine; one round warms up."""
    times: list[list[float]] = [[] for _ in functions]
    for turn in range(repeats + 1):
        for function, found in zip(functions, times, strict=True):
            begin = time.perf_counter()
            function()
            if turn:
                found.append((time.perf_counter() - begin) / STEPS * 1e6)
    return [median(found) for found in times]
