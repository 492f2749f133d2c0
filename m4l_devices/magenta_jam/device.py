"""Magenta Jam put together: patch and script as one device file."""

from __future__ import annotations

from typing import Any

from bridge.amxd.device_file import DeviceFile, DeviceKind
from bridge.amxd.writer import frozen_device
from m4l_devices.magenta_jam.clock_out import add_clock_out
from m4l_devices.magenta_jam.controls import add_controls
from m4l_devices.magenta_jam.panel import HEIGHT_PX, WIDTH_PX
from m4l_devices.magenta_jam.passing import add_passing
from m4l_devices.magenta_jam.player_chain import add_player_chain
from m4l_devices.magenta_jam.script import script_text
from m4l_devices.magenta_jam.wiring import SCRIPT, add_wiring
from m4l_devices.patcher import Patch

NAME = "Magenta Jam.amxd"


def patch() -> dict[str, Any]:
    """The patch, as Max writes it."""
    built = Patch()
    add_passing(built)
    add_player_chain(built)
    add_clock_out(built)
    add_wiring(built)
    parameters = add_controls(built)
    return built.as_json(
        kind=DeviceKind.MIDI_EFFECT,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        parameters=parameters,
        scripts=(SCRIPT,),
    )


def device() -> DeviceFile:
    """The device with its script frozen into it."""
    return frozen_device(DeviceKind.MIDI_EFFECT, NAME, patch(), {SCRIPT: script_text()})
