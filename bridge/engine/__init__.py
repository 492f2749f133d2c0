"""The composition root: wires the jam to sockets, clocks and models.

`LocalEngine` is the whole engine in one process, pumped by its caller; `run_engine` is the real
thing: a timekeeper process and a model process under a supervisor. `RunningEngine` is a handle on
those, to send commands and hear what happens; `attend` stays with one until Ctrl-C.
"""

from bridge.engine.local import LocalEngine
from bridge.engine.report import EngineEvent
from bridge.engine.running import RunningEngine
from bridge.engine.supervisor import attend, run_engine

__all__ = ["EngineEvent", "LocalEngine", "RunningEngine", "attend", "run_engine"]
