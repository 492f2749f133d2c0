"""What can be seen of a player: one truth for the page, Push, controllers and the console."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.settings import PlayerSettings


@dataclass(frozen=True, slots=True)
class PlayerView:
    """A player as it stands.

    Args:
        number: 1 to 64.
        name: Given by the configuration, or after its device or port.
        kind: ``device`` or ``port``.
        bundle: The model that is ready; "" before any is. ``settings.bundle`` is the wanted one.
        drums: Whether that model plays drums.
        state: A `bridge.core.session.State`, as its number.
        bar: Bar of the call or answer, from 1; 0 when idle.
        bars: Its length; 0 = open.
        settings: Every parameter.
        away: Its device has fallen silent.
        answer_id: Number of its last complete answer; 0 before the first.
        seed: Seed of that answer.
        call_nats_per_step: Mean ln p of the call of that answer at temperature 1; None before.
        answer_nats_per_step: Mean ln p of that answer; None before.
        running_total_nats: Both sums, as the 2017 show printed; None before.
    """

    number: int
    name: str
    kind: str
    bundle: str
    drums: bool
    state: int
    bar: int
    bars: int
    settings: PlayerSettings
    away: bool
    answer_id: int
    seed: int
    call_nats_per_step: float | None
    answer_nats_per_step: float | None
    running_total_nats: float | None

    @property
    def listens_to(self) -> int:
        """Number of the player whose answers this one hears; 0 = nobody's."""
        return self.settings.listen


@dataclass(frozen=True, slots=True)
class PlayerGone:
    """A player is no more."""

    number: int
