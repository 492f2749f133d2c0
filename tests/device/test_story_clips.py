"""Clips with the device that ships: read the selected one, write others beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bridge.core.wire import parse_packet
from tests.device.stage import START_S, Stage, StagedDevice

MakeStage = Callable[..., Stage]
KICK, SNARE, HAT = 36, 38, 42
FLAT: dict[str, Any] = {"Feel": 0.0, "Clip Count": 2}
LONG_S = 20.0


def note(pitch: int, start: float, duration: float = 0.25, **more: float) -> dict[str, float]:
    return {"pitch": pitch, "start_time": start, "duration": duration, **more}


def clip(*notes: dict[str, float], length: float = 4.0, **values: Any) -> dict[str, Any]:
    bounds = {"loop_end": length, "end_marker": length, **values}
    return {"values": bounds, "notes": list(notes)}


def with_clip(
    make_stage: MakeStage,
    source: dict[str, Any],
    *,
    saved: dict[str, Any] | None = None,
    **more: Any,
) -> tuple[Stage, StagedDevice]:
    """A stage whose first slot holds a clip, selected, and a device that is linked."""
    live_set = {"tracks": [{"clips": {0: source}}], **more.pop("live_set", {})}
    stage = make_stage(live_set=live_set, **more)
    jam = stage.add_device(saved={**FLAT, **(saved or {})})
    stage.run(2.0)
    stage.live.user("select_slot", 0, 0)
    return stage, jam


def press(stage: Stage, jam: StagedDevice, button: str) -> set[str]:
    """Press a button, wait, and tell what the status line said meanwhile."""
    said = set()
    jam.patch.press(button)
    until_s = stage.clock.time_s + LONG_S
    while stage.clock.time_s < until_s:
        stage.run(stage.clock.time_s + 0.5)
        said.add(jam.status)
    return said


def slots(stage: Stage, track: int = 0) -> list[dict[str, Any] | None]:
    return [slot["clip"] for slot in stage.live.look()["tracks"][track]["slots"]]


def sent_notes(jam: StagedDevice, kind: int) -> list[tuple[Any, ...]]:
    """Notes of all clips of a kind that went to the engine; a chunk sent twice counts once."""
    chunks = {}
    for _, data, _ in jam.patch.datagrams:
        if data.startswith(b"/clip/chunk\0"):
            [(_, values)] = parse_packet(data)
            if values[2] == kind:
                chunks[values[1], values[3]] = values[7:]
    flat = [value for key in sorted(chunks) for value in chunks[key]]
    return [tuple(flat[place : place + 5]) for place in range(0, len(flat), 5)]


@pytest.mark.parametrize("button", ["Extend Clip", "Vary Clip"])
def test_clips_are_written_into_the_empty_slots_below(make_stage: MakeStage, button: str) -> None:
    source = clip(note(KICK, 0.0), note(SNARE, 1.0), note(HAT, 2.5, velocity=33.5))
    stage, jam = with_clip(make_stage, source)
    before = stage.live.clip(0, 0)
    assert "Clip written" in press(stage, jam, button)
    there = slots(stage)
    assert [each is not None for each in there] == [True, True, True] + [False] * 5
    assert there[0] == before
    for made in there[1:3]:
        assert made is not None
        assert made["loop_end"] == 4.0
        assert made["notes"]
        assert made["name"].startswith("steady_drummer T1.00 #")
        assert all(0.0 <= each["start_time"] < 4.0 for each in made["notes"])


def test_five_hundred_notes_arrive_and_are_answered(make_stage: MakeStage) -> None:
    notes = [
        note((KICK, SNARE, HAT)[n % 3], n * 0.125, 0.1, velocity=1 + n % 127) for n in range(500)
    ]
    stage, jam = with_clip(make_stage, clip(*notes, length=64.0), saved={"Clip Count": 1})
    assert "Clip written" in press(stage, jam, "Extend Clip")
    assert len(sent_notes(jam, 2)) == 500
    made = stage.live.clip(0, 1)
    assert made is not None
    assert made["loop_end"] == 64.0
    assert len(made["notes"]) > 250


@pytest.mark.parametrize(("numerator", "denominator", "length"), [(3, 4, 3.0), (7, 8, 3.5)])
def test_length_and_signature_are_those_of_the_clip(
    make_stage: MakeStage, numerator: int, denominator: int, length: float
) -> None:
    source = clip(
        note(KICK, 0.0),
        note(SNARE, 1.0),
        length=length,
        signature_numerator=numerator,
        signature_denominator=denominator,
    )
    stage, jam = with_clip(
        make_stage, source, signature=(numerator, denominator), saved={"Clip Count": 1}
    )
    press(stage, jam, "Vary Clip")
    made = stage.live.clip(0, 1)
    assert made is not None
    assert made["loop_end"] == length
    assert (made["signature_numerator"], made["signature_denominator"]) == (numerator, denominator)


def test_of_a_clip_with_a_loop_inside_only_the_loop_is_sent(make_stage: MakeStage) -> None:
    notes = (note(KICK, 1.0), note(SNARE, 4.0), note(HAT, 7.5, 2.0), note(KICK, 8.0))
    source = clip(*notes, length=16.0, loop_start=4.0, loop_end=8.0)
    stage, jam = with_clip(make_stage, source, saved={"Clip Count": 1})
    press(stage, jam, "Extend Clip")
    sent = [(pitch, start, length) for pitch, _, start, length, _ in sent_notes(jam, 2)]
    assert sent == [(SNARE, 0.0, 0.25), (HAT, 3.5, 0.5)]
    made = stage.live.clip(0, 1)
    assert made is not None
    assert made["loop_end"] == 4.0


def test_muted_notes_are_not_part_of_the_phrase(make_stage: MakeStage) -> None:
    stage, jam = with_clip(make_stage, clip(note(KICK, 0.0), note(SNARE, 1.0, mute=1)))
    press(stage, jam, "Extend Clip")
    assert [pitch for pitch, *_ in sent_notes(jam, 2)] == [KICK]


def test_overlapping_notes_of_an_answer_are_written_as_live_keeps_them(
    make_stage: MakeStage,
) -> None:
    stage, jam = with_clip(make_stage, clip(note(KICK, 0.0)), saved={"Feel": 100.0})
    said = press(stage, jam, "Extend Clip")
    assert "Clip written" in said
    assert not [text for text in said if "missing" in text]


def test_full_slots_are_said_and_nothing_is_overwritten(make_stage: MakeStage) -> None:
    full = {number: clip(note(KICK, float(number % 4))) for number in range(8)}
    stage = make_stage(live_set={"tracks": [{"clips": full}]})
    jam = stage.add_device(saved=FLAT)
    stage.run(2.0)
    stage.live.user("select_slot", 0, 0)
    before = slots(stage)
    assert "All slots are full: nothing was overwritten" in press(stage, jam, "Vary Clip")
    assert slots(stage) == before


def test_the_last_free_slots_are_used_wherever_they_are(make_stage: MakeStage) -> None:
    some = {number: clip(note(KICK, 0.0)) for number in (0, 1, 2, 3, 4, 5, 7)}
    stage = make_stage(live_set={"tracks": [{"clips": some}]})
    jam = stage.add_device(saved=FLAT)
    stage.run(2.0)
    stage.live.user("select_slot", 0, 7)
    said = press(stage, jam, "Vary Clip")
    assert "All slots are full: nothing was overwritten" in said
    made = stage.live.clip(0, 6)
    assert made is not None
    assert made["name"]


def test_a_track_that_is_deleted_meanwhile_does_no_harm(make_stage: MakeStage) -> None:
    stage = make_stage(live_set={"tracks": [{}, {"clips": {0: clip(note(KICK, 0.0))}}]})
    jam = stage.add_device(saved=FLAT)
    stage.run(2.0)
    stage.live.user("select_slot", 1, 0)
    jam.patch.press("Extend Clip")
    stage.run(stage.clock.time_s + 0.01)
    stage.live.user("delete_track", 1)
    stage.run(stage.clock.time_s + LONG_S)
    assert all(each is None for each in slots(stage))
    assert jam.status == "Ready: press Play in Live"


def test_where_live_takes_notes_as_a_dict_only_they_are_written_all_the_same(
    make_stage: MakeStage,
) -> None:
    stage, jam = with_clip(
        make_stage,
        clip(note(KICK, 0.0)),
        live_set={"note_forms": ["dict"]},
        saved={"Clip Count": 1},
    )
    assert "Clip written" in press(stage, jam, "Extend Clip")
    made = stage.live.clip(0, 1)
    assert made is not None
    assert made["notes"]


def test_without_a_midi_clip_nothing_is_asked(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device(saved=FLAT)
    stage.run(2.0)
    assert "Select a MIDI clip first" in press(stage, jam, "Extend Clip")
    assert jam.sent("/clip/ask") == []


def test_without_an_engine_nothing_is_asked(make_stage: MakeStage) -> None:
    stage, jam = with_clip(make_stage, clip(note(KICK, 0.0)), engine=False)
    said = press(stage, jam, "Extend Clip")
    assert [text for text in said if text.startswith("No engine")]


def test_keep_writes_the_last_answer(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device(saved=FLAT)
    stage.transport.play(START_S)
    stage.phrase(jam, [(0.0, KICK), (4.0, SNARE)])
    stage.run_beats(21.0)
    jam.patch.press("Keep")
    stage.run_beats(25.0)
    kept = stage.live.clip(0, 0)
    assert kept is not None
    assert kept["loop_end"] == 8.0
    assert [each["start_time"] for each in kept["notes"]] == [0.25 * step for step in range(32)]
    assert {each["pitch"] for each in kept["notes"]} == {KICK}


def test_keep_writes_on_the_track_to_which_the_device_was_dragged(make_stage: MakeStage) -> None:
    stage = make_stage(live_set={"tracks": [{}, {}]})
    jam = stage.add_device(saved=FLAT)
    stage.transport.play(START_S)
    stage.phrase(jam, [(0.0, KICK), (4.0, SNARE)])
    stage.run_beats(21.0)
    stage.live.user("move_device", 0, 1)
    jam.patch.press("Keep")
    stage.run_beats(25.0)
    assert stage.live.clip(0, 0) is None
    kept = stage.live.clip(1, 0)
    assert kept is not None and len(kept["notes"]) == 32


def test_keep_before_any_answer_says_so(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device(saved=FLAT)
    stage.run(2.0)
    assert "Nothing to keep yet" in press(stage, jam, "Keep")


def test_an_engine_that_dies_over_an_ask_leaves_the_device_able_to_ask_again(
    make_stage: MakeStage,
) -> None:
    stage, jam = with_clip(make_stage, clip(note(KICK, 0.0)), saved={"Clip Count": 1})
    jam.patch.press("Extend Clip")
    stage.kill_engine()
    stage.run(stage.clock.time_s + 6.0)
    stage.start_engine()
    stage.run(stage.clock.time_s + 4.0)
    assert "Clip written" in press(stage, jam, "Extend Clip")
    assert len([each for each in slots(stage) if each]) == 2


def test_on_a_network_that_loses_every_fifth_packet_five_hundred_notes_arrive(
    make_stage: MakeStage,
) -> None:
    notes = [note((KICK, SNARE, HAT)[n % 3], n * 0.125, 0.1) for n in range(500)]
    stage, jam = with_clip(make_stage, clip(*notes, length=64.0), saved={"Clip Count": 2}, loss=0.2)
    stage.run(8.0)
    assert "Clip written" in press(stage, jam, "Extend Clip")
    made = [each for each in slots(stage)[1:] if each]
    assert len(made) == 2
    assert all(len(each["notes"]) > 250 for each in made)
