"""What a group of workers is, and the smallest one: this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

Common = TypeVar("Common")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers(Protocol):
    """Does the same task with many items."""

    def each(
        self, task: Callable[[Common, Item], Result], common: Common, items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """Every item's place and result, in the order in which they are done.

        Args:
            task: A function of a module, so that others can be told it by name; what it raises
                ends everything.
            common: What it needs for every item.
            items: What differs.

        Raises:
            TrainingError: A worker was lost.
        """
        ...


class Here:
    """This process, one item after the other."""

    def each(
        self, task: Callable[[Common, Item], Result], common: Common, items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """Every item's place and result, in order."""
        for place, item in enumerate(items):
            yield place, task(common, item)


HERE = Here()
