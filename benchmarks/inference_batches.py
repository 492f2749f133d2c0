"""Many answers at once: what a candidate costs in a batch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

import numpy as np

from benchmarks.rows import Better, Row
from bridge.core.requests import AnswerControls
from bridge.models.loading import LoadedModel
from bridge.models.lockstep import Lockstep
from bridge.models.primer import Primer
from bridge.models.steering import Steering

BARS = 2
MUST_PRICE, MOONSHOT_PRICE = 3.0, 1.4


def batch_rows(name: str, model: LoadedModel, *, quick: bool) -> Iterator[Row]:
    """Answers of two bars a second in batches of 1, 8 and 32, and the price of 8."""
    sizes = (1, 8, 32)
    steps = BARS * 4 * model.encoding.steps_per_quarter
    answers: dict[int, list[float]] = {size: [] for size in sizes}
    network: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(3 if quick else 9):
        for size in sizes:
            answers[size].append(_answers_s(model, size, steps))
            network[size].append(_network_s(model, size, steps))
    for size in sizes:
        rate = size / median(answers[size])
        yield Row(f"{name}: candidates of 2 bars, batch {size}", rate, "/s", better=Better.HIGHER)
    yield Row(
        f"{name}: 8 candidates at the price of (drawing and encoding included)",
        median(answers[8]) / median(answers[1]),
        "answers",
        must=MUST_PRICE,
        moonshot=MOONSHOT_PRICE,
    )
    price = median(network[8]) / median(network[1])
    yield Row(f"{name}: 8 candidates at the price of, the network alone", price, "answers")


def _answers_s(model: LoadedModel, size: int, steps: int) -> float:
    primer = Primer(model)
    primer.follow((model.encoding.silence,))
    steering = Steering(model.encoding.meaning, (), 0, 1)
    batch = Lockstep.of(model, primer.listened(), steering, size)
    random, controls = np.random.RandomState(1), AnswerControls()
    begin = time.perf_counter()
    for _ in range(steps):
        batch.step(random.random_sample(size), controls)
    return time.perf_counter() - begin


def _network_s(model: LoadedModel, size: int, steps: int) -> float:
    state, rows = model.network.start(size), ((0,),) * size
    begin = time.perf_counter()
    for _ in range(steps):
        model.network.step(state, rows)
    return time.perf_counter() - begin
