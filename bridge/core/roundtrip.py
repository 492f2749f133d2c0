"""How long a message takes through a MIDI loop, from moments of sending and return. Sans-IO.

The engine plays on one port and hears itself on another, by a cable or a virtual one. What comes
back is late by both ways together; half of it is the best guess for one way, and notes that leave
so much earlier are on time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.errors import TransportError

LEAST_RETURNED = 0.5
"""With fewer of the messages coming back, it is no loop that can be measured."""
OUTLIER_SPREADS = 5.0
LEAST_SPREAD_S = 1e-4
LONGEST_S = 1.0


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What was measured.

    Args:
        sent: Messages sent.
        returned: Messages that came back.
        outliers: Of these, how many were left out as held up by the machine.
        median_ms: Time there and back.
        spread_ms: Median distance from it.
        offset_ms: What to set ``midi.latency_offset_ms`` to, to a tenth.
    """

    sent: int
    returned: int
    outliers: int
    median_ms: float
    spread_ms: float
    offset_ms: float


def round_trip(sent_s: Mapping[int, float], returned_s: Mapping[int, float]) -> RoundTrip:
    """The time there and back.

    Args:
        sent_s: When each message left, by its number.
        returned_s: When it was heard first, by its number; some may be missing.

    Raises:
        TransportError: There is no loop: less than half came back.
    """
    took_s = sorted(
        took
        for number, left_s in sent_s.items()
        if 0.0 <= (took := returned_s.get(number, float("inf")) - left_s) <= LONGEST_S
    )
    if not took_s or len(took_s) < LEAST_RETURNED * len(sent_s):
        raise TransportError(
            f"Of {len(sent_s)} messages {len(took_s)} came back: there is no loop to measure.",
            "Connect the output to the input, by a cable or in the system's MIDI patchbay.",
        )
    rough_s = _median(took_s)
    spread_s = max(_median(sorted(abs(one - rough_s) for one in took_s)), LEAST_SPREAD_S)
    kept = [one for one in took_s if abs(one - rough_s) <= OUTLIER_SPREADS * spread_s]
    median_s = _median(kept)
    return RoundTrip(
        sent=len(sent_s),
        returned=len(took_s),
        outliers=len(took_s) - len(kept),
        median_ms=median_s * 1000.0,
        spread_ms=_median(sorted(abs(one - median_s) for one in kept)) * 1000.0,
        offset_ms=round(-500.0 * median_s, 1) + 0.0,
    )


def _median(ordered: list[float]) -> float:
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2.0
