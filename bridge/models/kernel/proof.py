"""Whether a compiled kernel computes what NumPy does: every kind of cell, alone and in a batch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bridge.errors import KernelUnavailable
from bridge.models.fused import FusedAttention, FusedLayer, FusedWeights
from bridge.models.kernel.library import KernelLibrary
from bridge.models.kernel.steps import KernelSteps
from bridge.models.layout import Layout, StackState
from bridge.models.rnn import NumpySteps
from bridge.models.weights import FloatArray, ProjectionWeights

STEPS, TABLE_ROWS, CLASSES = 6, 5, 37
BATCHES = (1, 2, 3, 7)
LARGEST_DIFFERENCE = 1e-4
"""Far above rounding, which is near 1e-6 here, and far below what any mistake makes."""


def prove(library: KernelLibrary) -> None:
    """Compare a library with NumPy on small random networks; takes some milliseconds.

    Raises:
        KernelUnavailable: They differ.
    """
    for fused in _networks():
        kernel, plain = KernelSteps(library, fused), NumpySteps(fused)
        for batch in BATCHES:
            ours, theirs = (StackState.zeros(fused.layout, batch) for _ in range(2))
            for step in range(STEPS):
                rows = [((step + i) % TABLE_ROWS, (step * i) % TABLE_ROWS) for i in range(batch)]
                difference = kernel.step(ours, rows) - plain.step(theirs, rows)
                # Written so that NaN fails too.
                if not np.abs(difference).max() < LARGEST_DIFFERENCE:
                    raise KernelUnavailable("The compiled kernel computes something else.")


def _networks() -> Iterator[FusedWeights]:
    random = np.random.default_rng(5)
    for wrapped in (0, 1, 2):
        yield _network(random, (24, 20), wrapped)
    for wrapped in (0, 1):
        yield _network(random, (18, 18, 20), wrapped, residual=True)
    yield _network(random, (18,), 1, residual=True)


def _network(
    random: np.random.Generator, units: tuple[int, ...], wrapped: int, *, residual: bool = False
) -> FusedWeights:
    def values(*shape: int) -> FloatArray:
        return random.uniform(-0.5, 0.5, shape).astype(np.float32)

    size, length = (18, 4) if wrapped else (0, 0)
    layout = Layout.made_of(units, wrapped, size, length, residual=residual)
    layers = []
    for i, width in enumerate(units):
        place = layout.layer_input(i)
        gates = values(place.stop - place.start, 4 * width), values(4 * width)
        layers.append(FusedLayer(*gates))
        if residual and i and units[i - 1] != width:
            layers[i] = FusedLayer(
                *gates, ProjectionWeights(values(units[i - 1], width), values(width))
            )
    attention = None
    if wrapped:
        attention = FusedAttention(
            values(2 * sum(units[:wrapped]), size),
            values(size),
            values(size, size),
            values(size),
            values(size + units[wrapped - 1], size),
            values(size),
            length,
        )
    top = size if wrapped == len(units) and not residual else units[-1]
    layers[0] = FusedLayer(layers[0].kernel, np.zeros_like(layers[0].bias))
    return FusedWeights(
        layout,
        values(TABLE_ROWS, (5 if residual else 4) * units[0]),
        tuple(layers),
        attention,
        values(top, CLASSES),
        values(CLASSES),
    )


if __name__ == "__main__":
    try:
        prove(KernelLibrary(Path(sys.argv[1])))
    except KernelUnavailable as unavailable:
        sys.exit(unavailable.message)
