"""Steps a Magenta network: LSTM layers, with or without attention, batched.

NumPy always can; where a compiled kernel is at hand (`bridge.models.kernel`) it takes the steps
over, from one step to the next and on the same states, with the same results within rounding.

Cells: TensorFlow ``BasicLSTMCell``; attention: ``magenta/contrib/rnn.py`` ``AttentionCellWrapper``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from bridge.core.encodings.inputs import InputBlock
from bridge.errors import KernelUnavailable
from bridge.models.fused import FusedAttention, FusedWeights, fused_weights
from bridge.models.kernel.choice import take_part
from bridge.models.kernel.library import KernelLibrary
from bridge.models.kernel.steps import KernelSteps
from bridge.models.layout import StackState
from bridge.models.weights import FloatArray, StackWeights


class Steps(Protocol):
    """Who computes a network's steps."""

    def step(self, state: StackState, rows: Sequence[Sequence[int]]) -> FloatArray:
        """One step of every sequence; see `StackNetwork.step`."""
        ...


class StackNetwork:
    """A network ready to step. It keeps no state between steps but scratch space.

    Args:
        weights: Its weights.
        blocks: Rows of its encoding's input table.
    """

    def __init__(self, weights: StackWeights, blocks: Sequence[InputBlock]) -> None:
        fused = fused_weights(weights, blocks)
        self.layout = fused.layout
        self.class_count = weights.class_count
        self._steps: Steps = NumpySteps(fused)
        take_part(self)

    def start(self, batch: int = 1) -> StackState:
        """The state before the first event: all zeros.

        Args:
            batch: How many sequences step together.
        """
        return StackState.zeros(self.layout, batch)

    def step(self, state: StackState, rows: Sequence[Sequence[int]]) -> FloatArray:
        """One step of every sequence; changes ``state``.

        Args:
            state: The sequences' state.
            rows: For each sequence the table rows that add up to its input.

        Returns:
            Logits, shape (batch, classes), a new array.
        """
        return self._steps.step(state, rows)

    @property
    def steps(self) -> Steps:
        """Who computes its steps now."""
        return self._steps

    def adopt(self, library: KernelLibrary) -> None:
        """Have the next steps done by the kernel, if it can do this network's.

        One assignment between two steps: another thread may be stepping meanwhile.
        """
        steps = self._steps
        if isinstance(steps, NumpySteps):
            with contextlib.suppress(KernelUnavailable):
                self._steps = KernelSteps(library, steps.fused)


class NumpySteps:
    """Steps with NumPy.

    Args:
        fused: The network.
    """

    def __init__(self, fused: FusedWeights) -> None:
        self.fused = fused
        self._table, self._layers = fused.table, fused.layers
        self._attention = fused.attention
        self._output_kernel, self._output_bias = fused.output_kernel, fused.output_bias

    def step(self, state: StackState, rows: Sequence[Sequence[int]]) -> FloatArray:
        """One step of every sequence; see `StackNetwork.step`."""
        table, layers = self._table, self._layers
        gates = state.gates[0]
        np.dot(state.layer_inputs[0], layers[0].kernel, out=gates)
        if state.carried:
            self._add_wide_rows(state, rows)
        else:
            for sums, row_numbers in zip(gates, rows, strict=True):
                for row in row_numbers:
                    sums += table[row]
        self._cell(state, 0)
        wrapped = state.layout.wrapped
        for i in range(1, wrapped):
            self._upper_layer(state, i)
        if self._attention is not None:
            self._attend(state, self._attention)
        for i in range(max(1, wrapped), len(layers)):
            if state.carried:
                self._carry_up(state, i)
            self._upper_layer(state, i)
        if state.carried:
            self._carry(state, len(layers) - 1)
        logits: FloatArray = state.top @ self._output_kernel
        logits += self._output_bias
        return logits

    def _add_wide_rows(self, state: StackState, rows: Sequence[Sequence[int]]) -> None:
        """Rows that end with what layer 0 is to add to its output."""
        width = state.gates[0].shape[1]
        state.carried[0][:] = 0.0
        for sums, carried, row_numbers in zip(state.gates[0], state.carried[0], rows, strict=True):
            for row in row_numbers:
                sums += self._table[row, :width]
                carried += self._table[row, width:]

    def _carry(self, state: StackState, i: int) -> None:
        """What layer i puts out is what came into it and its own (ResidualWrapper)."""
        attended = i == 0 and state.layout.wrapped == 1
        np.add(
            state.carried[i], state.output if attended else state.hidden[i], out=state.carried[i]
        )

    def _carry_up(self, state: StackState, i: int) -> None:
        """Give layer i what the layer below it puts out."""
        self._carry(state, i - 1)
        layer, below = self._layers[i], state.carried[i - 1]
        if layer.projection is None:
            np.copyto(state.carried[i], below)
        else:
            np.matmul(below, layer.projection.kernel, out=state.carried[i])
            state.carried[i] += layer.projection.bias

    def _upper_layer(self, state: StackState, i: int) -> None:
        layer = self._layers[i]
        gates = state.gates[i]
        np.dot(state.layer_inputs[i], layer.kernel, out=gates)
        gates += layer.bias
        self._cell(state, i)

    def _cell(self, state: StackState, i: int) -> None:
        """The LSTM cell of layer i, from its halved gates to its new c and h."""
        np.tanh(state.gates[i], out=state.gates[i])
        sigmoids, keep, fresh, out, candidate = state.gate_views[i]
        sigmoids += 1.0
        sigmoids *= 0.5
        c, h = state.cells[i], state.hidden[i]
        c *= keep
        fresh *= candidate
        c += fresh
        np.tanh(c, out=h)
        h *= out

    def _attend(self, state: StackState, attention: FusedAttention) -> None:
        query = state.query @ attention.query_kernel
        query += attention.query_bias
        felt = np.add(state.features, query[:, None, :], out=state.felt)
        np.tanh(felt, out=felt)
        scores = felt @ attention.score
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        if state.batch == 1:
            np.dot(scores, state.outputs[0], out=state.attention)
        else:
            np.copyto(state.attention, np.matmul(scores[:, None, :], state.outputs)[:, 0])
        if state.joint is not None:
            size = state.attention.shape[1]
            state.joint[:, :size] = state.attention
            state.joint[:, size:] = state.hidden[state.layout.wrapped - 1]
        source = state.joint if state.joint is not None else state.layer_inputs[0]
        output = state.output
        np.matmul(source, attention.output_kernel, out=output)
        output += attention.output_bias
        slot = state.position
        state.outputs[:, slot] = output
        np.matmul(output, attention.memory_kernel, out=state.features[:, slot])
        state.position = slot + 1 if slot + 1 < attention.length else 0
