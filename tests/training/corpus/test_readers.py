"""Scores, tune books and Magenta's own records are read as MIDI files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.core.notes import Note
from bridge.errors import FileRejected
from bridge.training.corpus.meters import stretches
from bridge.training.corpus.piece import Piece, Voice
from bridge.training.corpus.readers import read_pieces

ABC = """X:1
T:Up and down
M:4/4
L:1/4
K:C
CDEF|GFED|CEGE|C4|

X:2
T:A waltz
M:3/4
L:1/4
K:G
GAB|c2B|AGF|G3|
"""
SCORE = """<?xml version="1.0"?>
<score-partwise version="3.0">
 <part-list><score-part id="P1"><part-name>Flute</part-name></score-part></part-list>
 <part id="P1"><measure number="1">
  <attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>
   <clef><sign>G</sign><line>2</line></clef></attributes>
  <note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>
  <note><pitch><step>E</step><octave>4</octave></pitch><duration>3</duration></note>
 </measure></part>
</score-partwise>
"""


def saved(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def starts(piece: Piece) -> list[tuple[float, int]]:
    return [(note.start_beats, note.pitch) for voice in piece.voices for note in voice.notes]


def test_a_meter_that_is_said_twice_cuts_nothing() -> None:
    note = Note(60, 90, 1.0, 1.0)
    changes = ((0.0, (4, 4)), (8.0, (4, 4)), (16.0, (3, 4)), (16.0, (2, 4)))
    piece = Piece("x", (Voice("", (note,)),), changes, 20.0)
    found = stretches(piece)
    assert [(one.start_beats, one.length_beats, one.signature) for one in found] == [
        (0.0, 16.0, (4, 4)),
        (16.0, 4.0, (2, 4)),
    ]


def test_a_note_a_little_early_belongs_to_the_stretch_it_was_meant_for() -> None:
    early = Note(60, 90, 15.95, 1.0)
    piece = Piece("x", (Voice("", (early,)),), ((0.0, (3, 4)), (16.0, (4, 4))), 20.0)
    waltz, straight = stretches(piece)
    assert waltz.notes_of((early,)) == ()
    assert straight.notes_of((early,)) == (Note(60, 90, 0.0, 1.0),)


@pytest.mark.magenta
def test_a_tune_book_holds_several_pieces(magenta: object, tmp_path: Path) -> None:
    first, waltz = read_pieces(saved(tmp_path, "tunes.abc", ABC), "tunes.abc")
    assert (first.name, waltz.name) == ("tunes.abc", "tunes.abc #2")
    assert starts(first)[:5] == [(0.0, 60), (1.0, 62), (2.0, 64), (3.0, 65), (4.0, 67)]
    assert waltz.signatures[0][1] == (3, 4)


@pytest.mark.magenta
def test_a_score_is_read_in_beats(magenta: object, tmp_path: Path) -> None:
    [piece] = read_pieces(saved(tmp_path, "score.musicxml", SCORE), "score")
    assert starts(piece) == [(0.0, 60), (1.0, 64)]
    assert piece.length_beats == pytest.approx(4.0)


@pytest.mark.magenta
def test_records_are_read_over_all_their_tempos(magenta: object, tmp_path: Path) -> None:
    import tensorflow as tf
    from note_seq.protobuf import music_pb2

    sequence = music_pb2.NoteSequence(total_time=4.0)
    sequence.tempos.add(qpm=120.0)
    sequence.tempos.add(time=1.0, qpm=60.0)
    sequence.notes.add(pitch=36, velocity=90, start_time=0.5, end_time=0.75, is_drum=True)
    sequence.notes.add(pitch=38, velocity=90, start_time=3.0, end_time=3.5, is_drum=True)
    path = tmp_path / "set.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(sequence.SerializeToString())
        writer.write(sequence.SerializeToString())
    first, second = read_pieces(path, "set.tfrecord")
    assert starts(first) == [(1.0, 36), (4.0, 38)]
    assert first.voices[0].drums
    assert second.name == "set.tfrecord #2"


@pytest.mark.magenta
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.musicxml", "<html>404</html>"),
        ("cut.mxl", "PK\x03\x04"),
        ("prose.abc", "no tune at all"),
        ("noise.tfrecord", "0123456789" * 20),
    ],
)
def test_what_is_no_music_is_one_clear_error(
    magenta: object, tmp_path: Path, name: str, text: str
) -> None:
    with pytest.raises(FileRejected) as caught:
        list(read_pieces(saved(tmp_path, name, text), name))
    assert caught.value.message.endswith(".")
