"""A running engine, as its own machine's programs hold it: commands go down, news come up.

The engine is a process of its own; neither side ever waits for the other. Commands wait in a
bounded queue for a thread that sends them; news are taken off the pipe at once by another.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.core.bindings import Learnt
from bridge.core.commands import Command, Watch, checked
from bridge.core.events import CommandDone, Level
from bridge.core.stage_events import StageEvent
from bridge.core.syncstats import SyncReport
from bridge.core.views import PlayerGone, PlayerView
from bridge.engine.captureline import CapturedEnd, CaptureDesk, CapturedPart, whole
from bridge.engine.captures import write_capture
from bridge.engine.loadmeter import EngineLoad
from bridge.engine.recorder import Recorder
from bridge.engine.recordings import make_header
from bridge.engine.report import EngineEvent
from bridge.engine.timekeeper import EngineSetup
from bridge.engine.timekeeper_process import Order, serve
from bridge.errors import BridgeError, EngineBusy, ModelFault
from bridge.paths import user_capture_folder, user_report_folder

if TYPE_CHECKING:
    # The timekeeper's process imports this package too, and has no use for what checks YAML.
    from bridge.config import EngineConfig

EXIT_S = 3.0
MOST_WAITING = 256
"""Commands that wait for the engine; it does thousands a second."""

News = (
    EngineEvent
    | SyncReport
    | EngineLoad
    | PlayerView
    | PlayerGone
    | StageEvent
    | CommandDone
    | Learnt
)
Said = News | BridgeError | None
"""What comes up: news; the error that ended the engine; at last None, when it is gone."""
Listener = Callable[[Said], None]


@dataclass(frozen=True, slots=True)
class _Subscription:
    take: Listener
    watch: bool


class RunningEngine:
    """The engine's processes, and both directions of the pipe to them.

    Args:
        config: The engine's configuration.
        sync_reports: Whether it is to say once a second how well the beat is followed.
        record: Where the whole jam is recorded; None: it is not.
        reports: Folder of crash reports; the user's own if none is given.
        captures: Folder of what is captured; the user's own if none is given.

    Raises:
        RecordingFailed: The recording can't be written, or is there already.
    """

    def __init__(
        self,
        config: EngineConfig,
        *,
        sync_reports: bool = False,
        record: Path | None = None,
        reports: Path | None = None,
        captures: Path | None = None,
    ) -> None:
        self._captures = captures or user_capture_folder()
        self._capture_desk = CaptureDesk()
        context = multiprocessing.get_context("spawn")
        self.config = config
        setup = _setup(config, sync_reports=sync_reports)
        self._pipe, self._theirs = context.Pipe()
        self._tape, their_tape = context.Pipe()
        self._inherited = self._theirs, their_tape
        self._process = context.Process(
            target=serve,
            args=(setup, *self._inherited),
            name="magenta-bridge-timekeeper",
        )
        self._taping = threading.Thread(target=self._take_tape, daemon=True)
        self._ending = False
        self._orders: queue.Queue[Order | None] = queue.Queue()
        self._tickets = itertools.count(1)
        self._lock = threading.Lock()
        self._subscriptions: list[_Subscription] = []
        self._views: dict[int, PlayerView] = {}
        self._recorder = Recorder(
            partial(make_header, setup), reports or user_report_folder(), self._pass_on, record
        )

    def start(self) -> None:
        """Start the processes; whoever wants to hear of a failure has subscribed before."""
        self._process.start()
        # While these ends were open here too, the child's death could not be seen.
        for pipe in self._inherited:
            pipe.close()
        self._taping.start()
        for work in (self._hear, self._send):
            threading.Thread(target=work, daemon=True).start()

    def command(self, command: Command) -> int:
        """Send a command down; returns at once.

        Returns:
            A number; `CommandDone` with the same one tells what became of it.

        Raises:
            BridgeError: It makes no sense; nothing was sent.
            EngineBusy: Too many commands wait already.
        """
        ticket = next(self._tickets)
        self._order(Order(ticket, checked(command, self.config.jam.bundles)))
        return ticket

    def subscribe(self, take: Listener, *, watch: bool = False) -> Callable[[], None]:
        """Hear all that comes up.

        Args:
            take: Is called with each piece of news, in order, in a thread of the engine's handle;
                it must return at once and raise nothing.
            watch: Whether views and what is about to sound are wanted too. They go to everybody
                who has subscribed; all views are told anew now.

        Returns:
            What to call to hear no more.
        """
        one = _Subscription(take, watch)
        with self._lock:
            self._subscriptions.append(one)
        if watch:
            self._order(Order(next(self._tickets), Watch(True)))

        def leave() -> None:
            with self._lock:
                self._subscriptions.remove(one)
                watched = any(each.watch for each in self._subscriptions)
            if one.watch and not watched:
                self._order(Order(next(self._tickets), Watch(False)))

        return leave

    def views(self) -> tuple[PlayerView, ...]:
        """Every player as it was told last, by number; current while somebody watches."""
        with self._lock:
            return tuple(self._views[number] for number in sorted(self._views))

    def end(self) -> None:
        """End the engine: the devices fall silent, the processes go."""
        self._ending = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._orders.get_nowait()
        self._orders.put(None)
        self._process.join(EXIT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._taping.join(EXIT_S)
        self._recorder.close()
        self._pipe.close()
        self._tape.close()

    def _order(self, order: Order) -> None:
        if self._orders.qsize() >= MOST_WAITING:
            raise EngineBusy(f"{MOST_WAITING} commands wait for the engine already.")
        self._orders.put(order)

    def _send(self) -> None:
        """Send orders, one after the other, until the end is asked for or the engine is gone."""
        with contextlib.suppress(OSError):
            while True:
                order = self._orders.get()
                self._pipe.send(order)
                if order is None:
                    return

    def _hear(self) -> None:
        """Take what comes up at once, and pass it on."""
        said: Said | CapturedPart | CapturedEnd
        while True:
            try:
                said = self._pipe.recv()
            except (EOFError, OSError):
                break
            if isinstance(said, CapturedPart | CapturedEnd):
                self._take_capture(said)
                continue
            self._pass_on(said)
            if isinstance(said, BridgeError):
                self._ending = True
        if not self._ending:
            self._taping.join(EXIT_S)
            self._pass_on(_death(self._recorder.close(died=True)))
        self._pass_on(None)

    def _take_tape(self) -> None:
        """Take what the timekeeper has taken down."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._recorder.take(self._tape.recv())

    def _pass_on(self, said: Said) -> None:
        with self._lock:
            if isinstance(said, PlayerView):
                self._views[said.number] = said
            elif isinstance(said, PlayerGone):
                self._views.pop(said.number, None)
            listeners = [one.take for one in self._subscriptions]
        for take in listeners:
            take(said)

    def _take_capture(self, said: CapturedPart | CapturedEnd) -> None:
        if taken := self._capture_desk.take(said):
            threading.Thread(target=self._write_capture, args=taken, daemon=True).start()

    def _write_capture(self, end: CapturedEnd, parts: list[CapturedPart]) -> None:
        try:
            text = write_capture(whole(end, parts), self._captures)
        except BridgeError as error:
            self._pass_on(EngineEvent(Level.WARNING, str(error)))
        else:
            self._pass_on(EngineEvent(Level.INFO, text))


def _death(report: Path | None) -> ModelFault:
    where = f" The last minute is in {report}; please attach it when you report this."
    return ModelFault(
        f"The timekeeper ended unexpectedly.{where if report else ''}", "Start the engine again."
    )


def _setup(config: EngineConfig, *, sync_reports: bool) -> EngineSetup:
    return EngineSetup(
        host=config.host,
        port=config.port,
        jam=config.jam,
        bundle_folders=tuple(str(folder) for folder in config.bundle_folders),
        engine_epoch=1 + secrets.randbelow(2**31 - 1),
        seed=secrets.randbits(31),
        model_process=config.model_process,
        use_kernel=config.kernel == "auto",
        model_engine=config.model_engine,
        sync_reports=sync_reports,
    )
