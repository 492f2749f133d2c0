"""The human of the demo."""

from __future__ import annotations

from pathlib import Path

import pytest

import bridge.demo.performance
from bridge.core.encodings.drum_classes import CLASS_OF_PITCH
from bridge.demo.performance import load_melody, load_performance
from bridge.io.smf import DRUM_CHANNEL


def test_eight_bars_of_hiphop_at_100() -> None:
    performance = load_performance()
    assert (performance.tempo_qpm, performance.signature, performance.bars) == (100.0, (4, 4), 8)
    assert all(note.pitch in CLASS_OF_PITCH for note in performance.phrase.notes)
    assert {note.channel for note in performance.phrase.notes} == {DRUM_CHANNEL}


def test_a_human_is_neither_on_the_grid_nor_of_one_velocity() -> None:
    notes = load_performance().phrase.notes
    off_grid = [note for note in notes if (note.start_beats * 4) % 1 not in (0.0,)]
    assert len(off_grid) > len(notes) / 2
    assert len({note.velocity for note in notes}) > 20


def test_it_has_a_backbone_and_fills() -> None:
    classes = {CLASS_OF_PITCH[note.pitch] for note in load_performance().phrase.notes}
    assert {0, 1, 2, 4, 5, 7} <= classes


@pytest.mark.parametrize("bars", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("load", [load_performance, load_melody])
def test_calls_share_out_the_performance_and_go_round(load, bars: int) -> None:
    performance = load()
    calls = [performance.call(index, bars) for index in range(performance.bars)]
    # So many calls of so many bars are the whole performance, ``bars`` times.
    assert sum(len(call.notes) for call in calls) == bars * len(performance.phrase.notes)
    for call in calls:
        assert call.length_beats == bars * performance.bar_beats
        for note in call.notes:
            assert -0.125 <= note.start_beats < call.length_beats - 0.125


def test_an_anticipated_note_belongs_to_the_bar_it_was_meant_for() -> None:
    second = load_performance().call(1, 2)
    assert -0.125 < second.notes[0].start_beats < 0.0


def test_its_source_and_licence_stand_beside_it() -> None:
    folder = Path(bridge.demo.performance.__file__).parent / "performances"
    text = (folder / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for path in folder.glob("*.mid"):
        assert path.name in text
    for word in ("Groove MIDI Dataset", "CC BY 4.0", "Drummer 7", "100 bpm", "Gillick", "test"):
        assert word in text
