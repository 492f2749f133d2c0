from bridge.core.encodings.drum_classes import drum_set
from bridge.core.encodings.drums import DRUM_KIT, ONE_DRUM
from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.lookback import LookbackEncoding, drum_codes
from bridge.core.notes import Note


def hit(pitch: int, start_beats: float, channel: int = 0) -> Note:
    return Note(pitch, 90, start_beats, 0.1, channel)


def test_drums_struck_together_are_one_event() -> None:
    call = DRUM_KIT.read([hit(36, 0.0), hit(42, 0.02), hit(38, 0.5)], 4, 4)
    assert call.events == (0b101, 0, 0b10, 0)
    assert call.transposition == 0


def test_unknown_pitches_count_as_silence_but_begin_the_call() -> None:
    assert DRUM_KIT.read([hit(20, 0.0)], 4, 4).events == (0, 0, 0, 0)


def test_one_drum_hears_every_pitch() -> None:
    assert ONE_DRUM.read([hit(20, 0.0), hit(90, 1.0, channel=9)], 2, 4).events == (1, 0, 1, 0)


def test_silent_bars_in_front_are_dropped() -> None:
    assert DRUM_KIT.read([hit(36, 5.0)], 4, 32).events == (0, 0, 0, 0, 1) + (0,) * 11
    assert DRUM_KIT.read([], 4, 32).events == ()


def test_an_answer_uses_the_first_pitch_of_each_class_for_one_step() -> None:
    writer = DRUM_KIT.writer(0)
    assert writer.push(drum_set([35, 44])) == [GridNote(36, 0, 1), GridNote(42, 0, 1)]
    assert writer.push(0) == []
    assert writer.push(drum_set([49])) == [GridNote(49, 2, 3)]
    assert (writer.open_step, writer.finish()) == (None, [])
    assert ONE_DRUM.writer(0).push(1) == [GridNote(39, 0, 1)]


def test_drum_kit_input_is_the_event_and_the_counters_of_the_next_step() -> None:
    encoding = LookbackEncoding(drum_codes(512), counter_bits=6)
    tracker = encoding.tracker()
    tracker.push(5)
    assert tracker.rows() == (5, 512 + 1)
    for _ in range(63):
        tracker.push(0)
    assert tracker.rows() == (0, 512)
    assert (encoding.input_width, encoding.class_count) == (518, 512)
    assert (tracker.class_of(7), tracker.event_of(7)) == (7, 7)
