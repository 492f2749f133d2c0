import pytest

from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.key_melody import KeyMelodyEncoding
from bridge.core.encodings.lookback import NO_EVENT, NOTE_OFF, LookbackEncoding, melody_codes
from bridge.core.encodings.melody import (
    MelodyPart,
    MelodyWriter,
    folded_pitch,
    melody_events,
    squash_amount,
)
from bridge.core.notes import Note

_ = NO_EVENT
OFF = NOTE_OFF


def test_a_note_is_its_pitch_then_its_end() -> None:
    assert melody_events([GridNote(60, 1, 3)], 5) == [_, 60, _, OFF, _]


def test_a_note_that_reaches_the_end_sounds_on() -> None:
    assert melody_events([GridNote(60, 1, 4)], 4) == [_, 60, _, _]


def test_the_next_onset_ends_a_note_and_the_highest_of_a_chord_counts() -> None:
    notes = [GridNote(60, 0, 8), GridNote(67, 2, 3), GridNote(64, 2, 8)]
    assert melody_events(notes, 5) == [60, _, 67, OFF, _]


@pytest.mark.parametrize(
    ("pitches", "amount"),
    [([60, 64, 67], 0), ([62, 66, 69], -2), ([36, 40, 43], 24), ([100], -36), ([54, 58], 11)],
)
def test_squash_brings_a_melody_to_c_and_to_the_middle(pitches: list[int], amount: int) -> None:
    assert squash_amount(pitches, 48, 84) == amount


@pytest.mark.parametrize(
    ("pitch", "folded"), [(47, 59), (35, 59), (84, 72), (95, 83), (96, 72), (60, 60)]
)
def test_pitches_out_of_range_move_by_octaves(pitch: int, folded: int) -> None:
    assert folded_pitch(pitch, 48, 84) == folded


def test_a_read_melody_is_transposed_and_the_answer_is_taken_back() -> None:
    part = MelodyPart()
    call = part.read([Note(36, 90, 0.0, 0.5), Note(40, 90, 0.5, 0.25)], 4, 4)
    assert call.transposition == 24
    assert call.events == (60, _, 64, OFF)
    writer = part.writer(call.transposition)
    assert writer.push(64) == []
    assert writer.push(OFF) == [GridNote(40, 0, 1)]


def test_mono_hears_melodies_where_they_are() -> None:
    call = MelodyPart(0, 128, to_c_major=False).read([Note(30, 90, 0.0, 1.0)], 4, 4)
    assert (call.events, call.transposition) == ((30, _, _, _), 0)


def test_melody_models_hear_drums_of_channel_ten() -> None:
    """Magenta's defect 12: such notes are invisible to its melody models."""
    assert MelodyPart().read([Note(60, 90, 0.0, 1.0, channel=9)], 4, 4).events[0] == 60


def test_the_writer_knows_a_note_when_it_ends() -> None:
    writer = MelodyWriter(0)
    assert writer.push(OFF) == []
    assert (writer.push(60), writer.open_step) == ([], 1)
    assert writer.push(_) == []
    assert writer.push(62) == [GridNote(60, 1, 3)]
    assert writer.finish() == [GridNote(62, 3, 4)]
    assert (writer.open_step, writer.finish()) == (None, [])


LOOKBACK = LookbackEncoding(melody_codes(48, 84), (16, 32), 5)


@pytest.mark.parametrize("encoding", [LOOKBACK, KeyMelodyEncoding()])
def test_silence_before_the_longest_lookback_is_labelled_as_its_repeat(
    encoding: LookbackEncoding | KeyMelodyEncoding,
) -> None:
    tracker = encoding.tracker()
    for _step in range(32):
        assert tracker.class_of(NO_EVENT) == 39
        tracker.push(60)
    assert tracker.class_of(60) == 39
    assert tracker.class_of(NO_EVENT) == (0 if encoding is LOOKBACK else 36)
    assert tracker.class_of(NOTE_OFF) == (1 if encoding is LOOKBACK else 37)
    assert tracker.class_of(62) == (16 if encoding is LOOKBACK else 14)


@pytest.mark.parametrize("encoding", [LOOKBACK, KeyMelodyEncoding()])
def test_repeats_stand_for_the_event_of_then(
    encoding: LookbackEncoding | KeyMelodyEncoding,
) -> None:
    tracker = encoding.tracker()
    assert tracker.event_of(38) == tracker.event_of(39) == NO_EVENT
    for pitch in range(50, 66):
        tracker.push(pitch)
    assert (tracker.event_of(38), tracker.event_of(39)) == (50, NO_EVENT)
    copy = tracker.copy()
    copy.push(70)
    assert (tracker.event_of(38), copy.event_of(38)) == (50, 51)
    assert tracker.class_of(50) == 38
