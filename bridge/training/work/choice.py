"""Which workers a command was told to use."""

from __future__ import annotations

from bridge.errors import ConfigError
from bridge.training.work.on_ray import OnRay
from bridge.training.work.processes import Processes
from bridge.training.work.workers import HERE, Workers

RAY = "ray"


def workers_of(count: int, on: str, fresh: bool = False) -> Workers:
    """The workers that were asked for.

    Args:
        count: How many processes of this machine; 1: no other than this one, unless ``fresh``.
        on: "": this machine; ``ray``: the ray cluster of this machine; ``ray:ADDRESS``: another.
        fresh: Whether each item gets a new process, for work that leaves traces in one.

    Raises:
        ConfigError: It is neither.
    """
    if not on:
        return HERE if count == 1 and not fresh else Processes(count, fresh)
    engine, _, address = on.partition(":")
    if engine != RAY:
        raise ConfigError(f"--on is {on!r}.", "Give ray, or ray:ADDRESS, or leave it out.")
    if count > 1:
        raise ConfigError(
            f"--workers {count} and --on {on} exclude each other.",
            "A cluster has as many workers as it has processors; leave --workers out.",
        )
    return OnRay(address, fresh)
