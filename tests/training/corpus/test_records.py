"""Music as Magenta's records: what is read comes back, and Magenta's own pipeline takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.core.notes import Note
from bridge.errors import CorpusEmpty
from bridge.training.corpus.collect import collect
from bridge.training.corpus.piece import Piece, Voice
from bridge.training.corpus.readers import read_pieces
from bridge.training.corpus.records import note_sequence, write_records
from bridge.training.kinds import encoding_of
from tests.training.corpus.test_collect import kit, line, save

pytestmark = pytest.mark.magenta


def band(folder: Path) -> None:
    tune = line([60, 62, 64, 65, 67, 65, 64, 62] * 4, program=73, name="Flute")
    save(folder, "song.mid", tune, kit(8))
    save(folder, "break.mid", kit(8, second_kick_beats=1.5))
    (folder / "broken.mid").write_bytes(b"MThd and no more")


def test_what_was_written_is_read_as_the_same_music(tensorflow, tmp_path):
    music, out = tmp_path / "music", tmp_path / "all.tfrecord"
    band(music)
    reports = write_records(music, out)
    assert [(report.name, report.used, report.examples) for report in reports] == [
        ("break.mid", True, 1),
        ("broken.mid", False, 0),
        ("song.mid", True, 1),
    ]
    assert "damaged" in reports[1].words
    for part, name in (("drums", "drum_kit"), ("melody", "lookback_rnn")):
        ours = collect(music, encoding_of(name), part)
        theirs = collect(out, encoding_of(name), part)
        before, after = (
            sorted(steps.tolist() for side in (c.train, c.validation, c.test) for steps in side)
            for c in (ours, theirs)
        )
        assert before == after
    [song] = [one for one in read_pieces(out, "all") if len(one.voices) == 2]
    assert {(voice.name, voice.program, voice.drums) for voice in song.voices} >= {
        ("Flute", 73, False)
    }


def test_written_into_its_own_folder_it_is_not_read_again(tensorflow, tmp_path):
    band(tmp_path)
    first = write_records(tmp_path, tmp_path / "all.tfrecord")
    again = write_records(tmp_path, tmp_path / "all.tfrecord")
    assert [report.name for report in again] == [report.name for report in first]
    assert not list(tmp_path.glob("*.part"))


def test_meters_and_chords_go_along(tensorflow):
    notes = tuple(Note(60 + at, 80, float(at), 1.0) for at in range(8))
    piece = Piece(
        "waltz",
        (Voice("", notes),),
        ((0.0, (3, 4)), (6.0, (4, 4))),
        10.0,
        chords=((0.0, "Am7"), (6.0, "G")),
    )
    made = note_sequence(piece)
    meters = [(one.time, one.numerator, one.denominator) for one in made.time_signatures]
    assert meters == [(0.0, 3, 4), (3.0, 4, 4)]
    assert [(one.time, one.text) for one in made.text_annotations] == [(0.0, "Am7"), (3.0, "G")]
    assert made.total_time == 5.0


def test_magentas_own_pipeline_makes_examples_of_it(magenta, tmp_path):
    from magenta.models.drums_rnn import drums_rnn_config_flags, drums_rnn_model, drums_rnn_pipeline
    from magenta.pipelines import pipeline

    del drums_rnn_config_flags  # its import declares flags that the pipeline reads
    music, out = tmp_path / "music", tmp_path / "all.tfrecord"
    band(music)
    write_records(music, out)
    config = drums_rnn_model.default_configs["drum_kit"]
    made = drums_rnn_pipeline.get_pipeline(config, eval_ratio=0.0)
    pipeline.run_pipeline_serial(
        made,
        pipeline.tf_record_iterator(str(out), made.input_type),
        str(tmp_path / "examples"),
    )
    import tensorflow as tf

    files = sorted((tmp_path / "examples").glob("training_drum_tracks.tfrecord"))
    examples = list(tf.data.TFRecordDataset([str(path) for path in files]).as_numpy_iterator())
    assert len(examples) == 2


def test_a_folder_that_holds_nothing_readable_leaves_no_file(tensorflow, tmp_path):
    (tmp_path / "broken.mid").write_bytes(b"MThd and no more")
    with pytest.raises(CorpusEmpty, match=r"None of the 1 files"):
        write_records(tmp_path, tmp_path / "all.tfrecord")
    assert not list(tmp_path.glob("all*"))


def test_drums_are_instrument_nine_and_nobody_else(tensorflow):
    notes = (Note(60, 80, 0.0, 1.0),)
    voices = tuple(Voice(f"v{at}", notes, drums=at == 3) for at in range(12))
    made = note_sequence(Piece("many", voices, length_beats=4.0))
    numbers = {(note.instrument, note.is_drum) for note in made.notes}
    assert (9, True) in numbers
    assert (9, False) not in numbers
    assert len(numbers) == 12
