"""A JACK server of one's own over its dummy driver: real MIDI ports without a sound card.

As it is started by most people, asynchronously, JACK never waits for a program that misses its
turn. What that program had to say in this period is lost; and what it said in its last one stands
in its port's buffer still, and is heard again, once for each turn that it misses. So on a busy
machine a note hangs whose end was sent, and one that was struck once is heard three times.
Synchronously it waits: everything arrives, once and in order, only later.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.errors import BridgeError
from bridge.io.midi_ports import MidiPorts

PERIOD = 1024
"""Frames at 48,000 a second: short beside a sixteenth, long enough to cost nothing."""
WAIT_MS = 1000
"""JACK waits ten times as long for a program that computes, and goes on without it then."""
START_S = 10.0
REGISTRY = Path("/dev/shm/jack-shm-registry")
_MAGIC = 0x4A41434B
_FIRST_SERVER, _SERVER_BYTES, _SERVERS = 24, 264, 8
"""JACK 2's register of servers: a process number and a name each, after a header (shm.h)."""


class NoJack(Exception):
    """Why there is no server here."""


@contextmanager
def jack_server(period: int = PERIOD, *, waits: bool = True) -> Iterator[None]:
    """Start a server under a name of its own; programs started meanwhile find it, no other.

    Args:
        period: Frames of a period.
        waits: Whether it waits for programs that are late, so that nothing is lost or repeated.
            As people run it it does not; so figures of time are taken without.

    Raises:
        NoJack: It can't be had here.
    """
    program = shutil.which("jackd")
    if program is None:
        raise NoJack("jackd is not installed")
    _forget_dead_servers()
    name = f"magenta_bridge_{os.getpid()}"
    before = {key: os.environ.get(key) for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")}
    way = ["-S", "-t", str(WAIT_MS)] if waits else []
    command = [program, "-n", name, "-r", *way, "-d", "dummy", "-p", str(period)]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        os.environ.update(JACK_DEFAULT_SERVER=name, JACK_NO_START_SERVER="1")
        try:
            _wait_for_ports(server)
            yield
        finally:
            server.terminate()
            try:
                server.wait(5.0)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            for key, value in before.items():
                if value is None:
                    os.environ.pop(key, None)
                else:
                    os.environ[key] = value


def _forget_dead_servers() -> None:
    """Give the places of servers back that were killed: JACK has eight, and does so for none."""
    if sys.platform != "linux" or not REGISTRY.is_file():
        return
    with REGISTRY.open("r+b") as registry:
        head = registry.read(4)
        if len(head) < 4 or struct.unpack("<I", head)[0] != _MAGIC:
            return
        for place in range(_SERVERS):
            start = _FIRST_SERVER + place * _SERVER_BYTES
            registry.seek(start)
            entry = registry.read(_SERVER_BYTES)
            pid = struct.unpack_from("<i", entry)[0] if len(entry) == _SERVER_BYTES else 0
            ours = entry[4:].startswith(b"jack-") and b":magenta_bridge_" in entry
            if pid > 0 and ours and not Path(f"/proc/{pid}").exists():
                registry.seek(start)
                registry.write(bytes(_SERVER_BYTES))


def _wait_for_ports(server: subprocess.Popen[bytes]) -> None:
    end_s = time.monotonic() + START_S
    problem = "it did not start"
    while time.monotonic() < end_s and server.poll() is None:
        try:
            ports = MidiPorts(["trial"], [])
        except BridgeError as error:
            problem = error.message
        else:
            problem = ports.problems[0].message if ports.problems else ""
            ports.close()
            if not problem:
                return
        time.sleep(0.1)  # a server in another process: there is nothing to wait on
    raise NoJack(f"no MIDI ports over jackd: {problem}")
