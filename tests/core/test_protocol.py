"""The address book checks every message in and out."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.protocol import (
    BOOK,
    CLIP_NOTES_PER_CHUNK,
    MAX_DATAGRAM_BYTES,
    SPECS,
    Direction,
    MessageSpec,
    check,
    outgoing,
)
from bridge.core.wire import parse_packet
from bridge.errors import (
    LocalProtocolError,
    OutOfRange,
    RemoteProtocolError,
    UnknownAddress,
    WrongArguments,
    all_errors,
)
from bridge.io.osc_packet import encode

IN, OUT = Direction.TO_ENGINE, Direction.TO_DEVICE


def on_the_wire(value: float) -> float:
    """A bound as float32; none of the book's leaves its range by being rounded."""
    (rounded,) = struct.unpack(">f", struct.pack(">f", value))
    return float(rounded)


def legal_values(spec: MessageSpec, groups: int) -> st.SearchStrategy[tuple[int | float, ...]]:
    def values_of(arguments):
        return [
            st.integers(int(a.low), int(a.high))
            if a.kind == "i"
            else st.floats(on_the_wire(a.low), on_the_wire(a.high), width=32, allow_nan=False)
            for a in arguments
        ]

    return st.tuples(*values_of(spec.arguments), *(values_of(spec.group) * groups))


@given(st.data())
def test_every_message_of_the_book_survives_the_wire(data: st.DataObject) -> None:
    spec = data.draw(st.sampled_from(SPECS))
    groups = data.draw(st.integers(0, min(spec.max_groups, 4)))
    values = data.draw(legal_values(spec, groups))
    direction = OUT if spec.direction is Direction.BOTH else spec.direction
    message = check(spec.address, values, direction)
    [(address, received)] = parse_packet(encode(message))
    assert check(address, received, direction) == message


def test_the_largest_chunk_fits_into_a_datagram() -> None:
    spec = BOOK["/clip/chunk"]
    values = [
        argument.high if argument.kind == "f" else int(argument.high) for argument in spec.arguments
    ]
    note = (127, 127.0, 1.5, 2.5, 15)
    message = outgoing("/clip/chunk", *values, *(note * CLIP_NOTES_PER_CHUNK))
    assert len(encode(message)) <= MAX_DATAGRAM_BYTES


def test_an_unknown_address_is_named() -> None:
    with pytest.raises(UnknownAddress, match="/param/loudness"):
        check("/param/loudness", (1, 1.0), IN)


def test_an_answer_can_not_be_sent_to_the_engine() -> None:
    with pytest.raises(UnknownAddress):
        check("/n", (0, 36, 100, 0, 120), IN)


@pytest.mark.parametrize("values", [(), (7,), (7, 36, 100), (7, 36, 100, 0, 0)])
def test_too_few_and_too_many_arguments_are_counted(values: tuple[int, ...]) -> None:
    with pytest.raises(WrongArguments, match=f"has {len(values)} arguments; it takes 4"):
        check("/note", values, IN)


def test_a_fraction_where_an_integer_belongs_is_refused() -> None:
    with pytest.raises(WrongArguments, match="pitch must be an integer"):
        check("/note", (7, 36.5, 100, 0), IN)


def test_an_integer_serves_as_a_float() -> None:
    assert check("/param/temperature", (7, 1), IN).float_of("value") == 1.0


@pytest.mark.parametrize("temperature", [0.0, 0.09, 2.1, float("inf"), float("nan"), -1.0])
def test_a_temperature_out_of_range_is_refused_with_the_range(temperature: float) -> None:
    with pytest.raises(OutOfRange, match=r"0\.1 to 2|not a number"):
        check("/param/temperature", (7, temperature), IN)


def test_half_a_note_in_a_clip_is_refused() -> None:
    head = (7, 1, 0, 0, 1, 4.0, 0)
    with pytest.raises(WrongArguments, match="up to 48 times 5 more"):
        check("/clip/chunk", (*head, 36, 100.0), IN)


def test_our_own_mistake_is_not_blamed_on_the_device() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        outgoing("/n", 0, 36, 0, 0, 120)
    assert not isinstance(caught.value, RemoteProtocolError)


def test_the_book_carries_numbers_only_and_explains_itself() -> None:
    assert len(BOOK) == len(SPECS)
    for spec in SPECS:
        assert spec.meaning
        names = [argument.name for argument in spec.arguments]
        assert len(set(names)) == len(names)
        for argument in (*spec.arguments, *spec.group):
            assert argument.kind in "if"
            assert argument.low <= argument.high
            assert argument.meaning


def test_every_error_has_a_code_of_its_own() -> None:
    errors = all_errors()
    assert len({error.code for error in errors}) == len(errors)
    assert len({error.wire_code for error in errors}) == len(errors)
