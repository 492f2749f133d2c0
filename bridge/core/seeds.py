"""The seeds of a player's answers."""

from __future__ import annotations

import random

SEED_LIMIT = 2**31


class Seeds:
    """Gives each answer its seed.

    Args:
        source: Where new seeds come from.
    """

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._moved = 0

    def take(self, setting: int) -> int:
        """The next answer's seed, 0 to 2**31 - 1.

        Args:
            setting: The seed that is set; below 0 a new one each time.
        """
        if setting < 0:
            return self._source.randrange(SEED_LIMIT)
        return (setting + self._moved) % SEED_LIMIT

    def move_on(self) -> None:
        """The same call is to be answered otherwise: a seed that is set counts one more."""
        self._moved += 1

    def start_over(self) -> None:
        """Another seed was set: it counts as it is."""
        self._moved = 0
