from pathlib import Path

import mido
import numpy as np
import pytest

from bridge.core.encodings.drum_classes import drum_set
from bridge.training.drum_data import read_groove, sequences, steps_of_onsets

KICK, SNARE, HAT = 36, 38, 42


def write_midi(path: Path, onsets_ticks: list[tuple[int, int]], ppq: int = 480) -> None:
    midi = mido.MidiFile(type=0, ticks_per_beat=ppq)
    track = mido.MidiTrack()
    now = 0
    for ticks, pitch in sorted(onsets_ticks):
        track.append(mido.Message("note_on", channel=9, note=pitch, velocity=90, time=ticks - now))
        track.append(mido.Message("note_off", channel=9, note=pitch, time=0))
        now = ticks
    midi.tracks.append(track)
    path.parent.mkdir(parents=True, exist_ok=True)
    midi.save(path)


def groove_folder(root: Path) -> Path:
    rows = ["drummer,beat_type,time_signature,midi_filename,split"]
    for name, kind, meter, split in [
        ("a", "beat", "4-4", "train"),
        ("b", "fill", "4-4", "train"),
        ("c", "beat", "3-4", "train"),
        ("d", "beat", "4-4", "validation"),
        ("e", "beat", "4-4", "test"),
        ("gone", "beat", "4-4", "test"),
    ]:
        rows.append(f"drummer1,{kind},{meter},drummer1/{name}.mid,{split}")
        if name != "gone":
            write_midi(root / "drummer1" / f"{name}.mid", [(0, KICK), (7 * 120 + 10, SNARE)])
    (root / "info.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return root


def test_onsets_go_to_the_nearest_sixteenth_and_fill_whole_bars():
    steps = steps_of_onsets([(0.0, KICK), (0.12, HAT), (0.125, SNARE), (3.9, HAT)])
    assert len(steps) == 32
    assert steps[0] == drum_set([KICK, HAT])
    assert steps[1] == drum_set([SNARE])
    assert steps[16] == drum_set([HAT])
    assert steps.astype(bool).sum() == 3


def test_no_onset_is_no_step():
    assert steps_of_onsets([]).size == 0


def test_unknown_pitches_count_for_the_length_only():
    steps = steps_of_onsets([(0.0, KICK), (4.0, 3)])
    assert len(steps) == 32
    assert steps[16] == 0


def test_groove_keeps_its_official_splits_and_only_four_four(tmp_path):
    files = read_groove(groove_folder(tmp_path))
    assert {split: [Path(f.name).stem for f in found] for split, found in files.items()} == {
        "train": ["a", "b"],
        "validation": ["d"],
        "test": ["e"],
    }
    (beat,) = sequences(files["train"], "beat")
    expected = np.zeros(16, np.int64)
    expected[0], expected[7] = drum_set([KICK]), drum_set([SNARE])
    assert beat.tolist() == expected.tolist()
    assert len(sequences(files["train"])) == 2


def test_groove_without_its_table_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_groove(tmp_path)
