"""Processes of this machine."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager

from bridge.errors import TrainingError
from bridge.models.threads import children_with_one_blas_thread
from bridge.training.work.workers import Common, Item, Result


class Processes:
    """So many processes of this machine, each with one thread of BLAS.

    Args:
        count: How many work at once; 1 at least.
        fresh: Whether each item gets a new process, for work that leaves traces in one.
    """

    def __init__(self, count: int, fresh: bool = False) -> None:
        self._count, self._fresh = count, fresh

    def each(
        self, task: Callable[[Common, Item], Result], common: Common, items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """Every item's place and result, in the order in which they are done.

        Raises:
            TrainingError: A process was killed.
        """
        with children_with_one_blas_thread(), _group(self._executor(len(items))) as executor:
            if self._fresh:
                futures = [executor.submit(_alone, task, common, item) for item in items]
            else:
                futures = [executor.submit(task, common, item) for item in items]
            yield from _as_done(futures)

    def _executor(self, items: int) -> Executor:
        count = max(1, min(self._count, items))
        return ThreadPoolExecutor(count) if self._fresh else _pool(count)


def _pool(count: int) -> ProcessPoolExecutor:
    # A fork would copy TensorFlow's threads' locks, but not the threads.
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))


def _alone(task: Callable[[Common, Item], Result], common: Common, item: Item) -> Result:
    with _pool(1) as pool:
        return pool.submit(task, common, item).result()


@contextmanager
def _group(executor: Executor) -> Iterator[Executor]:
    """Ends it when nobody waits for its results any more, with what has not begun undone."""
    with ExitStack() as stack:
        stack.callback(executor.shutdown, cancel_futures=True)
        yield executor


def _as_done(futures: Sequence[Future[Result]]) -> Iterator[tuple[int, Result]]:
    places = {future: place for place, future in enumerate(futures)}
    for future in as_completed(futures):
        try:
            yield places[future], future.result()
        except BrokenProcessPool as error:
            raise TrainingError(
                "A process that worked for this one was ended from outside, perhaps for memory.",
                "Start again with fewer --workers; what is done is kept.",
            ) from error
