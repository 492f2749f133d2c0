"""What a musician does on Push 2, and what is asked of the players."""

from __future__ import annotations

import pytest

from bridge.core.commands import Do, Key, RunClock, SetParameter, SetTempo
from bridge.core.push2 import hardware as hw
from tests.core.push2.band import BUNDLES, Band, player
from tests.fakes.push2 import button_down, button_up, press, release, touch, turn

GO, END_CALL, AGAIN, MUTATE, LOOP, MUTE, OWN_KEYS, LISTEN = range(7, -1, -1)
TEMPERATURE, ANSWER_BARS, DENSITY = 71, 72, 73
BUNDLE = 78


@pytest.mark.parametrize(
    ("row", "action"), [(GO, "go"), (END_CALL, "end_call"), (AGAIN, "again"), (MUTATE, "mutate")]
)
def test_each_column_is_a_player_and_the_upper_rows_are_its_buttons(row, action) -> None:
    band = Band.of(player(1), player(3))
    assert band.hand(press(2, row), release(2, row)) == [Do(3, action)]
    assert band.hand(press(1, row), release(1, row)) == [], "there is no player 2"


def test_shift_and_go_mutates() -> None:
    band = Band.of(player(1))
    band.hand(button_down(hw.SHIFT))
    assert band.hand(press(0, GO), release(0, GO)) == [Do(1, "mutate")]
    band.hand(button_up(hw.SHIFT))
    assert band.hand(press(0, GO), release(0, GO)) == [Do(1, "go")]


def test_go_that_is_held_repeats_until_it_is_let_go() -> None:
    band = Band.of(player(1))
    assert band.hand(press(0, GO)) == [Do(1, "go")]
    assert band.wait(0.3) == []
    assert band.wait(0.2) == [SetParameter(1, "loop", True)]
    assert band.wait(5.0) == []
    assert band.hand(release(0, GO)) == [SetParameter(1, "loop", False)]


def test_a_player_that_loops_already_goes_on_when_its_pad_is_let_go() -> None:
    band = Band.of(player(1, loop=True))
    band.hand(press(0, GO))
    assert band.wait(1.0) == []
    assert band.hand(release(0, GO)) == []
    assert band.settings().loop


def test_what_is_held_when_the_cable_is_pulled_does_not_stay_held() -> None:
    band = Band.of(player(1))
    band.hand(press(0, GO), button_down(hw.SHIFT))
    band.wait(1.0)
    assert band.unplug() == [SetParameter(1, "loop", False)]
    band.plug()
    assert band.hand(press(0, GO), release(0, GO)) == [Do(1, "go")], "Shift is up again"


@pytest.mark.parametrize(
    ("row", "name"), [(LOOP, "loop"), (MUTE, "mute"), (OWN_KEYS, "mute_input")]
)
def test_the_lower_rows_switch(row, name) -> None:
    band = Band.of(player(1), player(2))
    assert band.hand(press(1, row), release(1, row)) == [SetParameter(2, name, True)]
    assert band.hand(press(1, row), release(1, row)) == [SetParameter(2, name, False)]


def test_two_models_are_made_to_hear_each_other_with_two_fingers() -> None:
    band = Band.of(player(1), player(2))
    assert band.hand(press(0, LISTEN)) == []
    assert band.hand(press(1, LISTEN), release(1, LISTEN)) == [SetParameter(1, "listen", 2)]
    band.hand(release(0, LISTEN))
    band.hand(press(1, LISTEN))
    assert band.hand(press(0, LISTEN), release(0, LISTEN)) == [SetParameter(2, "listen", 1)]
    # Once more takes it back.
    assert band.hand(press(0, LISTEN)) == [SetParameter(2, "listen", 0)]
    assert band.hand(release(0, LISTEN), release(1, LISTEN)) == []


def test_the_scene_buttons_are_for_everybody() -> None:
    band = Band.of(player(1), player(2))
    assert band.hand(button_down(43), button_up(43)) == [Do(0, "go")]
    assert band.hand(button_down(40), button_up(40)) == [Do(0, "mutate")]
    assert band.hand(button_down(39), button_up(39)) == []


def test_stop_silences_everybody_and_with_shift_the_selected_player() -> None:
    band = Band.of(player(1), player(2))
    assert band.hand(button_down(hw.STOP)) == [Do(0, "panic")]
    band.hand(button_down(hw.SELECT_ROW[1]), button_down(hw.SHIFT))
    assert band.hand(button_down(hw.STOP)) == [Do(2, "panic")]


def test_play_starts_and_stops_the_engines_beat() -> None:
    band = Band.of(player(1))
    assert band.hand(button_down(hw.PLAY)) == [RunClock(True)]
    assert band.hand(button_down(hw.PLAY)) == [RunClock(False)]


def test_mute_solo_and_repeat_are_the_selected_players() -> None:
    band = Band.of(player(1), player(4))
    band.hand(button_down(hw.RIGHT))
    asked = band.hand(button_down(hw.MUTE), button_down(hw.SOLO), button_down(hw.REPEAT))
    assert asked == [SetParameter(4, name, True) for name in ("mute", "solo", "loop")]


def test_select_and_a_pad_selects_and_triggers_nothing() -> None:
    band = Band.of(player(1), player(2))
    band.hand(button_down(hw.SELECT))
    assert band.hand(press(1, GO), release(1, GO)) == []
    band.hand(button_up(hw.SELECT))
    assert band.hand(button_down(hw.MUTE)) == [SetParameter(2, "mute", True)]


def test_players_above_eight_are_on_the_next_page() -> None:
    band = Band.of(player(1), player(10))
    band.hand(button_down(hw.PAGE_RIGHT))
    assert band.hand(press(1, GO), release(1, GO)) == [Do(10, "go")]
    band.hand(button_down(hw.PAGE_RIGHT), button_down(hw.PAGE_LEFT))
    assert band.hand(press(0, GO), release(0, GO)) == [Do(1, "go")]
    band.hand(button_down(hw.RIGHT))
    assert band.hand(press(1, GO)) == [Do(10, "go")], "the page follows the selected player"


# --- encoders -------------------------------------------------------------------------------


def test_an_encoder_sets_the_selected_players_parameter_step_by_step() -> None:
    band = Band.of(player(1), player(2))
    assert band.hand(turn(TEMPERATURE, 1)) == [SetParameter(1, "temperature", 1.01)]
    assert band.hand(turn(TEMPERATURE, -2)) == [
        SetParameter(1, "temperature", pytest.approx(0.988))
    ]
    band.hand(button_down(hw.SELECT_ROW[1]))
    assert band.hand(turn(DENSITY, 1)) == [SetParameter(2, "density", 0.01)]


def test_quick_turning_counts_more_and_shift_less() -> None:
    band = Band.of(player(1))
    band.hand(turn(TEMPERATURE, 10))
    assert band.settings().temperature > 1.1 + 0.05
    band.see(player(1))
    band.hand(button_down(hw.SHIFT), turn(TEMPERATURE, 10))
    assert band.settings().temperature == pytest.approx(1.01)


def test_a_value_stays_within_its_range_and_is_not_sent_again_there() -> None:
    band = Band.of(player(1))
    for _ in range(10):
        band.hand(turn(TEMPERATURE, 63))
    assert band.settings().temperature == 2.0
    assert band.hand(turn(TEMPERATURE, 63)) == []
    for _ in range(10):
        band.hand(turn(TEMPERATURE, -64))
    assert band.settings().temperature == 0.1


def test_bars_move_by_clicks_and_not_by_a_trembling_hand() -> None:
    band = Band.of(player(1))
    assert band.hand(*[turn(ANSWER_BARS, 1), turn(ANSWER_BARS, -1)] * 20) == []
    for _ in range(12):
        band.hand(turn(ANSWER_BARS, 1))
    assert band.settings().answer_bars == 2


def test_a_bundle_is_loaded_where_the_encoder_stops_and_not_on_the_way() -> None:
    band = Band.of(player(1))
    assert band.hand(touch(BUNDLE, True), *[turn(BUNDLE, 6)] * 4) == []
    assert band.told[-1].text == BUNDLES[2]
    assert band.wait(0.5) == [SetParameter(1, "bundle", BUNDLES[2])]
    band.hand(*[turn(BUNDLE, -6)] * 2)
    assert band.hand(touch(BUNDLE, False)) == [SetParameter(1, "bundle", BUNDLES[1])]
    assert band.wait(1.0) == []


def test_delete_and_a_touch_bring_the_initial_value_back() -> None:
    band = Band.of(player(1, temperature=1.7))
    band.hand(button_down(hw.DELETE))
    assert band.hand(touch(TEMPERATURE, True)) == [SetParameter(1, "temperature", 1.0)]
    assert band.hand(touch(TEMPERATURE, False), touch(TEMPERATURE, True)) == []


def test_the_second_bank_has_the_other_parameters() -> None:
    band = Band.of(player(1))
    band.hand(button_down(hw.DOWN))
    assert band.hand(turn(73, 12)) == [SetParameter(1, "loop", True)]
    assert band.hand(turn(74, 12)) == [], "no parameter is left for this one"
    band.hand(button_down(hw.DOWN), button_down(hw.UP))
    assert band.hand(turn(73, 1)) == [SetParameter(1, "density", 0.01)]


def test_without_a_player_nothing_is_asked_for() -> None:
    band = Band()
    pads = [press(c, r) for c in range(8) for r in range(8)]
    assert band.hand(*pads, turn(71, 5), touch(71, True), button_down(hw.MUTE)) == []


def test_a_touched_encoder_is_told_in_words_and_its_release_too() -> None:
    band = Band.of(player(1))
    band.hand(touch(ANSWER_BARS, True))
    for _ in range(2):
        band.hand(turn(ANSWER_BARS, 6))
    band.hand(touch(ANSWER_BARS, False))
    told = [(one.parameter, one.text, one.touched) for one in band.told]
    assert told == [
        ("answer_bars", "as the call", True),
        ("answer_bars", "1 bar", True),
        ("answer_bars", "2 bars", True),
        ("answer_bars", "2 bars", False),
    ]


# --- the beat -------------------------------------------------------------------------------


def test_the_tempo_encoder_goes_by_whole_quarters_a_minute_and_with_shift_by_tenths() -> None:
    band = Band.of(player(1))
    assert band.hand(turn(hw.TEMPO_KNOB, 3)) == [SetTempo(123.0)]
    band.hand(button_down(hw.SHIFT))
    assert band.hand(turn(hw.TEMPO_KNOB, -1)) == [SetTempo(122.9)]
    assert [one.tempo_qpm for one in band.hand(*[turn(hw.TEMPO_KNOB, -64)] * 40)][-1] == 20.0


def test_tapping_sets_the_tempo() -> None:
    band = Band.of(player(1))
    asked = []
    for _ in range(4):
        asked += band.hand(button_down(hw.TAP), button_up(hw.TAP))
        band.wait(0.6)
    assert asked == [SetTempo(100.0), SetTempo(100.0)]
    band.wait(3.0)
    assert band.hand(button_down(hw.TAP)) == [], "after a pause it begins anew"


# --- keys -----------------------------------------------------------------------------------


def test_the_note_button_makes_the_pads_keys_and_the_top_row_stays_go() -> None:
    band = Band.of(player(1), player(2, drums=False))
    band.hand(button_down(hw.NOTE))
    assert band.hand(press(0, 0, 90)) == [Key(1, 36, 90, 9)]
    assert band.hand(release(0, 0)) == [Key(1, 36, 0, 9)]
    assert band.hand(press(3, 3, 1)) == [Key(1, 51, 1, 9)]
    assert band.hand(press(4, 0)) == [], "beside the drums there is nothing"
    assert band.hand(press(1, GO)) == [Do(2, "go")]
    band.hand(button_down(hw.SELECT_ROW[1]))
    assert band.hand(press(0, 0), press(2, 1)) == [Key(2, 48, 100), Key(2, 55, 100)]


def test_a_key_ends_where_it_began_whatever_has_changed_since() -> None:
    band = Band.of(player(1, drums=False), player(2, drums=False))
    band.hand(button_down(hw.NOTE), press(0, 0), button_down(hw.OCTAVE_UP))
    band.hand(button_down(hw.SELECT_ROW[1]))
    assert band.hand(release(0, 0)) == [Key(1, 48, 0)]
    band.hand(press(0, 0))
    assert band.asked[-1] == Key(2, 60, 100)
    assert band.hand(button_down(hw.SESSION)) == [Key(2, 60, 0)]
    assert band.hand(release(0, 0)) == []


def test_keys_that_are_down_when_the_cable_is_pulled_are_let_go() -> None:
    band = Band.of(player(1))
    band.hand(button_down(hw.NOTE), press(0, 0), press(1, 0))
    assert band.unplug() == [Key(1, 36, 0, 9), Key(1, 37, 0, 9)]
