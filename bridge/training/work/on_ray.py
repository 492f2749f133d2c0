"""A ray cluster that runs already: https://docs.ray.io says how to start one."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bridge.errors import ConfigError, TrainingError
from bridge.training.work.workers import Common, Item, Result

ON_THIS_MACHINE = "auto"
REACHED_S = 5.0
WAITING = 256
"""So many items at most are handed over before their turn: ray slows down with a long queue."""


class OnRay:
    """Whoever belongs to a ray cluster; each item takes one of its processors.

    Args:
        address: Of the cluster's head, as ``192.168.1.5:6379``; "": the one of this machine.
        fresh: Whether each item gets a new process, for work that leaves traces in one.
    """

    def __init__(self, address: str = "", fresh: bool = False) -> None:
        self._address, self._fresh = address or ON_THIS_MACHINE, fresh

    def each(
        self, task: Callable[[Common, Item], Result], common: Common, items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """Every item's place and result, in the order in which they are done.

        Raises:
            ConfigError: ray is not installed, or no cluster answers.
            TrainingError: The cluster or a worker was lost.
        """
        with _connected(self._address) as ray:
            once = {"max_calls": 1} if self._fresh else {}
            remote = ray.remote(num_cpus=1, **once)(task)
            shared = ray.put(common)
            try:
                yield from _as_done(ray, lambda item: remote.remote(shared, item), items)
            except ray.exceptions.RayTaskError:
                raise  # What the task itself raised, as it would here.
            except ray.exceptions.RayError as error:
                raise _lost(error) from error


def _as_done(
    ray: Any, begin: Callable[[Item], Any], items: Sequence[Item]
) -> Iterator[tuple[int, Any]]:
    places: dict[Any, int] = {}
    coming = iter(enumerate(items))
    while True:
        while len(places) < WAITING and (following := next(coming, None)) is not None:
            place, item = following
            places[begin(item)] = place
        if not places:
            return
        done, _ = ray.wait(list(places), num_returns=1)
        yield places.pop(done[0]), ray.get(done[0])


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    # What a user of this project does is told to nobody.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        raise ConfigError(
            "ray is not installed.",
            "Install the [scale] extra: pip install 'magenta-bridge[scale]'; or use --workers.",
        ) from error
    if address != ON_THIS_MACHINE:
        _reached(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError) as error:
        where = "on this machine" if address == ON_THIS_MACHINE else f"at {address}"
        raise ConfigError(
            f"No ray cluster lets this program in {where}.",
            "Start one: ray start --head; with one that asks for a token set RAY_AUTH_MODE=token.",
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _reached(address: str) -> None:
    """Whether anybody is there at all: ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), REACHED_S).close()
    except (OSError, ValueError, OverflowError) as error:
        raise ConfigError(
            f"Nobody answers at {address}.", "Give the address that `ray start --head` printed."
        ) from error


def _lost(error: Exception) -> TrainingError:
    return TrainingError(
        f"A worker of the ray cluster was lost: {type(error).__name__}.",
        "See `ray status`, and start again; what is done is kept.",
    )
