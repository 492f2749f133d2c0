"""MIDI controllers: every role, on a running engine, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.core.bindings import Binding, ControlSettings, Learnt, MetronomeSettings
from bridge.core.commands import Learn
from bridge.core.controls import ROLES
from bridge.core.events import AnswerMade, Level, Notice
from bridge.core.parameters import ACTIONS, PARAMETERS
from bridge.core.session import State
from bridge.core.settings import PlayerSettings, PlayerSetup
from bridge.errors import CommandRefused
from tests.fakes.ports import IN, OUT, PortRoom
from tests.fakes.room import silent_drummer, steady_drummer

KNOBS, LAMPS, CLICKS = "knobs", "lamps", "clicks"
BAR_S = 2.0
"""At 120 qpm; the internal clock starts at time 0."""
MakePorts = Callable[..., PortRoom]
FLAT = PlayerSettings(call_bars=1, feel=0.0)


@pytest.fixture
def make_ports(tmp_path: Path) -> Iterator[MakePorts]:
    steady_drummer(tmp_path)
    silent_drummer(tmp_path)
    rooms: list[PortRoom] = []

    def make(*bindings: Binding, **options: object) -> PortRoom:
        metronome = options.pop("metronome", MetronomeSettings())
        controls = ControlSettings((KNOBS,), LAMPS, bindings, metronome)  # type: ignore[arg-type]
        options.setdefault("player", FLAT)
        room = PortRoom(
            "steady_drummer",
            tmp_path,
            controls=controls,
            bundles=("silent_drummer",),
            **options,  # type: ignore[arg-type]
        )
        rooms.append(room)
        return room

    yield make
    for room in rooms:
        assert room.engine._timekeeper.faults == 0, "a mistake of ours was caught; see the log"
        room.close()


def cc(controller: int, value: int, channel: int = 0) -> bytes:
    return bytes((0xB0 | channel, controller, value))


def view(room: PortRoom, player: int = 1):
    return next(one for one in room.engine.views() if one.number == player)


def answers(room: PortRoom) -> list[AnswerMade]:
    return [event for event in room.events if isinstance(event, AnswerMade)]


FEW_ARE_THERE = {"bundle": 1, "listen": 2, "mode": 1, "input_ports": 1, "output_ports": 1}
PARAMETER_CASES = [
    (one.name, FEW_ARE_THERE.get(one.name, 127))
    for one in PARAMETERS.values()
    if one.kind != "text"
]


@pytest.mark.parametrize(("role", "value"), PARAMETER_CASES)
def test_every_parameter_can_be_turned(make_ports: MakePorts, role: str, value: int) -> None:
    room = make_ports(Binding(role, controller=20))
    room.at(0.5, cc(20, 0), KNOBS)
    room.run(0.6)
    low = getattr(view(room).settings, role)
    room.at(0.7, cc(20, value), KNOBS)
    room.run(0.8)
    high = getattr(view(room).settings, role)
    assert high != low
    others = PlayerSettings(**{role: high})
    assert type(high) is type(getattr(others, role))
    assert not [one for one in room.events if isinstance(one, Notice) and "scale" in one.text]


def test_no_role_is_left_out() -> None:
    turned = {role for role, _ in PARAMETER_CASES}
    engine = {"clock", "tempo", "state", "metronome", "run"}
    assert turned | engine | set(ACTIONS) == set(ROLES)


def test_go_ends_the_call_and_answers_on_the_next_bar_line(make_ports: MakePorts) -> None:
    room = make_ports(Binding("go", controller=5), player=PlayerSettings(feel=0.0))
    room.strike(0.5, 36)
    room.at(1.0, cc(5, 64), KNOBS)  # no press: that is 127
    room.at(1.1, cc(5, 127), KNOBS)
    room.at(1.15, cc(5, 0), KNOBS)
    room.run(5.0)
    assert room.ports.note_ons()[0][0] == pytest.approx(BAR_S, abs=1e-3)


def test_end_call_again_and_mutate_do_what_the_device_does(make_ports: MakePorts) -> None:
    room = make_ports(
        Binding("end_call", controller=2),
        Binding("again", controller=3),
        Binding("mutate", controller=12),
        player=PlayerSettings(feel=0.0),
    )
    room.strike(0.5, 36)
    room.at(1.0, cc(2, 127), KNOBS)
    room.at(4.5, cc(3, 127), KNOBS)
    room.at(8.5, cc(12, 127), KNOBS)
    room.run(14.0)
    first, second, third = answers(room)
    assert second.call == first.call
    assert third.call == second.answer


def test_panic_silences_an_answer_at_once(make_ports: MakePorts) -> None:
    # magenta_midi ignored it while it answered.
    room = make_ports(Binding("panic", 0, controller=11))
    room.strike(0.5, 36)
    room.at(2.6, cc(11, 127), KNOBS)
    room.run(2.61)
    assert room.ports.note_ons()
    assert room.ports.sounding() == []
    heard = len(room.ports.sent)
    room.run(9.0)
    assert len(room.ports.sent) == heard
    assert view(room).state == State.IDLE


def test_a_button_that_makes_no_sense_is_told_and_nothing_else(make_ports: MakePorts) -> None:
    room = make_ports(Binding("again", controller=3), Binding("go", 9, controller=4))
    room.run(0.5)
    before = room.engine.views()
    room.at(0.6, cc(3, 127), KNOBS)
    room.at(2.6, cc(4, 127), KNOBS)
    room.run(3.0)
    warnings = [one.text for one in room.events if getattr(one, "level", None) is Level.WARNING]
    assert ["no call yet" in warnings[0], "no player 9" in warnings[1]] == [True, True]
    assert room.engine.views() == before


def test_tempo_and_run_lead_the_engines_own_clock(make_ports: MakePorts) -> None:
    room = make_ports(Binding("tempo", controller=7), Binding("run", controller=8))
    hub = room.engine._timekeeper.port_jam.hub
    room.at(0.5, cc(7, 40), KNOBS)
    room.run(0.6)
    assert hub.tempo_qpm == 100.0
    room.at(1.0, cc(8, 0), KNOBS)
    room.run(1.1)
    assert not hub.playing
    room.at(2.0, cc(8, 127), KNOBS)
    room.run(2.1)
    assert hub.playing


def test_channel_port_and_number_must_all_be_right(make_ports: MakePorts) -> None:
    room = make_ports(Binding("temperature", controller=6, channel=1, port=KNOBS))
    for wrong in ((cc(6, 0, 0), KNOBS), (cc(5, 0, 1), KNOBS), (cc(6, 0, 1), IN)):
        room.at(0.5, *wrong)
    room.run(0.6)
    assert view(room).settings.temperature == 1.0
    room.at(0.7, cc(6, 0, 1), KNOBS)
    room.run(0.8)
    assert view(room).settings.temperature == pytest.approx(0.1)


def test_one_controller_may_turn_several_things(make_ports: MakePorts) -> None:
    # AI Jam's "Call" sets the shortest and the longest call at once.
    room = make_ports(
        Binding("call_min_bars", controller=3), Binding("call_max_bars", controller=3)
    )
    room.at(0.5, cc(3, 2), KNOBS)
    room.run(0.6)
    settings = view(room).settings
    assert (settings.call_min_bars, settings.call_max_bars) == (2, 2)


def test_a_knob_turned_fast_is_carried_out_once_a_turn(make_ports: MakePorts) -> None:
    room = make_ports(Binding("density", controller=1))
    room.run(0.5)
    room.events.clear()
    for value in range(128):
        room.at(0.6, cc(1, value), KNOBS)
    room.run(0.7)
    told = [one for one in room.events if hasattr(one, "settings")]
    assert [one.settings.density for one in told] == [1.0]


def test_a_pad_presses_a_button_and_is_no_call(make_ports: MakePorts) -> None:
    room = make_ports(
        Binding("go", note=36, channel=9), Binding("loop", note=37, channel=9), player=FLAT
    )
    room.strike(0.5, 36, channel=9)
    room.at(0.6, bytes((0x99, 37, 20)))
    room.run(1.0)
    assert view(room).settings.loop
    room.at(1.1, bytes((0x89, 37, 0)))
    room.run(7.0)
    assert not view(room).settings.loop
    assert answers(room)[0].call.notes == ()


def test_the_state_is_sent_as_magenta_midi_sent_it(make_ports: MakePorts) -> None:
    room = make_ports(Binding("state", controller=9, channel=0))
    room.strike(0.5, 36)
    room.run(7.0)
    lamps = [data[2] for _, name, data in room.ports.sent if name == LAMPS]
    changes = [value for i, value in enumerate(lamps) if i == 0 or value != lamps[i - 1]]
    assert changes == [0, 1, 2, 0]
    assert {data[:2] for _, name, data in room.ports.sent if name == LAMPS} == {b"\xb0\x09"}


def test_a_bar_that_two_ports_bring_tells_the_state_once(make_ports: MakePorts) -> None:
    room = make_ports(
        Binding("clock", controller=1), Binding("state", controller=9, channel=0), order=("bars",)
    )
    for bar in range(4):
        room.at(1.0 + bar * BAR_S, cc(1, 127), KNOBS)
        room.at(1.01 + bar * BAR_S, cc(1, 127), IN)
    room.run(8.0)
    # With the second bar there is a beat, and more to tell.
    told = [t for t, name, _ in room.ports.sent if name == LAMPS and t > 4.0]
    assert told == pytest.approx([5.0, 7.0])


@pytest.mark.parametrize(
    ("least", "most", "strikes", "length_bars"),
    [
        (0, 0, (0.5,), 1),
        (2, 0, (0.5,), None),
        (2, 0, (0.5, 2.5), 2),
        (0, 1, (0.5, 2.5, 4.5), 1),
        (0, 4, (0.5,), 1),
        (2, 2, (0.5, 2.5, 4.5), 2),
    ],
)
def test_shortest_and_longest_call(
    make_ports: MakePorts,
    least: int,
    most: int,
    strikes: tuple[float, ...],
    length_bars: int | None,
) -> None:
    room = make_ports(
        Binding("call_min_bars", controller=3),
        Binding("call_max_bars", controller=4),
        player=PlayerSettings(feel=0.0),
    )
    room.at(0.1, cc(3, least), KNOBS)
    room.at(0.1, cc(4, most), KNOBS)
    for at_s in strikes:
        room.strike(at_s, 36)
    room.run(15.0)
    made = answers(room)
    if length_bars is None:
        assert made == []
        assert view(room).state == State.IDLE
    else:
        assert made[0].call.length_beats == 4.0 * length_bars


def test_after_a_call_that_was_too_short_the_next_one_is_heard(make_ports: MakePorts) -> None:
    room = make_ports(player=PlayerSettings(feel=0.0, call_min_bars=2))
    room.strike(0.5, 36)
    room.strike(6.5, 38)
    room.strike(8.5, 38)
    room.run(16.0)
    (answer,) = answers(room)
    assert [(note.pitch, note.start_beats) for note in answer.call.notes] == [
        (38, pytest.approx(1.0)),
        (38, pytest.approx(5.0)),
    ]


# --- the clock ----------------------------------------------------------------------------------


def test_one_message_a_bar_is_clock_enough(make_ports: MakePorts) -> None:
    room = make_ports(Binding("clock", controller=1), order=("bars",))
    for bar in range(8):
        room.at(1.0 + bar * 1.6, cc(1, 127), KNOBS)  # 150 qpm
        room.at(1.4 + bar * 1.6, cc(1, 0), KNOBS)  # midi_clock sends the other beats as 0
    room.strike(3.0, 36)
    room.run(9.0)
    (answer,) = answers(room)
    assert answer.call.notes[0].start_beats == pytest.approx(1.0)
    moments = [t for t, _ in room.ports.note_ons()]
    # The second message, at 2.6 s, is the first bar line; the answer comes on the next.
    assert moments == pytest.approx([4.2 + step * 0.1 for step in range(16)], abs=1e-3)


def test_the_answer_ends_when_the_bars_stop(make_ports: MakePorts) -> None:
    room = make_ports(
        Binding("clock", controller=1),
        order=("bars",),
        player=PlayerSettings(call_bars=1, answer_bars=8, feel=0.0),
    )
    for bar in range(3):
        room.at(bar * BAR_S, cc(1, 127), KNOBS)
    room.strike(2.5, 36)
    room.run(20.0)
    # The line at 6 s is missed; half a bar of grace and 1.5 s later it is over.
    assert 6.0 < room.ports.note_ons()[-1][0] < 8.6
    assert room.ports.sounding() == []
    assert view(room).state == State.IDLE


# --- the metronome ------------------------------------------------------------------------------

CLICK = MetronomeSettings(CLICKS, channel=1, velocity=64)


def test_the_metronome_clicks_on_every_beat(make_ports: MakePorts) -> None:
    room = make_ports(metronome=CLICK)
    room.run(4.3)
    clicks = room.ports.note_ons(CLICKS)
    assert [t for t, _ in clicks] == pytest.approx([beat * 0.5 for beat in range(9)], abs=1e-3)
    assert [pitch for _, pitch in clicks] == [76, 77, 77, 77, 76, 77, 77, 77, 76]
    assert room.ports.sounding() == []
    assert {data[0] & 0x0F for _, name, data in room.ports.sent if name == CLICKS} == {1}


def test_the_metronome_is_turned_off_and_up(make_ports: MakePorts) -> None:
    room = make_ports(Binding("metronome", controller=15), metronome=CLICK)
    room.at(1.2, cc(15, 0), KNOBS)
    room.at(3.2, cc(15, 99), KNOBS)
    room.run(4.2)
    clicks = [(t, data[2]) for t, name, data in room.ports.sent if data[0] == 0x91]
    assert [t for t, _ in clicks] == pytest.approx([0.0, 0.5, 1.0, 3.5, 4.0], abs=1e-3)
    assert [velocity for _, velocity in clicks] == [64, 64, 64, 99, 99]


def test_a_metronome_that_comes_back_on_a_cable_is_no_call(make_ports: MakePorts) -> None:
    room = make_ports(metronome=CLICK)
    for beat in range(4):
        for data in (bytes((0x91, 76 + (beat > 0), 64)), bytes((0x81, 76 + (beat > 0), 64))):
            room.at(beat * 0.5 + 0.005, data)
    room.run(5.0)
    assert view(room).state == State.IDLE
    assert answers(room) == []


def test_the_metronome_stops_with_the_clock_and_leaves_nothing_on(make_ports: MakePorts) -> None:
    room = make_ports(Binding("run", controller=8), metronome=CLICK)
    room.at(1.01, cc(8, 0), KNOBS)
    room.run(5.0)
    assert len(room.ports.note_ons(CLICKS)) == 3
    assert room.ports.sounding() == []


# --- learning -----------------------------------------------------------------------------------


def learn(room: PortRoom, player: int, role: str) -> None:
    room.engine.command(Learn(player, role), room.clock.time_s)


def test_the_next_knob_that_moves_is_learnt(make_ports: MakePorts) -> None:
    room = make_ports()
    room.run(0.5)
    learn(room, 1, "temperature")
    room.strike(0.6, 36)  # a key is no knob
    room.at(0.7, cc(21, 127, 2), KNOBS)
    room.run(0.8)
    assert view(room).settings.temperature == pytest.approx(2.0)
    wanted = Binding("temperature", 1, controller=21, channel=2, port=KNOBS)
    assert Learnt(wanted) in room.events
    assert any("controls.bindings" in getattr(one, "text", "") for one in room.events)
    # Only that one.
    room.at(0.9, cc(22, 0), KNOBS)
    room.at(1.0, cc(21, 0, 2), KNOBS)
    room.run(1.1)
    assert view(room).settings.temperature == pytest.approx(0.1)


def test_a_pad_is_learnt_for_a_button_and_then_is_no_call(make_ports: MakePorts) -> None:
    room = make_ports(player=PlayerSettings(feel=0.0))
    room.run(0.5)
    learn(room, 1, "go")
    room.strike(0.6, 48)
    room.run(7.0)
    (answer,) = answers(room)
    assert answer.call.notes == ()


def test_what_a_knob_did_before_it_does_no_more(make_ports: MakePorts) -> None:
    room = make_ports(Binding("density", controller=21))
    room.run(0.5)
    learn(room, 1, "variety")
    room.at(0.6, cc(21, 127), KNOBS)
    room.run(0.7)
    settings = view(room).settings
    assert (settings.density, settings.variety) == (0.0, 1.0)


@pytest.mark.parametrize("role", ["density", "go"])
def test_the_beat_that_comes_meanwhile_is_not_learnt(make_ports: MakePorts, role: str) -> None:
    room = make_ports(Binding("clock", controller=1), order=("bars",))
    room.run(0.1)
    learn(room, 1, role)
    for bar in range(3):
        room.at(0.5 + bar * BAR_S, cc(1, 127), KNOBS)
    room.at(4.6, cc(21, 127), KNOBS)
    room.run(5.0)
    assert [one.binding.controller for one in room.events if isinstance(one, Learnt)] == [21]
    assert room.engine._timekeeper.port_jam.hub.active == "bars"


def test_learning_can_be_given_up(make_ports: MakePorts) -> None:
    room = make_ports()
    room.run(0.5)
    learn(room, 1, "temperature")
    learn(room, 1, "")
    room.at(0.6, cc(21, 127), KNOBS)
    room.run(0.7)
    assert view(room).settings.temperature == 1.0


@pytest.mark.parametrize("role", ["state", "chords", "dance"])
def test_what_can_not_be_learnt_is_refused(make_ports: MakePorts, role: str) -> None:
    room = make_ports()
    with pytest.raises(CommandRefused, match=role):
        learn(room, 1, role)


def test_players_are_turned_each_by_its_own_number(make_ports: MakePorts) -> None:
    players = tuple(
        PlayerSetup(name, PlayerSettings(bundle="steady_drummer"), (f"in {name}",), (OUT,))
        for name in ("a", "b")
    )
    room = make_ports(Binding("temperature", 2, controller=6), players=players)
    room.at(0.5, cc(6, 0), "in a")
    room.run(0.6)
    assert [one.settings.temperature for one in room.engine.views()] == [1.0, pytest.approx(0.1)]
