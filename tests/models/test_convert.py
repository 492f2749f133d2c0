"""Bundles to safetensors and back: every tensor stays as it was, byte for byte."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.notes import Phrase
from bridge.core.requests import AnswerControls, StartAnswer
from bridge.errors import BundleInvalid
from bridge.models.bundle import parse_bundle
from bridge.models.checkpoint import Tensor, read_checkpoint
from bridge.models.checkpoint_writer import write_checkpoint
from bridge.models.convert import converted, to_bundle, to_safetensors
from bridge.models.loading import load_model
from bridge.models.performer import RnnPerformer
from bridge.models.safetensors import SafeTensors, read_safetensors, write_safetensors
from bridge.paths import data_folder
from tests.fakes.bundle_writer import SHAPES, random_bundle

SHIPPED = sorted(data_folder("bundles").glob("*.mag"))
SMALL = to_safetensors(random_bundle("one_drum", "A"))


def same(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> bool:
    return list(ours) == list(theirs) and all(
        (tensor.dtype, tensor.shape, tensor.tobytes())
        == (theirs[name].dtype, theirs[name].shape, theirs[name].tobytes())
        for name, tensor in ours.items()
    )


@pytest.mark.parametrize("era", ["A", "B", "C"])
@pytest.mark.parametrize("generator_id", SHAPES)
def test_there_and_back_is_the_same_bundle(generator_id: str, era: str) -> None:
    data = random_bundle(generator_id, era, batch=3)
    before, after = parse_bundle(data), parse_bundle(to_bundle(to_safetensors(data)))
    assert same(before.tensors, after.tensors)
    assert (before.generator_id, before.description) == (after.generator_id, after.description)
    assert before.facts == after.facts


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_bundle_plays_the_same_after_it(path, tmp_path) -> None:
    safe = converted(path.read_bytes(), ".mag")
    back = tmp_path / path.name
    back.write_bytes(converted(safe, ".safetensors"))
    assert to_safetensors(back.read_bytes()) == safe
    request = StartAnswer(1, 1, Phrase((), 0.0), 8.0, AnswerControls(seed=3), 8.0)
    answers = [RnnPerformer(1, load_model("x", p)).start(request) for p in (path, back)]
    assert answers[0] == answers[1]


def test_the_header_is_what_the_format_says() -> None:
    """The layout in the words of the specification, read without our reader."""
    data = SMALL
    (size,) = struct.unpack("<Q", data[:8])
    assert size % 8 == 0
    header = json.loads(data[8 : 8 + size])
    tensors = parse_bundle(random_bundle("one_drum", "A")).tensors
    assert list(header) == ["__metadata__", *tensors]
    for name, tensor in tensors.items():
        start, end = header[name]["data_offsets"]
        assert (header[name]["dtype"], header[name]["shape"]) == ("F32", list(tensor.shape))
        assert data[8 + size + start : 8 + size + end] == tensor.tobytes()
    assert header["__metadata__"]["generator_id"] == "one_drum"


NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
DTYPES = st.sampled_from(["<f4", "<f8", "<i4", "<i8"])
SIZES = st.lists(st.integers(0, 3), max_size=3)


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.tuples(DTYPES, SIZES), min_size=1, max_size=5))
def test_any_tensors_are_kept_by_both_formats(kinds: dict[str, tuple[str, list[int]]]) -> None:
    random = np.random.RandomState(1)
    tensors: dict[str, Tensor] = {
        name: np.asarray(random.randint(-(2**31), 2**31, size), dtype)
        for name, (dtype, size) in kinds.items()
        if name != "__metadata__"
    }
    content = SafeTensors(tensors, {"a": "b"})
    read = read_safetensors(write_safetensors(content))
    assert same(read.tensors, tensors) and read.metadata == content.metadata
    if tensors:
        assert same(read_checkpoint(memoryview(write_checkpoint(tensors))), tensors)


def with_header(change: dict[str, object]) -> bytes:
    (size,) = struct.unpack("<Q", SMALL[:8])
    header = json.loads(SMALL[8 : 8 + size]) | change
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + SMALL[8 + size :]


def told(**change: object) -> dict[str, object]:
    return {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} | change


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "too short"),
        (b"\xff" * 8, "no safetensors file"),
        (struct.pack("<Q", 2**62) + b"{}", "no safetensors file"),
        (struct.pack("<Q", 4) + b"[[[[", "header is not"),
        (struct.pack("<Q", 2) + b"[]", "header is not"),
        (struct.pack("<Q", 16) + b'{"a": 1, "a": 2}', "header is not"),
        (struct.pack("<Q", 200_000) + b"[" * 200_000, "header is not"),
        (random_bundle("one_drum"), "no safetensors file"),
        (SMALL[:-1], "lie where"),
        (SMALL + b"\0", "belong to no weights"),
        (with_header({"x": 1}), "does not say where"),
        (with_header({"x": told(data_offsets=[0, 4.5])}), "does not say where"),
        (with_header({"x": told(data_offsets=[True, 4])}), "does not say where"),
        (with_header({"x": told(data_offsets=[0, 2**60])}), "does not say where"),
        (with_header({"x": told(shape=[2**50, 2**50])}), "lie where"),
        (with_header({"x": told(shape=[-1])}), "no usable shape"),
        (with_header({"x": told(shape=[1] * 9)}), "no usable shape"),
        (with_header({"x": told(dtype="F16")}), "type 'F16'"),
        (with_header({"x": told(dtype=[1])}), "type"),
        (with_header({"x": told()}), "lie where"),
        (with_header({"\ud800": told()}), "no text"),
        (with_header({"__metadata__": {"format": 1}}), "metadata"),
        (with_header({"__metadata__": {"format": "pt"}}), "graph"),
        (with_header({"__metadata__": {"format": "magenta-bridge-1"}}), "graph"),
        (
            with_header(
                {"__metadata__": {"format": "magenta-bridge-1", "metagraph_zlib_base64": "!"}}
            ),
            "graph is damaged",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_one_clear_error(data: bytes, words: str) -> None:
    with pytest.raises(BundleInvalid, match=words):
        to_bundle(data)


def test_weights_that_no_model_has_are_refused() -> None:
    content = read_safetensors(SMALL)
    name = next(iter(content.tensors))
    content.tensors[name] = np.full_like(content.tensors[name], np.nan)
    with pytest.raises(BundleInvalid, match="not numbers"):
        to_bundle(write_safetensors(content))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1))
def test_bytes_changed_anywhere(changes: list[tuple[float, int]]) -> None:
    data = bytearray(SMALL)
    for place, byte in changes:
        data[int(place * len(data))] = byte
    try:
        parse_bundle(to_bundle(bytes(data)))
    except BundleInvalid as error:
        assert error.message.endswith(".") and error.hint
