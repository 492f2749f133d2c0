"""The composition root: wires the jam to sockets, clocks and models.

`LocalEngine` is the whole engine in one process, pumped by its caller; `run_engine` is the real
thing: a timekeeper process and a model process under a supervisor. `RunningEngine` is a handle on
those, to send commands and hear what happens; `attend` stays with one until Ctrl-C.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.engine.report import EngineEvent
from bridge.engine.running import RunningEngine
from bridge.engine.supervisor import attend, run_engine

if TYPE_CHECKING:
    from bridge.engine.local import LocalEngine

__all__ = ["EngineEvent", "LocalEngine", "RunningEngine", "attend", "run_engine"]


def __getattr__(name: str) -> type[LocalEngine]:
    """`LocalEngine` when it is asked for: it plays the models itself, which none of the others do.

    Raises:
        AttributeError: There is nothing of another name.
    """
    if name != "LocalEngine":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bridge.engine.local import LocalEngine

    return LocalEngine
