"""Fetches one file over HTTP: within a size, resumed where it broke off, never half there."""

from __future__ import annotations

import contextlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bridge.errors import DownloadFailed

TRIES = 3
TIMEOUT_S = 20.0
_CHUNK_BYTES = 65_536
_RESUMED, _UNSATISFIABLE = 206, 416


def fetch(address: str, part: Path, most_bytes: int, show: Callable[[int], None]) -> None:
    """Fetch a file. What has come is kept when the connection breaks, and gone on from next time.

    Args:
        address: ``http`` or ``https``.
        part: Where it is collected; complete when this returns.
        most_bytes: A larger file is refused.
        show: Is called with the bytes that are there.

    Raises:
        DownloadFailed: The server refuses, can't be reached, or sends too much; or the file can't
            be written.
    """
    if not address.startswith(("http://", "https://")):
        raise DownloadFailed(f"{address} is no web address.")
    broke: Exception | None = None
    for _ in range(TRIES):
        try:
            if _fetched(address, part, most_bytes, show):
                return
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != _UNSATISFIABLE:
                raise DownloadFailed(f"{address} answers {error.code}: {error.reason}.") from error
            part.unlink(missing_ok=True)
        except (OSError, http.client.HTTPException) as error:
            broke = error
    there = part.stat().st_size if part.exists() else 0
    reason = f": {broke}" if broke else ""
    raise DownloadFailed(
        f"{address} can't be fetched{reason}. {there} bytes are there.",
        "See whether this machine is online, and pull again: it goes on from there.",
    )


def _fetched(address: str, part: Path, most_bytes: int, show: Callable[[int], None]) -> bool:
    """One try; returns whether the file is complete."""
    there = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers={"User-Agent": "magenta-bridge"})
    if there:
        request.add_header("Range", f"bytes={there}-")
    with contextlib.closing(urllib.request.urlopen(request, timeout=TIMEOUT_S)) as response:
        told = response.headers.get("Content-Range", "")
        resumed = response.status == _RESUMED and told.startswith(f"bytes {there}-")
        if response.status == _RESUMED and not resumed:
            part.unlink()
            return False
        there = there if resumed else 0
        length = response.headers.get("Content-Length", "")
        whole = there + int(length) if length.isascii() and length.isdigit() else None
        with part.open("ab" if resumed else "wb") as file:
            while there <= most_bytes and (whole is None or whole <= most_bytes):
                data = response.read(_CHUNK_BYTES)
                if not data:
                    return whole is None or there == whole
                file.write(data)
                there += len(data)
                show(there)
    part.unlink()
    raise DownloadFailed(
        f"{address} is larger than {most_bytes} bytes, which no bundle is.",
        "Look at the address: something else lies there.",
    )
