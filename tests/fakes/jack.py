"""A JACK server of one's own over its dummy driver: real MIDI ports without a sound card."""

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
"""Frames; a client that misses its turn loses the period's messages, so turns are long."""
START_S = 10.0
REGISTRY = Path("/dev/shm/jack-shm-registry")
_MAGIC = 0x4A41434B
_FIRST_SERVER, _SERVER_BYTES, _SERVERS = 24, 264, 8
"""JACK 2's register of servers: a process number and a name each, after a header (shm.h)."""


class NoJack(Exception):
    """Why there is no server here."""


@contextmanager
def jack_server(period: int = PERIOD) -> Iterator[None]:
    """Start a server under a name of its own; programs started meanwhile find it, no other.

    Raises:
        NoJack: It can't be had here.
    """
    program = shutil.which("jackd")
    if program is None:
        raise NoJack("jackd is not installed")
    _forget_dead_servers()
    name = f"magenta_bridge_{os.getpid()}"
    before = {key: os.environ.get(key) for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")}
    command = [program, "-n", name, "-r", "-d", "dummy", "-p", str(period)]
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
