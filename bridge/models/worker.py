"""Where models run: in a process of their own, or in the caller's for tests and the demo."""

from __future__ import annotations

from collections.abc import Callable

from bridge.core.requests import ModelNotice, ModelReply, ModelRequest
from bridge.models.answers import standing_still
from bridge.models.desk import Inbox, ModelDesk, unfinished
from bridge.models.library import BundleLibrary
from bridge.models.process import ModelProcess

__all__ = ["InProcessModel", "ModelProcess"]


class InProcessModel:
    """Does requests in the caller's process when it is polled: nothing happens by itself.

    Args:
        library: Where bundles are found.
        now_s: A clock that never goes back, in seconds; the default stands still, so that time
            never runs out and answers depend on nothing but what is asked.
        desk: Who does the requests; None: the native engine.
    """

    def __init__(
        self,
        library: BundleLibrary,
        now_s: Callable[[], float] = standing_still,
        desk: ModelDesk | None = None,
    ) -> None:
        self._now_s = now_s
        self._desk = desk or ModelDesk(library, now_s)
        self._inbox = Inbox(now_s)

    def submit(self, request: ModelRequest) -> None:
        """Keep a request for the next `poll`."""
        self._inbox.put(request)

    def poll(self) -> list[ModelReply | ModelNotice]:
        """Do everything that waits, and return the replies in order."""
        replies: list[ModelReply | ModelNotice] = []
        while len(self._inbox):
            request = self._inbox.take()
            made = self._desk.handle(request)
            if unfinished(request, made):
                self._inbox.put_back(request)
            replies += made
        return replies

    def close(self) -> None:
        """Let the models go."""
        self._inbox = Inbox(self._now_s)
