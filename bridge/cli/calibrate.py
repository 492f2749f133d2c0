"""``magenta-bridge sync --calibrate``: how long a note takes out and in again."""

from __future__ import annotations

import select
import time
from pathlib import Path

from rich.console import Console

from bridge.cli.run import load_for_run
from bridge.core.roundtrip import RoundTrip, round_trip
from bridge.core.schedule import TimedMessage
from bridge.errors import ConfigError
from bridge.io.midi_ports import MidiPorts

PROBES = 60
EVERY_S = 0.05
CONNECT_S = 20.0
"""A port that was made just now must first be connected by hand."""
_CONTROL = (0xBF, 119)
"""An undefined controller on channel 16: nothing sounds."""


def calibrate_command(out: Console, config: Path | None) -> None:
    """Measure the first pair of ports and suggest an offset.

    Raises:
        BridgeError: No ports are configured, one is missing, or there is no loop.
    """
    jam = load_for_run(config).engine.jam
    if not jam.input_ports or not jam.output_ports:
        raise ConfigError(
            "There are no MIDI ports to measure.",
            "Name an input and an output in players, and connect the output to the input.",
        )
    heard, played = jam.input_ports[0], jam.output_ports[0]
    ports = MidiPorts([heard], [played])
    try:
        for problem in ports.problems:
            raise problem
        out.print(f"Connect {played!r} to {heard!r} within {CONNECT_S:g} s.", markup=False)
        found = measure(ports, played)
    finally:
        ports.close()
    out.print(_told(found), markup=False, soft_wrap=True)


def measure(ports: MidiPorts, output: str, connect_s: float = CONNECT_S) -> RoundTrip:
    """Send numbered messages on an output and time their return on any input.

    Args:
        ports: An output, and an input that it leads to.
        output: The output's name.
        connect_s: How long to wait for the first one to come back.

    Raises:
        TransportError: There is no loop.
    """
    end_s = time.monotonic() + connect_s
    while not _probe(ports, output, 0)[1] and time.monotonic() < end_s:
        pass
    sent_s: dict[int, float] = {}
    returned_s: dict[int, float] = {}
    for number in range(1, PROBES + 1):
        sent_s[number], back = _probe(ports, output, number)
        for one, at_s in back.items():
            returned_s.setdefault(one, at_s)
    return round_trip(sent_s, returned_s)


def _probe(ports: MidiPorts, output: str, number: int) -> tuple[float, dict[int, float]]:
    """Send one, and hear what comes until the next is due."""
    sent_s = time.monotonic()
    ports.send(output, TimedMessage(bytes((*_CONTROL, number)), sent_s))
    back: dict[int, float] = {}
    while (left_s := sent_s + EVERY_S - time.monotonic()) > 0.0:
        select.select([ports.bell], [], [], left_s)
        for arrival in ports.receive():
            if tuple(arrival.data[:2]) == _CONTROL and len(arrival.data) == 3:
                back.setdefault(arrival.data[2], arrival.at_s)
    return sent_s, back


def _told(found: RoundTrip) -> str:
    return (
        f"There and back takes {found.median_ms:.2f} ms, give or take {found.spread_ms:.2f} ms"
        f" ({found.returned} of {found.sent} came back, {found.outliers} left out)."
        f"\nIf both ways take as long, set midi.latency_offset_ms to {found.offset_ms:.1f}."
    )
