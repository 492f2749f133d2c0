"""Ends what goes round by cables although nothing shows that a cable brought it. Sans-IO.

`bridge.core.cables` knows what comes back soon and unchanged. What takes longer, or comes back
changed, looks like a hand's; passed through it would go round for ever. Two things give it away:

* A circle brings the same note at equal distances, and ends when one is left out. A hand strikes
  on: then it is believed as long as it goes on with that note.
* What a cable multiplies soon becomes more than anybody plays. Then nothing is passed for a while
  that is longer than any cable takes, and whatever went round has ended.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from bridge.core.midibytes import Key

LEAST_ROUNDS, LEAST_S = 6, 1.0
"""A note that has come so often at equal distances, for at least so long, is left out once."""
JITTER_S = 0.015
"""Equal distances differ by less than this, and by less than a quarter."""
BELIEVED_S = 4.0
"""A hand that struck on is believed until it pauses this long; so long is the longest distance."""
MOST_PER_S, MOST_AHEAD = 60.0, 90.0
"""More notes a second than this, and as many beside, are nobody's hands."""
PAUSE_S = 2.0
_KEPT_MOMENTS, _KEPT_NOTES = 64, 256


@dataclass(slots=True)
class _Note:
    """When one note came of late, and whether it is a hand's."""

    came_s: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT_MOMENTS))
    next_s: float = -math.inf
    near_s: float = 0.0
    believed: bool = False


class Circles:
    """The keys that one player has been given to pass through."""

    def __init__(self) -> None:
        self._notes: dict[Key, _Note] = {}
        self._ahead = 0.0
        self._seen_s = -math.inf
        self._paused_until_s = -math.inf
        self._told: dict[str, bool] = {}

    def passes(self, key: Key, at_s: float) -> bool:
        """Whether a key that was struck is to be passed through.

        Args:
            key: The key, with the velocity that it came with.
            at_s: When.
        """
        return not self._are_too_many(at_s) and not self._goes_round(key, at_s)

    def take_told(self) -> list[str]:
        """What people are to be told: each of the two reasons once, the first time."""
        new = [text for text, taken in self._told.items() if not taken]
        self._told = dict.fromkeys(self._told, True)
        return new

    def _are_too_many(self, at_s: float) -> bool:
        since_s = max(0.0, at_s - self._seen_s)
        self._seen_s = max(self._seen_s, at_s)
        self._ahead = max(0.0, self._ahead - MOST_PER_S * since_s) + 1.0
        if self._ahead > MOST_AHEAD:
            self._ahead = 0.0
            self._paused_until_s = at_s + PAUSE_S
            self._tell(
                f"More than {MOST_PER_S:g} keys a second came to be passed through: nothing is for"
                f" {PAUSE_S:g} seconds. Look for a circle of cables."
            )
        return at_s < self._paused_until_s

    def _goes_round(self, key: Key, at_s: float) -> bool:
        note = self._note(key, at_s)
        came_s = note.came_s
        if came_s and at_s - came_s[-1] > BELIEVED_S:
            came_s.clear()
            note.believed = False
        if abs(at_s - note.next_s) <= note.near_s:
            note.believed = True
        distance_s = None if note.believed else _distance(came_s, at_s)
        came_s.append(at_s)
        if distance_s is None:
            return False
        note.next_s, note.near_s = at_s + distance_s, _near(distance_s)
        self._tell(
            "A note that came again and again at equal distances was not passed through, once: if"
            " it ends with that, it went round by cables."
        )
        return True

    def _note(self, key: Key, at_s: float) -> _Note:
        if key not in self._notes and len(self._notes) >= _KEPT_NOTES:
            self._notes = {
                one: note
                for one, note in self._notes.items()
                if at_s - note.came_s[-1] <= BELIEVED_S
            }
        return self._notes.setdefault(key, _Note())

    def _tell(self, text: str) -> None:
        self._told.setdefault(text, False)


def _near(distance_s: float) -> float:
    return min(JITTER_S, distance_s / 4)


def _distance(came_s: deque[float], at_s: float) -> float | None:
    """At which distance a note has come long enough, now again; None if at none."""
    moments = tuple(reversed(came_s))
    for moment_s in moments:
        distance_s = at_s - moment_s
        if distance_s > 0.0 and _came_steadily(moments, at_s, distance_s):
            return distance_s
    return None


def _came_steadily(moments: tuple[float, ...], at_s: float, distance_s: float) -> bool:
    """Whether a note came often enough at this distance.

    Args:
        moments: When it came, latest first.
        at_s: When it comes now.
        distance_s: The distance, in seconds, above 0.
    """
    rounds, last_s, near_s = 0, at_s, _near(distance_s)
    for moment_s in moments:
        off_s = last_s - moment_s - distance_s
        if off_s > near_s:
            break
        if off_s >= -near_s:
            rounds, last_s = rounds + 1, moment_s
    return rounds >= LEAST_ROUNDS and at_s - last_s >= LEAST_S
