"""A timekeeper in a process of its own, as `magenta-bridge run` has it, whose lateness is asked."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from bridge.core.settings import JamSettings
from bridge.engine.captureline import CaptureLine
from bridge.engine.tapeline import TapeLine
from bridge.engine.timekeeper import EngineSetup, Timekeeper
from bridge.engine.timekeeper_process import SWITCH_S, Wires, keep_time
from bridge.engine.upline import Upline
from bridge.io.midi_ports import MidiPorts
from bridge.io.osc_udp import UdpEdge
from bridge.io.realtime import raise_priority, shorten_slice
from bridge.models.library import BundleLibrary
from bridge.models.worker import ModelProcess
from bridge.record.tape import Tape


def keep_time_and_tell(
    pipe: Connection,
    jam: JamSettings,
    folder: Path,
    *,
    port: int = 0,
    realtime: bool,
    use_kernel: bool = False,
) -> None:
    """Keep time until the pipe says None, then send how late each MIDI message left, in seconds.

    Args:
        pipe: Takes the engine's events, and a list of floats at the end.
        jam: The jam's settings.
        folder: Where its bundles are.
        port: UDP port; 0 for any free one.
        realtime: Whether to ask for real-time priority.
        use_kernel: Whether the models use the compiled kernel where they can.
    """
    library = BundleLibrary((folder,))
    model = ModelProcess(library, use_kernel=use_kernel)
    sys.setswitchinterval(SWITCH_S)
    if realtime:
        raise_priority()
    else:
        shorten_slice()
    setup = EngineSetup("127.0.0.1", port, jam, (str(folder),), 1, 1)
    ports = _ports(jam.input_ports, jam.output_ports)
    tape, edge = Tape(), UdpEdge("127.0.0.1", port)
    timekeeper = Timekeeper(setup, edge, model, ports, tape=tape)
    # Nobody empties this pipe; the tape is packed and sent as long as there is room.
    _, recorder = multiprocessing.Pipe()
    upline, line = Upline(pipe), TapeLine(tape, recorder)
    wires = Wires(edge, model, pipe, upline, line, CaptureLine(upline), ports)
    keep_time(timekeeper, wires, sync_reports=False)
    late = list(ports.lateness_s) if ports is not None else []
    timekeeper.close()
    pipe.send(late)


def _ports(inputs: Sequence[str], outputs: Sequence[str]) -> MidiPorts | None:
    return MidiPorts(inputs, outputs) if inputs or outputs else None
