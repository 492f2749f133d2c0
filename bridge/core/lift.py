"""What a guard has one answer made with, instead of what the knobs say (`bridge.core.guards`)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.core.notes import Phrase
from bridge.core.requests import AnswerControls


@dataclass(frozen=True, slots=True)
class Lift:
    """What one answer is made with instead.

    Args:
        density: Added to the density knob.
        temperature: The least temperature.
        variety: The least variety.
        call: Answered instead of the call; None: the call as it is.
    """

    density: float = 0.0
    temperature: float = 0.0
    variety: float = 0.0
    call: Phrase | None = None

    def applied(self, controls: AnswerControls) -> AnswerControls:
        """Controls as they stand, lifted."""
        return replace(
            controls,
            density=min(1.0, controls.density + self.density),
            temperature=max(controls.temperature, self.temperature),
            variety=max(controls.variety, self.variety),
        )
