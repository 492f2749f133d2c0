"""The presets in configs/: each is loaded as it is and played."""

from __future__ import annotations

import pytest

from bridge.config import load_config
from bridge.core.events import AnswerMade, GuardActed
from bridge.paths import data_folder
from tests.fakes.ports import PortRoom
from tests.fakes.presets import CONFIGS, preset
from tests.fakes.room import Room

BAR_S = 2.0
"""At 120 qpm, the engine's own tempo unless told otherwise."""
GROOVE = [(0.0, 36), (0.5, 42), (1.0, 38), (1.5, 42), (2.0, 36), (2.75, 36), (3.0, 38), (3.5, 42)]
TUNE = [(0.0, 60), (0.5, 64), (1.0, 67), (2.0, 65), (2.5, 62), (3.0, 59)]
PORTS = ["two_models", "model_loop", "duet", "low_latency"]
DEVICES = ["default", "drum_trade", "melody_jam"]


def play(room: PortRoom, notes: list[tuple[float, int]], *bars: int) -> None:
    for bar in bars:
        for beat, pitch in notes:
            room.strike(bar * BAR_S + beat * BAR_S / 4 + 0.002, pitch)


def answers(room: PortRoom, player: int) -> list[AnswerMade]:
    return [e for e in room.events if isinstance(e, AnswerMade) and e.player == player]


def bars_heard(room: PortRoom, port: str) -> list[int]:
    """Bars in which notes sound on a port; one may be a little early."""
    return sorted({int((at_s + 0.06) / BAR_S) for at_s, _ in room.ports.note_ons(port)})


def test_every_preset_is_played_here() -> None:
    assert {path.stem for path in CONFIGS.glob("*.yaml")} >= set(PORTS) | set(DEVICES)


def test_two_models_the_human_then_a_then_b_and_round_again() -> None:
    with preset("two_models") as room:
        play(room, GROOVE, 0, 1, 8, 9)
        room.run(15 * BAR_S)
        assert [a.start_beats for a in answers(room, 1)] == [12.0, 44.0]
        assert [a.start_beats for a in answers(room, 2)] == [20.0, 52.0]
        assert bars_heard(room, "magenta_out 1") == [3, 4, 11, 12]
        assert bars_heard(room, "magenta_out 2") == [5, 6, 13, 14]
        for first, second in zip(answers(room, 1), answers(room, 2), strict=True):
            heard = [note.pitch for note in second.call.notes]
            assert heard == [note.pitch for note in first.answer.notes]


def test_model_loop_begins_by_itself_and_goes_on() -> None:
    with preset("model_loop") as room:
        room.run(60 * BAR_S)
        both = set(bars_heard(room, "magenta_out 1")) | set(bars_heard(room, "magenta_out 2"))
        assert min(both) == 3
        silent = [bar for bar in range(3, 60) if bar not in both]
        assert len(silent) < 12
        for bar in range(3, 56):
            assert not {bar, bar + 1, bar + 2, bar + 3} <= set(silent)
        turns = sorted((a.start_beats, a.player) for a in answers(room, 1) + answers(room, 2))
        assert len(turns) > 20
        assert {player for _, player in turns} == {1, 2}
        assert any(isinstance(event, GuardActed) for event in room.events)


def test_duet_answers_a_tune_in_time() -> None:
    with preset("duet") as room:
        play(room, TUNE, 0, 1)
        room.run(6 * BAR_S)
        [answer] = answers(room, 1)
        assert (answer.start_beats, answer.answer.length_beats) == (12.0, 8.0)
        assert answer.choice is not None
        assert room.ports.note_ons("magenta_out 1")


def test_low_latency_plays_on_bar_by_bar_and_drops_no_note() -> None:
    with preset("low_latency") as room:
        play(room, GROOVE, *range(8))
        room.run(10 * BAR_S)
        made = answers(room, 1)
        assert [a.start_beats for a in made] == [4.0 * bar for bar in range(1, 9)]
        sounded = len(room.ports.note_ons("magenta_out 1"))
        assert sounded == sum(len(answer.answer.notes) for answer in made)


@pytest.mark.parametrize("name", DEVICES)
def test_presets_for_devices_answer_in_live(name: str) -> None:
    config = load_config(CONFIGS / f"{name}.yaml").engine
    jam = config.jam
    room = Room(jam.player.bundle, data_folder("bundles"), player=jam.player)
    room.play_phrase(TUNE if "melody" in name else GROOVE, length_beats=0.3)
    room.play_phrase(TUNE if "melody" in name else GROOVE, from_beat=4.0, length_beats=0.3)
    room.run(bars=6)
    [answer] = room.answers
    assert answer.start_beats == (8.0 if name == "drum_trade" else 12.0)
    assert answer.answer.length_beats == 8.0
    assert room.device.errors == []
    room.close()
