"""The touch strip's LEDs, borrowed while an encoder is touched.

How the strip is set up belongs to the whole device, and so to Live. It is asked for first, changed
only while there is something to show, and put back afterwards.
"""

from __future__ import annotations

from bridge.core.push2.hardware import (
    GET_STRIP,
    SET_STRIP,
    STRIP_FULL,
    STRIP_LEDS,
    STRIP_OURS,
    command,
    strip_lights,
)

AS_NEW = 0x68
"""What a device begins with: a point by itself, back to the centre."""
BORROW_AGAIN_S = 1.0
"""A question that was not answered is put again after this long at the earliest."""


class Strip:
    """The strip's LEDs."""

    def __init__(self) -> None:
        self._before: int | None = None
        self._asked_s = float("-inf")
        self._wanted: tuple[bool, ...] | None = None
        self._shown: tuple[bool, ...] | None = None

    def want(self, cells: tuple[bool, ...] | None) -> None:
        """What it should show: one cell for each of the 31 LEDs; None for nothing of ours."""
        self._wanted = cells

    def told(self, flags: int) -> None:
        """The device says how its strip is set up."""
        if self._before is None:
            # Ours can only be there already if it was left by somebody who could not put it back.
            self._before = AS_NEW if flags == STRIP_OURS else flags

    def forget(self) -> None:
        """A new device."""
        self._before, self._shown = None, None
        self._asked_s = float("-inf")

    def take(self, now_s: float) -> list[bytes]:
        """The messages that make it so."""
        if self._wanted is None:
            return self._give_back()
        if self._before is None:
            if now_s - self._asked_s < BORROW_AGAIN_S:
                return []
            self._asked_s = now_s
            return [command(GET_STRIP)]
        if self._wanted == self._shown:
            return []
        first = [command(SET_STRIP, STRIP_OURS)] if self._shown is None else []
        self._shown = self._wanted
        return [*first, strip_lights([STRIP_FULL * cell for cell in self._wanted])]

    def _give_back(self) -> list[bytes]:
        before, was_shown = self._before, self._shown is not None
        self.forget()
        if not was_shown or before is None:
            return []
        return [strip_lights([0] * STRIP_LEDS), command(SET_STRIP, before)]
