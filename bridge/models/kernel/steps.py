"""Steps a network with the compiled kernel."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence

import numpy as np

from bridge.errors import KernelUnavailable
from bridge.models.fused import FusedWeights
from bridge.models.kernel.library import MAX_LAYERS, KernelLibrary, NetworkStruct
from bridge.models.layout import StackState
from bridge.models.weights import FloatArray

_LINE_BYTES = 64
"""A vector that lies across two lines of the cache is read twice."""


class KernelSteps:
    """A network with its weights packed for the kernel; they can be shared by all its states.

    Args:
        library: The kernel.
        fused: The network.

    Raises:
        KernelUnavailable: The network has more layers than the kernel can step.
    """

    def __init__(self, library: KernelLibrary, fused: FusedWeights) -> None:
        if len(fused.layers) > MAX_LAYERS:
            raise KernelUnavailable(f"The kernel steps networks of up to {MAX_LAYERS} layers.")
        self._library, self._function = library, library.step
        self._classes = len(fused.output_bias)
        self._attention_length = fused.layout.attention_length
        self._kept: list[FloatArray] = []
        self._network = self._packed(fused)
        self._address = ctypes.addressof(self._network)

    def step(self, state: StackState, rows: Sequence[Sequence[int]]) -> FloatArray:
        """One step of every sequence; see `StackNetwork.step`.

        Raises:
            IndexError: A row is not in the table.
            ValueError: There are not as many inputs as sequences.
        """
        room = state.room
        if room is None or room.owner is not self:
            room = state.room = self._room(state)
        batch = state.batch
        if len(rows) != batch:
            raise ValueError(f"{len(rows)} inputs for {batch} sequences")
        flat = array("i")
        for row in rows:
            flat.append(len(row))
            flat.extend(row)
        position = state.position
        failed = self._function(
            self._address,
            room.buffer,
            room.outputs,
            room.features,
            position,
            batch,
            flat.buffer_info()[0],
            room.scratch,
            room.logits,
        )
        if failed:
            raise IndexError(f"no such rows in the input table: {rows}")
        if self._attention_length:
            state.position = position + 1 if position + 1 < self._attention_length else 0
        return room.result.copy()

    def _room(self, state: StackState) -> Room:
        floats = self._library.scratch_floats(self._address, state.batch)
        return Room(self, state, _aligned((floats,)), self._classes)

    def _packed(self, fused: FusedWeights) -> NetworkStruct:
        layout, attention, network = fused.layout, fused.attention, NetworkStruct()
        network.layers, network.wrapped = len(fused.layers), layout.wrapped
        network.attention_size = layout.attention_size
        network.attention_length = layout.attention_length
        network.classes, network.table_rows = self._classes, len(fused.table)
        network.width, network.output = layout.width, layout.output
        network.residual = bool(layout.carried)
        for i, layer in enumerate(fused.layers):
            place = layout.layer_input(i)
            network.units[i] = layout.units[i]
            network.hidden[i], network.cells[i] = layout.hidden[i], layout.cells[i]
            network.inputs[i], network.input_widths[i] = place.start, place.stop - place.start
            network.kernels[i] = self._panels(layer.kernel)
            network.biases[i] = self._panels(layer.bias[None])
            if layout.carried:
                network.carried[i] = layout.carried[i]
            if layer.projection is not None:
                network.projections[i] = self._panels(layer.projection.kernel)
                network.projection_biases[i] = self._panels(layer.projection.bias[None])
        network.table = self._keep(fused.table)
        network.logit_kernel = self._panels(fused.output_kernel)
        network.logit_bias = self._panels(fused.output_bias[None])
        if attention is not None:
            network.query_kernel = self._panels(attention.query_kernel)
            network.query_bias = self._panels(attention.query_bias[None])
            network.memory_kernel = self._panels(attention.memory_kernel)
            network.score = self._keep(attention.score)
            network.joint_kernel = self._panels(attention.output_kernel)
            network.joint_bias = self._panels(attention.output_bias[None])
        return network

    def _panels(self, matrix: FloatArray) -> int:
        """The matrix as [column / panel][row][column % panel]; its address."""
        panel = self._library.panel
        rows, columns = matrix.shape
        packed = _aligned((-(-columns // panel), rows, panel))
        for i in range(len(packed)):
            part = matrix[:, i * panel : (i + 1) * panel]
            packed[i, :, : part.shape[1]] = part
        return self._keep(packed)

    def _keep(self, values: FloatArray) -> int:
        self._kept.append(values)
        return values.ctypes.data


class Room:
    """What the kernel works on for one state: addresses, and the arrays that keep them valid.

    Args:
        owner: Whose scratch space it is.
        state: The state.
        scratch: Scratch space.
        classes: Width of the logits.
    """

    __slots__ = (
        "buffer",
        "features",
        "held",
        "logits",
        "outputs",
        "owner",
        "result",
        "scratch",
    )

    def __init__(
        self, owner: KernelSteps, state: StackState, scratch: FloatArray, classes: int
    ) -> None:
        self.owner = owner
        self.result = np.empty((state.batch, classes), np.float32)
        self.held = (state.buffer, state.outputs, state.features, scratch, self.result)
        # The kernel trusts these addresses; an array that is laid out otherwise must not get there.
        if not all(a.flags.c_contiguous and a.dtype == np.float32 for a in self.held):
            raise ValueError("a state's arrays must be contiguous float32")
        self.buffer, self.outputs, self.features, self.scratch, self.logits = (
            array.ctypes.data for array in self.held
        )


def _aligned(shape: tuple[int, ...]) -> FloatArray:
    """Zeros that start on a line of the cache."""
    count = int(np.prod(shape))
    spare = np.zeros(count + _LINE_BYTES // 4, np.float32)
    start = -spare.ctypes.data % _LINE_BYTES // 4
    return spare[start : start + count].reshape(shape)
