"""The supervisor's end of the tape: the last minute always, the whole jam if it is recorded.

Batches come in the thread that empties the pipe. Files are written by other threads, so that a
disk that stands still holds up neither the pipe nor the engine behind it.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bridge.core.events import Level
from bridge.engine.report import EngineEvent
from bridge.engine.tapeline import Batch
from bridge.errors import RecordingFailed
from bridge.record.file import RecordingWriter
from bridge.record.header import Header
from bridge.record.tape import Entry

MINUTE_S = 60.0
MOST_BYTES = 32_000_000
"""Of the last minute; a minute of 16 players who never rest has less."""
MOST_WAITING = 1200
"""Batches that wait for the disk: a minute's."""
REPORT_EVERY_S = 60.0
MOST_REPORTS = 10
"""Files that are kept in the folder of crash reports."""
CLOSING_S = 3.0

MakeHeader = Callable[[bool], Header]
"""Makes the header of a file that begins with the engine, or does not."""


class LastMinute:
    """The newest batches, within a time and a number of bytes."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, Batch]] = deque()
        self._bytes = 0

    def keep(self, batch: Batch, now_s: float) -> None:
        """Keep a batch, and let go of what is older than a minute."""
        self._kept.append((now_s, batch))
        self._bytes += len(batch.packed)
        while self._kept[0][0] < now_s - MINUTE_S or self._bytes > MOST_BYTES:
            self._bytes -= len(self._kept.popleft()[1].packed)

    def batches(self) -> tuple[Batch, ...]:
        """What is kept, oldest first."""
        return tuple(batch for _, batch in self._kept)


class RecordingThread:
    """Writes batches into a file, as fast as the disk takes them.

    Args:
        writer: The open file.
        say: Takes lines for the console.
    """

    def __init__(self, writer: RecordingWriter, say: Callable[[EngineEvent], None]) -> None:
        self._writer, self._say = writer, say
        self._waiting: queue.SimpleQueue[Batch | str] = queue.SimpleQueue()
        self._next = 0
        self._over = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def take(self, batch: Batch) -> None:
        """Let a batch wait for the disk; what can't be written in full ends the recording."""
        if self._over:
            return
        lost, self._next = batch.number - self._next, batch.number + 1
        if lost:
            self._give_up("some of the jam was lost on its way")
        elif self._waiting.qsize() >= MOST_WAITING:
            self._give_up("the disk can't keep up")
        else:
            self._waiting.put(batch)

    def end(self, why: str) -> None:
        """Write what waits, then why it ends here, and close the file."""
        if not self._over:
            self._over = True
            self._waiting.put(why)
        self._thread.join(CLOSING_S)

    def _give_up(self, why: str) -> None:
        self._over = True
        self._waiting.put(f"The recording ends here: {why}.")
        self._warn(f"The recording ends here: {why}. The jam goes on.")

    def _warn(self, text: str) -> None:
        self._say(EngineEvent(Level.WARNING, text))

    def _work(self) -> None:
        writer = self._writer
        try:
            while not isinstance(batch := self._waiting.get(), str):
                writer.write(batch.entries())
            writer.close(batch)
        except RecordingFailed as error:
            self._over = True
            self._warn(str(error))
            with contextlib.suppress(OSError):
                writer.abandon()


class Recorder:
    """Takes the batches of one engine.

    Args:
        make_header: Makes the headers of its files.
        reports: Folder of crash reports.
        say: Takes lines for the console; is called in several threads.
        file: Where the jam is recorded; None: it is not.

    Raises:
        RecordingFailed: The file can't be written, or is there already.
    """

    def __init__(
        self,
        make_header: MakeHeader,
        reports: Path,
        say: Callable[[EngineEvent], None],
        file: Path | None = None,
    ) -> None:
        self._make_header, self._reports, self._say = make_header, reports, say
        self._minute = LastMinute()
        self._reported_s = float("-inf")
        self._recording: RecordingThread | None = None
        if file is not None:
            self._recording = RecordingThread(RecordingWriter(file, make_header(True)), say)

    def take(self, data: bytes) -> None:
        """Take what came through the pipe."""
        batch, now_s = Batch.of(data), time.monotonic()
        self._minute.keep(batch, now_s)
        if self._recording is not None:
            self._recording.take(batch)
        if batch.mistake and now_s - self._reported_s >= REPORT_EVERY_S:
            self._reported_s = now_s
            batches = self._minute.batches()
            threading.Thread(target=self._report_mistake, args=(batches,), daemon=True).start()

    def close(self, *, died: bool = False) -> Path | None:
        """The engine has ended: what waits is written.

        Args:
            died: Whether nobody asked it to.

        Returns:
            The crash report, if it died and there is anything to report.
        """
        why = "The engine ended unexpectedly." if died else "The engine ended."
        report, batches = None, self._minute.batches()
        if died and batches:
            with contextlib.suppress(RecordingFailed):
                report = self._report(batches, why)
        if self._recording is not None:
            self._recording.end(why)
        return report

    def _report_mistake(self, batches: Sequence[Batch]) -> None:
        try:
            path = self._report(batches, "The engine made a mistake, and the jam went on.")
            text = f"The last minute is in {path}; please attach it when you report this."
        except RecordingFailed as error:
            text = error.message
        self._say(EngineEvent(Level.WARNING, text))

    def _report(self, batches: Sequence[Batch], why: str) -> Path:
        whole = batches[0].number == 0
        path = _report_path(self._reports)
        writer = RecordingWriter(path, self._make_header(whole))
        try:
            writer.write(_entries(batches))
            writer.close(why)
        except RecordingFailed:
            writer.abandon()
            raise
        return path


def _entries(batches: Sequence[Batch]) -> Iterator[Entry]:
    """All entries, and where some are missing."""
    following = batches[0].number
    for batch in batches:
        if batch.number != following:
            yield ("lost", batch.number - following)
        following = batch.number + 1
        yield from batch.entries()


def _report_path(folder: Path) -> Path:
    """A file that is not there yet; the oldest ones make room."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("crash-*.jsonl"))[: -MOST_REPORTS + 1]:
            old.unlink(missing_ok=True)
    return folder / time.strftime("crash-%Y%m%d-%H%M%S.jsonl")
