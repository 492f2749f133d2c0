"""The device at the end of the port: whether it is there, is a Push 2, and is ours. Sans-IO.

Nothing but an identity request is sent until a Push 2 has answered it: what lights a pad there
strikes a note on anything else. And nothing but that while the device is Live's: it would ignore
the lights anyhow, and take the strip's set-up from Live.

A device that comes, or is ours again, gets the whole picture, a few LEDs at a time so that no note
of the jam waits behind it; from then on only what differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.core.clockout import SongClock
from bridge.core.push2.hardware import (
    IDENTITY_REQUEST,
    LIVE_MODE,
    SET_MODE,
    USER,
    USER_MODE,
    Led,
    Light,
    command,
)
from bridge.core.push2.heard import (
    ButtonPressed,
    ButtonReleased,
    Heard,
    IdentityTold,
    ModeTold,
    StripTold,
    heard,
)
from bridge.core.push2.lamps import Lamps
from bridge.core.push2.ledclock import LedClock
from bridge.core.push2.strip import Strip

ASK_EVERY_S = 2.0
"""A port at which nobody says who he is, is asked again."""
MOST_LEDS = 16
"""As many may change at once..."""
BURST_EVERY_S = 0.005
"""...and the next ones after this long: a whole picture takes some 30 ms."""


class Push2Device:
    """What stands between the surface and the port.

    Args:
        enter_user_mode: Whether to switch the device to its User port when it comes.

    Attributes:
        sentences: What to tell people of it, to be fetched; each with whether it is a warning.
    """

    def __init__(self, *, enter_user_mode: bool = False) -> None:
        self.sentences: list[tuple[bool, str]] = []
        self._enter_user_mode = enter_user_mode
        self._lamps = Lamps()
        self._strip = Strip()
        self._clock = LedClock()
        self._plugged = False
        self._known = False
        self._other = False
        self._lives = False
        self._ask_s = 0.0
        self._burst_s = 0.0
        self._owed: list[bytes] = []

    @property
    def ours(self) -> bool:
        """Whether a Push 2 is there and may be lit."""
        return self._plugged and self._known and not self._lives

    def plugged(self, now_s: float) -> None:
        """The output port is there, or there again."""
        self.unplugged()
        self._plugged, self._ask_s = True, now_s

    def unplugged(self) -> None:
        """The output port is gone."""
        self._plugged = self._known = self._other = self._lives = False
        self._owed.clear()
        self._forget()

    def heard(self, data: bytes) -> Iterator[Heard]:
        """What the device says that is for the surface."""
        for one in heard(data):
            if isinstance(one, IdentityTold):
                self._identity(one)
            elif isinstance(one, ModeTold):
                self._mode(one.mode)
                yield one
            elif isinstance(one, StripTold):
                self._strip.told(one.flags)
            elif self._known:
                self._touched(one)
                yield one

    def want(self, picture: Mapping[Led, Light], strip: tuple[bool, ...] | None) -> None:
        """What it is to show."""
        self._lamps.want(picture)
        self._strip.want(strip)

    def take(self, clock: SongClock, now_s: float) -> list[bytes]:
        """What is to be sent now, in order."""
        if not self._plugged:
            return []
        sent, self._owed = self._owed, []
        if not self._known and not self._other and now_s >= self._ask_s:
            self._ask_s = now_s + ASK_EVERY_S
            sent.append(IDENTITY_REQUEST)
        if not self.ours:
            return sent
        sent += self._clock.due(clock, now_s)
        sent += self._strip.take(now_s)
        if self._lamps.waiting and now_s >= self._burst_s:
            self._burst_s = now_s + BURST_EVERY_S
            sent += self._lamps.take(MOST_LEDS)
        return sent

    def next_due_s(self, clock: SongClock) -> float:
        """When `take` has something to hand out; infinity if never."""
        if not self._plugged:
            return float("inf")
        if not self.ours:
            return self._ask_s if not self._known and not self._other else float("inf")
        burst_s = self._burst_s if self._lamps.waiting else float("inf")
        return min(burst_s, self._clock.next_due_s(clock))

    def leave(self, now_s: float) -> list[bytes]:
        """The engine ends: everything is dark, and the strip as it was."""
        if not self.ours:
            return []
        self.want({}, None)
        return [*self._clock.stop(), *self._strip.take(now_s), *self._lamps.take(1000)]

    def _identity(self, told: IdentityTold) -> None:
        if self._known or not self._plugged:
            return
        self._known, self._other = told.is_push2, not told.is_push2
        if self._other:
            self.sentences.append(
                (True, "The port of push2 leads to another device; it is let be.")
            )
            return
        self.sentences.append((False, f"{told.text} is there."))
        if self._enter_user_mode:
            self._owed.append(command(SET_MODE, USER_MODE))

    def _mode(self, mode: int) -> None:
        """Somebody gave the device to Live, or to us: what it shows now, nobody knows."""
        self._lives = mode == LIVE_MODE
        if self._lives and self._plugged:
            self._strip.want(None)
            self._owed += self._strip.take(0.0)
        self._forget()

    def _touched(self, one: Heard) -> None:
        """Whatever comes on this port but the User button shows that the device is ours."""
        user = isinstance(one, ButtonPressed | ButtonReleased) and one.number == USER
        if self._lives and not user:
            self._lives = False
            self._forget()

    def _forget(self) -> None:
        self._lamps.forget()
        self._strip.forget()
        self._clock.forget()
