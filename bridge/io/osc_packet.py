"""Messages of the address book as OSC datagrams, composed with python-osc."""

from __future__ import annotations

from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.core.protocol import Message


def encode(message: Message) -> bytes:
    """A message as the bytes of one datagram.

    The types are given by the address book, never guessed from the Python value: python-osc would
    send a large int as int64, which Max does not read.
    """
    spec = message.spec
    kinds = "".join(argument.kind for argument in spec.arguments)
    group = "".join(argument.kind for argument in spec.group)
    kinds += group * len(message.groups())
    builder = OscMessageBuilder(address=spec.address)
    for kind, value in zip(kinds, message.values, strict=True):
        builder.add_arg(value, kind)
    return bytes(builder.build().dgram)
