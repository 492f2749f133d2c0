"""The weights of an LSTM stack, from bundles of every era.

Variable names changed with TensorFlow: ``RNN/MultiRNNCell/Cell0/BasicLSTMCell/Linear/Matrix``
(era A, to early 2017), ``rnn/multi_rnn_cell/cell_0/basic_lstm_cell/weights`` (B), ``…/kernel`` (C).
Written small and without underscores the three differ in their last words only. Attention lay
around the whole stack in A and B and lies around layer 0 in C. Sizes are the tensors' own.

Residual connections (Magenta's ``events_rnn_graph.make_rnn_cell``, era C): what comes into a layer
is added to what it puts out. A layer of another width than the one below it, and layer 0 always,
has its input projected to its own width first; so a projection at layer 0 tells such a network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from bridge.errors import BundleInvalid
from bridge.models.bundle import Bundle
from bridge.models.checkpoint import Tensor
from bridge.models.weights import (
    AttentionWeights,
    FloatArray,
    LayerWeights,
    NadeWeights,
    ProjectionWeights,
    StackWeights,
)

_CELL = re.compile(
    r"(.*cell(\d+)/(?:.*/)?)(basiclstmcell|lstmblockcell|cudnncompatiblelstmcell)/(?:kernel|bias)$"
)
_PROJECTION = "/inputprojectionwrapper/"
_MAX_ATTENTION_LENGTH = 4096


def stack_weights(bundle: Bundle) -> StackWeights:
    """The network's weights, whatever the era of the bundle.

    Raises:
        BundleInvalid: Weights are missing, don't fit together, or belong to a kind of network that
            this engine doesn't play.
    """
    found = {canonical_name(name): tensor for name, tensor in bundle.tensors.items()}
    nade = _nade(found)
    if nade is None and any("decoder/" in name for name in found):
        raise BundleInvalid(
            f"The bundle {bundle.generator_id!r} holds a kind of network that can't be played.",
            "Use a drums or melody bundle.",
        )
    layers = _layers(found)
    output = "fullyconnected" if nade is None else "decoder/dense"
    # Magenta keeps the NADE's two biases before the network's own state.
    state_widths = bundle.facts.state_widths[0 if nade is None else 2 :]
    weights = StackWeights(
        layers,
        _attention(found, layers, state_widths),
        _matrix(found, f"{output}/kernel"),
        _vector(found, f"{output}/bias"),
        nade,
    )
    _check(weights)
    return weights


def canonical_name(name: str) -> str:
    """A variable's name without what differs between the eras."""
    plain = name.lower().replace("_", "").removesuffix(":0")
    head, _, last = plain.rpartition("/")
    head = head.removesuffix("/linear") if last in ("matrix", "bias") else head
    last = {"matrix": "kernel", "weights": "kernel", "biases": "bias"}.get(last, last)
    return f"{head}/{last}"


def _layers(found: Mapping[str, Tensor]) -> tuple[LayerWeights, ...]:
    cells: dict[int, tuple[str, str]] = {}
    for name in found:
        match = _CELL.match(name)
        if match:
            cells[int(match[2])] = (name.rpartition("/")[0], match[3])
    if sorted(cells) != list(range(len(cells))) or not cells:
        raise BundleInvalid("The bundle holds no stack of LSTM layers.")
    layers = []
    for i in range(len(cells)):
        name, kind = cells[i]
        forget_bias = 0.0 if kind == "cudnncompatiblelstmcell" else 1.0
        kernel, bias = _matrix(found, f"{name}/kernel"), _vector(found, f"{name}/bias")
        layers.append(LayerWeights(kernel, bias, forget_bias, _projection(found, name)))
    projections = sum(name.endswith(f"{_PROJECTION}kernel") for name in found)
    if projections != sum(layer.projection is not None for layer in layers):
        raise BundleInvalid("The bundle projects what no layer takes.")
    return tuple(layers)


def _projection(found: Mapping[str, Tensor], cell: str) -> ProjectionWeights | None:
    """The projection around a cell, if there is one."""
    root, wrapper, _ = cell.partition(_PROJECTION)
    if not wrapper:
        return None
    name = root + wrapper.removesuffix("/")
    return ProjectionWeights(_matrix(found, f"{name}/kernel"), _vector(found, f"{name}/bias"))


def _attention(
    found: Mapping[str, Tensor],
    layers: tuple[LayerWeights, ...],
    state_widths: tuple[int, ...],
) -> AttentionWeights | None:
    roots = [name.removesuffix("attention/attnw") for name in found if name.endswith("/attnw")]
    if not roots:
        return None
    root = roots[0]
    score = _vector(found, f"{root}attention/attnv")
    memory = found[f"{root}attention/attnw"]
    if len(roots) != 1 or memory.size != score.size**2:
        raise BundleInvalid("The bundle's attention has a shape that no model has.")
    own_widths = 2 * sum(layer.units for layer in layers) + score.size
    length, rest = divmod(sum(state_widths) - own_widths, max(1, score.size))
    if rest or not 0 < length <= _MAX_ATTENTION_LENGTH or min(state_widths, default=-1) < 0:
        raise BundleInvalid("The bundle's graph does not tell how far its attention reaches.")
    return AttentionWeights(
        length,
        "cell0/" not in root,
        _matrix(found, f"{root}kernel"),
        _vector(found, f"{root}bias"),
        _matrix(found, f"{root}attention/kernel"),
        _vector(found, f"{root}attention/bias"),
        memory.reshape(score.size, score.size).astype(np.float32),
        score,
        _matrix(found, f"{root}attnoutputprojection/kernel"),
        _vector(found, f"{root}attnoutputprojection/bias"),
    )


def _nade(found: Mapping[str, Tensor]) -> NadeWeights | None:
    if not any("nade/" in name for name in found):
        return None
    encoder, decoder = _tensor(found, "nade/wenc", 3), _tensor(found, "nade/wdect", 3)
    keys, one, hidden = encoder.shape
    if one != 1 or decoder.shape != (keys, hidden, 1):
        raise BundleInvalid("The bundle's NADE has a shape that no model has.")
    # Copies, since these are played from, and must not keep the bundle's bytes.
    return NadeWeights(encoder[:, 0].copy(), decoder[:, :, 0].copy())


def _tensor(found: Mapping[str, Tensor], name: str, axes: int) -> FloatArray:
    tensor = found.get(name)
    if tensor is None:
        raise BundleInvalid(f"The bundle lacks the weights {name!r}.")
    if tensor.ndim != axes or tensor.size == 0:
        raise BundleInvalid(f"The weights {name!r} have a shape that no model has.")
    # The file's own bytes where they are such numbers already.
    return tensor.astype(np.float32, copy=False)


def _matrix(found: Mapping[str, Tensor], name: str) -> FloatArray:
    return _tensor(found, name, 2)


def _vector(found: Mapping[str, Tensor], name: str) -> FloatArray:
    return _tensor(found, name, 1)


def _check(weights: StackWeights) -> None:
    """Refuses weights whose shapes don't fit together."""
    attention, units = weights.attention, weights.units
    width = weights.layers[0].input_width
    fits = [weights.input_width > 0, width > 0, *_residual_fits(weights)]
    for i, layer in enumerate(weights.layers):
        width = layer.units if layer.projection is not None else width
        fits.append(layer.kernel.shape == (width + layer.units, 4 * layer.units))
        fits.append(len(layer.bias) % 4 == 0)
        width = layer.units
        if attention is not None and i == 0 and not attention.whole_stack:
            width = attention.size
    if attention is not None:
        wrapped = units if attention.whole_stack else units[:1]
        size = attention.size
        first = weights.layers[0].input_width
        outer = units[0] if weights.residual else weights.input_width
        fits.append(attention.input_kernel.shape == (outer + size, first))
        fits.append(attention.input_bias.shape == (first,))
        fits.append(attention.query_kernel.shape == (2 * sum(wrapped), size))
        fits.append(attention.query_bias.shape == attention.output_bias.shape == (size,))
        fits.append(attention.output_kernel.shape == (wrapped[-1] + size, size))
        width = size if attention.whole_stack else width
        if len(units) == 1:
            width = size
    fits.append(weights.output_kernel.shape == (width, weights.class_count))
    if weights.nade is not None:
        fits.append(weights.class_count == weights.nade.hidden + weights.nade.keys)
    if not all(fits):
        raise BundleInvalid("The sizes of the bundle's weights don't fit together.")


def _residual_fits(weights: StackWeights) -> list[bool]:
    """Whether what is added to a layer's output is as wide as it, and comes through projections."""
    if not weights.residual:
        return [layer.projection is None for layer in weights.layers]
    attention, below, fits = weights.attention, weights.input_width, []
    for layer in weights.layers:
        projection = layer.projection
        if projection is None:
            fits.append(below == layer.units)
        else:
            fits.append(projection.kernel.shape == (below, layer.units))
            fits.append(projection.bias.shape == (layer.units,))
        below = layer.units
    if attention is not None:
        fits += [not attention.whole_stack, attention.size == weights.units[0]]
    return fits
