"""What the surface sees of the jam, and what the hands do on the device: read by all its parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from bridge.core.commands import Command
from bridge.core.push2.hardware import COLUMNS, Led
from bridge.core.settings import PlayerSettings
from bridge.core.views import PlayerGone, PlayerView

Place = tuple[int, int]
"""Column and row of a pad."""


class Layout(Enum):
    """What the pads are for."""

    TRIGGERS = "triggers"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, and the LED of the control that asked for it."""

    command: Command
    led: Led | None = None


@dataclass(slots=True)
class Scene:
    """The jam and the hands.

    Args:
        bundles: Names of the bundles on offer.
        initial: What a reset brings back.
        views: Every player, by number.
        playing: Whether the beat runs.
        tempo_qpm: Its tempo.
        selected: Number of the player that encoders and keys go to; 0 = none yet.
        page: Which eight players the columns are, from 0.
        layout: What the pads are for.
        down: Buttons that are down, by controller number.
    """

    bundles: tuple[str, ...]
    initial: PlayerSettings
    views: dict[int, PlayerView] = field(default_factory=dict)
    playing: bool = False
    tempo_qpm: float = 120.0
    selected: int = 0
    page: int = 0
    layout: Layout = Layout.TRIGGERS
    down: set[int] = field(default_factory=set)

    @property
    def player(self) -> PlayerView | None:
        """The selected player, if it is there."""
        return self.views.get(self.selected)

    @property
    def last_page(self) -> int:
        """The page of the highest player."""
        return (max(self.views, default=1) - 1) // COLUMNS

    def number_at(self, column: int) -> int:
        """Number of the player whose column that is, whether it is there or not."""
        return self.page * COLUMNS + column + 1

    def at(self, column: int) -> PlayerView | None:
        """The player of a column, if it is there."""
        return self.views.get(self.number_at(column))

    def take(self, changes: Iterable[PlayerView | PlayerGone]) -> None:
        """Players have changed, or are no more."""
        for change in changes:
            if isinstance(change, PlayerGone):
                self.views.pop(change.number, None)
            else:
                self.views[change.number] = change
        if not self.selected:
            self.selected = min(self.views, default=0)

    def select(self, number: int) -> None:
        """Let encoders and keys go to a player that is there, and show its page."""
        if number in self.views:
            self.selected, self.page = number, (number - 1) // COLUMNS

    def step(self, by: int) -> None:
        """Select the next player that is there, or with -1 the one before."""
        numbers = sorted(self.views)
        later = [number for number in numbers if (number - self.selected) * by > 0]
        if later:
            self.select(later[0] if by > 0 else later[-1])
