"""The composition root: wires the jam to sockets, clocks and models.

`LocalEngine` is the whole engine in one process, pumped by its caller; `run_engine` is the real
thing: a timekeeper process and a model process under a supervisor.
"""

from bridge.engine.local import LocalEngine
from bridge.engine.report import EngineEvent
from bridge.engine.supervisor import run_engine

__all__ = ["EngineEvent", "LocalEngine", "run_engine"]
