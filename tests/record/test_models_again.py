"""The models of a recorded jam asked once more: the same answers, or a word on the difference."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bridge.cli.replay import replay_command
from bridge.core.settings import PlayerSettings
from bridge.engine.recordings import make_header
from bridge.models.library import BundleLibrary
from bridge.record.file import Recording, RecordingWriter
from bridge.record.tape import Tape
from bridge.replay import ModelOutcome, ModelTalk, replay
from tests.fakes.room import KICK, Room, random_bundle_file


@pytest.fixture(scope="module")
def jam(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A recorded jam with answers of all sorts, and the folder of its bundles."""
    folder = tmp_path_factory.mktemp("jam")
    drums = random_bundle_file(folder, "drum_kit")
    tune = random_bundle_file(folder, "lookback_rnn")
    player = PlayerSettings(call_bars=1, temperature=1.2, candidates=3, memory_bars=4)
    room = Room(drums, folder, tape=Tape(), player=player, bundles=(tune,))
    for bar in (0, 2, 4, 6):
        room.play_phrase([(0.0, KICK), (1.5, 38), (2.75, 42)], from_beat=4.0 * bar)
    room.command("/param/candidates", 1, beat=7.0)
    room.command("/param/temperature", 0.8, beat=13.2)
    room.command("/param/bundle", 1, beat=15.0)
    room.command("/again", beat=25.5)
    room.command("/clip/ask", 7, 0, 0, 1, 4.0, beat=26.0)
    room.run(bars=9)
    room.close()
    assert room.engine is not None
    assert room.tape is not None
    writer = RecordingWriter(folder / "jam.jsonl", make_header(room.engine.setup, True))
    writer.write(room.tape.take())
    writer.close("The engine ended.")
    return folder / "jam.jsonl", folder


def asked_again(file: Path, folder: Path) -> ModelOutcome:
    talk = ModelTalk()
    replay(Recording(file), talk)
    return talk.ask_again(BundleLibrary((folder,)))


def test_every_answer_comes_out_the_same(jam: tuple[Path, Path]) -> None:
    outcome = asked_again(*jam)
    assert outcome.different == ()
    assert outcome.answers >= 4


def test_another_seed_gives_another_answer_and_says_which_note(jam: tuple[Path, Path]) -> None:
    file, folder = jam
    talk = ModelTalk()
    replay(Recording(file), talk)
    starts = [one for one in talk._requests if type(one).__name__ == "StartAnswer"]
    last = starts[-1]
    place = talk._requests.index(last)
    talk._requests[place] = replace(
        last, controls=replace(last.controls, seed=last.controls.seed ^ 5)
    )
    outcome = talk.ask_again(BundleLibrary((folder,)))
    (differs,) = outcome.different
    assert (differs.player, differs.answer_id) == (last.player, last.answer_id)
    assert differs.why.startswith(("Note ", "It had "))


def test_a_bundle_that_is_not_there_and_one_that_was_changed_are_told(
    jam: tuple[Path, Path], tmp_path: Path
) -> None:
    file, folder = jam
    text = io.StringIO()
    out = Console(file=text, width=200)
    assert replay_command(out, file, library=BundleLibrary((folder,)))
    assert "answers are the same" in text.getvalue()
    random_bundle_file(tmp_path, "drum_kit")
    drums = tmp_path / "random_drum_kit.mag"
    drums.write_bytes(drums.read_bytes() + b"\x1a\x02hi")
    text.truncate(0)
    assert not replay_command(out, file, library=BundleLibrary((tmp_path,)))
    told = text.getvalue()
    assert "The bundle random_drum_kit is another file than the recorded one." in told
    assert "The bundle random_lookback_rnn is not here." in told
    assert "It can't be made here: There is no bundle 'random_lookback_rnn'." in told


def test_the_bars_are_written_beside_it(jam: tuple[Path, Path], tmp_path: Path) -> None:
    text = io.StringIO()
    target = tmp_path / "bars.mid"
    assert replay_command(Console(file=text, width=200), jam[0], target, 1, 2)
    assert target.read_bytes().startswith(b"MThd")
    assert f"Bars 1 to 2 are in {target}: 1 device 1000: call (3 notes)" in text.getvalue()
