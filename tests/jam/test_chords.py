"""Chords in the jam: the chart goes round with the song, and models that know chords hear it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridge.core.chord_chart import ChordChange
from bridge.core.requests import ContinueAnswer, PrimeCall, StartAnswer
from bridge.core.settings import PlayerSettings
from tests.fakes.room import Room, SlowModel, random_bundle_file

CHART = "C | Am7 | F G7 | Dm"
CALL = [(4.0, 60), (5.0, 64), (6.5, 67)]
"""In the song's second bar."""


def improvising_room(folder: Path, chords: str) -> Room:
    settings = PlayerSettings(feel=0.0, seed=3, answer_bars=2, chords=chords)
    bundle = random_bundle_file(folder, "basic_improv")
    return Room(bundle, folder, player=settings, model_delay_s=0.001)


def requests(room: Room) -> SlowModel:
    assert isinstance(room.model, SlowModel)
    return room.model


def symbols(chords: tuple[ChordChange, ...]) -> list[tuple[float, str]]:
    return [(change.start_beats, change.symbol) for change in chords]


def test_call_and_answer_hear_the_chords_of_their_own_bars(tmp_path: Path) -> None:
    room = improvising_room(tmp_path, CHART)
    room.play_phrase(CALL)
    room.run(bars=8)
    (start,) = [r for r in requests(room).requests if isinstance(r, StartAnswer)]
    # The call fills bar 2, bar 3 is silent and ends it, the answer comes in bars 4 and 1.
    assert symbols(start.controls.chords) == [(-4.0, "Am7"), (0.0, "Dm"), (4.0, "C")]
    primed = [r for r in requests(room).requests if isinstance(r, PrimeCall)]
    assert primed
    assert all(symbols(r.chords)[:2] == [(0.0, "Am7"), (4.0, "F")] for r in primed)
    assert len(room.answers) == 1
    room.close()


def test_other_chords_make_another_answer(tmp_path: Path) -> None:
    answers = []
    for chords in ("C", "F#m", "", "N.C."):
        room = improvising_room(tmp_path, chords)
        room.play_phrase(CALL)
        room.run(bars=8)
        answers.append(room.answers[0].answer)
        room.close()
    assert answers[0] != answers[1]
    assert answers[2] == answers[3] != answers[0]


def test_a_chart_changed_during_an_answer_is_heard_in_the_rest_of_it(tmp_path: Path) -> None:
    room = improvising_room(tmp_path, CHART)
    room.play_phrase(CALL)
    room.run(bars=3.5)
    assert room.engine is not None
    (seat,) = room.engine.jam.seats
    player = seat.player
    player.set_parameters(replace(player.settings, chords="Ebm"))
    room.run(bars=8)
    stretches = [r for r in requests(room).requests if isinstance(r, ContinueAnswer)]
    heard = [symbols(r.controls.chords) for r in stretches]
    assert [(-4.0, "Am7"), (0.0, "Dm"), (4.0, "C")] in heard
    assert heard[-1] == [(-4.0, "Am7"), (0.0, "Ebm"), (4.0, "Ebm")]
    room.close()
