"""What the device's LEDs should show, what they show, and the few messages between the two."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.push2.hardware import ALL_LEDS, DARK, Led, Light, light_messages


class Lamps:
    """The LEDs but for the touch strip's.

    Nothing is known of a device that has just come: its whole picture is sent, dark LEDs and all.
    """

    def __init__(self) -> None:
        self._wanted: dict[Led, Light] = dict.fromkeys(ALL_LEDS, DARK)
        self._shown: dict[Led, Light] = {}
        self._differ: list[Led] = list(ALL_LEDS)

    @property
    def waiting(self) -> int:
        """How many LEDs do not show yet what they should."""
        return len(self._differ)

    def want(self, picture: Mapping[Led, Light]) -> None:
        """What they should show from now on; LEDs that are left out are dark."""
        self._wanted = {led: picture.get(led, DARK) for led in ALL_LEDS}
        self._compare()

    def forget(self) -> None:
        """Nobody knows what they show: the device is new, or somebody else lit it."""
        self._shown.clear()
        self._compare()

    def take(self, most: int) -> list[bytes]:
        """Messages that bring the picture nearer to what it should be.

        Args:
            most: How many LEDs may change.
        """
        now, self._differ = self._differ[:most], self._differ[most:]
        sent: list[bytes] = []
        for led in now:
            self._shown[led] = self._wanted[led]
            sent += light_messages(led, self._wanted[led])
        return sent

    def _compare(self) -> None:
        wanted, shown = self._wanted, self._shown
        self._differ = [led for led in ALL_LEDS if shown.get(led) != wanted[led]]
