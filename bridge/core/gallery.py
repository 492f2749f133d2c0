"""Looks at the players after each turn and tells what has changed of them."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.core.chair import Chair
from bridge.core.player import Player
from bridge.core.settings import PlayerSettings
from bridge.core.standing import Standing
from bridge.core.views import PlayerGone, PlayerView


def view_of(chair: Chair) -> PlayerView:
    """A player as it stands."""
    player = chair.player
    standing = player.standing
    state, bar, bars = player.display.shown
    return PlayerView(
        number=chair.player_number,
        name=chair.name,
        kind=chair.kind,
        bundle=standing.bundle,
        drums=standing.drums,
        state=state,
        bar=bar,
        bars=bars,
        settings=player.settings,
        away=chair.away,
        answer_id=standing.answer_id,
        seed=standing.seed,
        call_nats_per_step=standing.call_nats_per_step,
        answer_nats_per_step=standing.answer_nats_per_step,
        running_total_nats=standing.running_total_nats,
    )


class _Glance:
    """What was seen of a player last; each of it is another object as soon as it has changed."""

    __slots__ = ("away", "chair", "player", "settings", "shown", "standing")

    def __init__(self, chair: Chair) -> None:
        self.chair = chair
        self.player: Player = chair.player
        self.settings: PlayerSettings = chair.player.settings
        self.standing: Standing = chair.player.standing
        self.shown = chair.player.display.shown
        self.away = chair.away

    def holds(self, chair: Chair) -> bool:
        """Whether all is as it was."""
        player = chair.player
        return (
            self.chair is chair
            and self.player is player
            and self.settings is player.settings
            and self.standing is player.standing
            and self.shown is player.display.shown
            and self.away is chair.away
        )


class Gallery:
    """Everybody's last view, to tell those that are new.

    It is asked once a turn, so where nothing has changed it compares and makes nothing.
    """

    def __init__(self) -> None:
        self._glances: dict[int, _Glance] = {}

    def changes(self, chairs: Sequence[Chair]) -> list[PlayerView | PlayerGone]:
        """What has changed since this was last asked.

        Args:
            chairs: All players.
        """
        found: list[PlayerView | PlayerGone] = []
        glances = self._glances
        for chair in chairs:
            glance = glances.get(chair.player_number)
            if glance is None or not glance.holds(chair):
                glances[chair.player_number] = _Glance(chair)
                found.append(view_of(chair))
        if len(glances) > len(chairs):
            there = {chair.player_number for chair in chairs}
            for number in [number for number in glances if number not in there]:
                del glances[number]
                found.append(PlayerGone(number))
        return found

    def forget(self) -> None:
        """Tell everybody anew next time."""
        self._glances.clear()
