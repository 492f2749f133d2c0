"""A recording's file: what is written is read, whatever breaks off or is damaged."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.core.chord_chart import ChordChange
from bridge.core.commands import Capture, Do, Key, RunClock, SetParameter, SetTempo, Watch
from bridge.core.linkclock import LinkState
from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    BundleReady,
    Choice,
    Likelihood,
    ModelFailed,
    ModelNotice,
    PrimeCall,
    StartAnswer,
)
from bridge.core.settings import (
    ClockSettings,
    JamSettings,
    MidiSettings,
    PlayerSettings,
    PlayerSetup,
)
from bridge.errors import RecordingFailed, RecordingInvalid
from bridge.record.file import Recording, RecordingWriter
from bridge.record.header import Header, header_line, header_of
from bridge.record.lines import DECISIONS, entry_of, line_of, packed
from bridge.record.values import dataclass_from_json

HEADER = Header("0.1.0", "2026-01-02T03:04:05+00:00", JamSettings(), 7, 2017)

moments = st.floats(allow_nan=False, allow_infinity=False)
anything = st.floats(allow_nan=False)
ints = st.integers(-(2**31), 2**31 - 1)
notes = st.builds(
    Note, st.integers(0, 127), st.integers(1, 127), moments, moments, st.integers(0, 15)
)
likelihoods = st.builds(Likelihood, anything, ints, anything, ints, ints, ints)
choices = st.none() | st.builds(Choice, ints, ints, ints, moments)
replies = st.one_of(
    st.builds(
        AnswerChunk,
        ints,
        ints,
        st.lists(notes, max_size=4).map(tuple),
        moments,
        st.booleans(),
        likelihoods,
        choices,
    ),
    st.builds(BundleReady, ints, st.text(), ints, st.booleans()),
    st.builds(ModelFailed, ints, ints, ints, st.text(), st.text()),
    st.builds(ModelNotice, st.text()),
)
links = st.builds(LinkState, moments, moments, moments, moments, st.booleans(), st.booleans(), ints)
messages = st.builds(
    lambda name, values: packed((f"/{name}", tuple(values))),
    st.text("abcxyz/_", max_size=12),
    st.lists(ints | st.floats(width=32), max_size=6),
)
commands = st.one_of(
    st.builds(Do, ints, st.text()),
    st.builds(SetParameter, ints, st.text(), st.booleans() | ints | moments | st.text()),
    st.builds(Key, ints, ints, ints, ints, moments),
    st.builds(SetTempo, moments),
    st.builds(RunClock, st.booleans()),
    st.builds(Watch, st.booleans()),
    st.builds(Capture, ints, ints),
)
observations = st.one_of(
    st.tuples(st.just("command"), moments, commands),
    st.tuples(st.just("obey"), moments, ints, commands),
    st.tuples(st.just("turn"), moments, st.booleans()),
    st.tuples(st.just("watch"), moments),
    st.tuples(st.just("close")),
    st.tuples(
        st.just("heard"),
        st.ip_addresses(v=4).map(str),
        st.integers(0, 65535),
        moments,
        messages | st.binary(max_size=60),
    ),
    st.tuples(st.just("midi"), st.text(), st.binary(max_size=8), moments),
    st.tuples(st.just("port"), st.text(), st.booleans(), st.booleans(), st.text()),
    st.tuples(st.just("link"), links),
    st.tuples(st.just("replied"), st.lists(replies, max_size=3).map(tuple)),
)


@given(observations)
@example(("heard", "127.0.0.1", 5, 0.0, b"/clock\0\0,f\0\0\x7f\xc0\0\0"))  # not a number
@example(("heard", "127.0.0.1", 5, 0.0, b"/a\0x,\0\0\0"))  # padding that is none
def test_every_observation_is_read_as_it_was(entry):
    line = line_of(entry)
    assert entry_of(line) == entry
    assert "\n" not in line


@given(
    st.builds(
        StartAnswer,
        ints,
        ints,
        st.builds(Phrase, st.lists(notes, max_size=5).map(tuple), moments),
        moments,
        st.builds(
            AnswerControls,
            temperature=moments,
            chords=st.lists(st.builds(ChordChange, moments, st.text()), max_size=2).map(tuple),
            disable_conditioning=st.lists(st.booleans(), max_size=3).map(tuple),
        ),
        moments,
        time_s=moments | st.just(math.inf),
    )
)
def test_a_request_says_all_that_is_in_it(request_made):
    (fields,) = json.loads(line_of(("asked", request_made)))[1:]
    assert dataclass_from_json(StartAnswer, fields["StartAnswer"]) == request_made


def test_a_datagram_is_readable_where_it_can_be():
    data = packed(("/param/temperature", (4242, 0.5)))
    line = line_of(("heard", "127.0.0.1", 5000, 0.001, data))
    assert line == '["heard","127.0.0.1",5000,0.001,["/param/temperature",4242,0.5]]'


def test_what_has_its_default_is_left_out_of_a_request():
    call = Phrase((Note(36, 90, 0.0, 0.25), Note(38, 80, 1.0, 0.5, 9)), 4.0)
    line = line_of(("asked", PrimeCall(3, 1, call, 2.0)))
    fields = {
        "player": 3,
        "call_id": 1,
        "call": {"notes": [[36, 90, 0.0, 0.25], [38, 80, 1.0, 0.5, 9]], "length_beats": 4.0},
        "final_beats": 2.0,
    }
    assert json.loads(line) == ["asked", {"PrimeCall": fields}]


def test_the_header_holds_every_setting():
    jam = JamSettings(
        bundles=("a", "b"),
        player=PlayerSettings(temperature=0.7, notes_per_second=(1.0, 2.5), chords="C | F"),
        clock=ClockSettings(order=("midi", "internal"), internal_tempo_qpm=97.3),
        midi=MidiSettings("clock", "", -3.5),
        players=(PlayerSetup("Ann", PlayerSettings(temperature=1.3), ("in",), ("out",), 2.5),),
    )
    header = Header("0.1.0", "now", jam, 3, 4, "magenta", (("a", "00ff"), ("b", "")), whole=False)
    line = header_line(header)
    assert header_of(line) == header
    assert json.loads(line)["jam"]["player"]["answer_bars"] == 0, "defaults too: they may change"


def test_a_hidden_token_is_still_a_token():
    header = Header("0.1.0", "now", JamSettings(token=123456), 3, 4)
    assert "123456" not in header_line(header)
    assert header_of(header_line(header)).jam.token == 1


def written(path: Path, count: int = 40) -> list[str]:
    """A recording of so many turns in which something was heard."""
    writer = RecordingWriter(path, HEADER)
    for turn in range(count):
        data = packed(("/clock", (turn, 0.5)))
        heard = ("heard", "127.0.0.1", 5000, 0.0, data)
        writer.write([("turn", turn / 7, True), heard])
    writer.abandon()
    return [line.text for line in Recording(path).lines()]


@pytest.mark.parametrize("name", ["jam.jsonl", "jam.jsonl.gz"])
def test_a_file_that_breaks_off_anywhere_is_read_up_to_there(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    lines = written(file)
    data = file.read_bytes()
    head = len(header_line(HEADER)) + 1 if name.endswith("l") else 1500
    for size in range(head, len(data), 97):
        (tmp_path / "cut").write_bytes(data[:size])
        recording = Recording(tmp_path / "cut")
        read = [line.text for line in recording.lines()]
        assert read == lines[: len(read)]
        # A compressed byte may stand for a whole line.
        assert len(read) >= (data[:size].count(b"\n") - 1 if name.endswith("l") else 0)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("good") / "jam.jsonl"
    written(file)
    return file


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, 80), damage=st.text(max_size=30), place=st.integers(0, 60))
@example(number=5, damage="[" * 30, place=0)
@example(number=7, damage="\udcff", place=3)
def test_a_damaged_line_is_named(good: Path, tmp_path: Path, number, damage, place):
    lines = good.read_bytes().split(b"\n")
    line = lines[number - 1]
    given = damage.encode("utf-8", "surrogateescape").replace(b"\n", b"")
    lines[number - 1] = line[:place] + given + line[place + len(given) :]
    file = tmp_path / "damaged.jsonl"
    file.write_bytes(b"\n".join(lines))
    try:
        read = [one.text for one in Recording(file).lines()]
    except RecordingInvalid as error:
        assert str(error).startswith(f"{file}, line {number}: ")
        assert error.hint
    else:
        assert len(read) == 80, "what can still be read is read to the end"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "no JSON from character 1 on"),
        ("{}", "no list that begins with a kind"),
        ('["noise",1]', "no kind 'noise'"),
        ('["turn"]', "it has 0 values"),
        ('["turn","soon"]', "'soon' is not of type float"),
        ('["turn",true]', "True is not of type float"),
        ('["heard","h",1,0.0,["/a","text"]]', "no list of numbers"),
        ('["heard","h",1,0.0,["/a",99999999999]]', "can't be made"),
        ('["heard","h",1,0.0,"not base64!"]', "no base64"),
        ('["midi","in","9",0.0]', "hex"),
        ('["replied",{"Nobody":{}}]', "'Nobody' can't stand here"),
        ('["replied",{"BundleReady":{"player":1}}]', "missing"),
        ('["replied",{"BundleReady":{"volume":1}}]', "no field 'volume'"),
        ('["replied",{"AnswerChunk":{"notes":[[1,2]]}}]', "no note"),
        ("[" * 100_000, "deep"),
    ],
)
def test_a_line_that_says_nonsense_says_what_is_wrong(line, why):
    with pytest.raises(ValueError, match=why):
        entry_of(line)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "line 1: it is empty"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0", "line 1"),
        (b'{"tempo": 120}\n', "line 1: it is not the head of a recording"),
        (b'{"magenta_bridge_recording": 99}\n', "line 1: it is of format 99"),
        (b"\x1f\x8bnothing packed", "can't be unpacked"),
    ],
)
def test_a_file_that_is_no_recording(content: bytes, why: str, tmp_path: Path) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)
    with pytest.raises(RecordingInvalid, match=why):
        Recording(file)
    with pytest.raises(RecordingInvalid, match="can't be read"):
        Recording(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingFailed, match="can't be written: No such file"):
        RecordingWriter(tmp_path / "nowhere" / "jam.jsonl", HEADER)


def test_what_is_no_value_ends_the_recording_and_leaves_it_whole(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "jam.jsonl", HEADER)
    writer.write([("turn", 1.0, True)])
    with pytest.raises(RecordingFailed, match="can't be written: object can't be recorded"):
        writer.write([("turn", 2.0, True), ("asked", object())])
    writer.abandon()
    (line,) = Recording(tmp_path / "jam.jsonl").lines()
    assert line.entry == ("turn", 1.0, True)


def test_decisions_are_known_by_their_kind():
    assert {"sent", "played", "tempo", "asked", "told", "fault"} == DECISIONS
