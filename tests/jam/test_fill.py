"""Fill: three bars of the human's, one of the model's, on and on (docs/jamming.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.core.modes import Mode
from bridge.core.settings import PlayerSettings
from bridge.core.units import beats_to_ticks
from tests.fakes.room import KICK, Room

FILL = PlayerSettings(call_bars=3, answer_bars=1, feel=0.0)
PHRASES = 3


@pytest.mark.parametrize("metre", [(4, 4), (7, 8)], ids=["4-4", "7-8"])
def test_every_fourth_bar_is_the_models_whatever_the_human_plays_there(
    make_room: Callable[..., Room], metre: tuple[int, int]
) -> None:
    room = make_room(signature=metre, player=FILL)
    bar = room.bar_beats
    # The human drums through, under the fills too.
    room.play_phrase([(place * bar, KICK) for place in range(4 * PHRASES)])
    room.run(bars=4 * PHRASES + 1)
    bar_ticks = beats_to_ticks(bar)
    steps = round(bar * 4)
    assert room.sounded_ticks() == [
        (4 * phrase + 3) * bar_ticks + 120 * step
        for phrase in range(PHRASES)
        for step in range(steps)
    ]
    assert [answer.call.length_beats for answer in room.answers] == [3 * bar] * PHRASES
    # What was played under a fill is no part of the call after it.
    assert [len(answer.call.notes) for answer in room.answers] == [3] * PHRASES


def test_in_trade_the_fill_keeps_its_bar_though_the_human_rests_at_first(
    make_room: Callable[..., Room],
) -> None:
    room = make_room(player=replace(FILL, mode=Mode.TRADE))
    # The second phrase begins with a bar's rest; the third with two.
    room.play_phrase([(0.0, KICK), (21.0, KICK), (42.0, KICK)])
    room.run(bars=12.9)
    assert sorted({tick // 1920 for tick in room.sounded_ticks()}) == [3, 7, 11]
    assert [answer.call.length_beats for answer in room.answers] == [12.0] * 3
