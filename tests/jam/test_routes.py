"""Who hears what and plays where, changed while it plays: nothing hangs, nothing goes round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.core.commands import Do, Key, SetParameter
from bridge.core.events import AnswerMade, Level, Notice
from bridge.core.settings import MidiSettings, PlayerSettings, PlayerSetup
from bridge.errors import PortUnknown
from tests.fakes.ports import IN, OUT, FakePorts, PortRoom
from tests.fakes.room import KICK, Room

BAR_S = 2.0
"""At 120 qpm."""
IN_2, OUT_2, SYNTH, PADS = "magenta_in 2", "magenta_out 2", "synth", "pads"
LONG = PlayerSettings(bundle="steady_drummer", feel=0.0, call_bars=1, answer_bars=8)
"""An answer that goes on while routes change."""
MakePorts = Callable[..., PortRoom]


def pair(number: int, **settings: object) -> PlayerSetup:
    own = replace(LONG, **settings)  # type: ignore[arg-type]
    return PlayerSetup(f"pair {number}", own, (f"magenta_in {number}",), (f"magenta_out {number}",))


@pytest.fixture
def make_ports(bundle_folder: Path) -> Iterator[MakePorts]:
    rooms: list[PortRoom] = []

    def make(*players: PlayerSetup, **options: object) -> PortRoom:
        midi = MidiSettings(more_inputs=(PADS,), more_outputs=(SYNTH,))
        room = PortRoom("steady_drummer", bundle_folder, players=players, midi=midi, **options)  # type: ignore[arg-type]
        rooms.append(room)
        return room

    yield make
    for room in rooms:
        assert room.engine._timekeeper.faults == 0, "a mistake of ours was caught; see the log"
        room.close()
        assert room.ports.sounding() == [], "a note was left hanging at the end"


def turn(room: PortRoom, at_s: float, name: str, value: object, player: int = 1) -> None:
    """Play up to a moment, and change a parameter then."""
    room.run(at_s)
    command = SetParameter(player, name, value)  # type: ignore[arg-type]
    room.engine._timekeeper.command(command, at_s)
    room.engine.pump(at_s)


def heard_on(room: PortRoom, port: str, start_s: float, end_s: float) -> int:
    return sum(start_s <= at_s < end_s for at_s, _ in room.ports.note_ons(port))


def answered(room: PortRoom, player: int = 1) -> list[AnswerMade]:
    return [e for e in room.events if isinstance(e, AnswerMade) and e.player == player]


# --- where it plays -----------------------------------------------------------------------------


def test_an_answer_moves_to_another_output_and_the_old_one_gets_its_note_offs(make_ports) -> None:
    room = make_ports(pair(1), pair(2))
    room.strike(0.5, KICK)
    turn(room, 3.05, "output_ports", 0b10)
    assert room.ports.sounding() == []
    turn(room, 5.05, "output_ports", 0b101)
    turn(room, 7.05, "output_ports", 0)
    room.run(9.0)
    assert [heard_on(room, OUT, a, b) for a, b in ((2, 3.05), (3.05, 5.05), (5.05, 9))] == [
        9,
        0,
        31,
    ]
    assert [heard_on(room, OUT_2, a, b) for a, b in ((2, 3.05), (3.05, 5.05), (5.05, 9))] == [
        0,
        16,
        0,
    ]
    assert heard_on(room, SYNTH, 5.05, 7.05) == 16 == len(room.ports.note_ons(SYNTH))


def test_two_players_on_one_output_share_its_notes(make_ports) -> None:
    # Both play the kick on every step: each strike of one ends the other's, and none hangs.
    room = make_ports(pair(1), replace(pair(2), outputs=(OUT,)))
    room.strike(0.5, KICK)
    room.at(0.5, bytes((0x90, KICK, 100)), IN_2)
    room.at(0.55, bytes((0x80, KICK, 0)), IN_2)
    room.run(4.01)
    assert heard_on(room, OUT, 2.0, 4.0) == 32
    room.engine._timekeeper.command(Do(1, "panic"), 4.01)
    room.run(6.01)
    assert heard_on(room, OUT, 4.02, 6.0) == 15, "the other plays on"


def test_a_muted_answer_is_silent_at_once_and_goes_on_where_it_is(make_ports) -> None:
    room = make_ports(pair(1), pair(2, listen=1))
    room.strike(0.5, KICK)
    turn(room, 3.05, "mute", True)
    assert room.ports.sounding() == []
    turn(room, 5.05, "mute", False)
    room.run(19.9)
    assert [heard_on(room, OUT, a, b) for a, b in ((2, 3.05), (3.05, 5.05), (5.05, 18))] == [
        9,
        0,
        103,
    ]
    [heard] = answered(room, 2)
    assert len(heard.call.notes) == 16, "who listens hears it all the same"


def test_solo_silences_all_others_until_it_is_off(make_ports) -> None:
    room = make_ports(pair(1), replace(pair(2), inputs=(IN,)))
    room.strike(0.5, KICK)
    turn(room, 4.05, "solo", 1, player=2)
    turn(room, 6.05, "solo", 0, player=2)
    room.run(8.0)
    counts = [
        [heard_on(room, port, a, b) for a, b in ((2, 4.05), (4.05, 6.05), (6.05, 8.0))]
        for port in (OUT, OUT_2)
    ]
    assert counts == [[17, 0, 15], [17, 16, 15]]


def test_answers_sound_on_the_channel_that_is_set(make_ports) -> None:
    room = make_ports(pair(1))
    room.strike(0.5, KICK, channel=2)
    turn(room, 4.0, "output_channel", 10)
    room.run(6.0)
    channels = [data[0] & 0x0F for _, _, data in room.ports.sent if data[0] & 0xF0 == 0x90]
    assert channels[0] == 2 and channels[-1] == 9


# --- what it hears ------------------------------------------------------------------------------


def test_an_input_is_led_to_another_player_and_its_keys_are_let_go(make_ports) -> None:
    room = make_ports(pair(1), pair(2))
    room.at(0.1, bytes((0x90, KICK, 100)))
    turn(room, 0.5, "input_ports", 0b100)
    first, second = room.engine._timekeeper.port_jam.seats
    assert first.hands.ports() == set()
    turn(room, 1.0, "input_ports", 0b001, player=2)
    room.at(1.2, bytes((0x90, 38, 100)))
    room.at(1.3, bytes((0x90, 42, 100)), PADS)
    room.run(3.0)
    assert second.hands.ports() == {IN} and first.hands.ports() == {PADS}
    room.run(20.0)
    assert [[note.pitch for note in answered(room, n)[0].call.notes] for n in (1, 2)] == [
        [KICK, 42],
        [38],
    ]


def test_a_player_hears_only_the_channel_that_is_set(make_ports) -> None:
    room = make_ports(pair(1, input_channel=10))
    room.strike(0.2, 40, channel=0)
    room.strike(0.5, KICK, channel=9)
    room.run(19.0)
    [answer] = answered(room)
    assert [note.pitch for note in answer.call.notes] == [KICK]


def test_a_muted_input_is_not_heard_but_others_are(make_ports) -> None:
    room = make_ports(pair(1, answer_bars=1), pair(2, listen=1, mute_input=True))
    room.strike(0.5, KICK)
    room.at(3.0, bytes((0x90, 49, 100)), IN_2)
    room.at(3.1, bytes((0x80, 49, 0)), IN_2)
    room.run(21.0)
    [answer] = answered(room, 2)
    assert {note.pitch for note in answer.call.notes} == {KICK}


def test_turned_to_another_source_a_player_hears_the_old_one_no_more(make_ports) -> None:
    room = make_ports(
        pair(1), replace(pair(2, answer_bars=1), inputs=(PADS,)), pair(3, listen=1, answer_bars=1)
    )
    room.strike(0.5, KICK)
    turn(room, 2.55, "listen", 2, player=3)
    room.at(4.5, bytes((0x90, 49, 90)), PADS)
    room.at(4.6, bytes((0x80, 49, 0)), PADS)
    room.run(28.0)
    first, second = answered(room, 3)
    assert len(first.call.notes) == 5
    assert len(second.call.notes) == 16


# --- passing through ----------------------------------------------------------------------------


def test_own_keys_sound_at_once_and_end_with_the_hand(make_ports) -> None:
    room = make_ports(pair(1, passthrough=True, output_channel=3))
    room.strike(0.5, 60, length_s=0.3)
    room.run(1.0)
    assert room.ports.sent == [(0.5, OUT, b"\x92\x3c\x64"), (0.8, OUT, b"\x82\x3c\x40")]


def test_a_key_held_while_its_output_is_changed_ends_there(make_ports) -> None:
    room = make_ports(pair(1, passthrough=True))
    room.at(0.5, bytes((0x90, 60, 100)))
    turn(room, 0.7, "output_ports", 0b10)
    assert room.ports.sounding() == []
    room.at(0.9, bytes((0x80, 60, 0)))
    room.run(1.0)
    assert len(room.ports.sent) == 2


def test_a_key_held_while_passing_through_is_turned_off_ends_with_the_hand(make_ports) -> None:
    room = make_ports(pair(1, passthrough=True))
    room.at(0.5, bytes((0x90, 60, 100)))
    turn(room, 0.7, "passthrough", False)
    turn(room, 0.7, "output_channel", 5)
    room.at(0.9, bytes((0x80, 60, 0)))
    room.strike(1.0, 62)
    room.run(1.5)
    assert [(at_s, data) for at_s, _, data in room.ports.sent] == [
        (0.5, b"\x90\x3c\x64"),
        (0.9, b"\x80\x3c\x40"),
    ]


def test_keys_by_command_are_own_keys_too(make_ports) -> None:
    room = make_ports(PlayerSetup("page", replace(LONG, passthrough=True), (), (OUT,)))
    room.run(0.5)
    room.engine._timekeeper.command(Key(1, KICK, 90), 0.5)
    room.engine._timekeeper.command(Key(1, KICK, 0), 0.5)
    room.run(19.0)
    assert room.ports.note_ons(OUT)[0] == (0.5, KICK)
    [answer] = answered(room)
    assert [note.pitch for note in answer.call.notes] == [KICK]


class Cabled:
    """Cables between a room's ports, each taking some time; a track of Live has one channel."""

    def __init__(
        self,
        room: PortRoom,
        cables: dict[str, str],
        way_s: float,
        channel: int | None = None,
        moved: dict[str, tuple[int, ...]] | None = None,
    ) -> None:
        self.room, self.cables, self.way_s, self.channel = room, cables, way_s, channel
        self.moved = moved or {}
        """By how many semitones a device on the way moves each key; several: it makes as many."""
        self.carried = 0

    def run(self, until_s: float) -> None:
        room = self.room
        while room.clock.time_s < until_s:
            room.run(room.clock.time_s + 0.005)
            for at_s, name, data in room.ports.sent[self.carried :]:
                if name in self.cables:
                    if self.channel is not None:
                        data = bytes((data[0] & 0xF0 | self.channel, *data[1:]))
                    for semitones in self.moved.get(name, (0,)):
                        moved = bytes((data[0], (data[1] + semitones) % 128, data[2]))
                        room.at(at_s + self.way_s, moved, self.cables[name])
            self.carried = len(room.ports.sent)


@pytest.mark.parametrize("way_s", [0.006, 0.045, 0.09])
def test_two_that_pass_through_in_a_circle_of_cables_make_no_storm(make_ports, way_s) -> None:
    room = make_ports(pair(1, passthrough=True, mute=True), pair(2, passthrough=True, mute=True))
    circle = Cabled(room, {OUT: IN_2, OUT_2: IN}, way_s)
    for beat in range(8):
        room.strike(0.5 + beat / 2, 48 + beat)
    circle.run(19.0)
    assert len(room.ports.note_ons(OUT)) == 8, "each key once"
    assert room.ports.note_ons(OUT_2) == [], "what came by a cable is not passed on"
    assert answered(room, 2)[0].call.notes, "but it is heard"


@pytest.mark.parametrize("channel", [0, 4])
@pytest.mark.parametrize("cables", [{OUT: IN}, {OUT: IN_2, OUT_2: IN}], ids=["one", "two"])
def test_a_track_of_live_on_the_way_that_changes_the_channel_makes_no_storm(
    make_ports, cables: dict[str, str], channel: int
) -> None:
    players = (
        pair(number, passthrough=True, mute=True, output_channel=number + 1) for number in (1, 2)
    )
    room = make_ports(*players)
    circle = Cabled(room, cables, 0.01, channel)
    for beat in range(8):
        room.strike(0.5 + beat / 2, 48 + beat)
    circle.run(8.0)
    assert [pitch for _, pitch in room.ports.note_ons(OUT)] == list(range(48, 56))
    assert room.ports.note_ons(OUT_2) == [], "what came by a cable is not passed on"


def test_a_player_wired_to_itself_passes_each_key_once_and_hears_it_once(make_ports) -> None:
    room = make_ports(pair(1, passthrough=True, mute=True))
    loop = Cabled(room, {OUT: IN}, 0.02)
    room.strike(0.5, KICK)
    room.strike(1.0, 38)
    loop.run(19.0)
    assert [pitch for _, pitch in room.ports.note_ons(OUT)] == [KICK, 38]
    assert [note.pitch for note in answered(room)[0].call.notes] == [KICK, 38]


def test_a_quick_hand_that_strikes_the_same_key_equally_loud_is_passed_each_time(
    make_ports,
) -> None:
    room = make_ports(pair(1, passthrough=True, mute=True))
    for stroke in range(10):
        room.strike(0.5 + stroke * 0.06, KICK, length_s=0.02)
    room.run(1.9)
    assert len(room.ports.note_ons(OUT)) == 10


def warned(room: PortRoom) -> list[str]:
    return [e.text for e in room.events if isinstance(e, Notice) and e.level is Level.WARNING]


@pytest.mark.parametrize("cables", [{OUT: IN}, {OUT: IN_2, OUT_2: IN}], ids=["one", "two"])
def test_a_slow_cable_is_out_of_breath_within_two_seconds_and_people_are_told(
    make_ports, cables: dict[str, str]
) -> None:
    room = make_ports(pair(1, passthrough=True, mute=True), pair(2, passthrough=True, mute=True))
    circle = Cabled(room, cables, 0.15)
    for pitch in (KICK, 40, 43):
        room.strike(0.5, pitch)
    circle.run(6.0)
    moments = [t for t, _ in room.ports.note_ons()]
    assert len(moments) > 3, "a cable that is known for one has nothing to do with this"
    assert max(moments) < 0.5 + 2.5
    assert room.ports.sounding() == []
    assert len([text for text in warned(room) if "went round by cables" in text]) == 1
    before = len(moments)
    room.strike(6.5, KICK)
    circle.run(7.0)
    assert len(room.ports.note_ons()) > before, "hands are passed as ever"


def test_a_device_on_the_way_that_changes_the_pitch_there_and_back_makes_no_storm(
    make_ports,
) -> None:
    room = make_ports(pair(1, passthrough=True, mute=True), pair(2, passthrough=True, mute=True))
    circle = Cabled(room, {OUT: IN_2, OUT_2: IN}, 0.02, moved={OUT: (7,), OUT_2: (-7,)})
    room.strike(0.5, KICK)
    circle.run(6.0)
    assert max(t for t, _ in room.ports.note_ons()) < 0.5 + 2.0
    assert room.ports.sounding() == []


def test_a_device_on_the_way_that_makes_chords_is_stopped_before_it_gets_loud(make_ports) -> None:
    room = make_ports(pair(1, passthrough=True, mute=True))
    circle = Cabled(room, {OUT: IN}, 0.12, moved={OUT: (1, 5)})
    room.strike(0.5, KICK)
    circle.run(5.0)
    moments = [t for t, _ in room.ports.note_ons()]
    assert len(moments) < 90 + 3 * 60 and max(moments) < 0.5 + 3.0
    assert room.ports.sounding() == []
    assert [text for text in warned(room) if "keys a second" in text]


def test_a_machine_that_repeats_a_note_loses_one_and_hands_none(make_ports) -> None:
    room = make_ports(pair(1, passthrough=True, mute=True))
    for stroke in range(40):
        room.strike(0.5 + stroke * 0.125, KICK, length_s=0.06)
        room.at(0.5 + stroke * 0.125, bytes((0x90, 42, 60 + stroke)))
        room.at(0.56 + stroke * 0.125, bytes((0x80, 42, 0)))
    room.run(6.0)
    pitches = [pitch for _, pitch in room.ports.note_ons(OUT)]
    assert pitches.count(KICK) == 39
    assert pitches.count(42) == 40


# --- ports that go and come ---------------------------------------------------------------------


def test_the_jam_goes_on_while_an_output_is_gone_and_sounds_again_when_it_is_back(
    make_ports,
) -> None:
    room = make_ports(pair(1, listen=2, answer_bars=1), pair(2, listen=1, answer_bars=1))
    room.strike(0.5, KICK)
    room.run(4.51)
    room.ports.lose(OUT_2)
    room.run(14.3)
    room.ports.give_back(OUT_2)
    room.run(19.98)
    assert heard_on(room, OUT, 2.0, 20.0) == 5 * 16, "never interrupted"
    assert heard_on(room, OUT_2, 4.6, 14.2) == 0
    assert heard_on(room, OUT_2, 16.0, 20.0) == 16


def test_a_route_changed_while_its_port_is_gone_leaves_nothing_hanging(make_ports) -> None:
    room = make_ports(pair(1), pair(2))
    room.strike(0.5, KICK)
    room.run(3.05)
    room.ports.lose(OUT)
    turn(room, 3.55, "output_ports", 0b10)
    turn(room, 4.55, "output_ports", 0)
    room.ports.give_back(OUT)
    room.run(4.56)
    assert room.ports.sounding() == []
    room.run(5.0)
    assert heard_on(room, OUT_2, 3.5, 4.55) == 8 and heard_on(room, OUT, 4.5, 5.0) > 2


# --- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("output_ports", 8, "names port 4; the MIDI outputs are 1 'magenta_out 1', 2 'magenta"),
        ("input_ports", 1 << 30, "names port 31; the MIDI inputs are 1 'magenta_in 1'"),
    ],
)
def test_a_route_to_a_port_that_there_is_not_is_refused_and_changes_nothing(
    make_ports, name: str, value: int, sentence: str
) -> None:
    room = make_ports(pair(1), pair(2))
    room.run(1.0)
    with pytest.raises(PortUnknown) as caught:
        turn(room, 1.0, name, value)
    assert sentence in caught.value.message
    [seat, _] = room.engine._timekeeper.port_jam.seats
    assert seat.player.settings.output_ports == seat.player.settings.input_ports == 0


# --- devices ------------------------------------------------------------------------------------


@pytest.fixture
def make_mixed(make_room: Callable[..., Room]) -> Callable[..., Room]:
    def make(*players: PlayerSetup, **options: object) -> Room:
        midi = MidiSettings(more_inputs=(PADS,), more_outputs=(SYNTH,))
        options.setdefault("player", PlayerSettings(feel=0.0, call_bars=1, answer_bars=4))
        return make_room(players=players, midi=midi, make_ports=FakePorts, **options)

    return make


def test_a_device_s_player_plays_on_a_midi_port_too(make_mixed) -> None:
    room = make_mixed()
    room.play_phrase([(0.0, KICK)])
    room.command("/param/output_ports", 1, beat=6.1)
    room.command("/param/output_ports", 0, beat=10.1)
    room.run(bars=6)
    ons = [at_s for at_s, _ in room.ports.note_ons(SYNTH)]
    assert ons == pytest.approx([room.at_beat(6.25 + step / 4) for step in range(16)], abs=5e-3)
    assert len(room.sounded_ticks()) == 64, "its own track plays on all the while"
    assert room.ports.sounding() == []


def test_a_device_s_player_hears_a_midi_port_too(make_mixed) -> None:
    room = make_mixed()
    room.command("/param/input_ports", 1, beat=0.1)
    room.run(bars=0.25)
    room.ports.play(38, port=PADS)
    room.run(bars=6)
    assert [note.pitch for note in room.answers[0].call.notes] == [38]
    assert room.sounded_ticks()[0] == 1920


def test_a_muted_device_is_flushed_and_plays_on_when_it_is_not(make_mixed) -> None:
    room = make_mixed()
    room.play_phrase([(0.0, KICK)])
    room.command("/param/mute", 1, beat=6.1)
    room.command("/param/mute", 0, beat=8.1)
    room.run(bars=6)
    sounded = room.sounded_ticks()
    assert [tick for tick in sounded if 6.2 * 480 < tick < 8.1 * 480] == []
    assert len([tick for tick in sounded if tick > 8.4 * 480]) > 40
    assert room.device.player.stuck() == []


def test_solo_of_a_port_silences_devices_and_the_other_way_round(make_mixed) -> None:
    room = make_mixed(pair(1, solo=True))
    room.play_phrase([(0.0, KICK)])
    room.run(bars=3)
    assert room.sounded_ticks() == []
    room.command("/param/solo", 1, beat=12.05)
    room.run(bars=6)
    assert len(room.sounded_ticks()) > 20


def test_a_device_that_goes_away_leaves_nothing_on_its_midi_port(make_mixed) -> None:
    room = make_mixed()
    room.device.parameters.update(output_ports=1, passthrough=1)
    room.play_phrase([(0.0, KICK)])
    room.device.key(room.at_beat(4.5), 60, 90)
    room.device.command("/goodbye", at_s=room.at_beat(6.1))
    room.run(bars=1.5)
    assert len(room.ports.sounding()) >= 1
    room.run(bars=2)
    assert room.ports.sounding() == []


def test_a_device_that_falls_silent_leaves_nothing_on_its_midi_port(make_mixed) -> None:
    room = make_mixed()
    room.device.parameters.update(output_ports=1, passthrough=1)
    room.device.key(room.at_beat(4.5), 60, 90)
    room.run(bars=1.6)
    assert len(room.ports.sounding()) == 1
    room.devices.clear()
    room._sockets.pop().close()
    room.run(bars=8)
    assert room.ports.sounding() == []


def test_a_live_that_is_stopped_stops_its_player_on_the_midi_port_too(make_mixed) -> None:
    room = make_mixed()
    room.device.parameters["output_ports"] = 1
    room.play_phrase([(0.0, KICK)])
    room.transport.stop(room.at_beat(6.1))
    room.run(bars=4)
    assert len(room.ports.note_ons(SYNTH)) == 9
    assert room.ports.sounding() == []
