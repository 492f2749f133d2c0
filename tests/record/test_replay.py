"""A recorded jam comes out the same, decision by decision, or the replay says where it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.core.bindings import Binding, ControlSettings, MetronomeSettings
from bridge.core.commands import Do, Key, Learn, SetParameter, SetTempo
from bridge.core.player import Player
from bridge.core.protocol import PROTOCOL_VERSION
from bridge.core.settings import JamSettings, PlayerSettings
from bridge.demo.packets import packet
from bridge.engine.timekeeper import EngineSetup, Timekeeper
from bridge.errors import BridgeError, RecordingInvalid
from bridge.io.osc_udp import Datagram
from bridge.models.library import BundleLibrary
from bridge.models.worker import InProcessModel
from bridge.record.file import Recording, RecordingWriter
from bridge.record.tape import Tape
from bridge.replay import Outcome, replay
from tests.fakes.ports import IN, OUT, PortRoom
from tests.fakes.push2 import button_down, press, release, touch, turn
from tests.fakes.push2_room import PushRoom
from tests.fakes.room import KICK, BadClockNetwork, Room, random_bundle_file, steady_drummer
from tests.fakes.taped_jam import Datagrams, TapedWildJam, header, save


@pytest.mark.parametrize("seed", [0, 1])
def test_a_wild_jam_comes_out_the_same(seed: int, tmp_path: Path) -> None:
    jam = TapedWildJam(seed)
    jam.play(wild_s=2.0)
    sent = len(jam.edge.sent)
    jam.save(tmp_path / "wild.jsonl")
    outcome = replay(Recording(tmp_path / "wild.jsonl"))
    assert outcome.difference is None
    assert outcome.decisions > sent > 20
    assert outcome.seconds == pytest.approx(14.0, abs=1.0)
    assert outcome.ended == "The engine ended."


@pytest.fixture
def recorded(tmp_path: Path) -> Room:
    """A call, its answer, another one, over a network that loses and reorders."""
    bundle = random_bundle_file(tmp_path, "drum_kit")
    network = BadClockNetwork(loss=0.1, reordering=0.1, delay_ms=3.0)
    player = PlayerSettings(call_bars=1)
    room = Room(bundle, tmp_path, tape=Tape(), player=player, network=network)
    room.play_phrase([(0.0, KICK), (1.5, 38), (2.75, 42)])
    room.command("/again", beat=9.2)
    room.command("/param/temperature", 1.7, beat=10.1)
    room.run(bars=6)
    room.close()
    assert room.device.sounded
    return room


def replayed(room: Room | PortRoom, file: Path) -> Outcome:
    assert room.engine is not None
    assert room.tape is not None
    save(file, room.engine.setup, room.tape)
    return replay(Recording(file))


def test_a_jam_with_a_real_model_over_udp_comes_out_the_same(
    recorded: Room, tmp_path: Path
) -> None:
    outcome = replayed(recorded, tmp_path / "room.jsonl")
    assert outcome.difference is None
    assert outcome.decisions > len(recorded.device.sounded)
    assert not outcome.cut


def test_a_compressed_recording_is_the_same_recording(recorded: Room, tmp_path: Path) -> None:
    assert recorded.engine is not None
    assert recorded.tape is not None
    entries = recorded.tape.take()
    for name in ("jam.jsonl", "jam.jsonl.gz"):
        writer = RecordingWriter(tmp_path / name, header(recorded.engine.setup))
        for start in range(0, len(entries), 50):
            writer.write(entries[start : start + 50])
        writer.close("")
    plain, packed = (Recording(tmp_path / name) for name in ("jam.jsonl", "jam.jsonl.gz"))
    assert list(plain.lines()) == list(packed.lines())
    assert (tmp_path / "jam.jsonl.gz").stat().st_size * 3 < (tmp_path / "jam.jsonl").stat().st_size


def test_ports_that_come_and_go_are_replayed_too(tmp_path: Path) -> None:
    bundle = steady_drummer(tmp_path)
    room = PortRoom(bundle, tmp_path, tape=Tape())
    room.strike(0.5, 36, channel=9)
    room.run(2.6)
    room.ports.lose(OUT)
    room.run(3.1)
    room.ports.give_back(OUT)
    room.strike(4.5, 40)
    room.run(8.0)
    room.close()
    assert len(room.ports.note_ons()) > 16
    outcome = replayed(room, tmp_path / "ports.jsonl")
    assert outcome.difference is None
    assert IN in (tmp_path / "ports.jsonl").read_text()


def test_hands_on_push_2_are_replayed_too(tmp_path: Path) -> None:
    steady_drummer(tmp_path)
    room = PushRoom(tmp_path, tape=Tape())
    room.hand(0.5, press(0, 7), turn(71, 9), touch(71, True), turn(72, 30))
    room.run(5.0)
    room.unplug()
    room.run(6.0)
    room.plug()
    room.hand(7.0, press(0, 5), release(0, 5), button_down(29))
    room.run(9.0)
    room.close()
    assert room.view().settings.answer_bars > 0
    assert len(room.ports.note_ons()) > 8
    outcome = replayed(room, tmp_path / "push2.jsonl")
    assert outcome.difference is None


def test_controllers_their_clock_the_metronome_and_what_was_learnt_are_replayed_too(
    tmp_path: Path,
) -> None:
    bindings = (
        Binding("clock", controller=1),
        Binding("tempo", controller=7),
        Binding("go", note=36),
    )
    clicks = MetronomeSettings("clicks")
    controls = ControlSettings(("knobs",), "", bindings, clicks)
    bundle = steady_drummer(tmp_path)
    room = PortRoom(bundle, tmp_path, tape=Tape(), controls=controls, order=("bars",))
    room.at(0.1, bytes((0xB0, 7, 60)), "knobs")
    for bar in range(6):
        room.at(0.5 + bar * 2.0, bytes((0xB0, 1, 127)), "knobs")
    room.at(0.7, bytes((0x90, 36, 90)))
    room.run(1.0)
    room.engine.command(Learn(1, "temperature"), room.clock.time_s)
    room.at(1.2, bytes((0xB2, 21, 127)), "knobs")
    room.strike(7.0, 40)
    room.run(12.0)
    room.close()
    assert room.ports.note_ons(OUT) and room.ports.note_ons("clicks")
    assert room.engine.views()[0].settings.temperature == 2.0
    assert replayed(room, tmp_path / "controls.jsonl").difference is None


def test_commands_are_replayed_too_those_that_were_refused_as_well(tmp_path: Path) -> None:
    room = Room(steady_drummer(tmp_path), tmp_path, tape=Tape(), player=PlayerSettings(call_bars=1))
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=room.at_beat(2.0))
    assert room.engine is not None
    now_s = room.clock.now_s()
    room.engine.command(Key(1, 38, 90), now_s)
    room.engine.command(SetParameter(1, "answer_bars", 2), now_s)
    with pytest.raises(BridgeError):
        room.engine.command(SetParameter(1, "answer_bars", -2), now_s)
    with pytest.raises(BridgeError):
        room.engine.command(Do(9, "go"), now_s)
    room.engine._timekeeper.obey(1, SetTempo(90.0), now_s)
    room.engine._timekeeper.obey(2, Do(3, "mutate"), now_s)
    room.run(bars=4)
    room.engine.command(Do(0, "panic"), room.clock.now_s())
    room.close()
    outcome = replayed(room, tmp_path / "commands.jsonl")
    assert outcome.difference is None
    text = (tmp_path / "commands.jsonl").read_text()
    assert text.count('["command"') == 5
    assert text.count('["obey"') == 2


def test_another_answer_of_the_model_is_where_the_replay_differs_first(
    recorded: Room, tmp_path: Path
) -> None:
    file = tmp_path / "room.jsonl"
    replayed(recorded, file)
    lines = file.read_text().splitlines()
    reply = next(i for i, line in enumerate(lines) if '"AnswerChunk"' in line and "[[36" in line)
    lines[reply] = lines[reply].replace('"notes":[[36', '"notes":[[47', 1)
    file.write_text("\n".join(lines) + "\n")
    difference = replay(Recording(file)).difference
    assert difference is not None
    assert difference.line > reply
    assert difference.recorded == lines[difference.line - 1]
    tick, pitch, *rest = json.loads(difference.recorded)[4]
    assert pitch == 36
    assert json.loads(difference.replayed)[4] == [tick, 47, *rest]


def test_a_decision_too_few_or_too_many_is_a_difference(recorded: Room, tmp_path: Path) -> None:
    file = tmp_path / "room.jsonl"
    replayed(recorded, file)
    lines = file.read_text().splitlines()
    place = next(i for i, line in enumerate(lines) if '"/n"' in line)
    turn = max(i for i in range(place) if lines[i].startswith('["turn"'))
    rest = next(i for i in range(turn + 1, place + 9) if not lines[i].startswith('["sent"'))
    file.write_text("\n".join([*lines[:place], *lines[rest:]]) + "\n")
    fewer = replay(Recording(file)).difference
    assert fewer is not None
    assert (fewer.line, fewer.recorded, fewer.replayed) == (turn + 1, "nothing", lines[place])
    file.write_text("\n".join([*lines[:rest], lines[place], *lines[rest:]]) + "\n")
    more = replay(Recording(file)).difference
    assert more is not None
    assert (more.line, more.recorded, more.replayed) == (rest + 1, lines[place], "nothing")


def test_a_jam_with_a_mistake_of_ours_shows_the_same_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = Room(steady_drummer(tmp_path), tmp_path, tape=Tape())
    room.play_phrase([(0.0, KICK), (16.0, KICK)])
    file = tmp_path / "fault.jsonl"

    def bug(player: Player) -> None:
        raise ZeroDivisionError(f"a bug of player {player.number}")

    with monkeypatch.context() as patch:
        patch.setattr(Player, "mutate", bug)
        room.command("/mutate", beat=9.0)
        room.run(bars=4)
        room.close()
        assert replayed(room, file).difference is None
        assert room.engine is not None
        assert room.engine._timekeeper.faults == 1
    text = file.read_text()
    assert '["fault","ZeroDivisionError: a bug of player 1000"]' in text
    assert "Traceback" in text
    assert "A mistake in the engine" in caplog.text
    mended = replay(Recording(file)).difference
    assert mended is not None
    assert "a bug of player 1000" in mended.recorded


def test_a_recording_of_the_last_minute_alone_is_read_and_not_replayed(
    recorded: Room, tmp_path: Path
) -> None:
    assert recorded.engine is not None
    assert recorded.tape is not None
    file = tmp_path / "minute.jsonl"
    writer = RecordingWriter(file, header(recorded.engine.setup, whole=False))
    writer.write(recorded.tape.take()[500:])
    writer.abandon()
    assert len(list(Recording(file).lines())) > 500
    with pytest.raises(RecordingInvalid, match="does not begin with its engine"):
        replay(Recording(file))


def test_a_gap_ends_the_replay_there(recorded: Room, tmp_path: Path) -> None:
    assert recorded.engine is not None
    assert recorded.tape is not None
    entries = recorded.tape.take()
    turns = [i for i, entry in enumerate(entries) if entry[0] == "turn"]
    cut = turns[len(turns) // 2]
    file = tmp_path / "gap.jsonl"
    writer = RecordingWriter(file, header(recorded.engine.setup))
    writer.write([*entries[:cut], ("lost", 40), *entries[turns[-20] :]])
    writer.abandon()
    outcome = replay(Recording(file))
    assert (outcome.lost, outcome.difference, outcome.turns) == (40, None, len(turns) // 2)


def test_the_network_s_token_is_in_no_recording_and_the_replay_is_the_same(
    tmp_path: Path,
) -> None:
    setup = EngineSetup("0.0.0.0", 0, JamSettings(token=7654321), (), 1, 2)
    tape, edge = Tape(), Datagrams()
    timekeeper = Timekeeper(setup, edge, InProcessModel(BundleLibrary(())), tape=tape)
    for device, token in ((5, 7654321), (6, 999)):
        hello = packet("/hello", device, PROTOCOL_VERSION, 6000, token)
        edge.waiting.append(Datagram(hello, ("192.168.1.9", 5000), 0.0))
        timekeeper.turn(10.0, kernel_stamps=True)
    assert [message.address for _, message in edge.sent].count("/welcome") == 1
    file = tmp_path / "lan.jsonl"
    save(file, setup, tape)
    assert "7654321" not in file.read_text()
    assert replay(Recording(file)).difference is None
