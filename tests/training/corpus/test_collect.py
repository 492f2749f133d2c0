"""A folder of anybody's music: what is used, what is not, and why, in words."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.notes import Note
from bridge.errors import CorpusEmpty
from bridge.io.smf import DRUM_CHANNEL, Song, SongTrack, write_song
from bridge.training.corpus.collect import Corpus, collect
from bridge.training.corpus.merge import Example, divided
from bridge.training.corpus.report import FileReport, as_json, summary
from bridge.training.kinds import encoding_of

KICK, SNARE, HAT = 36, 38, 42


def beat(bars: int, channel: int = DRUM_CHANNEL, second_kick_beats: float = 2.5) -> list[Note]:
    """Kick, snare and hats; where the second kick falls tells one beat from another."""
    notes = []
    for bar in range(bars):
        at = 4.0 * bar
        notes += [Note(KICK, 100, at, 0.25, channel), Note(SNARE, 100, at + 1, 0.25, channel)]
        notes += [Note(KICK, 90, at + second_kick_beats, 0.25, channel)]
        notes += [Note(SNARE, 100, at + 3, 0.25, channel)]
        notes += [Note(HAT, 80, at + step / 2, 0.25, channel) for step in range(8)]
    return notes


def line(pitches: list[int], program: int | None = None, name: str = "Lead") -> SongTrack:
    notes = [Note(pitch, 90, float(at), 0.9, 1) for at, pitch in enumerate(pitches)]
    return SongTrack(name, tuple(notes), program)


def save(folder: Path, name: str, *tracks: SongTrack, signature: tuple[int, int] = (4, 4)) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_song(path, Song(120.0, signature, tracks))


def drums(folder: Path) -> Corpus:
    return collect(folder, encoding_of("drum_kit"), "drums")


def words(corpus: Corpus) -> dict[str, str]:
    return {report.name: report.words for report in corpus.files}


def kit(bars: int, **changes: object) -> SongTrack:
    return SongTrack("Kit", tuple(beat(bars, **changes)))


def test_a_beat_becomes_the_drum_sets_that_the_engine_would_hear(tmp_path: Path) -> None:
    save(tmp_path, "one.mid", kit(8))
    corpus = drums(tmp_path)
    [steps] = corpus.train + corpus.validation + corpus.test
    assert len(steps) == 8 * 16
    assert steps[:16].tolist() == [5, 0, 4, 0, 6, 0, 4, 0, 4, 0, 5, 0, 6, 0, 4, 0]
    assert corpus.files == [FileReport("one.mid", True, 8, 1, "")]


def test_one_drum_hears_eighths(tmp_path: Path) -> None:
    save(tmp_path, "one.mid", kit(5))
    save(tmp_path, "loop.mid", SongTrack("Clave", tuple(beat(1)[:4])))
    corpus = collect(tmp_path, encoding_of("one_drum"), "drums")
    lengths = [len(steps) for steps in corpus.train + corpus.validation + corpus.test]
    assert sorted(lengths) == [4 * 8, 5 * 8]
    assert [report.bars for report in corpus.files] == [1, 5]


def test_short_loops_are_repeated_and_not_dropped(tmp_path: Path) -> None:
    save(tmp_path, "loop.mid", kit(1))
    corpus = drums(tmp_path)
    [steps] = corpus.train + corpus.validation + corpus.test
    assert len(steps) == 64
    assert corpus.files[0].bars == 1
    assert "a loop of 1 bars, repeated 4 times" in corpus.files[0].words


def test_a_loop_that_a_sequencer_exported_is_known_by_its_drums(tmp_path: Path) -> None:
    save(tmp_path, "break 174.mid", kit(2, channel=0))
    save(tmp_path, "line.mid", line([40, 43, 45, 43] * 4, name="Sub"))
    corpus = drums(tmp_path)
    assert "not on MIDI channel 10" in words(corpus)["break 174.mid"]
    assert words(corpus)["line.mid"].startswith("no drums")
    assert [report.used for report in corpus.files] == [True, False]


def test_the_same_music_is_used_once(tmp_path: Path) -> None:
    save(tmp_path, "a.mid", kit(4))
    save(tmp_path, "copies/b.mid", kit(4))
    corpus = drums(tmp_path)
    assert len(corpus.train + corpus.validation + corpus.test) == 1
    assert words(corpus)["copies/b.mid"] == "the same as a.mid: used once"


def test_only_bars_that_the_model_can_count_are_used(tmp_path: Path) -> None:
    save(tmp_path, "odd.mid", kit(4), signature=(7, 8))
    save(tmp_path, "two.mid", kit(4, second_kick_beats=1.5), signature=(2, 4))
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("time_signature", numerator=3, denominator=4))
    track.append(mido.MetaMessage("time_signature", numerator=4, denominator=4, time=2 * 3 * 480))
    for _ in range(4 * 4):
        track.append(mido.Message("note_on", note=KICK, velocity=90, channel=DRUM_CHANNEL))
        track.append(mido.Message("note_off", note=KICK, channel=DRUM_CHANNEL, time=480))
    file.save(tmp_path / "turns.mid")
    corpus = drums(tmp_path)
    assert "7/8" in words(corpus)["odd.mid"]
    assert words(corpus)["two.mid"] == ""
    assert "left out 2 bars of 3/4" in words(corpus)["turns.mid"]
    [turned] = [report for report in corpus.files if report.name == "turns.mid"]
    assert (turned.used, turned.bars) == (True, 4)
    [steps] = [s for s in corpus.train + corpus.validation + corpus.test if set(s) == {0, 1}]
    assert steps[:16].tolist() == [1, 0, 0, 0] * 4


def test_a_loop_exported_in_several_lengths_is_used_once(tmp_path: Path) -> None:
    for bars in (1, 2, 4):
        save(tmp_path, f"{bars} bars.mid", kit(bars))
    corpus = drums(tmp_path)
    assert len(corpus.train + corpus.validation + corpus.test) == 1
    assert words(corpus)["2 bars.mid"] == words(corpus)["4 bars.mid"]
    assert words(corpus)["4 bars.mid"] == "the same as 1 bars.mid: used once"


def test_the_same_voices_in_another_key_are_used_once(tmp_path: Path) -> None:
    for name, up in (("C", 0), ("D", 2)):
        save(tmp_path, f"{name}.mid", line([60 + up, 64 + up, 67 + up, 65 + up] * 8))
    corpus = collect(
        tmp_path, encoding_of("polyphony"), "voices", transpositions=tuple(range(-4, 5))
    )
    assert words(corpus)["D.mid"] == "the same as C.mid, in another key: used once"


@pytest.mark.filterwarnings("ignore")  # of what note-seq imports
def test_strange_files_of_every_kind_are_explained_and_none_is_fatal(tmp_path: Path) -> None:
    save(tmp_path, "good.mid", kit(4))
    zero = mido.MidiFile(tmp_path / "good.mid")
    zero.tracks[0].insert(0, mido.MetaMessage("time_signature", numerator=0, denominator=4))
    zero.save(tmp_path / "zero.mid")
    vast = mido.MidiFile(tmp_path / "good.mid")
    vast.tracks[0].insert(0, mido.MetaMessage("time_signature", numerator=4, denominator=2**200))
    vast.save(tmp_path / "vast.mid")
    (tmp_path / "deep.yaml").write_text("[" * 3000)
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "cut.tfrecord").write_bytes(b"no record")
    (tmp_path / "bad.abc").write_text("X:one\nL:1/0\nM:4/4\nK:C\nCDEF|\n")
    (tmp_path / "bad.musicxml").write_text("<score-partwise><part-list/></score-partwise>")
    (tmp_path / "bad.mxl").write_bytes(b"PK\x03\x04 and no more")
    told = words(drums(tmp_path))
    assert told["good.mid"] == ""
    assert "folder.yaml" not in told
    assert "an impossible meter" in told["zero.mid"] + told["vast.mid"]
    for name in ("deep.yaml", "cut.tfrecord", "bad.abc", "bad.musicxml", "bad.mxl"):
        assert told[name]


def test_a_folder_of_bad_files_is_explained_and_none_is_fatal(tmp_path: Path) -> None:
    save(tmp_path, "good.mid", kit(4))
    whole = (tmp_path / "good.mid").read_bytes()
    (tmp_path / "empty.mid").write_bytes(b"")
    (tmp_path / "cut.mid").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "page.mid").write_text("<html>404 not found</html>")
    karaoke = mido.MidiFile()
    karaoke.tracks.append(
        mido.MidiTrack([mido.MetaMessage("lyrics", text=text, time=10) for text in "la la la"])
    )
    karaoke.save(tmp_path / "karaoke.mid")
    many = [SongTrack(f"T{n}", tuple(beat(2, n % 9))) for n in range(39)]
    save(tmp_path, "forty.mid", *many, kit(4, second_kick_beats=3.5))
    save(tmp_path, "seven.mid", kit(4, second_kick_beats=1.5), signature=(7, 8))
    save(tmp_path, "tune.mid", line([60, 62, 64, 65] * 4))
    (tmp_path / "notes.txt").write_text("not music, and nobody said so")
    tempos = mido.MidiFile(tmp_path / "good.mid")
    for _ in range(50):
        tempos.tracks[0].insert(1, mido.MetaMessage("set_tempo", tempo=400000 + _ * 1000, time=9))
    tempos.tracks[1][-2].time += 1
    tempos.save(tmp_path / "tempos.mid")
    corpus = drums(tmp_path)
    told = words(corpus)
    assert told["empty.mid"] == "the file is empty: 0 bytes."
    assert told["cut.mid"].startswith("it is damaged or no MIDI file")
    assert told["page.mid"].startswith("it is damaged or no MIDI file")
    assert told["karaoke.mid"].startswith("it holds no notes")
    assert "7/8" in told["seven.mid"]
    assert "no drums" in told["tune.mid"]
    assert told["forty.mid"] == ""
    assert "changes of tempo" in told["tempos.mid"]
    assert "notes.txt" not in told
    assert summary(corpus.files).startswith("2 of 9 files used, 8 bars")
    assert all(report.name in as_json(corpus.files) for report in corpus.files)
    assert all(
        report.line().endswith(report.words + ")" * report.used) or not report.words
        for report in corpus.files
    )


def test_a_folder_without_music_says_so(tmp_path: Path) -> None:
    with pytest.raises(CorpusEmpty, match=r"no file that ends with .mid"):
        drums(tmp_path)
    save(tmp_path, "tune.mid", line([60, 62, 64, 65] * 4))
    with pytest.raises(CorpusEmpty, match=r"None of the 1 files.*no drums"):
        drums(tmp_path)


def test_a_long_silence_divides_a_piece(tmp_path: Path) -> None:
    late = tuple(Note(n.pitch, 90, n.start_beats + 40.0, 0.2, 9) for n in beat(4, 9, 1.5))
    save(tmp_path, "halves.mid", SongTrack("Kit", (*beat(4), *late)))
    corpus = drums(tmp_path)
    assert (corpus.files[0].examples, corpus.files[0].bars) == (2, 8)


def test_melodies_and_basses_are_lines_of_one_voice(tmp_path: Path) -> None:
    chords = tuple(Note(pitch, 90, float(at), 3.0) for at in range(9) for pitch in (60, 64, 67))
    save(
        tmp_path,
        "band.mid",
        line([60, 62, 64, 65, 67, 65, 64, 62] * 2),
        line([36, 43, 36, 43, 41, 36, 43, 36] * 2, program=33, name="Fingers"),
        SongTrack("Pad", chords),
        kit(4),
    )
    save(tmp_path, "pad.mid", SongTrack("Pad", chords))
    melody = collect(tmp_path, encoding_of("lookback_rnn"), "melody")
    bass = collect(tmp_path, encoding_of("lookback_rnn"), "bass")
    assert melody.files[0].examples == 2
    assert bass.files[0].examples == 1
    assert "plays one note at a time" in words(melody)["pad.mid"]
    assert "no bass" in words(bass)["pad.mid"]


@given(st.lists(st.text(min_size=1, max_size=8), min_size=3, max_size=40, unique=True))
def test_whole_pieces_are_on_one_side_and_no_side_is_empty(names: list[str]) -> None:
    examples = [Example(n, np.array([i, k])) for i, n in enumerate(names) for k in range(2)]
    sides = divided(examples)
    assert all(sides)
    found = [{int(steps[0]) for steps in side} for side in sides]
    assert sum(map(len, found)) == len(names) == len(set().union(*found))
    more = divided([*examples, Example("another piece", np.array([-1, 0]))])
    if min(len(side) for side in sides) > 2:
        assert {int(steps[0]) for steps in sides[1]} <= {int(steps[0]) for steps in more[1]}
