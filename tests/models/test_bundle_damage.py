"""Whatever is in the file: one clear error or a bundle, within bounded memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.encodings.catalog import encoding_for
from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerControls, StartAnswer
from bridge.errors import BundleInvalid
from bridge.models.bundle import parse_bundle
from bridge.models.loading import LoadedModel
from bridge.models.performer import RnnPerformer
from bridge.models.rnn import StackNetwork
from bridge.models.stack import stack_weights
from tests.effort import tried
from tests.fakes.bundle_writer import MAGIC, Shape, blob, block, random_bundle, varint

DATA = {
    era: random_bundle("one_drum", era, shape=Shape(2, 2, (3, 3), 2), pieces=pieces)
    for era, pieces in (("A", 1), ("B", 2), ("C", 1))
}
CALL = Phrase((Note(36, 90, 0.0, 0.1), Note(36, 90, 1.0, 0.1)), 2.0)
LIMIT_BYTES = 100 * 1024 * 1024


def play(data: bytes, *, verify: bool) -> None:
    """Reads a bundle and, if it can be read, plays it: nothing but BundleInvalid may come out."""
    bundle = parse_bundle(data, verify=verify)
    weights = stack_weights(bundle)
    encoding = encoding_for(weights.input_width, weights.class_count)
    if encoding is None:
        return
    network = StackNetwork(weights, encoding.inputs.blocks)
    performer = RnnPerformer(1, LoadedModel("x", encoding, network, bundle.facts.batch_size))
    performer.start(StartAnswer(1, 1, CALL, 2.0, AnswerControls(), 2.0))


def survives(data: bytes, *, verify: bool) -> None:
    tracemalloc.start()
    try:
        play(data, verify=verify)
    except BundleInvalid as error:
        assert error.message.endswith(".")
        assert error.hint
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < LIMIT_BYTES


def test_the_undamaged_bundles_play() -> None:
    for data in DATA.values():
        play(data, verify=True)


@pytest.mark.parametrize("era", DATA)
def test_cut_short_anywhere(era: str) -> None:
    # The maker's remark comes last; without it the bundle is whole.
    data = DATA[era].removesuffix(blob(4, blob(1, "a test")))
    for size in {*range(0, 300), *range(300, len(data), 29), len(data) - 1}:
        with pytest.raises(BundleInvalid):
            parse_bundle(data[:size])


BYTES = st.integers(0, 255)
PLACES = st.floats(0.0, 1.0, exclude_max=True)


@settings(max_examples=tried(100, 300), deadline=None)
@given(st.sampled_from(list(DATA)), st.lists(st.tuples(PLACES, BYTES), min_size=1, max_size=4))
def test_bytes_changed_anywhere(era: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(DATA[era])
    for place, byte in changes:
        data[int(place * len(data))] = byte
    survives(bytes(data), verify=False)
    survives(bytes(data), verify=True)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(list(DATA)), PLACES, PLACES, st.binary(max_size=40))
def test_stretches_replaced(era: str, start: float, length: float, fresh: bytes) -> None:
    data = DATA[era]
    at = int(start * len(data))
    survives(data[:at] + fresh + data[at + int(length * 60) :], verify=False)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    survives(data, verify=False)
    survives(blob(2, data + data[:40].ljust(40, b"\0") + MAGIC) + blob(3, b""), verify=False)
    survives(blob(2, data) + blob(3, data), verify=False)


def test_huge_claims_cost_nothing() -> None:
    huge = varint(2**62)
    claims = (
        varint(2 << 3 | 2) + huge,
        blob(2, b"\0" * 60 + huge + huge + MAGIC) + blob(3, b""),
        blob(3, blob(4, blob(1, "inputs") + blob(2, blob(1, blob(1, "x:0" + "9" * 50))))),
    )
    for data in claims:
        survives(data, verify=False)


def test_one_block_claimed_a_hundred_times_is_refused() -> None:
    first = block([(b"", blob(1, b""))])
    handle = varint(0) + varint(len(first) - 5)
    index = block([(bytes([i]), handle) for i in range(100)])
    handles = varint(0) + varint(0) + varint(len(first)) + varint(len(index) - 5)
    table = first + index + handles.ljust(40, b"\0") + MAGIC
    with pytest.raises(BundleInvalid, match="overlap"):
        parse_bundle(blob(2, table) + blob(3, b""))


def test_weights_that_overflow_while_playing_are_refused() -> None:
    bundle = parse_bundle(DATA["C"])
    random = np.random.RandomState(1)
    for name, tensor in bundle.tensors.items():
        bundle.tensors[name] = random.choice([-9e5, 9e5], tensor.shape).astype(np.float32)
    weights = stack_weights(bundle)
    encoding = encoding_for(weights.input_width, weights.class_count)
    assert encoding is not None
    network = StackNetwork(weights, encoding.inputs.blocks)
    performer = RnnPerformer(1, LoadedModel("x", encoding, network, 1))
    with pytest.raises(BundleInvalid, match="number"):
        performer.start(StartAnswer(1, 1, CALL, 64.0, AnswerControls(), 64.0))
