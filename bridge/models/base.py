"""What the rest of the bridge may expect of whoever plays a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bridge.core.requests import (
    AnswerChunk,
    ContinueAnswer,
    ModelNotice,
    ModelReply,
    ModelRequest,
    PrimeCall,
    StartAnswer,
)

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


class Performer(Protocol):
    """Plays one bundle for one player."""

    @property
    def steps_per_quarter(self) -> int:
        """The model's grid."""
        ...

    @property
    def drums(self) -> bool:
        """Whether it plays drums."""
        ...

    def prime(self, request: PrimeCall) -> None:
        """Listen to the part of a call that will not change any more."""
        ...

    def start(self, request: StartAnswer) -> AnswerChunk:
        """Answer a call.

        Raises:
            PrimerRejected: The call can't be played to the model.
            BundleInvalid: The network computes nothing that is a number.
        """
        ...

    def resume(self, request: ContinueAnswer) -> AnswerChunk:
        """Make more of the answer ready.

        Raises:
            NothingToAnswer: That answer was not started here.
            BundleInvalid: The network computes nothing that is a number.
        """
        ...


class ModelPort(Protocol):
    """Where requests go and replies come from."""

    def submit(self, request: ModelRequest) -> None:
        """Hand over a request; never waits for the model."""
        ...

    def poll(self) -> list[ModelReply | ModelNotice]:
        """The replies and notices that have come since the last poll, oldest first."""
        ...

    def close(self) -> None:
        """Let the model go. Nothing may be submitted afterwards."""
        ...


class ProcessPort(ModelPort, Protocol):
    """A port to another process, which can be waited on."""

    @property
    def connection(self) -> Connection:
        """Readable when `poll` has something to do; it changes when the process is restarted."""
        ...
