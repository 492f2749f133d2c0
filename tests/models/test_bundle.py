import os
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import BundleInvalid, BundleMissing
from bridge.models.bundle import parse_bundle, read_bundle
from bridge.models.crc import crc32c
from bridge.models.stack import stack_weights
from tests.fakes.bundle_writer import (
    SHAPES,
    Shape,
    blob,
    bundle_bytes,
    checkpoint,
    metagraph,
    random_bundle,
    random_tensors,
    state_shapes,
)

SMALL = Shape(2, 2, (4, 4), 3)


def small_bundle(era: str = "C", **kwargs: object) -> bytes:
    return random_bundle("one_drum", era, shape=SMALL, **kwargs)


@pytest.mark.parametrize("era", ["A", "B", "C"])
@pytest.mark.parametrize("generator_id", SHAPES)
def test_every_era_is_read(generator_id: str, era: str) -> None:
    bundle = parse_bundle(random_bundle(generator_id, era, batch=3))
    expected = random_tensors(SHAPES[generator_id], era)
    assert list(bundle.tensors) == list(expected)
    for name, tensor in expected.items():
        assert np.array_equal(bundle.tensors[name], tensor)
    assert (bundle.generator_id, bundle.description) == (generator_id, "a test")
    assert bundle.facts.batch_size == 3
    assert bundle.facts.input_width == SHAPES[generator_id].inputs
    assert bundle.facts.has_temperature == (era != "A")
    assert bundle.facts.tensorflow_version.startswith("0.12" if era == "A" else "1.4")


@pytest.mark.parametrize("era", ["A", "B", "C"])
def test_weights_of_every_era_become_one(era: str) -> None:
    shape = SHAPES["attention_rnn"]
    weights = stack_weights(parse_bundle(random_bundle("attention_rnn", era)))
    assert weights.units == shape.units
    assert (weights.input_width, weights.class_count) == (shape.inputs, shape.classes)
    assert weights.attention is not None
    assert weights.attention.length == shape.attention
    assert weights.attention.whole_stack == (era != "C")
    assert all(layer.forget_bias == 1.0 for layer in weights.layers)


def test_partitioned_variables_are_put_together() -> None:
    whole = parse_bundle(small_bundle())
    cut = parse_bundle(small_bundle(pieces=2))
    for name, tensor in whole.tensors.items():
        assert np.array_equal(cut.tensors[name], tensor)


def test_sizes_come_from_the_weights_not_from_the_id() -> None:
    data = random_bundle("drum_kit", shape=Shape(518, 512, (6,)))
    assert stack_weights(parse_bundle(data)).units == (6,)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path in (tmp_path / "none.mag", tmp_path):
        with pytest.raises(BundleMissing):
            read_bundle(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mag")
    with pytest.raises(BundleMissing):
        read_bundle(tmp_path / "pipe.mag")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "web page"),
        (b"  \n<!DOCTYPE html><html></html>", "web page"),
        (b"PK\x03\x04rest", "zip"),
        (b"\x00" * 100, "bundle"),
        (b"MThd\x00\x00\x00\x06", "bundle"),
        (blob(1, blob(1, "drum_kit")), "no weights"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "other.mag"
    path.write_bytes(data)
    with pytest.raises(BundleInvalid, match=words) as caught:
        read_bundle(path)
    assert caught.value.message.startswith("other.mag: ")


def with_tensors(change: dict[str, np.ndarray], era: str = "C") -> bytes:
    tensors = random_tensors(SMALL, era) | change
    graph = metagraph((1, -1, 2), state_shapes(SMALL, era, 1))
    return bundle_bytes("one_drum", checkpoint(tensors), graph)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_weights_that_no_model_has_are_refused(value: float) -> None:
    with pytest.raises(BundleInvalid, match="numbers"):
        parse_bundle(with_tensors({"fully_connected/biases": np.array([0.0, value])}))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("fully_connected/weights", (5, 2)),
        ("fully_connected/weights", (4,)),
        ("fully_connected/weights", (0, 2)),
        ("fully_connected/biases", (3,)),
        ("rnn/multi_rnn_cell/cell_0/attention_cell_wrapper/attention/attn_v", (3,)),
        ("rnn/multi_rnn_cell/cell_0/attention_cell_wrapper/attention/attn_w", (1, 1, 3, 4)),
        ("rnn/multi_rnn_cell/cell_0/attention_cell_wrapper/kernel", (6, 3)),
        ("rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel", (8, 15)),
        ("rnn/multi_rnn_cell/cell_1/basic_lstm_cell/bias", (15,)),
        ("rnn/multi_rnn_cell/cell_3/basic_lstm_cell/kernel", (8, 16)),
        ("rnn/multi_rnn_cell/cell_0/input_projection_wrapper/kernel", (2, 2)),
        ("nade/w_enc", (2, 2)),
    ],
)
def test_weights_that_do_not_fit_are_refused(name: str, shape: tuple[int, ...]) -> None:
    data = with_tensors({name: np.zeros(shape)})
    with pytest.raises(BundleInvalid):
        stack_weights(parse_bundle(data))


RESIDUAL = Shape(2, 2, (4, 5, 5), 3, residual=True)
PROJECTION = "rnn/multi_rnn_cell/cell_0/input_projection_wrapper"


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        (f"{PROJECTION}/kernel", (2, 5)),
        (f"{PROJECTION}/bias", (5,)),
        (f"{PROJECTION.replace('0', '1')}/kernel", (5, 5)),
        (f"{PROJECTION.replace('0', '2')}/kernel", (5, 5)),
        (f"{PROJECTION}/attention_cell_wrapper/kernel", (6, 2)),
    ],
)
def test_residual_connections_that_do_not_fit_are_refused(
    name: str, shape: tuple[int, ...]
) -> None:
    tensors = random_tensors(RESIDUAL, "C")
    graph = metagraph((1, -1, 2), state_shapes(RESIDUAL, "C", 1))
    whole = parse_bundle(bundle_bytes("one_drum", checkpoint(tensors), graph))
    assert stack_weights(whole).residual
    changed = checkpoint(tensors | {name: np.zeros(shape)})
    with pytest.raises(BundleInvalid):
        stack_weights(parse_bundle(bundle_bytes("one_drum", changed, graph)))


@pytest.mark.parametrize("era", ["A", "B", "C"])
def test_missing_weights_are_refused(era: str) -> None:
    tensors = random_tensors(SMALL, era)
    graph = metagraph((1, -1, 2), state_shapes(SMALL, era, 1))
    for name in tensors:
        rest = {other: tensor for other, tensor in tensors.items() if other != name}
        if name.lower().replace("_", "").endswith("attnw"):
            continue
        with pytest.raises(BundleInvalid):
            stack_weights(parse_bundle(bundle_bytes("one_drum", checkpoint(rest), graph)))


@pytest.mark.parametrize("states", [[], [(1, 4)], [(1, -1)], [(1, 4)] * 5 + [(1, 10**9)]])
def test_a_graph_that_hides_the_attentions_length_is_refused(
    states: list[tuple[int, ...]],
) -> None:
    graph = metagraph((1, -1, 2), states)
    data = bundle_bytes("one_drum", checkpoint(random_tensors(SMALL, "C")), graph)
    with pytest.raises(BundleInvalid, match="attention"):
        stack_weights(parse_bundle(data))


def test_a_wrong_checksum_is_found() -> None:
    data = bytearray(small_bundle())
    stored = random_tensors(SMALL, "C")["fully_connected/weights"].tobytes()
    data[data.index(stored)] ^= 1
    with pytest.raises(BundleInvalid, match="checksum"):
        parse_bundle(bytes(data))
    parse_bundle(bytes(data), verify=False)


def plain_crc32c(data: bytes) -> int:
    register = 0xFFFF_FFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFF_FFFF


def test_checksums_are_those_of_the_standard() -> None:
    assert crc32c(b"123456789") == 0xE306_9283  # RFC 3720, B.4
    random = np.random.RandomState(1)
    for size in (0, 1, 63, 8191, 8192, 8193, 16384, 30001):
        data = random.bytes(size)
        assert crc32c(data) == plain_crc32c(data)
