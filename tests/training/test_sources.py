"""What the shipped bundles learn from, read and divided."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.core.encodings.lookback import NO_EVENT, NOTE_OFF
from bridge.core.notes import Note
from bridge.io.smf import Song, SongTrack, write_song
from bridge.training.kinds import KINDS
from bridge.training.sources import (
    bass_splits,
    chord_splits,
    places_of_melody_classes,
    polyphony_splits,
    tap_splits,
)
from tests.training.corpus.test_lead_sheets import lead_sheet
from tests.training.test_drum_data import groove_folder

EIGHTHS_A_BAR = 8


def test_taps_are_the_rhythm_of_the_whole_kit_and_of_its_voices(tmp_path: Path) -> None:
    groove_folder(tmp_path / "groove")
    splits = tap_splits(tmp_path, KINDS["one_drum"])
    # A kick on one and a snare a sixteenth before beat three, which is nearest to beat three.
    whole, kick, snare = splits.validation
    assert len(whole) == EIGHTHS_A_BAR
    assert whole.tolist() == [1, 0, 0, 0, 1, 0, 0, 0]
    assert kick.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    assert snare.tolist() == [0, 0, 0, 0, 1, 0, 0, 0]
    assert [len(part) for part in (splits.train, splits.test)] == [6, 3]


def test_basses_are_lines_and_a_piece_is_on_one_side(tmp_path: Path) -> None:
    folder = tmp_path / "freedoom_music" / "musics"
    folder.mkdir(parents=True)
    for piece in range(8):
        notes = [Note(36 + (at * (piece + 3)) % 12, 90, float(at), 0.9, 0) for at in range(32)]
        write_song(
            folder / f"d_{piece}.mid",
            Song(120.0, (4, 4), (SongTrack("Bass", tuple(notes), 33),)),
        )
    splits = bass_splits(tmp_path, KINDS["lookback_rnn"])
    sides = (splits.train, splits.validation, splits.test)
    assert all(sides)
    assert sum(map(len, sides)) == 8
    assert all(len(steps) == 8 * 16 for side in sides for steps in side)


def test_the_same_tune_in_the_numbers_of_another_melody_model() -> None:
    for name in ("lookback_rnn", "attention_rnn"):
        meaning = KINDS[name].encoding.meaning
        assert meaning is not None
        places = places_of_melody_classes(KINDS[name])
        wanted = [meaning.plain_class(event) for event in (NO_EVENT, NOTE_OFF, 48, 60, 83)]
        assert [places[melody_class] for melody_class in (0, 1, 2, 14, 37)] == wanted


def test_missing_basses_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="freedoom_music"):
        bass_splits(tmp_path, KINDS["lookback_rnn"])


def chorale(folder: Path, name: str, interval: int) -> None:
    """Two voices so far apart, four bars."""
    voices = [
        SongTrack(part, tuple(Note(pitch + at % 5, 90, float(at), 1.0, 0) for at in range(16)))
        for part, pitch in (("Bass", 44), ("Soprano", 44 + interval))
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write_song(folder / name, Song(120.0, (4, 4), tuple(voices)))


def test_chorales_are_learnt_in_nine_keys_and_measured_in_their_own(tmp_path: Path) -> None:
    for piece in range(8):
        chorale(tmp_path / "js_fakes" / "midi", f"{piece}.mid", 8 + piece)
    kind = KINDS["polyphony"]
    splits = polyphony_splits(tmp_path, kind)
    held_out = len(splits.validation) + len(splits.test)
    assert held_out >= 2
    assert len(splits.train) == 9 * (8 - held_out)
    assert all(kind.coding().cut.steps_in(steps) == 64 for steps in splits.train)


@pytest.mark.magenta
def test_lead_sheets_are_learnt_in_twelve_keys_and_measured_in_their_own(
    magenta: object, tmp_path: Path
) -> None:
    folder = tmp_path / "openewld_pd" / "mxl"
    folder.mkdir(parents=True)
    for song in range(14):
        (folder / f"{song}.musicxml").write_text(lead_sheet("CDEFGAB"[song % 7], song))
    splits = chord_splits(tmp_path, KINDS["chord_pitches_improv"])
    held_out = len(splits.validation) + len(splits.test)
    assert splits.validation
    assert splits.test
    assert len(splits.train) == 12 * (14 - held_out)
