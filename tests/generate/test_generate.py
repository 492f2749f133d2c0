"""``magenta-bridge generate``: a MIDI file goes in, MIDI files come out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mido
import pytest
from typer.testing import CliRunner

from bridge.cli import app
from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerControls, StartAnswer
from bridge.io.smf import DRUM_CHANNEL, SongTrack, read_song
from bridge.models.library import BundleLibrary
from bridge.models.performer import RnnPerformer
from tests.generate.files import BEAT, TUNE, Call, notes_of, saved

KNOBS = (
    ("--temperature", 1.7),
    ("--feel", 0),
    ("--density", 1),
    ("--register-bias", 1),
    ("--variety", 1),
    ("--top-p", 0.3),
    ("--lock", "rhythm"),
    ("--beam-size", 3),
)


def test_a_beat_is_answered_as_in_a_jam(call: Call) -> None:
    """The file holds what a performer in a jam would play to the same call and controls."""
    primer = saved("in.mid", SongTrack("Kit", BEAT))
    status, out, _ = call("-p", primer, "-o", "out.mid", "--bars", 6, "--seed", 7, "--feel", 0)
    assert status == 0
    answer = read_song(Path("out.mid"))
    assert (round(answer.tempo_qpm, 3), answer.signature, answer.length_beats) == (96.0, (4, 4), 24)
    performer = RnnPerformer(1, BundleLibrary.of().load("groove_lookback"))
    request = StartAnswer(1, 1, Phrase(BEAT, 4.0), 24.0, AnswerControls(seed=7, feel=0.0), 24.0)
    chunk = performer.start(request)
    played = [(n.pitch, n.start_beats, n.duration_beats, n.velocity) for n in chunk.notes]
    written = [(n.pitch, n.start_beats, n.duration_beats, n.velocity) for n in notes_of("out.mid")]
    assert written == sorted(played, key=lambda note: (note[1], note[0]))
    assert {note.channel for note in notes_of("out.mid")} == {DRUM_CHANNEL}
    assert f"answer {chunk.likelihood.answer_nats_per_step:.2f}" in out
    assert f"call {chunk.likelihood.call_nats_per_step:.2f}" in out


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_notes(call: Call) -> None:
    for name, seed in (("a.mid", 5), ("b.mid", 5), ("c.mid", 6)):
        assert call("-o", name, "--bars", 2, "--seed", seed)[0] == 0
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()
    assert notes_of("a.mid") != notes_of("c.mid")


def test_several_files_have_seeds_one_after_the_other(call: Call) -> None:
    status, out, _ = call("-b", "session_melody", "-o", "many", "--count", 3, "--seed", 9)
    assert status == 0
    names = [f"session_melody_{seed}.mid" for seed in (9, 10, 11)]
    assert sorted(path.name for path in Path("many").iterdir()) == sorted(names)
    assert [line.split(":")[0] for line in out.splitlines()] == [f"many/{name}" for name in names]
    assert call("-b", "session_melody", "-o", "one.mid", "--seed", 10)[0] == 0
    assert Path("one.mid").read_bytes() == Path("many", names[1]).read_bytes()


def test_each_knob_reaches_the_model(call: Call) -> None:
    primer = saved("in.mid", SongTrack("Kit", BEAT))
    common = ("-p", primer, "--bars", 4, "--seed", 1)
    assert call(*common, "-o", "plain.mid")[0] == 0
    for index, option in enumerate(KNOBS):
        assert call(*common, *option, "-o", f"{index}.mid")[0] == 0
        assert notes_of(f"{index}.mid") != notes_of("plain.mid")


def test_the_best_of_several_tells_the_seed_that_gives_it_alone(call: Call) -> None:
    primer = saved("in.mid", SongTrack("Kit", BEAT))
    common = ("-p", primer, "--bars", 2)
    status, said, _ = call(*common, "--seed", 3, "--candidates", 6, "-o", "best.mid")
    assert status == 0
    assert "best of 6 (score -" in said
    seed = said.split("--seed ")[1].split(" ")[0]
    assert call(*common, "--seed", seed, "-o", "alone.mid")[0] == 0
    assert notes_of("best.mid") == notes_of("alone.mid")


def test_with_primer_the_file_begins_with_it(call: Call) -> None:
    primer = saved("in.mid", SongTrack("Tune", TUNE))
    options = ("-b", "session_melody", "-p", primer, "--bars", 1, "--seed", 2)
    assert call(*options, "-o", "whole.mid", "--with-primer")[0] == 0
    assert call(*options, "-o", "answer.mid")[0] == 0
    whole = notes_of("whole.mid")
    assert whole[: len(TUNE)] == TUNE
    starts = [note.start_beats + 4.0 for note in notes_of("answer.mid")]
    assert [note.start_beats for note in whole[len(TUNE) :]] == starts


def test_a_drum_model_hears_the_drums_and_a_melody_model_the_rest(call: Call) -> None:
    both = saved("both.mid", SongTrack("Kit", BEAT), SongTrack("Tune", TUNE))
    kit, tune = saved("kit.mid", SongTrack("K", BEAT)), saved("tune.mid", SongTrack("T", TUNE))
    for bundle, alone in (("groove_drums", kit), ("session_melody", tune)):
        _, out, _ = call("-b", bundle, "-p", both, "-o", "1.mid", "--seed", 3, "--force")
        assert "are heard" in out
        assert call("-b", bundle, "-p", alone, "-o", "2.mid", "--seed", 3, "--force")[0] == 0
        assert notes_of("1.mid") == notes_of("2.mid")


def test_a_track_and_the_last_bars_can_be_chosen(call: Call) -> None:
    late = tuple(Note(n.pitch, n.velocity, n.start_beats + 4.0, 0.25, 9) for n in BEAT)
    saved("in.mid", SongTrack("Kit", BEAT + late), SongTrack("More", BEAT), length_beats=8.0)
    alone = saved("alone.mid", SongTrack("Kit", BEAT))
    assert call("-p", alone, "-o", "alone_answer.mid", "--seed", 3)[0] == 0
    for name, options in (("a.mid", ("--track", 1, "--primer-bars", 1)), ("b.mid", ("--track", 2))):
        assert call("-p", "in.mid", "-o", name, "--seed", 3, *options)[0] == 0
    assert notes_of("a.mid") == notes_of("alone_answer.mid")


def test_a_last_note_that_rings_over_adds_no_bar(call: Call) -> None:
    ringing = (*TUNE[:-1], Note(67, 80, 3.5, 0.6))
    primer = saved("in.mid", SongTrack("Tune", ringing), length_beats=0.0)
    options = ("-b", "session_melody", "-p", primer, "--bars", 1, "--seed", 2, "--with-primer")
    assert call(*options, "-o", "out.mid")[0] == 0
    assert read_song(Path("out.mid")).length_beats == 8.0


def test_bars_are_those_of_the_files_time_signature(call: Call) -> None:
    waltz = tuple(Note(36, 90, beat, 0.25, 9) for beat in (0.0, 1.0, 2.0))
    primer = saved("in.mid", SongTrack("Kit", waltz), signature=(3, 4), length_beats=3.0)
    assert call("-p", primer, "-o", "out.mid", "--bars", 4, "--seed", 2, "--tempo", 180)[0] == 0
    answer = read_song(Path("out.mid"))
    assert (answer.signature, answer.length_beats) == ((3, 4), 12.0)
    assert answer.tempo_qpm == pytest.approx(180.0, abs=1e-3)


def test_a_file_that_changes_its_tempo_is_told_and_taken_in_beats(call: Call) -> None:
    primer = saved("in.mid", SongTrack("Kit", BEAT))
    file = mido.MidiFile(primer)
    file.tracks[0].insert(-1, mido.MetaMessage("set_tempo", tempo=400_000, time=960))
    file.tracks[0].insert(-1, mido.MetaMessage("time_signature", numerator=3, denominator=4))
    file.save("map.mid")
    assert call("-p", primer, "-o", "plain.mid", "--seed", 3)[0] == 0
    status, out, _ = call("-p", "map.mid", "-o", "mapped.mid", "--seed", 3)
    assert status == 0
    assert "changes its tempo 1 times" in out and "first tempo, 96.00" in out
    assert "changes its time signature 1 times" in out and "first, 4/4" in out
    assert notes_of("mapped.mid") == notes_of("plain.mid")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-b", "gone"), "There is no bundle 'gone'."),
        (("-p", "gone.mid"), "gone.mid is not a MIDI file that can be read"),
        (("-p", "text.mid"), "text.mid is not a MIDI file that can be read"),
        (("-p", "empty.mid"), "empty.mid has no notes."),
        (("-p", "in.mid", "--track", 7), "no track 7 with notes."),
        (("-p", "late.mid", "--primer-bars", 1), "The last 1 bars of late.mid have no notes."),
        (("-o", "there.mid"), "there.mid is there already."),
        (("-o", "x.mid", "--count", 2), "--out names one file, and --count asks for 2."),
        (("-o", "in.mid/below"), "can't be made"),
        (("--scale", "C H"), "The scale can't be read"),
        (("-c", "gone.yaml"), "gone.yaml"),
    ],
)
def test_what_is_wrong_is_two_lines(call: Call, arguments: tuple[object, ...], words: str) -> None:
    saved("in.mid", SongTrack("Kit", BEAT))
    saved("late.mid", SongTrack("Kit", BEAT), length_beats=16.0)
    saved("empty.mid")
    Path("text.mid").write_text("no MIDI")
    Path("there.mid").write_text("keep me")
    status, _, errors = call(*arguments)
    assert status == 2
    assert len(errors.splitlines()) == 2 and words in errors
    assert Path("there.mid").read_text() == "keep me"


def test_verbose_shows_where_an_error_came_from(call: Call) -> None:
    assert "Traceback" in call("-b", "gone", "-v")[2]


@pytest.mark.parametrize(
    "option",
    [
        ("--bars", "0"),
        ("--count", "x"),
        ("--temperature", "nan"),
        ("--top-p", "0"),
        ("--lock", "x"),
    ],
)
def test_an_option_outside_its_range_is_refused(call: Call, option: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call(*option)
    assert ended.value.code == 2


def test_a_scale_in_any_of_its_forms_holds_the_answer(call: Call) -> None:
    for index, scale in enumerate(("C major", "C D E F G A B", "c,d,e,f,g,a,b", "2741")):
        options = ("-b", "session_melody", "--seed", 4, "--temperature", 1.8, "--scale", scale)
        assert call(*options, "-o", f"{index}.mid")[0] == 0
        assert notes_of(f"{index}.mid") == notes_of("0.mid")
    assert {note.pitch % 12 for note in notes_of("0.mid")} <= {0, 2, 4, 5, 7, 9, 11}
    assert call(*options[:-2], "-o", "free.mid")[0] == 0
    assert notes_of("free.mid") != notes_of("0.mid")


def test_bundles_of_a_configured_folder_are_found(call: Call, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    shipped = BundleLibrary.of().find("session_melody").read_bytes()
    (tmp_path / "own" / "mine.mag").write_bytes(shipped)
    Path("jam.yaml").write_text("bundles: {folders: [own]}\n")
    assert call("-b", "mine", "-c", "jam.yaml", "-o", "a.mid", "--bars", 1)[0] == 0


def test_it_starts_without_what_it_does_not_need() -> None:
    code = (
        "import sys; sys.argv = ['x', 'generate', '--bars', '1', '--out', 'a.mid']\n"
        "from bridge.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'typer', 'rich', 'pydantic', 'yaml', 'pythonosc', 'bridge.engine'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, timeout=60, env=environment
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert Path("a.mid").exists()


def test_the_other_commands_name_it_and_hand_over_to_it() -> None:
    assert "generate" in CliRunner().invoke(app, ["--help"]).output
    result = CliRunner().invoke(app, ["generate", "--bars", "1", "--out", "a.mid", "--seed", "1"])
    assert result.exit_code == 0, result.output
    assert Path("a.mid").exists()
