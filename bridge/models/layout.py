"""Where a network's recurrent vectors lie in memory, and the state made of them.

The order makes neighbours of whatever is multiplied together (`bridge.models.rnn`):

- without attention: h0 h1 … c0 c1 …
- attention around layer 0: a h0 c0 y h1 h2 … c1 c2 …
- attention around all: a h0 h1 … c0 c1 … y

with a the attention, y its output, h and c the layers' output and memory. With residual
connections p, what a layer adds to its output, lies before its h: … p1 h1 p2 h2 … c1 c2 … p0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bridge.models.weights import FloatArray, StackWeights

if TYPE_CHECKING:
    from bridge.models.kernel.steps import Room


@dataclass(frozen=True, slots=True)
class Layout:
    """Places in a network's buffer of recurrent vectors.

    Args:
        units: Width of each layer.
        wrapped: How many layers lie within the attention; 0 without it.
        attention_size: Width of the attention; 0 without it.
        attention_length: How many outputs it sees.
        hidden: Where each layer's h starts.
        cells: Where each layer's c starts.
        output: Where the attention's output starts.
        width: Length of the buffer.
        carried: With residual connections: where what each layer adds to its output starts, which
            then becomes the sum.
    """

    units: tuple[int, ...]
    wrapped: int
    attention_size: int
    attention_length: int
    hidden: tuple[int, ...]
    cells: tuple[int, ...]
    output: int
    width: int
    carried: tuple[int, ...] = ()

    @staticmethod
    def of(weights: StackWeights) -> Layout:
        """The layout for a network."""
        units, attention = weights.units, weights.attention
        residual = weights.residual
        if attention is None:
            return Layout.made_of(units, 0, 0, 0, residual=residual)
        wrapped = len(units) if attention.whole_stack else 1
        return Layout.made_of(units, wrapped, attention.size, attention.length, residual=residual)

    @staticmethod
    def made_of(
        units: tuple[int, ...], wrapped: int, size: int, length: int, *, residual: bool = False
    ) -> Layout:
        """The layout for layers and an attention of these sizes; see `Layout`.

        Args:
            units: Width of each layer.
            wrapped: How many layers lie within the attention; 1 at most with residual connections.
            size: Width of the attention.
            length: How many outputs it sees.
            residual: Whether each layer's input is added to its output.
        """
        hidden, cells, carried = [0] * len(units), [0] * len(units), [0] * len(units)
        at = size
        output = 0
        inner = range(wrapped or len(units))
        outer = range(len(inner), len(units))
        for group in (inner, outer):
            for places in (hidden, cells):
                for i in group:
                    if residual and i and places is hidden:
                        carried[i] = at
                        at += units[i]
                    places[i] = at
                    at += units[i]
            if group is inner and wrapped:
                output = at
                at += size
        if residual:
            carried[0] = at
            at += units[0]
        sums = tuple(carried) if residual else ()
        return Layout(units, wrapped, size, length, tuple(hidden), tuple(cells), output, at, sums)

    def layer_input(self, layer: int) -> slice:
        """What is multiplied by a layer's recurrent kernel: what is below it, and its own h."""
        own = self.hidden[layer]
        if layer == 0:
            return slice(own - self.attention_size, own + self.units[0])
        if self.carried:
            return slice(self.carried[layer], own + self.units[layer])
        below = self.output if layer == self.wrapped else self.hidden[layer - 1]
        return slice(below, own + self.units[layer])


GateViews = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


class StackState:
    """The recurrent state of some sequences that step together, and scratch space.

    Everything is a view of three arrays: the buffer of vectors, the ring of past attention outputs,
    and the ring of their features; copying these three copies the state.
    """

    __slots__ = (
        "attention",
        "batch",
        "buffer",
        "carried",
        "cells",
        "features",
        "felt",
        "gate_views",
        "gates",
        "hidden",
        "joint",
        "layer_inputs",
        "layout",
        "output",
        "outputs",
        "position",
        "query",
        "room",
        "top",
    )

    def __init__(
        self,
        layout: Layout,
        buffer: FloatArray,
        outputs: FloatArray,
        features: FloatArray,
        position: int,
    ) -> None:
        self.layout, self.buffer, self.position = layout, buffer, position
        self.room: Room | None = None  # what a compiled kernel needs, from its first step on
        self.outputs, self.features = outputs, features
        self.batch = batch = len(buffer)
        units = layout.units
        self.hidden = [buffer[:, p : p + u] for p, u in zip(layout.hidden, units, strict=True)]
        self.cells = [buffer[:, p : p + u] for p, u in zip(layout.cells, units, strict=True)]
        self.layer_inputs = [buffer[:, layout.layer_input(i)] for i in range(len(units))]
        self.gates = [np.empty((batch, 4 * u), np.float32) for u in units]
        self.gate_views = [_gate_views(g, u) for g, u in zip(self.gates, units, strict=True)]
        size = layout.attention_size
        self.attention = buffer[:, :size]
        self.output = buffer[:, layout.output : layout.output + size]
        self.query = buffer[:, size : size + 2 * sum(units[: layout.wrapped])]
        self.felt = np.empty_like(features)
        sums = zip(layout.carried, units, strict=bool(layout.carried))
        self.carried = [buffer[:, p : p + u] for p, u in sums]
        attention_on_top = layout.wrapped == len(units)
        self.top = self.output if attention_on_top else self.hidden[-1]
        if self.carried:
            self.top = self.carried[-1]
        # With one wrapped layer [a | h0] are neighbours; with more, a copy is needed.
        joint_width = size + units[layout.wrapped - 1] if layout.wrapped > 1 else 0
        self.joint = np.empty((batch, joint_width), np.float32) if joint_width else None

    @staticmethod
    def zeros(layout: Layout, batch: int) -> StackState:
        """The state before the first event."""
        ring = (batch, layout.attention_length, layout.attention_size)
        return StackState(
            layout,
            np.zeros((batch, layout.width), np.float32),
            np.zeros(ring, np.float32),
            # A zero output has zero features, so the empty ring needs no computing.
            np.zeros(ring, np.float32),
            0,
        )

    def copy(self) -> StackState:
        """An independent state at the same place."""
        return StackState(
            self.layout,
            self.buffer.copy(),
            self.outputs.copy(),
            self.features.copy(),
            self.position,
        )

    def taken(self, indices: list[int]) -> StackState:
        """A state of the sequences with these indices, in this order; repeats are allowed."""
        return StackState(
            self.layout,
            self.buffer[indices],
            self.outputs[indices],
            self.features[indices],
            self.position,
        )


def _gate_views(gates: FloatArray, units: int) -> GateViews:
    """All sigmoid gates, then forget, input, output and the candidate."""
    return (
        gates[:, : 3 * units],
        gates[:, units : 2 * units],
        gates[:, :units],
        gates[:, 2 * units : 3 * units],
        gates[:, 3 * units :],
    )
