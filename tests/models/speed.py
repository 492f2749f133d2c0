"""Prints how long a step takes, beside the real Magenta where it is installed.

Run ``python -m tests.models.speed``. Random weights of the usual sizes, one BLAS thread, medians.
"""

from bridge.models.threads import pin_blas_threads

pin_blas_threads()

import importlib.util  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from statistics import median  # noqa: E402

from bridge.core.notes import Phrase  # noqa: E402
from bridge.core.requests import AnswerControls, StartAnswer  # noqa: E402
from bridge.models.loading import load_model  # noqa: E402
from bridge.models.performer import RnnPerformer  # noqa: E402
from tests.fakes.bundle_writer import SHAPES, Shape, random_bundle  # noqa: E402

STEPS = 128
REPEATS = 9
UNITS = {"drum_kit": ((256, 256, 256), 32), "attention_rnn": ((128, 128), 40)}


def timed_us(*functions: Callable[[], object]) -> list[float]:
    """Microseconds a step of each, taken in turns so that all see the same machine."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(REPEATS):
        for function, found in zip(functions, times, strict=True):
            begin = time.perf_counter()
            function()
            found.append((time.perf_counter() - begin) / STEPS * 1e6)
    return [median(found) for found in times]


def measure(generator_id: str, folder: Path) -> str:
    sizes = SHAPES[generator_id]
    units, attention = UNITS.get(generator_id, ((128, 128), 0))
    path = folder / f"{generator_id}.mag"
    shape = Shape(sizes.inputs, sizes.classes, units, attention)
    path.write_bytes(random_bundle(generator_id, shape=shape, gain=0.5))
    begin = time.perf_counter()
    model = load_model(generator_id, path)
    load_ms = (time.perf_counter() - begin) * 1e3
    beats = STEPS / model.encoding.steps_per_quarter
    player = RnnPerformer(1, model)
    request = StartAnswer(1, 1, Phrase((), 1.0), beats, AnswerControls(), beats)
    tracker, state = model.encoding.inputs.tracker(), model.network.start()
    tracker.push(model.encoding.silence)
    rows = (tracker.rows(),)
    runs: list[Callable[[], object]] = [
        lambda: [model.network.step(state, rows) for _ in range(STEPS)],
        lambda: player.start(request),
    ]
    if importlib.util.find_spec("magenta") and importlib.util.find_spec("tensorflow"):
        runs.append(_magentas(generator_id, folder))
    bare, whole, *theirs = timed_us(*runs)
    line = f"{generator_id:14} load {load_ms:6.0f} ms   network {bare:6.1f} us/step"
    line += f"   answer {whole:6.1f} us/step"
    for each in theirs:
        line += f"   Magenta {each:6.0f} us/step   ratio {each / whole:.1f}"
    return line


def _magentas(generator_id: str, folder: Path) -> Callable[[], object]:
    from tests.models.magenta_oracle import MagentaPlayer, build_bundle

    path = folder / "theirs.mag"
    build_bundle(generator_id, path, gain=1.0)
    player = MagentaPlayer(path)
    per_beat = player.generator.steps_per_quarter
    player.answer([], per_beat, STEPS, seed=1)
    return lambda: player.answer([], per_beat, STEPS, seed=1)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        for each in SHAPES:
            print(measure(each, Path(name)))
