"""The script by itself, in Node: its language, the link, the knobs, the clips' checksums."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.address_book import PROTOCOL_VERSION
from bridge.core.protocol import Direction, check
from bridge.demo.clip_box import notes_crc
from m4l_devices.magenta_jam.script import script_text
from tests.device.conftest import MakeLive
from tests.device.node_host import Atom, FakeLive

SOURCE = script_text()


class Played:
    """The script with a patch that only listens.

    Attributes:
        said: What it put out: outlet and message.
        now_ms: Max's time.
    """

    def __init__(self, live: FakeLive) -> None:
        self.live = live
        self.said: list[tuple[int, tuple[Atom, ...]]] = []
        self.now_ms = 0.0
        assert live.load(1, SOURCE, self._heard) == (1, 2)

    def _heard(self, outlet: int, message: tuple[Atom, ...]) -> None:
        self.said.append((outlet, message))

    def say(self, *message: Atom) -> None:
        """A message of the patch."""
        self.live.message(1, *message, now_ms=self.now_ms)

    def run(self, ms: float) -> None:
        """Let time pass."""
        end_ms = self.now_ms + ms
        while (due := self.live.due_ms.get(1)) is not None and due <= end_ms:
            self.now_ms = max(self.now_ms, due)
            self.live.run_tasks(1, self.now_ms)
        self.now_ms = end_ms

    def boot(self) -> None:
        """The device is loaded."""
        self.live.live_ready(1)
        self.say("init")

    def prove(self) -> None:
        """The port hears what the device sends to itself."""
        self.run(100)
        self.say("osc", "/port_proof", *self.words("proof")[-1])

    def link(self, epoch: int = 7, player: int = 1) -> None:
        """An engine says welcome."""
        self.say("osc", "/welcome", self.device, epoch, PROTOCOL_VERSION, player)

    @property
    def device(self) -> int:
        """The number under which it said hello."""
        return int(self.sent("/hello")[-1][0])

    def sent(self, address: str) -> list[tuple[Atom, ...]]:
        """What it sent to an address, after checking it against the address book."""
        found = [m for outlet, m in self.said if outlet == 0 and m[0] == address]
        for message in found:
            numbers = [each for each in message[1:] if not isinstance(each, str)]
            check(str(message[0]), tuple(numbers), Direction.TO_ENGINE)
        return [message[1:] for message in found]

    def words(self, word: str) -> list[tuple[Atom, ...]]:
        """What it said to the patch under a word."""
        return [m[1:] for outlet, m in self.said if outlet == 1 and m[0] == word]

    @property
    def status(self) -> str:
        """The status line."""
        return str(self.words("status")[-1][0])


@pytest.fixture
def played(make_live: MakeLive) -> Iterator[Played]:
    """A script on a track of a Set with one clip."""
    script = Played(make_live(tracks=[{"clips": {"0": {"values": {"loop_end": 4}}}}]))
    yield script
    assert script.live.complaints == []
    assert script.live.unknown == set()
    assert script.live.posts == []


def linked(script: Played) -> Played:
    script.boot()
    script.prove()
    script.link()
    return script


def test_later_language_stands_nowhere():
    code = re.sub(r'"(\\.|[^"\\])*"|//[^\n]*', "", SOURCE)
    assert not re.search(r"\b(let|const|class|async|await|yield|import|export)\b|=>|`", code)
    assert not re.search(r"\b(outlet|messnamed|post)\s*\.\s*(apply|call)\b|\bpost\s*\(", code)
    assert max(map(len, SOURCE.splitlines())) <= 110


def test_no_live_object_is_made_before_live_is_ready(played: Played):
    played.say("param", "temperature", 1.5)
    played.say("stored", "port", 17700)
    played.run(1000)
    assert played.said == []
    played.boot()
    assert played.words("send_to") == [("127.0.0.1", 17700)]


def test_a_port_that_does_not_hear_is_left_for_the_next(played: Played):
    played.boot()
    [first] = played.words("receive_port")
    played.run(1000)
    ports = [port for (port,) in played.words("receive_port")]
    assert ports[:2] == [first[0], 17601 + (int(first[0]) - 17601 + 1) % 64]
    assert played.words("receive_port") == played.words("proof_port")
    assert played.sent("/hello") == []
    assert played.status == "Connecting"


def test_with_no_port_free_it_says_so_and_begins_again(played: Played):
    played.boot()
    played.run(64 * 400 + 500)
    assert played.status == "No free port: remove other devices"
    assert len(set(played.words("receive_port"))) == 64
    played.run(6000)
    assert played.status == "Connecting"


def test_hello_goes_out_once_a_second_until_the_welcome(played: Played):
    played.boot()
    played.prove()
    assert played.status == "Engine not running: run magenta-bridge run"
    played.run(3000)
    assert len(played.sent("/hello")) == 4
    played.link(player=3)
    assert played.words("player") == [(3,)]
    played.run(2000)
    assert len(played.sent("/hello")) == 4


def test_the_gates_open_before_the_knobs_go_out_and_the_clock_is_told_last(played: Played):
    linked(played)
    begun = next(i for i, (_, m) in enumerate(played.said) if m[0] == "identity")
    order = [m[0] for _, m in played.said[begun:] if str(m[0]) != "status"]
    assert order[:2] == ["identity", "linked"]
    assert order[-1] == "tell_clock"
    assert {name for name in order if str(name).startswith("/param/")} > {"/param/bundle"}


def test_a_new_epoch_is_a_new_link_and_all_is_told_again(played: Played):
    linked(played)
    played.say("osc", "/heartbeat", played.device, 17700, 8)
    assert played.words("linked")[-1] == (0,)
    assert played.words("flush") == [(1,)]
    hellos = len(played.sent("/hello"))
    assert hellos == 2
    played.link(epoch=8)
    assert len(played.sent("/param/temperature")) == 2


def test_the_same_welcome_twice_changes_nothing(played: Played):
    linked(played)
    before = len(played.said)
    played.link()
    assert len(played.said) == before


def test_an_engine_that_falls_silent_is_lost_within_four_seconds(played: Played):
    linked(played)
    played.run(2500)
    assert played.words("linked")[-1] == (1,)
    played.run(1500)
    assert played.words("linked")[-1] == (0,)
    assert played.status == "Engine lost: run magenta-bridge run"


@pytest.mark.parametrize(
    ("code", "words"),
    [(327, "do not match"), (328, "Wrong token"), (404, "No player is free")],
)
def test_a_refusal_is_told_in_a_sentence(played: Played, code: int, words: str):
    played.boot()
    played.prove()
    played.say("osc", "/error", code, 1)
    assert words in played.status
    played.run(6000)
    assert played.status == "Engine not running: run magenta-bridge run"


def test_an_engine_of_another_protocol_is_not_linked(played: Played):
    played.boot()
    played.prove()
    played.say("osc", "/welcome", played.device, 7, PROTOCOL_VERSION + 1, 1)
    assert "do not match" in played.status
    assert played.words("linked") == []


def test_a_stranger_that_was_forgotten_says_hello_again(played: Played):
    linked(played)
    played.say("osc", "/error", 326, 1)
    assert played.words("linked")[-1] == (0,)
    assert len(played.sent("/hello")) == 2


def test_a_turned_knob_is_told_at_most_thirty_times_a_second_and_ends_where_it_stands(
    played: Played,
):
    linked(played)
    played.run(100)
    before = len(played.sent("/param/temperature"))
    for step in range(200):
        played.say("param", "temperature", 0.1 + step * 0.009)
        played.run(5)
    played.run(100)
    told = played.sent("/param/temperature")[before:]
    assert 20 <= len(told) <= 31
    assert told[-1][1] == pytest.approx(0.1 + 199 * 0.009)


def test_modes_say_what_they_are_made_of(played: Played):
    linked(played)

    def now(name: str) -> Atom:
        played.run(100)
        return played.sent(f"/param/{name}")[-1][1]

    played.say("param", "mode", 3)
    assert (now("loop"), now("overlap")) == (1, 0)
    played.say("param", "mode", 1)
    assert (now("loop"), now("overlap"), now("memory_bars")) == (0, 1, 8)
    played.say("param", "memory_bars", 12)
    assert now("memory_bars") == 12
    played.say("param", "mode", 2)
    assert (now("call_bars"), now("answer_bars"), now("overlap")) == (3, 1, 0)
    played.say("param", "answer_bars", 2)
    assert (now("call_bars"), now("answer_bars")) == (6, 2)
    played.say("param", "mode", 0)
    assert (now("call_bars"), now("answer_bars")) == (0, 2)


def test_the_scale_follows_lives(played: Played):
    linked(played)
    played.say("param", "scale", 1)
    assert played.status == "Turn on Scale in Live's top bar"
    played.live.user("song", {"scale_mode": 1, "root_note": 9, "scale_name": "Minor"})
    played.run(100)
    # A (9) with the intervals of the fake's scale, which are major's: A B C# D E F# G#.
    assert played.sent("/param/scale")[-1][1] == sum(1 << c for c in (9, 11, 1, 2, 4, 6, 8))
    played.say("param", "scale", 0)
    played.run(100)
    assert played.sent("/param/scale")[-1][1] == 0


def test_the_loop_of_the_song_goes_to_the_patch_in_ticks(played: Played):
    linked(played)
    assert played.words("loop_ticks") == [(0, 0)]
    played.live.user("song", {"loop": 1, "loop_start": 4, "loop_length": 2.5})
    played.run(20)
    assert played.words("loop_ticks")[-1] == (1920, 1200)


def test_models_are_named_once_all_names_are_there_and_lost_ones_asked_for(played: Played):
    linked(played)
    played.say("osc", "/bundle/name", 1, 2, 0, *map(ord, "chords"))
    assert played.words("models") == []
    played.run(1000)
    assert played.sent("/bundles") == [(played.device,)]
    played.say("osc", "/bundle/name", 0, 2, 1, *map(ord, "drums"))
    assert played.words("models") == [("drums", "chords")]
    played.say("osc", "/bundle/name", 0, 2, 1, *map(ord, "drums"))
    assert len(played.words("models")) == 1


# --- clips ----------------------------------------------------------------------------------------

_NOTE = st.fixed_dictionaries(
    {
        "pitch": st.integers(0, 127),
        "velocity": st.floats(1, 127),
        "start_time": st.floats(0, 15.9),
        "duration": st.floats(0.01, 4),
    }
)


def as_float32(value: float) -> float:
    (rounded,) = struct.unpack(">f", struct.pack(">f", value))
    return float(rounded)


@pytest.fixture
def clip_reader(make_live: MakeLive) -> Played:
    return linked(Played(make_live(tracks=[{"clips": {"0": {"values": {"loop_end": 16}}}}])))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(notes=st.lists(_NOTE, min_size=1, max_size=120))
def test_a_clip_travels_with_the_checksum_that_the_engine_counts(
    clip_reader: Played, notes: list[dict[str, Any]]
):
    script = clip_reader
    script.link(epoch=int(script.words("identity")[-1][2]) + 1)
    script.live.user("delete_clip", 0, 0)
    script.live.user("put_clip", 0, 0, {"values": {"loop_end": 16}, "notes": notes})
    script.live.user("select_slot", 0, 0)
    before = len(script.sent("/clip/chunk"))
    script.say("button", "vary")
    chunks = script.sent("/clip/chunk")[before:]
    assert [chunk[3] for chunk in chunks] == list(range(int(chunks[0][4])))
    groups = []
    for chunk in chunks:
        flat = chunk[7:]
        for at in range(0, len(flat), 5):
            pitch, velocity, start, duration, channel = flat[at : at + 5]
            sent = (as_float32(float(each)) for each in (velocity, start, duration))
            groups.append((pitch, *sent, channel))
    assert {chunk[6] for chunk in chunks} == {notes_crc(groups)}
    clip = script.live.clip(0, 0)
    assert clip is not None
    assert [group[0] for group in groups] == [note["pitch"] for note in clip["notes"]]
