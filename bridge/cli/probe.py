"""Looks at a UDP port from outside: is it free, does an engine answer, who holds it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from pathlib import Path

from bridge.core.address_book import INT_MAX
from bridge.core.protocol import Direction, check
from bridge.core.wire import parse_packet
from bridge.demo.packets import packet
from bridge.errors import BridgeError

_PROBE_DEVICE = INT_MAX
_PROBE_S = 0.3
_TOOL_LIMIT_S = 5.0


def port_is_free(host: str, port: int) -> bool:
    """Whether a UDP socket can be bound there now."""
    with socket.socket(_family(host), socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def engine_epoch_at(host: str, port: int) -> int | None:
    """The number of the engine that answers on a port, or None.

    A heartbeat of an unknown device is echoed by an engine and changes nothing in it.
    """
    target = "127.0.0.1" if host in ("0.0.0.0", "localhost") else host
    with socket.socket(_family(target), socket.SOCK_DGRAM) as probe:
        probe.settimeout(_PROBE_S)
        with contextlib.suppress(OSError, BridgeError):
            probe.connect((target, port))
            own_port = int(probe.getsockname()[1])
            probe.send(packet("/heartbeat", _PROBE_DEVICE, own_port, 0))
            for address, values in parse_packet(probe.recv(2048)):
                message = check(address, values, Direction.TO_DEVICE)
                if address == "/heartbeat" and message.int_of("device") == _PROBE_DEVICE:
                    return message.int_of("engine_epoch")
    return None


def loopback_ms() -> float | None:
    """How long a datagram takes there and back on 127.0.0.1, or None where it does not arrive."""
    try:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there,
        ):
            for end in (here, there):
                end.bind(("127.0.0.1", 0))
                end.settimeout(1.0)
            started_s = time.perf_counter()
            here.sendto(b"there", there.getsockname())
            there.sendto(there.recv(16), here.getsockname())
            here.recv(16)
            return (time.perf_counter() - started_s) * 1000.0
    except OSError:
        return None


def port_holder(port: int) -> str:
    """Who holds a UDP port, as far as the system tells, in words; "" where it does not."""
    if Path("/proc/net/udp").is_file():
        return _holder_by_proc(port)
    if shutil.which("lsof"):
        return _holder_by_lsof(["lsof", "-nP", "-a", f"-iUDP:{port}", "-Fcp"])
    return ""


def _holder_by_proc(port: int) -> str:
    inodes = set()
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                if str(descriptor.readlink()) in inodes:
                    name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                    return f"{name} (process {process.name})"
    return ""


def _holder_by_lsof(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TOOL_LIMIT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    found = {line[:1]: line[1:] for line in reversed(done.stdout.splitlines()) if line}
    return f"{found['c']} (process {found['p']})" if {"c", "p"} <= found.keys() else ""


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
