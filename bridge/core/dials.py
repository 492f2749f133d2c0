"""What a device is told of its player's parameters when somebody else has turned one."""

from __future__ import annotations

from bridge.core.address_book import DIALS
from bridge.core.commands import PlayerCommand, SetParameter
from bridge.core.protocol import Message, outgoing
from bridge.core.settings import PlayerSettings


def told_message(
    device: int, command: PlayerCommand, settings: PlayerSettings, bundles: tuple[str, ...]
) -> Message | None:
    """The message that lets a dial follow a command; None where the device has no such dial.

    Args:
        device: The device's number.
        command: What was carried out.
        settings: The player's, as they are now.
        bundles: Names of the bundles on offer.
    """
    if not isinstance(command, SetParameter) or command.name not in DIALS:
        return None
    value = getattr(settings, command.name)
    if command.name == "bundle":
        value = bundles.index(value)
    return outgoing("/told", device, DIALS.index(command.name), float(value))
