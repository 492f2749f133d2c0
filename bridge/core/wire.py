"""A strict parser for the one kind of OSC packet that this engine accepts.

OSC 1.0 allows much that can hang a receiver: address patterns that backtrack, bundles that nest or
claim absurd sizes, time tags that make it sleep. python-osc's server can be stopped for good by one
20-byte datagram of that kind. Here a packet is one message with an exact address and int32 or
float32 arguments, or one flat bundle of such messages (Max wraps messages so); each byte is looked
at once. (OSC 1.0 specification, opensoundcontrol.org.)
"""

from __future__ import annotations

import struct

from bridge.core.protocol import MAX_DATAGRAM_BYTES
from bridge.errors import Malformed, Oversized

_BUNDLE = b"#bundle\x00"
_MAX_ADDRESS_BYTES = 64
_MAX_BUNDLE_MESSAGES = 64

RawMessage = tuple[str, tuple[int | float, ...]]


def parse_packet(data: bytes) -> list[RawMessage]:
    """The messages of a datagram, as address and arguments.

    Raises:
        Oversized: More bytes than any message of the address book needs.
        Malformed: Anything but well-formed messages of int32 and float32.
    """
    if len(data) > MAX_DATAGRAM_BYTES:
        raise Oversized(
            f"A datagram of {len(data)} bytes came; {MAX_DATAGRAM_BYTES} is the most.",
            "Split clips into chunks.",
        )
    if data.startswith(_BUNDLE):
        return _parse_bundle(data)
    return [_parse_message(data)]


def _parse_bundle(data: bytes) -> list[RawMessage]:
    # The time tag (bytes 8 to 16) is not looked at: positions travel in the arguments.
    messages: list[RawMessage] = []
    position = 16
    if len(data) < position:
        raise Malformed("A bundle ends inside its time tag.")
    while position < len(data):
        if position + 4 > len(data):
            raise Malformed("A bundle ends inside an element's size.")
        (size,) = struct.unpack_from(">i", data, position)
        position += 4
        if size <= 0 or size % 4 or position + size > len(data):
            raise Malformed(f"A bundle's element claims {size} bytes.")
        element = data[position : position + size]
        if element.startswith(_BUNDLE):
            raise Malformed("A bundle lies inside a bundle.")
        if len(messages) == _MAX_BUNDLE_MESSAGES:
            raise Malformed(f"A bundle has more than {_MAX_BUNDLE_MESSAGES} messages.")
        messages.append(_parse_message(element))
        position += size
    return messages


def _parse_message(data: bytes) -> RawMessage:
    if len(data) % 4 or len(data) < 8 or data[0] != 0x2F:
        raise Malformed("A datagram is not an OSC message: no address at its start.")
    address, position = _string(data, 0, "address")
    if len(address) > _MAX_ADDRESS_BYTES:
        raise Malformed(f"An address has {len(address)} characters.")
    tags, position = _string(data, position, "type tags")
    if not tags.startswith(","):
        raise Malformed(f"{address}: the type tags are missing.")
    kinds = tags[1:]
    if kinds.strip("if"):
        raise Malformed(
            f"{address}: the argument types are {kinds[:40]!r}; only i and f are allowed."
        )
    if len(data) - position != 4 * len(kinds):
        raise Malformed(f"{address}: the arguments do not fill the datagram.")
    return address, struct.unpack_from(f">{kinds}", data, position) if kinds else ()


def _string(data: bytes, start: int, what: str) -> tuple[str, int]:
    end = data.find(b"\x00", start)
    if end < 0:
        raise Malformed(f"A message's {what} have no end.")
    try:
        text = data[start:end].decode("ascii")
    except UnicodeDecodeError:
        raise Malformed(f"A message's {what} are not ASCII.") from None
    after = (end + 4) & ~3
    if after > len(data):
        raise Malformed(f"A message's {what} are not padded.")
    return text, after
