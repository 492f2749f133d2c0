from fractions import Fraction

import mido
import numpy as np
import pytest

from bridge.training.melody_data import (
    Tune,
    bar_beats,
    melody_track,
    note_sequence_of_midi,
    pickup_beats,
    tune_of,
)
from bridge.training.melody_split import split_tunes, variant_groups


def track_of(notes: list[tuple[int, int, int]]) -> mido.MidiTrack:
    """Notes as (start, end, pitch) in ticks."""
    timed = []
    for start, end, pitch in notes:
        timed.append((start, 1, mido.Message("note_on", note=pitch, velocity=80)))
        timed.append((end, 0, mido.Message("note_off", note=pitch)))
    track, now = mido.MidiTrack(), 0
    for ticks, _, message in sorted(timed, key=lambda one: one[:2]):
        track.append(message.copy(time=ticks - now))
        now = ticks
    return track


def scale_tune(eighths: int) -> list[tuple[int, int, int]]:
    degrees = (60, 62, 64, 65, 67, 69, 71, 72)
    return [(240 * i, 240 * (i + 1), degrees[i * 5 % 8]) for i in range(eighths)]


def write_tune(path, tracks, meter=(4, 4)):
    midi = mido.MidiFile(ticks_per_beat=480)
    head = mido.MidiTrack()
    head.append(mido.MetaMessage("time_signature", numerator=meter[0], denominator=meter[1]))
    midi.tracks.append(head)
    midi.tracks.extend(tracks)
    midi.save(path)


def test_only_bars_of_two_or_four_quarters():
    assert bar_beats({(4, 4)}) == 4
    assert bar_beats({(2, 2)}) == 4
    assert bar_beats({(2, 4)}) == 2
    assert bar_beats({(6, 8)}) is None
    assert bar_beats({(4, 4), (2, 4)}) is None
    assert bar_beats(set()) is None


def test_pickups_are_what_is_left_over_whole_bars():
    assert pickup_beats(32.0, Fraction(4)) == 0
    assert pickup_beats(32.5, Fraction(4)) == Fraction(1, 2)
    assert pickup_beats(33.0, Fraction(4)) == 1
    assert pickup_beats(35.5, Fraction(4)) == 0


def test_the_melody_is_the_highest_track_without_chords():
    midi = mido.MidiFile(ticks_per_beat=480)
    midi.tracks.append(track_of([(0, 480, 36), (480, 960, 38)]))
    midi.tracks.append(track_of([(0, 480, 60), (480, 960, 62)]))
    midi.tracks.append(track_of([(0, 480, 72), (0, 480, 76)]))
    assert [pitch for _, _, pitch in melody_track(midi)] == [60, 62]


def tune(name: str, intervals: list[int]) -> Tune:
    return Tune(name, (np.arange(4),), tuple(intervals))


def test_variants_stay_together_and_splits_are_disjoint():
    random = np.random.default_rng(2)
    tunes = [tune(f"t{i}", random.integers(-5, 6, 60).tolist()) for i in range(40)]
    variant = list(tunes[3].intervals)
    variant[20:24] = [9, 9, 9, 9]
    tunes.append(tune("variant of t3", variant))
    assert [3, 40] in variant_groups(tunes)
    split = split_tunes(tunes)
    names = {part: {one.name for one in found} for part, found in split.items()}
    assert sum(map(len, names.values())) == 41
    assert set.union(*names.values()) == {one.name for one in tunes}
    assert len(names["validation"]) == len(names["test"]) == 4
    assert any({"t3", "variant of t3"} <= part for part in names.values())


@pytest.mark.magenta
def test_a_tune_becomes_magenta_classes_in_c(magenta, tmp_path):
    # In D, with a pickup of a quarter note before the first bar line.
    notes = [(start, end, pitch + 2) for start, end, pitch in scale_tune(66)]
    write_tune(tmp_path / "reel.mid", [track_of(notes)])
    found = tune_of("reel", note_sequence_of_midi(tmp_path / "reel.mid"))
    (melody,) = found.melodies
    assert melody[:12].tolist() == [0] * 12
    assert (melody[12::2] >= 2).all()
    assert {(event - 2) % 12 for event in melody.tolist() if event > 1} <= {0, 2, 4, 5, 7, 9, 11}
    assert len(found.intervals) == 65


@pytest.mark.magenta
def test_a_jig_is_skipped(magenta, tmp_path):
    write_tune(tmp_path / "jig.mid", [track_of(scale_tune(64))], meter=(6, 8))
    assert note_sequence_of_midi(tmp_path / "jig.mid") is None
