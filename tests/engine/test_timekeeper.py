"""A bug of ours, on stage: everybody falls silent, nobody's jam ends."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from tests.fakes.room import KICK, Room, steady_drummer


def test_a_bug_is_logged_once_silences_everybody_and_the_jam_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = Room(steady_drummer(tmp_path), tmp_path, player=PlayerSettings(feel=0.0))
    room.play_phrase([(0.0, KICK), (16.0, KICK)])
    room.run(until_s=room.at_beat(9.0))
    assert room.engine is not None
    player = room.engine.jam.seats[0].player
    assert player.state is State.ANSWERING

    def bug(_now: object) -> None:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(player, "advance", bug)
        room.run(until_s=room.at_beat(9.5))
    assert room.engine._timekeeper.faults > 1
    assert len(caplog.records) == 1
    assert "a bug" in str(caplog.records[0].exc_info)
    assert room.device.sounding == ()
    assert [code for code, _ in room.device.errors] == [1]
    assert player.state is State.IDLE
    room.run(bars=8)
    assert room.sounded_ticks()[-16:] == [6 * 1920 + 120 * step for step in range(16)]
    room.close()
