"""The fake Live refuses what Live refuses (and forgives what Live forgives)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.device.node_host import Atom, FakeLive, ScriptFailed

MakeLive = Callable[..., FakeLive]
Heard = list[tuple[int, tuple[Atom, ...]]]

FOUR = [{"pitch": 60 + i, "start_time": float(i), "duration": 0.5} for i in range(4)]
SCRIPT = "function run(text) { return eval(text); }\nvar seen = [];\n"


@pytest.fixture
def live(make_live: MakeLive) -> FakeLive:
    return make_live(tracks=[{"clips": {0: {"notes": FOUR}}}, {"values": {"name": "Bass"}}])


class Script:
    """One device whose script is lines of the test."""

    def __init__(self, live: FakeLive, *, ready: bool = True, track: int = 0, racks: int = 0):
        self.live = live
        self.heard: Heard = []
        live.load(
            1, SCRIPT, lambda n, atoms: self.heard.append((n, atoms)), track=track, racks=racks
        )
        if ready:
            live.live_ready(1)

    def run(self, text: str) -> None:
        self.live.message(1, "run", text)

    def value(self, expression: str) -> Any:
        """An expression's atoms."""
        self.heard.clear()
        self.run(f"outlet(0, {expression})")
        [(_, atoms)] = self.heard
        return atoms if len(atoms) != 1 else atoms[0]


def test_a_live_api_made_before_live_is_ready_is_dead_for_ever(live: FakeLive) -> None:
    script = Script(live, ready=False)
    script.run("song = new LiveAPI(null, 'live_set')")
    live.live_ready(1)
    assert script.value("song.id") == "0"
    assert script.value("song.get('tempo')") == 0
    assert "dead" in live.complaints[0]
    assert script.value("new LiveAPI(null, 'live_set').get('tempo')") == 120


def test_ids_are_strings_and_properties_are_arrays(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "song = new LiveAPI(null, 'live_set'); slot ="
        " new LiveAPI(null, 'live_set tracks 0 clip_slots 0')"
    )
    assert script.value("typeof song.id") == "string"
    assert script.value("song.get('tempo') instanceof Array ? 1 : 0") == 1
    word, number = script.value("slot.get('clip')")
    assert (word, type(number)) == ("id", int)
    assert script.value("new LiveAPI(null, 'id ' + slot.get('clip')[1]).type") == "Clip"
    assert script.value("slot.unquotedpath") == "live_set tracks 0 clip_slots 0"
    assert script.value("song.getcount('tracks')") == 2


def test_a_path_that_leads_nowhere_is_id_0_and_not_an_exception(live: FakeLive) -> None:
    script = Script(live)
    assert script.value("new LiveAPI(null, 'live_set tracks 9').id") == "0"
    assert script.value("new LiveAPI(null, 'live_set tracks 9').get('name')") == 0
    assert script.value("new LiveAPI(null, 'id 0').call('fire')") == 0


def test_an_unknown_property_is_0_and_remembered(live: FakeLive) -> None:
    script = Script(live)
    assert script.value("new LiveAPI(null, 'live_set').get('tmepo')") == 0
    assert live.unknown == {"Song.tmepo"}


def test_a_device_in_racks_climbs_to_its_track(live: FakeLive) -> None:
    script = Script(live, track=1, racks=2)
    script.run(
        "at = new LiveAPI(null, 'this_device'); types = [];"
        "while (at.type !== 'Track') { types.push(at.type);"
        " at = new LiveAPI(null, 'id ' + at.get('canonical_parent')[1]); }"
    )
    assert script.value("types") == ("MaxDevice", "Chain", "RackDevice", "Chain", "RackDevice")
    assert script.value("at.get('name')") == "Bass"


def test_a_callback_fires_when_attached_and_then_on_change(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "song = new LiveAPI(function (args) { outlet(0, args); }, 'live_set');"
        "song.property = 'tempo'"
    )
    song_id = script.heard[0][1][1]
    live.user("song", {"tempo": 140.0})
    live.user("song", {"tempo": 140.0})
    assert [atoms for _, atoms in script.heard] == [("id", song_id), ("tempo", 120), ("tempo", 140)]


@pytest.mark.parametrize(
    "change",
    [
        "new LiveAPI(null, 'live_set')",
        "track.set('name', 'x')",
        "slot.call('create_clip', 4)",
        "slot.call('fire')",
    ],
)
def test_within_a_callback_the_set_may_not_be_changed(live: FakeLive, change: str) -> None:
    script = Script(live)
    script.run(
        "track = new LiveAPI(null, 'live_set tracks 1');"
        "slot = new LiveAPI(null, 'live_set tracks 1 clip_slots 3');"
        f"armed = false; song = new LiveAPI(function () {{ if (armed) {{ {change}; }} }},"
        "'live_set'); song.property = 'tempo'; armed = true"
    )
    with pytest.raises(ScriptFailed, match="from within a LiveAPI callback"):
        live.user("song", {"tempo": 90.0})
    script.run(f"armed = false; {change}")
    assert live.complaints == []


def test_reading_within_a_callback_is_allowed(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "clip = new LiveAPI(null, 'live_set tracks 0 clip_slots 0 clip');"
        "song = new LiveAPI(function () { outlet(0,"
        " JSON.parse(clip.call('get_notes_extended', 0, 128, 0, 4)).notes.length); },"
        "'live_set')"
    )
    assert script.heard == [(0, (4,))]


def test_notes_come_as_json_text(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "clip = new LiveAPI(null, 'live_set tracks 0 clip_slots 0 clip');"
        "text = clip.call('get_notes_extended', 0, 128, 1, 2); notes = JSON.parse(text).notes"
    )
    assert script.value("typeof text") == "string"
    assert script.value("[notes.length, notes[0].pitch, notes[0].velocity]") == (2, 61, 100)
    assert (
        script.value("JSON.parse(clip.call('get_notes_extended', 0, 61, 0, 9)).notes.length") == 1
    )


def test_a_clip_is_made_in_an_empty_slot_only(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "full = new LiveAPI(null, 'live_set tracks 0 clip_slots 0');full.call('create_clip', 8)"
    )
    assert "the slot has a clip already" in live.complaints[0]
    assert len(live.clip(0, 0)["notes"]) == 4
    script.run(
        "empty = new LiveAPI(null, 'live_set tracks 0 clip_slots 1');"
        "empty.call('create_clip', 0); empty.call('create_clip', 7)"
    )
    assert "length must be above 0" in live.complaints[1]
    clip = live.clip(0, 1)
    assert (clip["loop_end"], clip["notes"]) == (7, [])


def test_a_clip_made_in_this_turn_takes_no_notes_yet(live: FakeLive) -> None:
    script = Script(live)
    add = (
        "clip = new LiveAPI(null, 'live_set tracks 0 clip_slots 1 clip');"
        "clip.call('add_new_notes', {notes: [{pitch: 60, start_time: 0, duration: 1}]})"
    )
    script.run(
        "slot = new LiveAPI(null, 'live_set tracks 0 clip_slots 1');"
        "slot.call('create_clip', 4);" + add
    )
    assert live.clip(0, 1)["notes"] == []
    script.run(add)
    assert [note["pitch"] for note in live.clip(0, 1)["notes"]] == [60]


@pytest.mark.parametrize(
    ("forms", "argument", "count"),
    [
        (["object", "dict"], "data", 1),
        (["dict"], "data", 0),
        (["dict"], "dict", 1),
        (["object", "dict"], "'dictionary', dict.name", 0),
    ],
)
def test_what_live_does_not_take_as_notes_adds_nothing_and_says_nothing(
    make_live: MakeLive, forms: list[str], argument: str, count: int
) -> None:
    live = make_live(note_forms=forms, tracks=[{"clips": {0: {}}}])
    script = Script(live)
    script.run(
        "data = {notes: [{pitch: 60, start_time: 0, duration: 1}]};"
        "dict = new Dict(); dict.parse(JSON.stringify(data));"
        "clip = new LiveAPI(null, 'live_set tracks 0 clip_slots 0 clip');"
        f"clip.call('add_new_notes', {argument})"
    )
    assert len(live.clip(0, 0)["notes"]) == count
    assert live.complaints == []


def test_overlapping_notes_of_one_pitch_are_cut(make_live: MakeLive) -> None:
    live = make_live(tracks=[{"clips": {0: {}}}])
    script = Script(live)
    script.run(
        "clip = new LiveAPI(null, 'live_set tracks 0 clip_slots 0 clip');"
        "clip.call('add_new_notes', {notes: ["
        "{pitch: 60, start_time: 0, duration: 4}, {pitch: 60, start_time: 1, duration: 1},"
        "{pitch: 60, start_time: 1, duration: 0.5}, {pitch: 61, start_time: 0, duration: 4}]})"
    )
    notes = live.clip(0, 0)["notes"]
    assert [(n["pitch"], n["start_time"], n["duration"]) for n in notes] == [
        (60, 0, 1),
        (61, 0, 4),
        (60, 1, 0.5),
    ]


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("{pitch: 128, start_time: 0, duration: 1}", "pitch out of range"),
        ("{pitch: 60, start_time: 0, duration: 0}", "without length"),
        ("{pitch: 60, start_time: 0, duration: 1, velocity: 0}", "velocity out of range"),
        ("{pitch: 60, start_time: 0}", "without a valid duration"),
        ("{pitch: 60, start_time: 0, duration: 1, note_id: 7}", "may not have note_id"),
    ],
)
def test_notes_that_are_none_are_refused(live: FakeLive, note: str, words: str) -> None:
    script = Script(live)
    script.run(
        "new LiveAPI(null, 'live_set tracks 0 clip_slots 0 clip')"
        f".call('add_new_notes', {{notes: [{note}]}})"
    )
    assert words in live.complaints[0]
    assert len(live.clip(0, 0)["notes"]) == 4


def test_one_unknown_note_id_makes_live_ignore_the_whole_change(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "clip = new LiveAPI(null, 'live_set tracks 0 clip_slots 0 clip');"
        "notes = JSON.parse(clip.call('get_all_notes_extended')).notes;"
        "notes[0].pitch = 99; notes[1].note_id = 12345;"
        "clip.call('apply_note_modifications', {notes: notes})"
    )
    assert [note["pitch"] for note in live.clip(0, 0)["notes"]] == [60, 61, 62, 63]


def test_a_deleted_track_leaves_id_0_behind(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "bass = new LiveAPI(null, 'live_set tracks 1');"
        "slot = new LiveAPI(null, 'live_set tracks 1 clip_slots 0')"
    )
    live.user("delete_track", 1)
    assert script.value("[bass.id, slot.id, bass.get('name')[0]]") == ("0", "0", 0)
    script.run("slot.call('create_clip', 4)")
    assert live.complaints == []


def test_a_launch_is_seen_when_it_is_pressed_and_when_it_plays(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "fired = new LiveAPI(function (a) { outlet(0, a); }, 'live_set tracks 0');"
        "fired.property = 'fired_slot_index';"
        "playing = new LiveAPI(function (a) { outlet(0, a); }, 'live_set tracks 0');"
        "playing.property = 'playing_slot_index'"
    )
    script.heard.clear()
    live.user("fire", 0, 0)
    live.user("start", 0, 0)
    live.user("stop", 0)
    assert [atoms for _, atoms in script.heard] == [
        ("fired_slot_index", 0),
        ("fired_slot_index", -1),
        ("playing_slot_index", 0),
        ("playing_slot_index", -2),
    ]


def test_the_selected_slot_is_found_through_the_view(live: FakeLive) -> None:
    script = Script(live)
    live.user("select_slot", 0, 0)
    script.run("view = new LiveAPI(null, 'live_set view')")
    _, slot = script.value("view.get('highlighted_clip_slot')")
    assert script.value(f"new LiveAPI(null, 'id {slot}').unquotedpath") == (
        "live_set tracks 0 clip_slots 0"
    )
    assert script.value("new LiveAPI(null, 'live_set view detail_clip').type") == "Clip"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("clip.set('length', 3)", "has no property length"),
        ("clip.set('is_playing', 1)", "can't be set"),
        ("clip.set('loop_end', 0)", "without length"),
        ("clip.call('quantise_everything')", "no function quantise_everything"),
        ("new LiveAPI(null, 'live_set').set('tempo', 90)", "may not steer the song"),
    ],
)
def test_what_a_clip_or_song_refuses_is_posted_and_the_script_goes_on(
    live: FakeLive, line: str, words: str
) -> None:
    script = Script(live)
    script.run("clip = new LiveAPI(null, 'live_set tracks 0 clip_slots 0 clip');" + line)
    assert words in live.complaints[0]


def test_a_name_and_a_colour_are_set_and_read_back(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "clip = new LiveAPI(null, 'live_set tracks 0 clip_slots 0 clip');"
        "clip.set('name', 'groove_drums T 1.0 #7'); clip.set('color', 255)"
    )
    clip = live.clip(0, 0)
    assert (clip["name"], clip["color"]) == ("groove_drums T 1.0 #7", 255)


def test_a_device_that_is_removed_hears_no_more(live: FakeLive) -> None:
    script = Script(live)
    script.run(
        "song = new LiveAPI(function (a) { outlet(0, a); }, 'live_set');song.property = 'tempo'"
    )
    script.heard.clear()
    live.unload(1)
    live.user("song", {"tempo": 77.0})
    assert script.heard == []
