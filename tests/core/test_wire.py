"""The strict OSC parser: what Max sends goes in, nothing can hang it."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.core.wire import parse_packet
from bridge.errors import Malformed, Oversized

TWELVE_STARS = b"/" + b"*a" * 12 + b"\0" * 3 + b",i\0\0" + struct.pack(">i", 1)
SIZE_MINUS_FOUR = b"#bundle\0" + struct.pack(">Q", 1) + struct.pack(">i", -4)


def message(address: str, *values: int | float) -> bytes:
    builder = OscMessageBuilder(address=address)
    for value in values:
        builder.add_arg(value, "i" if isinstance(value, int) else "f")
    return builder.build().dgram


def bundle(*messages: bytes, timetag: float | int = IMMEDIATELY) -> bytes:
    out = b"#bundle\0" + struct.pack(">Q", int(timetag))
    return out + b"".join(struct.pack(">i", len(one)) + one for one in messages)


@given(
    st.lists(
        st.one_of(st.integers(-(2**31), 2**31 - 1), st.floats(width=32, allow_nan=False)),
        max_size=12,
    )
)
def test_reads_what_python_osc_writes(values: list[int | float]) -> None:
    assert parse_packet(message("/param/temperature", *values)) == [
        ("/param/temperature", tuple(values))
    ]


def test_reads_a_flat_bundle_as_max_sends_it() -> None:
    builder = OscBundleBuilder(IMMEDIATELY)
    for value in (1, 2):
        one = OscMessageBuilder(address="/go")
        one.add_arg(value, "i")
        builder.add_content(one.build())
    assert parse_packet(builder.build().dgram) == [("/go", (1,)), ("/go", (2,))]


def test_a_timetag_twenty_seconds_ahead_is_not_waited_for() -> None:
    ahead = (3_900_000_000 + 20) << 32
    assert parse_packet(bundle(message("/go", 1), timetag=ahead)) == [("/go", (1,))]


def test_a_bundle_element_of_size_minus_four_is_refused() -> None:
    with pytest.raises(Malformed, match="claims -4 bytes"):
        parse_packet(SIZE_MINUS_FOUR)


def test_an_address_of_twelve_stars_is_only_a_name() -> None:
    assert parse_packet(TWELVE_STARS) == [("/" + "*a" * 12, (1,))]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not an OSC message"),
        (b"hello!!!", "not an OSC message"),
        (b"/go", "not an OSC message"),
        (b"/go\0", "not an OSC message"),
        (b"/go\0\0\0\0\0", "type tags are missing"),
        (b"/go\0,i\0\0", "do not fill"),
        (b"/go\0,i\0\0" + b"\0" * 8, "do not fill"),
        (b"/go\0,s\0\0abc\0", "only i and f"),
        (b"/go\0,[[[\0\0\0\0", "only i and f"),
        (b"/g\xc3\0,i\0\0\0\0\0\1", "not ASCII"),
        (b"/" + b"a" * 99 + b"\0" * 4 + b",\0\0\0", "100 characters"),
        (b"/goo/goo", "no end"),
        (b"#bundle\0\0\0", "inside its time tag"),
        (b"#bundle\0" + b"\0" * 8 + b"\0\0", "inside an element's size"),
        (b"#bundle\0" + b"\0" * 8 + b"\0\0\0\x08/go\0", "claims 8 bytes"),
        (bundle(bundle(message("/go", 1))), "inside a bundle"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse_packet(data)


def test_a_datagram_above_the_limit_is_refused_by_its_length() -> None:
    with pytest.raises(Oversized, match="1404 bytes"):
        parse_packet(b"/go\0" * 351)


def test_a_bundle_of_very_many_messages_is_refused() -> None:
    with pytest.raises(Malformed, match="more than 64"):
        parse_packet(bundle(*[b"/g\0\0,\0\0\0"] * 100))


@given(st.binary(max_size=1500))
@example(TWELVE_STARS)
@example(SIZE_MINUS_FOUR)
def test_any_bytes_give_messages_or_one_clear_error(data: bytes) -> None:
    try:
        messages = parse_packet(data)
    except (Malformed, Oversized) as error:
        assert error.message
        assert error.hint
    else:
        assert all(address.startswith("/") for address, _ in messages)


@given(st.data())
def test_a_damaged_message_gives_messages_or_one_clear_error(data: st.DataObject) -> None:
    whole = bytearray(bundle(message("/note", 7, 36, 100, 0), message("/clock", *range(14))))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        parse_packet(cut)
    except Malformed as error:
        assert error.message
