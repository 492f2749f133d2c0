"""The file of a recording: written line by line, read as far as it goes.

A file whose name ends in ``.gz`` is compressed, and flushed with each batch, so that either kind is
whole up to the last batch whatever becomes of the engine.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import RecordingFailed, RecordingInvalid
from bridge.record.header import Header, header_line, header_of
from bridge.record.lines import entry_of, line_of
from bridge.record.tape import Entry

MAX_LINE_BYTES = 4_000_000
"""Far above any line: a datagram has 1,400 bytes, a call some thousand notes."""
_GZIP = 31
"""`zlib`'s number for a deflate stream of the largest window in gzip's form."""
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 65_536


class RecordingWriter:
    """An open recording.

    Args:
        path: The file.
        header: What it is about.

    Raises:
        RecordingFailed: It can't be written, or is there already: no take is ever written over.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self.path = path
        self._token = header.jam.token
        packer = zlib.compressobj(wbits=_GZIP) if path.suffix == ".gz" else None
        self._packer = packer
        with _told(path):
            # The file stays open for as long as the jam lasts.
            self._file = path.open("xb", buffering=0)
        try:
            self._write([header_line(header)])
        except RecordingFailed:
            self._file.close()
            raise

    def write(self, entries: Iterable[Entry]) -> None:
        """Add entries; they are in the file when this returns.

        Raises:
            RecordingFailed: The disk is full, or gone; or an entry holds what is no value.
        """
        try:
            lines = [line_of(entry, self._token) for entry in entries]
        except TypeError as error:
            raise RecordingFailed(f"Something in the jam can't be written: {error}.") from error
        self._write(lines)

    def close(self, why: str) -> None:
        """End the recording and say why in its last line; an open file stays readable anyway.

        Raises:
            RecordingFailed: The disk is full, or gone.
        """
        try:
            self._write([line_of(("end", why))], last=True)
        finally:
            self._file.close()

    def abandon(self) -> None:
        """Close the file as it is."""
        self._file.close()

    def _write(self, lines: Iterable[str], *, last: bool = False) -> None:
        data = "".join(f"{line}\n" for line in lines).encode()
        if self._packer is not None:
            data = self._packer.compress(data)
            data += self._packer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
        with _told(self.path):
            # An unbuffered file may write less than it is given, as on a disk that fills up.
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) or 0 :]


@dataclass(frozen=True, slots=True)
class Line:
    """A line after the first.

    Args:
        number: Counted from 1, the header.
        text: As it stands in the file, without its end.
        entry: What it says.
    """

    number: int
    text: str
    entry: Entry


class Recording:
    """A recording that is read.

    Args:
        path: The file.

    Attributes:
        header: Its first line.
        cut: Whether it breaks off in the middle of a line; known once all lines were read.

    Raises:
        RecordingInvalid: It is no recording, or one that this engine can't read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cut = False
        try:
            first = next(self._texts(), b"")
            if not first:
                raise ValueError("it is empty")
            self.header: Header = header_of(first.decode())
        except ValueError as error:
            raise self._damaged(1, error) from error

    def lines(self) -> Iterator[Line]:
        """All lines after the first, as far as the file goes.

        Raises:
            RecordingInvalid: A line is damaged; one without its end is only cut.
        """
        for number, data in enumerate(self._texts(), start=1):
            if number == 1:
                continue
            try:
                text = data.decode().removesuffix("\n")
                line = Line(number, text, entry_of(text))
            except ValueError as error:
                if data.endswith(b"\n"):
                    raise self._damaged(number, error) from error
                self.cut = True
                return
            yield line

    def _texts(self) -> Iterator[bytes]:
        """The lines with their ends; the last may have none."""
        rest = b""
        for data in self._chunks():
            *whole, rest = (rest + data).split(b"\n")
            yield from (line + b"\n" for line in whole)
            if len(rest) > MAX_LINE_BYTES:
                raise RecordingInvalid(f"{self.path}: a line has no end.")
        if rest:
            yield rest

    def _chunks(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                packed = file.read(2) == _GZIP_MAGIC
                file.seek(0)
                unpacker = zlib.decompressobj(wbits=_GZIP) if packed else None
                while data := file.read(_CHUNK_BYTES):
                    yield unpacker.decompress(data) if unpacker is not None else data
        except zlib.error as error:
            raise RecordingInvalid(f"{self.path} can't be unpacked: {error}.") from error
        except OSError as error:
            raise RecordingInvalid(
                f"{self.path} can't be read: {error.strerror or error}.", "Name another file."
            ) from error

    def _damaged(self, number: int, error: Exception) -> RecordingInvalid:
        return RecordingInvalid(f"{self.path}, line {number}: {error}.")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise RecordingFailed(f"{path} is there already.", "Choose another name.") from error
    except OSError as error:
        why = error.strerror or error
        raise RecordingFailed(f"The recording {path} can't be written: {why}.") from error
