"""liblo, an OSC implementation that is neither ours nor python-osc's, for driving from outside.

Messages go out through the C library; what comes back is printed by liblo's own `oscdump`.
(Debian: liblo-tools.)
"""

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import subprocess
from pathlib import Path
from typing import IO

NAMES = ("liblo.so.7", "liblo.so.0", "liblo.dylib")


def why_not() -> str | None:
    """Why liblo can't be used here, or None."""
    if shutil.which("oscdump") is None:
        return "liblo's oscdump is not installed (Debian: liblo-tools)"
    return None if _library() else "liblo's library is not installed (Debian: liblo-tools)"


def _library() -> ctypes.CDLL | None:
    found = ctypes.util.find_library("lo")
    for name in (*([found] if found else []), *NAMES):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


class Sender:
    """Sends messages to one address."""

    def __init__(self, port: int) -> None:
        library = _library()
        assert library is not None
        self._lo = library
        self._lo.lo_address_new.restype = ctypes.c_void_p
        self._lo.lo_message_new.restype = ctypes.c_void_p
        self._to = ctypes.c_void_p(self._lo.lo_address_new(b"127.0.0.1", str(port).encode()))

    def send(self, path: str, *values: int | float) -> None:
        message = ctypes.c_void_p(self._lo.lo_message_new())
        for value in values:
            if isinstance(value, int):
                self._lo.lo_message_add_int32(message, ctypes.c_int32(value))
            else:
                self._lo.lo_message_add_float(message, ctypes.c_float(value))
        sent = self._lo.lo_send_message(self._to, path.encode(), message)
        self._lo.lo_message_free(message)
        assert sent > 0, "liblo could not send"

    def close(self) -> None:
        self._lo.lo_address_free(self._to)


class Dump:
    """`oscdump` on a port: lines of ``address types values``."""

    def __init__(self, port: int, log: Path) -> None:
        self._log: IO[bytes] = log.open("wb")
        self._path = log
        self.process = subprocess.Popen(
            ["oscdump", "-L", str(port)], stdout=self._log, stderr=subprocess.DEVNULL
        )

    def messages(self) -> list[tuple[str, list[float]]]:
        found = []
        for line in self._path.read_text().splitlines():
            parts = line.split()
            if len(parts) >= 2:
                types = parts[2] if len(parts) > 2 else ""
                found.append((parts[1], [float(word) for word in parts[3 : 3 + len(types)]]))
        return found

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        self._log.close()
