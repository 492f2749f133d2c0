"""Writes ``.mag`` bundles of any era from random weights, byte by byte, without TensorFlow."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from bridge.models.crc import masked_crc32c

MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def blob(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def shape_proto(shape: tuple[int, ...]) -> bytes:
    return b"".join(blob(2, number(1, size)) for size in shape)


def block(entries: list[tuple[bytes, bytes]], *, compression: int = 0) -> bytes:
    """A table block with prefix-compressed keys, one restart point, and its trailer."""
    body, last = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(last)) and key[shared] == last[shared]:
            shared += 1
        fresh = key[shared:]
        body += varint(shared) + varint(len(fresh)) + varint(len(value)) + fresh + value
        last = key
    body += struct.pack("<II", 0, 1) + bytes([compression])
    return body + struct.pack("<I", masked_crc32c(body))


def table(blocks: list[list[tuple[bytes, bytes]]]) -> bytes:
    out, index = b"", []
    for entries in blocks:
        raw = block(entries)
        index.append((entries[-1][0], varint(len(out)) + varint(len(raw) - 5)))
        out += raw
    meta = block([])
    handles = varint(len(out)) + varint(len(meta) - 5)
    out += meta
    raw = block(index)
    handles += varint(len(out)) + varint(len(raw) - 5)
    return out + raw + handles.ljust(40, b"\0") + MAGIC


def checkpoint(tensors: dict[str, np.ndarray], *, pieces: int = 1) -> bytes:
    """A V1 checkpoint; ``pieces`` above 1 cuts every matrix along its first axis."""
    metas, values = b"", []
    for name, tensor in tensors.items():
        metas += blob(1, blob(1, name) + blob(2, shape_proto(tensor.shape)) + number(3, 1))
        values += _slices(name, np.asarray(tensor, "<f4"), pieces)
    blocks = [[(b"", blob(1, metas))]]
    blocks += [[entry] for entry in values]
    return table(blocks)


def _slices(name: str, tensor: np.ndarray, pieces: int) -> list[tuple[bytes, bytes]]:
    if pieces == 1 or tensor.ndim < 2 or len(tensor) < pieces:
        extent = b"".join(blob(1, b"") for _ in tensor.shape)
        return [(b"\1" + name.encode(), _slice(name, extent, tensor))]
    out, start = [], 0
    for part in np.array_split(tensor, pieces):
        extent = blob(1, number(1, start) + number(2, len(part)))
        extent += b"".join(blob(1, b"") for _ in tensor.shape[1:])
        out.append((b"\1" + name.encode() + bytes([start]), _slice(name, extent, part)))
        start += len(part)
    return out


def _slice(name: str, extent: bytes, tensor: np.ndarray) -> bytes:
    proto = number(1, 1) + blob(5, tensor.tobytes())
    return blob(2, blob(1, name) + blob(2, extent) + blob(3, proto))


def metagraph(
    input_shape: tuple[int, ...],
    state_shapes: list[tuple[int, ...]],
    *,
    version: str = "1.4.0",
    temperature: bool = True,
    softmax_count: int = 1,
) -> bytes:
    nodes, collections = b"", {}

    def add(collection: str, name: str, shape: tuple[int, ...]) -> None:
        nonlocal nodes
        shapes = blob(1, blob(7, shape_proto(shape)))
        attribute = blob(1, "_output_shapes") + blob(2, shapes)
        nodes += blob(1, blob(1, name) + blob(2, "Placeholder") + blob(5, attribute))
        collections.setdefault(collection, []).append(f"{name}:0")

    add("inputs", "x", input_shape)
    for i, shape in enumerate(state_shapes):
        add("initial_state", f"state_{i}", shape)
    for i in range(softmax_count):
        add("softmax", f"softmax_{i}", (1, 1, 2))
    if temperature:
        add("temperature", "temperature", ())
    out = blob(1, blob(5, version)) + blob(2, nodes)
    for name, members in collections.items():
        node_list = blob(1, b"".join(blob(1, member) for member in members))
        out += blob(4, blob(1, name) + blob(2, node_list))
    return out


def bundle_bytes(
    generator_id: str, checkpoint_data: bytes, graph: bytes, description: str = "a test"
) -> bytes:
    details = blob(1, blob(1, generator_id) + blob(2, "made by a test"))
    return details + blob(2, checkpoint_data) + blob(3, graph) + blob(4, blob(1, description))


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a made-up network."""

    inputs: int
    classes: int
    units: tuple[int, ...] = (8, 8)
    attention: int = 0
    residual: bool = False


SHAPES = {
    "one_drum": Shape(2, 2),
    "drum_kit": Shape(518, 512, (12, 10, 8), 6),
    "basic_rnn": Shape(38, 38),
    "mono_rnn": Shape(130, 130),
    "lookback_rnn": Shape(121, 40),
    "attention_rnn": Shape(74, 40, (8, 8), 5),
    "basic_improv": Shape(87, 38),
    "attention_improv": Shape(123, 40, (8, 8), 5),
    "chord_pitches_improv": Shape(75, 38),
    "polyphony": Shape(259, 259),
}

PERFORMANCE_SHAPES = {
    "performance": Shape(356, 356, (10, 9, 8)),
    "performance_with_dynamics": Shape(388, 388, (10, 9, 8)),
    "performance_with_dynamics_and_modulo_encoding": Shape(16, 388, (10, 9, 8)),
    "performance_with_dynamics_and_note_encoding": Shape(315, 315, (10, 9, 8)),
    "density_conditioned_performance_with_dynamics": Shape(396, 388, (10, 9, 8)),
    "pitch_conditioned_performance_with_dynamics": Shape(400, 388, (10, 9, 8)),
    "multiconditioned_performance_with_dynamics": Shape(408, 388, (10, 9, 8)),
    "optional_multiconditioned_performance_with_dynamics": Shape(409, 388, (10, 9, 8)),
}

NADE_SHAPES = {
    "rnn-nade": Shape(88, 10 + 88, (12, 10, 8)),
    "rnn-nade_attn": Shape(88, 10 + 88, (12, 8), 5),
}
"""Their networks give the biases of a NADE of ten hidden units."""

_PROJECTION = "input_projection_wrapper"
_LAST = {
    "A": ("Linear/Matrix", "Linear/Bias"),
    "B": ("weights", "biases"),
    "C": ("kernel", "bias"),
}


def random_tensors(
    shape: Shape, era: str, *, seed: int = 1, gain: float = 1.0
) -> dict[str, np.ndarray]:
    """Weights under the names that TensorFlow gave them in that era."""
    random = np.random.RandomState(seed)
    kernel_word, bias_word = _LAST[era]
    out: dict[str, np.ndarray] = {}

    def linear(scope: str, rows: int, columns: int) -> None:
        scale = gain * 2.0 / (rows + columns) ** 0.5
        out[f"{scope}/{kernel_word}"] = random.randn(rows, columns) * scale
        out[f"{scope}/{bias_word}"] = random.uniform(-0.1, 0.1, columns)

    whole = era != "C"
    stack = "RNN" if era == "A" else "rnn"
    wrapper = "AttentionCellWrapper" if era == "A" else "attention_cell_wrapper"
    multi = "MultiRNNCell" if era == "A" else "multi_rnn_cell"
    wrapped = shape.units if whole else shape.units[:1]
    size = wrapped[-1]
    root = f"{stack}/{wrapper}" if whole else f"{stack}/{multi}/cell_0/{wrapper}"
    if shape.residual:
        base = f"{stack}/{multi}"
        linear(f"{base}/cell_0/{_PROJECTION}", shape.inputs, shape.units[0])
        root = f"{base}/cell_0/{_PROJECTION}/{wrapper}"
    if shape.attention:
        names = ("Attention/AttnW", "Attention/AttnV", "AttnOutputProjection")
        if era != "A":
            names = ("attention/attn_w", "attention/attn_v", "attn_output_projection")
        outer = shape.units[0] if shape.residual else shape.inputs
        linear(root, outer + size, outer)
        out[f"{root}/{names[0]}"] = random.randn(1, 1, size, size) / size**0.5
        out[f"{root}/{names[1]}"] = random.randn(size)
        linear(f"{root}/{names[0].split('/')[0]}", 2 * sum(wrapped), size)
        linear(f"{root}/{names[2]}", wrapped[-1] + size, size)
    width = shape.units[0] if shape.residual else shape.inputs
    for i, units in enumerate(shape.units):
        cell = f"Cell{i}/BasicLSTMCell" if era == "A" else f"cell_{i}/basic_lstm_cell"
        base = f"{stack}/{multi}"
        if shape.attention and whole:
            base = f"{root}/{multi}"
        if shape.attention and not whole and i == 0:
            cell = f"cell_0/{wrapper}/basic_lstm_cell"
        if shape.residual and width != units:
            linear(f"{base}/cell_{i}/{_PROJECTION}", width, units)
            width = units
        if shape.residual and (i == 0 or width != shape.units[i - 1]):
            cell = cell.replace("/", f"/{_PROJECTION}/", 1)
        linear(f"{base}/{cell}", width + units, 4 * units)
        width = size if shape.attention and not whole and i == 0 else units
    top = size if shape.attention and whole else width
    out["fully_connected/weights"] = random.randn(top, shape.classes) * gain / top**0.5
    out["fully_connected/biases"] = random.uniform(-0.1, 0.1, shape.classes)
    if (shape.inputs, shape.classes) == (259, 259):
        # Or a step of random polyphony would have hundreds of notes.
        out["fully_connected/biases"][2] += 5.0
    return {name: np.asarray(tensor, np.float32) for name, tensor in out.items()}


def state_shapes(shape: Shape, era: str, batch: int) -> list[tuple[int, ...]]:
    size = (shape.units if era != "C" else shape.units[:1])[-1]
    cells = [units for units in shape.units for _ in "ch"]
    ring = [size, size * shape.attention] if shape.attention else []
    if era == "A":
        return [(batch, sum(cells) + sum(ring))]
    widths = cells + ring if era == "B" else cells[:2] + ring + cells[2:]
    return [(batch, width) for width in widths]


def random_bundle(
    generator_id: str,
    era: str = "C",
    *,
    shape: Shape | None = None,
    batch: int = 1,
    seed: int = 1,
    gain: float = 1.0,
    pieces: int = 1,
) -> bytes:
    """A whole bundle."""
    sizes = shape or {**SHAPES, **PERFORMANCE_SHAPES}[generator_id]
    tensors = random_tensors(sizes, era, seed=seed, gain=gain)
    graph = metagraph(
        (batch, -1, sizes.inputs),
        state_shapes(sizes, era, batch),
        version="0.12.1" if era == "A" else "1.4.0",
        temperature=era != "A",
    )
    return bundle_bytes(generator_id, checkpoint(tensors, pieces=pieces), graph)


def nade_tensors(shape: Shape, *, seed: int = 1, keys: int = 88) -> dict[str, np.ndarray]:
    """Weights of a network with a NADE, under the names of Magenta's ``pianoroll_rnn_nade``."""
    random = np.random.RandomState(seed)
    words = {
        "rnn/": "decoder/",
        "fully_connected/weights": "decoder/dense/kernel",
        "fully_connected/biases": "decoder/dense/bias",
    }
    out = {}
    for name, tensor in random_tensors(shape, "C", seed=seed).items():
        for old, new in words.items():
            name = name.replace(old, new)
        out[name] = tensor
    hidden = shape.classes - keys
    # Or half of all keys would sound at every step.
    out["decoder/dense/bias"][hidden:] -= 4.0
    out["nade/w_enc"] = np.asarray(random.randn(keys, 1, hidden), np.float32)
    out["nade/w_dec_t"] = np.asarray(random.randn(keys, hidden, 1) * 1.5, np.float32)
    return out


def nade_bundle(
    generator_id: str,
    *,
    batch: int = 1,
    seed: int = 1,
    shape: Shape | None = None,
    **more: np.ndarray,
) -> bytes:
    """A bundle of ``pianoroll_rnn_nade``; ``more`` replaces tensors, "/" written as "__"."""
    shape = shape or NADE_SHAPES[generator_id]
    tensors = nade_tensors(shape, seed=seed)
    tensors.update({name.replace("__", "/"): tensor for name, tensor in more.items()})
    states = [(batch, shape.classes - 88), (batch, 88), *state_shapes(shape, "C", batch)]
    graph = metagraph((batch, -1, 88), states, temperature=False, softmax_count=0)
    return bundle_bytes(generator_id, checkpoint(tensors), graph)
