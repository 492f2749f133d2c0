"""What Push 2 shows: always what the players are, and nothing that it would not understand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.commands import Key
from bridge.core.push2 import hardware as hw
from bridge.core.push2.hardware import ALL_LEDS, DARK, Light, Pace
from bridge.core.session import State
from tests.core.push2.band import Band, player
from tests.fakes import push2 as fake
from tests.fakes.push2 import PULSES, Shown, button_down, button_up, press, release, touch, turn

GO, END_CALL, AGAIN, MUTATE, LOOP, MUTE, OWN_KEYS, LISTEN = range(7, -1, -1)
BLACK, WHITE, GREY, DIM, BLUE, GREEN, RED = 0, 122, 123, 124, 125, 126, 127
QUARTER = 24


def shown(light: Light) -> Shown:
    start = 0 if light.pace is Pace.STILL else light.start
    return Shown(light.colour, light.pace, start)


@pytest.mark.parametrize(
    ("state", "colours", "period"),
    [
        (State.IDLE, {DIM}, None),
        (State.LISTENING, {BLUE}, None),
        (State.THINKING, {BLUE, WHITE}, QUARTER // 2),
        (State.ANSWERING, {DIM, GREEN}, QUARTER),
        (State.LOOPING, {DIM, GREEN}, QUARTER),
        (State.OVERLAPPING, {BLUE, GREEN}, QUARTER),
    ],
)
def test_the_go_pad_tells_what_its_player_does(state, colours, period) -> None:
    band = Band.of(player(1, state))
    light = band.device.pad(0, GO)
    assert light is not None
    if period is None:
        assert (light.channel, {light.colour}) == (0, colours)
    else:
        assert ({light.colour, light.start}, PULSES[light.channel]) == (colours, period)


def test_answering_and_looping_are_told_apart_by_pulse_and_blink() -> None:
    band = Band.of(player(1, State.ANSWERING), player(2, State.LOOPING))
    pulse, blink = band.device.pad(0, GO), band.device.pad(1, GO)
    assert pulse is not None and 6 <= pulse.channel <= 10
    assert blink is not None and 11 <= blink.channel <= 15


def test_muted_and_missing_players_look_like_it() -> None:
    band = Band.of(
        player(1, mute=True), player(2, away=True), player(3, State.ANSWERING, mute=True)
    )
    assert band.device.pad(0, GO) == Shown(RED)
    assert band.device.pad(0, MUTE) == Shown(RED)
    missing = band.device.pad(1, GO)
    assert missing is not None and PULSES[missing.channel] == 48
    answering = band.device.pad(2, GO)
    assert answering is not None and {answering.colour, answering.start} == {GREEN, RED}
    assert band.device.pad(7, GO) == Shown(BLACK), "there is no player 8"


def test_solo_makes_all_others_silent() -> None:
    band = Band.of(player(1), player(2, solo=True))
    assert band.device.pad(0, GO) == Shown(RED)
    assert band.device.pad(1, GO) == Shown(DIM)


def test_the_listen_pads_show_who_could_be_heard_and_who_is() -> None:
    band = Band.of(player(1, listen=2), player(2), player(3))
    assert band.device.pad(0, LISTEN) == Shown(BLUE)
    assert band.device.pad(1, LISTEN) == Shown(DIM)
    band.hand(press(0, LISTEN))
    band.wait()
    assert band.device.pad(1, LISTEN) == Shown(GREEN)
    assert band.device.pad(2, LISTEN) == Shown(GREY)
    band.hand(release(0, LISTEN))
    band.wait()
    assert band.device.pad(1, LISTEN) == Shown(DIM)


def test_what_cannot_be_done_is_red_for_a_moment() -> None:
    band = Band.of(player(1))
    band.refusing = True
    band.hand(press(0, AGAIN), release(0, AGAIN))
    assert band.device.pad(0, AGAIN) == Shown(RED)
    band.wait(0.5)
    assert band.device.pad(0, AGAIN) == Shown(GREY)


def test_a_refused_go_does_not_loop_when_it_is_held() -> None:
    band = Band.of(player(1))
    band.refusing = True
    band.hand(press(0, GO))
    assert band.wait(1.0) == []


def test_a_touched_encoder_shows_its_value_on_the_strip_and_the_row_above_the_display() -> None:
    band = Band.of(player(1, feel=0.5, density=-0.5))
    band.device.strip_flags = 0x0C
    assert band.device.button(hw.METER_ROW[0]) == Shown(DIM), "at its initial value"
    assert band.device.button(hw.METER_ROW[3]) == Shown(WHITE), "turned"
    band.hand(touch(74, True))
    band.wait()
    row = [band.device.button(number) for number in hw.METER_ROW]
    assert row == [Shown(GREEN)] * 5 + [Shown(BLACK)] * 3
    assert band.device.strip == (7,) * 16 + (0,) * 15
    band.hand(turn(74, 63), turn(74, 63))
    band.wait()
    assert band.device.strip == (7,) * 31
    band.hand(touch(74, False))
    band.wait()
    assert band.device.strip == (0,) * 31
    assert band.device.strip_flags == 0x0C, "the strip is as it was"
    assert band.device.button(hw.METER_ROW[0]) == Shown(DIM)


def test_a_parameter_around_zero_has_its_bar_begin_in_the_middle() -> None:
    band = Band.of(player(1, density=-0.5))
    band.hand(touch(73, True))
    band.wait()
    assert band.device.strip == (0,) * 8 + (7,) * 8 + (0,) * 15


def test_a_device_that_comes_back_gets_its_whole_picture() -> None:
    band = Band.of(player(1, State.ANSWERING), player(2, mute=True))
    band.clock.start(0.0)
    band.wait(1.0)
    before = dict(band.device.leds)
    assert len(before) == len(ALL_LEDS)
    band.unplug()
    band.see(player(2))
    assert band.device.leds == {}
    band.plug()
    after = band.device.leds
    assert after[True, 36 + 8 * MUTE + 1] == Shown(DIM)
    assert {led for led in before if before[led] != after[led]} == {
        (True, 36 + 8 * MUTE + 1),
        (True, 36 + 8 * GO + 1),
        (False, hw.SELECT_ROW[1]),
    } - {(False, hw.SELECT_ROW[1])}
    band.wait(1.0)
    assert band.device.clock[0] == 0xFA, "its animations get the beat again"


def test_while_the_device_is_lives_nothing_is_sent_and_afterwards_everything() -> None:
    band = Band.of(player(1, State.LISTENING))
    band.device.mode = fake.LIVE
    band.hand(fake.mode_told(fake.LIVE))
    band.see(player(1, State.ANSWERING))
    band.wait(1.0)
    assert band.device.ignored == 0
    band.device.leds.clear()
    band.device.mode = fake.USER
    band.hand(button_down(hw.USER), button_up(hw.USER), fake.mode_told(fake.USER))
    band.wait()
    assert len(band.device.leds) == len(ALL_LEDS)


def test_a_borrowed_strip_goes_back_when_the_device_becomes_lives() -> None:
    band = Band.of(player(1))
    band.hand(touch(71, True))
    band.wait()
    assert band.device.strip_flags == hw.STRIP_OURS
    band.hand(fake.mode_told(fake.LIVE))
    assert band.device.strip_flags == fake.STRIP_DEFAULT


def test_nothing_but_a_question_goes_to_a_device_that_is_no_push() -> None:
    band = Band.of(player(1))
    band.unplug()
    band.port.plugged(band.now_s)
    sent = band.port.take(band.clock, band.now_s)
    assert sent == [hw.IDENTITY_REQUEST]
    assert list(band.port.heard(bytes.fromhex("f07e010602002029130100000001 0000f7"))) == []
    band.port.want(band.surface.picture(), None)
    assert band.port.take(band.clock, band.now_s + 10.0) == []
    assert band.port.next_due_s(band.clock) == float("inf")
    assert any(warning for warning, _ in band.port.sentences)


def test_nothing_is_sent_where_nothing_has_changed() -> None:
    band = Band.of(player(1, State.ANSWERING))
    before = band.sent
    for _ in range(20):
        band.see(player(1, State.ANSWERING, bar=3))
        band.wait(0.1)
    assert band.sent == before


def test_the_device_is_dark_when_the_engine_has_left() -> None:
    band = Band.of(player(1, State.ANSWERING))
    band.hand(touch(71, True))
    band.wait()
    for data in band.port.leave(band.now_s):
        band.device.take(data)
    assert set(band.device.leds.values()) == {Shown(BLACK)}
    assert band.device.strip_flags == fake.STRIP_DEFAULT


def test_a_device_is_switched_to_its_user_port_if_that_is_wished() -> None:
    from bridge.core.push2.device import Push2Device

    band, port = Band(device=fake.FakePush2(mode=fake.LIVE)), Push2Device(enter_user_mode=True)
    port.plugged(0.0)
    for _ in range(3):
        for data in port.take(band.clock, band.now_s):
            for reply in band.device.take(data):
                list(port.heard(reply))
    assert band.device.mode == fake.USER


# --- whatever happens -----------------------------------------------------------------------

PADS = st.builds(lambda down, c, r: (press if down else release)(c, r), st.booleans(),
                 st.integers(0, 7), st.integers(0, 7))  # fmt: skip
BUTTONS = st.builds(
    lambda down, number: (button_down if down else button_up)(number),
    st.booleans(),
    st.sampled_from(sorted(fake.BUTTONS)),
)
KNOBS = st.builds(turn, st.sampled_from(fake.KNOBS), st.integers(-64, 63))
TOUCHES = st.builds(touch, st.sampled_from(fake.KNOBS), st.booleans())
MODES = st.builds(fake.mode_told, st.integers(0, 2))
HANDS = st.one_of(PADS, PADS, BUTTONS, KNOBS, TOUCHES, MODES, st.binary(max_size=8))
PLAYERS = st.builds(
    lambda number, state, switches, away, drums, listen: player(
        number, state, away=away, drums=drums, listen=listen, **switches
    ),
    st.integers(1, 18),
    st.sampled_from(State),
    st.fixed_dictionaries({name: st.booleans() for name in ("mute", "solo", "loop", "mute_input")}),
    st.booleans(),
    st.booleans(),
    st.integers(0, 18),
)
HAPPENINGS = st.one_of(
    HANDS, HANDS, PLAYERS, st.sampled_from(["gone", "unplug", "plug", "wait", "start", "stop"])
)


def happen(band: Band, what: object) -> None:
    if isinstance(what, bytes):
        if what[:7] == fake.HEAD + b"\x0a":
            band.device.mode = what[7]
        band.hand(what)
    elif what == "gone":
        if band.views:
            band.leave(min(band.views))
    elif what == "unplug":
        band.unplug()
    elif what == "plug":
        band.plug()
    elif what == "wait":
        band.wait(0.4)
    elif what == "start":
        band.clock.start(band.now_s)
    elif what == "stop":
        band.clock.stop(band.now_s)
    else:
        band.see(what)  # type: ignore[arg-type]


def struck(band: Band) -> list[Key]:
    """Every key command to players that were there all the time."""
    return [one for one in band.asked if isinstance(one, Key) and one.player not in band.left]


@settings(deadline=None)
@given(st.lists(HAPPENINGS, max_size=40), st.booleans())
def test_whatever_happens_the_picture_is_that_of_the_players(happenings, refusing) -> None:
    band = Band.of(player(1), player(2, drums=False))
    band.refusing = refusing
    for what in happenings:
        happen(band, what)
    # Everything is let go, the device is ours, and everybody has come to rest.
    band.unplug()
    band.device.mode = fake.USER
    band.plug()
    band.hand(button_down(hw.SESSION), button_up(hw.SESSION))
    for _ in range(3):
        band.hand(button_down(hw.PAGE_LEFT), button_up(hw.PAGE_LEFT))
    band.wait(1.0)
    solo = any(view.settings.solo for view in band.views.values())
    for column in range(8):
        view = band.views.get(column + 1)
        if view is None:
            assert all(band.device.pad(column, row) == Shown(BLACK) for row in range(8))
            continue
        go = band.device.pad(column, GO)
        assert go is not None
        silenced = view.settings.mute or (solo and not view.settings.solo)
        assert (RED in (go.colour, go.start)) == (
            silenced
            and not view.away
            and view.state in (State.IDLE, State.ANSWERING, State.LOOPING)
        )
        assert (band.device.pad(column, MUTE) == Shown(RED)) == view.settings.mute
        assert (band.device.pad(column, LOOP) == Shown(GREEN)) == view.settings.loop
        assert (band.device.pad(column, OWN_KEYS) == Shown(WHITE)) == view.settings.mute_input
        assert (band.device.pad(column, LISTEN) == Shown(BLUE)) == bool(view.settings.listen)
    down = {(one.player, one.pitch, one.channel): one.velocity for one in struck(band)}
    assert not any(down.values()), "a key was left down"
    wanted = band.surface.picture()
    for led in ALL_LEDS:
        assert band.device.leds[led.is_pad, led.number] == shown(wanted.get(led, DARK))
