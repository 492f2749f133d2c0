"""The simulated device against a hand-made engine: what it sends, takes and refuses."""

from __future__ import annotations

import struct

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.core.protocol import (
    FLAG_LOOP,
    FLAG_PLAYING,
    MAX_DATAGRAM_BYTES,
    PROTOCOL_VERSION,
    Direction,
    Message,
    check,
)
from bridge.core.wire import parse_packet
from bridge.demo.clip_box import notes_crc
from bridge.demo.live import SimulatedDevice
from bridge.demo.transport import SimulatedTransport

DEVICE, PORT, EPOCH = 7, 9001, 41
KICK = 36


def osc(address: str, *values: int | float | str) -> bytes:
    builder = OscMessageBuilder(address=address)
    for value in values:
        builder.add_arg(value)
    return builder.build().dgram


class Stage:
    """A device, its transport, and the moments in between."""

    def __init__(self, *, linked: bool = True, **device: object) -> None:
        self.transport = SimulatedTransport(120.0)
        self.device = SimulatedDevice(DEVICE, PORT, self.transport, **device)
        self.now_s = 0.0
        self.sent: list[tuple[float, Message]] = []
        self.until(0.0)
        if linked:
            self.tell("/welcome", DEVICE, EPOCH, PROTOCOL_VERSION, 3)
            self.until(0.0)

    def tell(self, address: str, *values: int | float | str) -> None:
        self.device.receive(osc(address, *values), self.now_s)

    def until(self, end_s: float, *, engine_alive: bool = True) -> None:
        heard_s = self.now_s
        while (due_s := self.device.next_due_s(self.now_s)) <= end_s:
            self.now_s = due_s
            if engine_alive and self.device.linked and self.now_s - heard_s >= 1.0:
                heard_s = self.now_s
                self.tell("/heartbeat", DEVICE, PORT, EPOCH)
            for datagram in self.device.due(self.now_s):
                assert len(datagram) <= MAX_DATAGRAM_BYTES
                for address, args in parse_packet(datagram):
                    message = check(address, args, Direction.TO_ENGINE)
                    self.sent.append((self.now_s, message))
        self.now_s = end_s

    def sent_to(self, address: str) -> list[tuple[float, Message]]:
        return [(at_s, message) for at_s, message in self.sent if message.address == address]


def test_hello_is_said_once_a_second_until_welcome() -> None:
    stage = Stage(linked=False, token=4711)
    stage.until(3.0)
    hellos = stage.sent_to("/hello")
    assert [at_s for at_s, _ in hellos] == [0.0, 1.0, 2.0, 3.0]
    assert hellos[0][1].values == (DEVICE, PROTOCOL_VERSION, PORT, 4711)
    stage.tell("/welcome", DEVICE, EPOCH, PROTOCOL_VERSION, 3)
    stage.until(6.0)
    assert len(stage.sent_to("/hello")) == 4


def test_after_welcome_all_parameters_and_the_clock_are_sent() -> None:
    stage = Stage()
    sent = {message.address for _, message in stage.sent if message.address.startswith("/param/")}
    assert sent == {f"/param/{name}" for name in stage.device.parameters}
    assert len(stage.sent_to("/clock")) == 3


def test_a_turned_knob_is_sent_and_kept_for_the_next_link() -> None:
    stage = Stage()
    stage.device.command("/param/temperature", 1.5, at_s=1.0)
    stage.until(2.0)
    (_, _), (at_s, turned) = stage.sent_to("/param/temperature")
    assert (at_s, turned.values) == (1.0, (DEVICE, 1.5))
    stage.tell("/heartbeat", DEVICE, PORT, EPOCH + 1)
    stage.tell("/welcome", DEVICE, EPOCH + 1, PROTOCOL_VERSION, 3)
    stage.until(2.5)
    assert stage.sent_to("/param/temperature")[-1][1].values == (DEVICE, 1.5)


def test_heartbeats_carry_port_and_epoch() -> None:
    stage = Stage()
    stage.until(4.5)
    beats = stage.sent_to("/heartbeat")
    assert [at_s for at_s, _ in beats] == [1.0, 2.0, 3.0, 4.0]
    assert beats[0][1].values == (DEVICE, PORT, EPOCH)


def test_three_silent_seconds_lose_the_link_and_hello_is_said_again() -> None:
    stage = Stage()
    stage.until(5.0, engine_alive=False)
    assert not stage.device.linked
    assert [at_s for at_s, _ in stage.sent_to("/hello")] == [0.0, 3.0, 4.0, 5.0]


def test_a_restarted_engine_is_noticed_by_its_epoch() -> None:
    stage = Stage()
    stage.transport.play(0.5)
    stage.until(1.0)
    stage.tell("/n", 480, KICK, 100, 9, 4800)
    stage.until(1.6)
    assert stage.device.sounding == ((KICK, 9),)
    stage.tell("/heartbeat", DEVICE, PORT, EPOCH + 1)
    assert not stage.device.linked
    assert stage.device.sounding == ()
    stage.until(1.6)
    assert stage.sent_to("/hello")[-1][0] == 1.6


def test_the_clock_ticks_24_times_a_beat_on_the_grid() -> None:
    stage = Stage()
    stage.transport.play(1.0)
    stage.until(2.0)
    ticks = [m for at_s, m in stage.sent_to("/clock") if at_s > 1.0]
    assert [m.int_of("song_ticks") for m in ticks] == list(range(20, 961, 20))
    assert {m.int_of("tick_fraction") for m in ticks} == {0}
    assert all(m.int_of("flags") & FLAG_PLAYING for m in ticks)
    stamps = [m.int_of("sent_hi") * 2**24 + m.int_of("sent_lo") for m in ticks]
    assert stamps[-1] - stamps[0] == pytest.approx(47 * 1e6 / 48, abs=1)


def test_a_stopped_clock_ticks_once_a_second() -> None:
    stage = Stage()
    stage.until(3.5)
    moments = [at_s for at_s, _ in stage.sent_to("/clock")]
    assert moments == [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("change", "new_epoch"),
    [
        (lambda t: t.stop(2.1), False),
        (lambda t: t.set_tempo(2.1, 140.0), False),
        (lambda t: t.locate(2.1, 16.0), True),
    ],
    ids=["stop", "tempo", "locate"],
)
def test_a_change_is_told_three_times_with_one_number(change, new_epoch) -> None:
    stage = Stage()
    stage.transport.play(1.0)
    change(stage.transport)
    stage.until(2.1)
    *_, before, one, two, three = [message for _, message in stage.sent_to("/clock")]
    assert one.values == two.values == three.values
    assert (one.int_of("clock_epoch") > before.int_of("clock_epoch")) is new_epoch
    assert one.int_of("seq") == (0 if new_epoch else before.int_of("seq") + 1)


def test_a_change_between_two_ticks_tells_the_fraction() -> None:
    stage = Stage()
    stage.transport.play(1.0)
    stage.transport.stop(1.0013)
    stage.until(1.1)
    clock = stage.sent_to("/clock")[-1][1]
    assert (clock.int_of("song_ticks"), clock.int_of("tick_fraction")) == (1, 248)


def test_the_clock_tells_loop_signature_and_place_in_the_bar() -> None:
    stage = Stage()
    stage.transport.set_loop(8.0, 4.0, at_s=0.5)
    stage.transport.set_signature(0.5, (3, 4))
    stage.transport.play(1.0)
    stage.until(3.5)
    clock = stage.sent_to("/clock")[-1][1]
    assert clock.int_of("flags") & FLAG_LOOP
    assert (clock.int_of("loop_start_ticks"), clock.int_of("loop_length_ticks")) == (3840, 1920)
    assert (clock.int_of("numerator"), clock.int_of("denominator")) == (3, 4)
    assert clock.int_of("bar_offset_ticks") == 2400 % 1440


def test_in_a_loop_the_wrap_is_told_as_the_start() -> None:
    stage = Stage()
    stage.transport.set_loop(0.0, 1.0)
    stage.transport.play(0.1)
    stage.until(20.0)
    assert max(m.int_of("song_ticks") for _, m in stage.sent_to("/clock")) == 460


def test_a_key_is_stamped_with_the_song_position() -> None:
    stage = Stage()
    stage.transport.play(1.0)
    stage.device.key(1.5, KICK, 90, 9)
    stage.device.key(1.6, KICK, 0, 9)
    stage.until(2.0)
    struck, released = (message.values for _, message in stage.sent_to("/note/at"))
    assert struck == (DEVICE, KICK, 90, 9, 480)
    assert released == (DEVICE, KICK, 0, 9, 576)


def test_a_key_may_go_without_a_stamp() -> None:
    stage = Stage(stamped_notes=False)
    stage.device.key(0.5, KICK, 90)
    stage.until(1.0)
    assert [m.values for _, m in stage.sent_to("/note")] == [(DEVICE, KICK, 90, 0)]
    assert not stage.sent_to("/note/at")


def test_without_a_link_keys_are_not_sent() -> None:
    stage = Stage(linked=False)
    stage.device.key(0.5, KICK, 90)
    stage.until(1.0)
    assert not stage.sent_to("/note/at")


def test_goodbye_is_the_last_word() -> None:
    stage = Stage()
    stage.device.command("/goodbye", at_s=1.5)
    stage.until(6.0)
    assert stage.sent[-1][1].address == "/goodbye"


def play_from_1s() -> Stage:
    stage = Stage()
    stage.transport.play(1.0)
    stage.until(1.1)
    return stage


def test_a_note_sounds_at_its_tick_and_ends_after_its_length() -> None:
    stage = play_from_1s()
    stage.tell("/n", 240, KICK, 100, 9, 120)
    stage.until(2.0)
    (note,) = stage.device.sounded
    assert note.song_ticks == pytest.approx(240.0, abs=1e-9)
    assert (note.at_s, note.run_beats, note.late_ms) == (pytest.approx(1.25), 0.5, 0.0)
    assert note.ahead_ms == pytest.approx(150.0)
    on, off = stage.device.player.midi
    assert (on.velocity, off.velocity) == (100, 0)
    assert off.run_beats == pytest.approx(0.75)
    assert stage.device.player.stuck() == [] and stage.device.refused == []


def test_a_note_in_flight_follows_a_tempo_change() -> None:
    stage = play_from_1s()
    stage.transport.set_tempo(1.125, 60.0)
    stage.tell("/n", 240, KICK, 100, 9, 120)
    stage.until(3.0)
    assert stage.device.sounded[0].song_ticks == pytest.approx(240.0, abs=1e-9)
    assert stage.device.sounded[0].at_s == pytest.approx(1.375)


def test_a_note_whose_moment_has_passed_does_not_sound_and_is_counted() -> None:
    stage = play_from_1s()
    stage.tell("/n", 48, KICK, 100, 9, 120)
    stage.until(2.0)
    assert stage.device.sounded == []
    assert [note.late_ms for note in stage.device.player.late] == [pytest.approx(50.0)]


def test_a_note_behind_the_loops_end_sounds_after_the_wrap() -> None:
    stage = Stage()
    stage.transport.set_loop(0.0, 4.0)
    stage.transport.play(0.0)
    stage.until(1.9)
    stage.tell("/n", 0, KICK, 100, 9, 120)
    stage.until(2.5)
    (note,) = stage.device.sounded
    assert note.at_s == pytest.approx(2.0)
    assert note.run_beats == pytest.approx(4.0)


def test_a_repeated_pitch_ends_the_first_note_and_nothing_hangs() -> None:
    stage = play_from_1s()
    stage.tell("/n", 240, 60, 100, 0, 480)
    stage.tell("/n", 360, 60, 80, 0, 240)
    stage.until(3.0)
    velocities = [event.velocity for event in stage.device.player.midi]
    assert velocities == [100, 0, 80, 0]
    assert stage.device.player.midi[-1].run_beats == pytest.approx(1.25)


@pytest.mark.parametrize("how", ["stop", "flush", "silence", "panic"])
def test_nothing_sounds_after_the_end_however_it_comes(how: str) -> None:
    stage = play_from_1s()
    if how == "stop":
        stage.transport.stop(1.3)
    stage.tell("/n", 240, KICK, 100, 9, 48000)
    stage.tell("/n", 470, KICK, 100, 9, 120)
    stage.until(1.3)
    if how == "flush":
        stage.tell("/flush")
    if how == "panic":
        stage.device.command("/panic")
    stage.until(8.0, engine_alive=how != "silence")
    assert stage.device.sounding == () and stage.device.player.stuck() == []
    assert len(stage.device.sounded) == (2 if how == "silence" else 1)


def test_clear_drops_what_waits_and_lets_what_sounds_end() -> None:
    stage = play_from_1s()
    stage.tell("/n", 240, KICK, 100, 9, 240)
    stage.tell("/n", 400, KICK, 100, 9, 240)
    stage.until(1.3)
    stage.tell("/n/clear")
    stage.until(3.0)
    assert len(stage.device.sounded) == 1
    assert stage.device.player.midi[-1].run_beats == pytest.approx(1.0)
    assert stage.device.player.dropped_waiting == 1


def test_a_jump_drops_what_waits() -> None:
    stage = play_from_1s()
    stage.transport.locate(1.2, 64.0)
    stage.tell("/n", 240, KICK, 100, 9, 240)
    stage.until(3.0)
    assert stage.device.sounded == []


def test_notes_for_a_stopped_transport_are_not_kept() -> None:
    stage = Stage()
    stage.tell("/n", 0, KICK, 100, 9, 240)
    stage.transport.play(1.0)
    stage.until(2.0)
    assert stage.device.sounded == [] and stage.device.player.not_playing == 1


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (osc("/n", 240, KICK, 0, 9, 120), "velocity is 0"),
        (osc("/n", 240, KICK, 100, 9), "takes 5"),
        (osc("/n", 240.0, KICK, 100, 9, 120), "must be an integer"),
        (osc("/n", 1000, KICK, 100, 9, 120), "480 is the most"),
        (osc("/note", DEVICE, KICK, 100, 9), "no message '/note'"),
        (osc("/text", "hello"), "only i and f"),
        (osc("/error", 1), "takes 2"),
        (osc("/welcome", DEVICE + 1, EPOCH, PROTOCOL_VERSION, 3), "is for device 8"),
        (b"/n\0\0,i\0\0\0", "not an OSC message"),
        (b"/" + b"n" * MAX_DATAGRAM_BYTES, "1400 is the most"),
    ],
)
def test_what_live_would_refuse_is_refused(datagram: bytes, why: str) -> None:
    stage = play_from_1s()
    stage.device.receive(datagram, stage.now_s)
    stage.until(3.0)
    (refused,) = stage.device.refused
    assert why in refused
    assert stage.device.sounded == []


def test_a_welcome_of_another_protocol_makes_no_link() -> None:
    stage = Stage(linked=False)
    stage.tell("/welcome", DEVICE, EPOCH, PROTOCOL_VERSION + 1, 3)
    assert not stage.device.linked and "protocol" in stage.device.refused[0]


def test_states_scores_errors_and_models_are_logged() -> None:
    stage = Stage()
    stage.tell("/bundle", 0, 4, 1)
    stage.tell("/state", 1, 1, 2)
    stage.tell("/score", 1, 5, -1.5, -1.25, -80.0)
    stage.tell("/error", 402, 1)
    device = stage.device
    assert device.models == [(0, 4, 1)]
    assert device.states == [(0.0, 1, 1, 2)]
    assert device.scores == [(1, 5, -1.5, -1.25, -80.0)]
    assert device.errors == [(402, 1)]


NOTES = [(36 + i % 40, 64.5, i * 0.25, 0.25, 9) for i in range(100)]


def chunks(*, crc: int | None = None) -> list[bytes]:
    checksum = notes_crc(NOTES) if crc is None else crc
    parts = [NOTES[i : i + 48] for i in range(0, len(NOTES), 48)]
    head = (DEVICE, 3, 1)
    return [
        osc(
            "/clip/chunk", *head, i, len(parts), 25.0, checksum, *(v for note in part for v in note)
        )
        for i, part in enumerate(parts)
    ]


def test_a_clip_in_disorder_with_doubles_arrives_whole_and_once() -> None:
    stage = Stage()
    first, second, third = chunks()
    for datagram in (third, first, first, second, third):
        stage.device.receive(datagram, stage.now_s)
    stage.until(0.0)
    (clip,) = stage.device.clips
    assert (clip.clip, len(clip.phrase.notes), clip.phrase.length_beats) == (3, 100, 25.0)
    bitmaps = [message.values[2:] for _, message in stage.sent_to("/clip/ack")]
    assert bitmaps == [(0b100, 0), (0b101, 0), (0b101, 0), (0b111, 0), (0b111, 0)]


def test_a_clip_with_a_wrong_checksum_is_asked_for_again() -> None:
    stage = Stage()
    for datagram in chunks(crc=12345):
        stage.device.receive(datagram, stage.now_s)
    stage.until(0.0)
    assert stage.device.clips == []
    assert stage.sent_to("/clip/ack")[-1][1].values[2:] == (0, 0)


def test_the_checksum_is_that_of_the_bytes_on_the_wire() -> None:
    datagram = chunks()[0]
    body = datagram[-48 * struct.calcsize(">ifffi") :]
    assert body == b"".join(struct.pack(">ifffi", *note) for note in NOTES[:48])
