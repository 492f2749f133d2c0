"""The weights of a network, as TensorFlow stores them: an LSTM stack and what is around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ProjectionWeights:
    """What brings a layer's input to the layer's own width (``InputProjectionWrapper``).

    Args:
        kernel: Shape (inputs, units).
        bias: Shape (units,).
    """

    kernel: FloatArray
    bias: FloatArray


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """One LSTM layer, gates in TensorFlow's order i, j, f, o.

    Args:
        kernel: Shape (inputs + units, 4 · units).
        bias: Shape (4 · units,).
        forget_bias: Added to the forget gate when the network runs; it is not stored.
        projection: Of its input, where a residual network has one there.
    """

    kernel: FloatArray
    bias: FloatArray
    forget_bias: float
    projection: ProjectionWeights | None = None

    @property
    def units(self) -> int:
        """Width of the layer."""
        return len(self.bias) // 4

    @property
    def input_width(self) -> int:
        """Width of what comes into the layer."""
        return len(self.kernel) - self.units


@dataclass(frozen=True, slots=True)
class AttentionWeights:
    """Attention over the last ``length`` outputs (TensorFlow's ``AttentionCellWrapper``).

    Args:
        length: How many outputs it sees.
        whole_stack: Whether it wraps all layers, or layer 0 only.
        input_kernel: From [input, attention] to the wrapped layers' input.
        input_bias: Its bias.
        query_kernel: From the wrapped layers' [c, h, …] to the query, (2 · units, size).
        query_bias: Its bias, shape (size,).
        memory_kernel: From an output to its features, (size, size).
        score: Weight of each feature, shape (size,).
        output_kernel: From [wrapped output, attention] to the output, (units + size, size).
        output_bias: Its bias, shape (size,).
    """

    length: int
    whole_stack: bool
    input_kernel: FloatArray
    input_bias: FloatArray
    query_kernel: FloatArray
    query_bias: FloatArray
    memory_kernel: FloatArray
    score: FloatArray
    output_kernel: FloatArray
    output_bias: FloatArray

    @property
    def size(self) -> int:
        """Width of an output and of the attention."""
        return len(self.score)


@dataclass(frozen=True, slots=True)
class NadeWeights:
    """What a NADE has beside the biases that the network gives it.

    Args:
        encoder: Added to the hidden activations where a key sounds, shape (keys, hidden).
        decoder: From the hidden units to each key's logit, shape (keys, hidden).
    """

    encoder: FloatArray
    decoder: FloatArray

    @property
    def keys(self) -> int:
        """How many keys it decides."""
        return len(self.encoder)

    @property
    def hidden(self) -> int:
        """Number of its hidden units."""
        return int(self.encoder.shape[1])


@dataclass(frozen=True, slots=True)
class StackWeights:
    """All weights of a network.

    Args:
        layers: The LSTM layers, lowest first.
        attention: The attention, if it has any.
        output_kernel: From the top output to the logits, (width, classes).
        output_bias: Shape (classes,).
        nade: The NADE whose biases the output is, encoder's first, instead of logits; None: none.
    """

    layers: tuple[LayerWeights, ...]
    attention: AttentionWeights | None
    output_kernel: FloatArray
    output_bias: FloatArray
    nade: NadeWeights | None = None

    @property
    def residual(self) -> bool:
        """Whether each layer's input is added to its output."""
        return self.layers[0].projection is not None

    @property
    def input_width(self) -> int:
        """Width of the network's input."""
        projection = self.layers[0].projection
        if projection is not None:
            return len(projection.kernel)
        if self.attention is not None:
            return len(self.attention.input_kernel) - self.attention.size
        return self.layers[0].input_width

    @property
    def class_count(self) -> int:
        """Number of classes that it predicts; with a NADE the number of its biases."""
        return len(self.output_bias)

    @property
    def units(self) -> tuple[int, ...]:
        """Width of each layer."""
        return tuple(layer.units for layer in self.layers)
