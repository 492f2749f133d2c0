"""How near a step comes to what this machine can: reading every weight once, and multiplying it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

import numpy as np

from benchmarks.rows import Better, Row
from bridge.models.fused import FusedWeights
from bridge.models.rnn import NumpySteps, StackNetwork

STEPS_A_TURN = 40
MUST_PERCENT, MOONSHOT_PERCENT = 35.0, 90.0
MOONSHOT_FROM_MB = 0.4


def floor_rows(
    name: str, network: StackNetwork, plain: StackNetwork, *, quick: bool
) -> Iterator[Row]:
    """Shares of the read bandwidth and of the rate of a plain matrix product.

    Args:
        name: Of the network.
        network: As it is played.
        plain: The same with NumPy: its weights are counted.
        quick: Fewer turns.
    """
    steps = plain.steps
    assert isinstance(steps, NumpySteps)
    weights = _matrices(steps.fused)
    floats = sum(matrix.size for matrix in weights)
    block = np.ones(floats, np.float32)
    half = floats // 2
    side = int((floats / 4) ** 0.5)
    matrix = np.ones((side, 4 * side), np.float32)
    vector, result = np.ones(side, np.float32), np.empty(4 * side, np.float32)
    state = network.start()
    rows = ((0,),)
    times: list[list[float]] = [[], [], []]
    for _ in range(15 if quick else 41):
        begin = time.perf_counter()
        for _ in range(STEPS_A_TURN):
            network.step(state, rows)
        stepped = time.perf_counter()
        for _ in range(STEPS_A_TURN):
            np.dot(block[:half], block[half : 2 * half])
        read = time.perf_counter()
        for _ in range(STEPS_A_TURN):
            np.dot(vector, matrix, out=result)
        multiplied = time.perf_counter()
        for found, took in zip(
            times, (stepped - begin, read - stepped, multiplied - read), strict=True
        ):
            found.append(took / STEPS_A_TURN)
    step_s, read_s, multiply_s = (median(found) for found in times)
    megabytes = 4 * floats / 1e6
    yield Row(
        f"{name}: share of the read bandwidth ({megabytes:.1f} MB of weights,"
        f" {megabytes / 1000 / read_s:.0f} GB/s)",
        100 * read_s / step_s,
        "%",
        must=MUST_PERCENT,
        moonshot=MOONSHOT_PERCENT if megabytes >= MOONSHOT_FROM_MB else None,
        better=Better.HIGHER,
    )
    rate = 2 * side * 4 * side / multiply_s
    yield Row(
        f"{name}: share of the rate of NumPy's product with a vector ({rate / 1e9:.0f} Gflop/s)",
        100 * 2 * floats / rate / step_s,
        "%",
        better=Better.HIGHER,
    )
    yield Row(f"{name}: the network's step alone", step_s * 1e6, "µs")


def _matrices(fused: FusedWeights) -> list[np.ndarray]:
    """What every step reads from end to end: the rings and the biases are small beside it."""
    found = [layer.kernel for layer in fused.layers]
    found.append(fused.output_kernel)
    attention = fused.attention
    if attention is not None:
        found += [attention.query_kernel, attention.memory_kernel, attention.output_kernel]
    return found
