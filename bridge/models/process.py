"""A model in a process of its own, restarted when it dies."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from bridge.core.requests import (
    AnswerChunk,
    ContinueAnswer,
    ForgetPlayer,
    MakeClip,
    ModelFailed,
    ModelNotice,
    ModelReply,
    ModelRequest,
    PrimeCall,
    SelectBundle,
    StartAnswer,
)
from bridge.errors import ModelFault
from bridge.models.child import serve
from bridge.models.library import BundleLibrary
from bridge.models.threads import children_with_one_blas_thread

Serve = Callable[[Connection, tuple[str, ...]], None]
"""Answers requests on its end of a pipe, with bundles from these folders."""

MAX_RESTARTS = 3
"""Restarts in a row without an answer in between, until it is left alone."""

HUNG_S = 8.0
"""A process that owes an answer and says nothing for so long hangs, and is ended."""
LOADING_S = 60.0
"""The same while it loads a bundle."""
_EXIT_S = 2.0


class ModelProcess:
    """Runs the models in a process of their own.

    Requests go through a pipe that the other side always empties, so `submit` never waits. A
    process that hangs is ended by `poll`, which must be called now and then. When one dies,
    everything that it still owed is answered with a failure, a new one is started and every
    player's bundle is selected again.

    Args:
        library: Where bundles are found.
        use_kernel: Whether the process gets itself a compiled kernel when it has the time.
        target: What runs in the process; the native engine if nothing else is given.
    """

    def __init__(
        self, library: BundleLibrary, target: Serve | None = None, *, use_kernel: bool = False
    ) -> None:
        self._target = target or partial(serve, use_kernel=use_kernel)
        self._folders = tuple(str(folder) for folder in library.folders)
        self._selected: dict[int, SelectBundle] = {}
        self._owed: list[ModelRequest] = []
        self._restarts = 0
        self._broken = False
        self._silent: Connection | None = None
        self._lost: list[ModelReply] = []
        self._heard_s = time.monotonic()
        self._connection, self._process = self._started()

    @property
    def connection(self) -> Connection:
        """Readable when `poll` has something to do; it changes when the process is restarted."""
        return self._connection

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid or 0

    def submit(self, request: ModelRequest) -> None:
        """Hand over a request; never waits for the model."""
        if isinstance(request, SelectBundle):
            self._selected[request.player] = request
            self._restarts = 0
            if self._silent is not None:
                self._lost += self._failures()
                self._revive()
                return
        elif isinstance(request, ForgetPlayer):
            self._selected.pop(request.player, None)
        if not isinstance(request, PrimeCall | ForgetPlayer):
            if not self._owed:
                self._heard_s = time.monotonic()
            self._owed.append(request)
        self._send(request)

    def poll(self) -> list[ModelReply | ModelNotice]:
        """The replies and notices that have come since the last poll, oldest first."""
        replies: list[ModelReply | ModelNotice] = [*self._lost]
        self._lost.clear()
        try:
            while self._connection.poll(0):
                reply = self._connection.recv()
                if not isinstance(reply, ModelNotice):
                    self._settle(reply)
                replies.append(reply)
        except (EOFError, OSError):
            self._broken = True
        if not self._broken and self._hangs():
            self._process.kill()
            self._broken = True
        if self._broken:
            replies += self._failures()
            if self._restarts < MAX_RESTARTS:
                self._restarts += 1
                self._revive()
            else:
                self._fall_silent()
        return replies

    def close(self) -> None:
        """End the process."""
        self._end()
        if self._silent is not None:
            self._silent.close()

    def _end(self) -> None:
        self._connection.close()
        self._process.join(_EXIT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _fall_silent(self) -> None:
        """A closed pipe is readable for ever; who waits on it would spin. This one is never."""
        if self._silent is None:
            self._end()
            self._connection, self._silent = multiprocessing.Pipe()

    def _started(self) -> tuple[Connection, BaseProcess]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=self._target,
            args=(theirs, self._folders),
            name="magenta-bridge-model",
            daemon=True,
        )
        with children_with_one_blas_thread():
            process.start()
        # While we held the child's end too, its death would not close the pipe.
        theirs.close()
        return ours, process

    def _hangs(self) -> bool:
        if not self._owed:
            return False
        loading = any(isinstance(request, SelectBundle) for request in self._owed)
        return time.monotonic() - self._heard_s > (LOADING_S if loading else HUNG_S)

    def _send(self, request: ModelRequest) -> None:
        if self._broken:
            return
        try:
            self._connection.send(request)
        except OSError:
            self._broken = True

    def _settle(self, reply: ModelReply) -> None:
        """One reply pays the oldest request of its player that it can belong to."""
        if isinstance(reply, AnswerChunk):
            self._restarts = 0
        for request in self._owed:
            if _pays(reply, request):
                self._owed.remove(request)
                return

    def _failures(self) -> list[ModelReply]:
        """What is told to everyone whom the dead process owed a reply."""
        fault = ModelFault("The model's process ended unexpectedly.")
        who = dict.fromkeys(_who(request) for request in self._owed)
        self._owed.clear()
        return [ModelFailed(*each, fault.wire_code, fault.message, fault.hint) for each in who]

    def _revive(self) -> None:
        """A new process, with every player's bundle selected again."""
        self._end()
        if self._silent is not None:
            self._silent.close()
            self._silent = None
        self._broken = False
        self._connection, self._process = self._started()
        self._heard_s = time.monotonic()
        for selection in self._selected.values():
            self._owed.append(selection)
            self._send(selection)


def _who(request: ModelRequest) -> tuple[int, int]:
    if isinstance(request, StartAnswer | ContinueAnswer | MakeClip):
        return request.player, request.answer_id
    return request.player, -1


def _pays(reply: ModelReply, request: ModelRequest) -> bool:
    if isinstance(reply, AnswerChunk):
        # A clip is made in many slices, and is owed until the last.
        complete = reply.done or not isinstance(request, MakeClip)
        return complete and _who(request) == (reply.player, reply.answer_id)
    if isinstance(reply, ModelFailed):
        return _who(request) == (reply.player, reply.answer_id)
    return isinstance(request, SelectBundle) and request.player == reply.player
