"""The show of 2017 over real MIDI ports: a drummer, A answers, B answers A, then A and B alone.

And the wiring that no passing through may turn into a storm. Nothing here asserts how exact
anything is: `python -m benchmarks jam` measures that.
"""

from __future__ import annotations

import queue
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.config import EngineConfig
from bridge.core.commands import SetParameter
from bridge.core.events import AnswerMade
from bridge.core.midibytes import key_of
from bridge.core.notes import Phrase
from bridge.core.schedule import TimedMessage
from bridge.core.settings import ClockSettings, JamSettings, PlayerSettings, PlayerSetup
from bridge.core.stage_events import BeatNow
from bridge.demo.performance import load_performance
from bridge.engine import EngineEvent, RunningEngine
from bridge.engine.running import Said
from bridge.io.midi_ports import Arrival, MidiPorts
from tests.fakes.engine_process import free_port
from tests.fakes.room import steady_drummer

IN, IN_2, OUT, OUT_2 = "magenta_in 1", "magenta_in 2", "magenta_out 1", "magenta_out 2"
TEMPO_QPM = 180.0
BEAT_S = 60.0 / TEMPO_QPM
PATIENCE_S = 60.0
TRIES = 3
"""A model may answer with silence, and a busy machine be late: one whole show is enough."""


def two_players(folders: tuple[Path, ...], first: PlayerSettings, second: PlayerSettings):
    players = (PlayerSetup("A", first, (IN,), (OUT,)), PlayerSetup("B", second, (IN_2,), (OUT_2,)))
    jam = JamSettings(
        bundles=(first.bundle,),
        player=first,
        players=players,
        clock=ClockSettings(("internal",), TEMPO_QPM),
    )
    return EngineConfig(port=free_port(), jam=jam, bundle_folders=folders)


class Stage:
    """An engine, and somebody at the other end of its ports who hears all of it."""

    def __init__(self, config: EngineConfig) -> None:
        self.said: queue.Queue[Said] = queue.Queue()
        self.engine = RunningEngine(config)
        self.engine.subscribe(self.said.put, watch=True)
        self.engine.start()
        self.wait_for(lambda one: isinstance(one, EngineEvent) and one.text.startswith("ready"))
        self.human = MidiPorts([OUT, OUT_2], [IN])
        assert self.human.problems == []
        self.heard: list[Arrival] = []

    def wait_for(self, wanted) -> Said:
        while True:
            one = self.said.get(timeout=PATIENCE_S)
            assert one is not None, "the engine ended"
            if wanted(one):
                return one

    def next_bar_s(self) -> tuple[float, float]:
        """The next bar line but one: its run beats, and its moment."""
        beat = self.wait_for(lambda one: isinstance(one, BeatNow) and one.playing)
        assert isinstance(beat, BeatNow)
        line = beat.next_bar_line_beats + 4.0
        return line, beat.time_s + (line - beat.run_beats) * BEAT_S

    def play(self, data: bytes, at_s: float) -> None:
        """A hand moves at a moment."""
        wait_s = at_s - time.monotonic()
        if wait_s > 0.0:
            time.sleep(wait_s)  # somebody who plays in real time
        self.human.send(IN, TimedMessage(data, at_s))

    def play_phrase(self, phrase: Phrase, start_s: float) -> None:
        keys = []
        for note in phrase.notes:
            on_s, off_s = start_s + note.start_beats * BEAT_S, start_s + note.end_beats * BEAT_S
            keys.append((on_s, bytes((0x99, note.pitch, note.velocity))))
            keys.append((off_s, bytes((0x89, note.pitch, 0))))
        for at_s, data in sorted(keys):
            self.play(data, at_s)

    def next_answer(self) -> AnswerMade:
        event = self.wait_for(lambda one: isinstance(one, EngineEvent) and one.answer is not None)
        assert isinstance(event, EngineEvent) and event.answer is not None
        return event.answer

    def rest(self) -> None:
        """Hear what comes until nothing has for a second."""
        since_s = time.monotonic()
        while time.monotonic() - since_s < 1.0:
            new = self.human.receive()
            if new:
                self.heard += new
                since_s = time.monotonic()
            time.sleep(0.02)

    def struck(self, port: str, start_s: float = 0.0, end_s: float = float("inf")) -> list[int]:
        """Pitches of the notes that began on a port within a time."""
        keys = [key_of(a.data) for a in self.heard if a.port == port and start_s <= a.at_s < end_s]
        return [key.pitch for key in keys if key is not None and key.velocity]

    def hanging(self) -> list[tuple[str, int, int]]:
        """Port, channel and pitch of every note that was not ended."""
        sounding: Counter[tuple[str, int, int]] = Counter()
        for arrival in self.heard:
            key = key_of(arrival.data)
            if key is not None:
                sounding[arrival.port, key.channel, key.pitch] += 1 if key.velocity else -1
        return [place for place, count in sounding.items() if count > 0]

    def close(self) -> None:
        self.human.close()
        self.engine.end()


@pytest.fixture
def stages(jack: None) -> Iterator[list[Stage]]:
    opened: list[Stage] = []
    yield opened
    for stage in opened:
        stage.close()


def test_a_drummer_then_a_then_b_then_a_and_b_alone(stages: list[Stage]) -> None:
    alone = PlayerSettings(bundle="groove_drums", max_notes_per_beat=10)
    config = two_players(EngineConfig().bundle_folders, alone, replace(alone, listen=1))
    for _ in range(TRIES):
        stage = Stage(config)
        stages.append(stage)
        if show(stage):
            return
        stage.close()
        stages.remove(stage)
    raise AssertionError("no show was whole")


def show(stage: Stage) -> bool:
    """Play it; returns False where an answer was silent, so that nobody could answer it."""
    call = load_performance().call(0, 2)
    line, start_s = stage.next_bar_s()
    stage.play_phrase(call, start_s)
    answers = [stage.next_answer()]
    # From now on A listens to B, which listens to A.
    stage.engine.command(SetParameter(1, "listen", 2))
    while len(answers) < 5 and answers[-1].answer.notes:
        answers.append(stage.next_answer())
    stage.engine.command(SetParameter(1, "listen", 0))
    stage.engine.command(SetParameter(2, "listen", 0))
    stage.rest()
    assert stage.hanging() == []
    assert all(answer.start_beats % 4.0 == 0.0 for answer in answers), "each on a bar line"
    if not all(answer.answer.notes for answer in answers):
        return False
    assert [answer.player for answer in answers] == [1, 2, 1, 2, 1]
    assert answers[0].start_beats == line + 12.0, "after two bars of the drummer and one of silence"
    assert [answer.start_beats for answer in answers] == [
        answers[0].start_beats + 8.0 * turn for turn in range(5)
    ], "each where the one before ends"
    for before, answer in pairwise(answers):
        assert len(answer.call.notes) == len(before.answer.notes), "each hears all of the other"
    for answer in answers:
        begin_s = start_s + (answer.start_beats - line) * BEAT_S
        port = OUT if answer.player == 1 else OUT_2
        heard = Counter(stage.struck(port, begin_s - 0.3, begin_s + 8.0 * BEAT_S + 0.3))
        made = Counter(note.pitch for note in answer.answer.notes)
        assert heard <= made, "nothing but the answer sounds, and nothing twice"
        if heard.total() < 0.9 * made.total():
            return False  # JACK or a busy machine lost notes.
    return True


def connect(source: str, target: str) -> None:
    """A cable between two ports of the JACK server, by the ends of their names."""
    listed = subprocess.run(["jack_lsp", "-p"], capture_output=True, text=True, check=True).stdout
    lines = listed.splitlines()
    ways = {
        (name.partition(":")[2], way.split()[1].split(",")[0]): name for name, way in pairs(lines)
    }
    ends = ways[source, "output"], ways[target, "input"]
    subprocess.run(["jack_connect", *ends], check=True)


def pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each port with the line of its properties."""
    return zip(lines[::2], lines[1::2], strict=True)


def test_two_that_pass_through_wired_in_a_circle_come_to_rest(
    stages: list[Stage], tmp_path: Path
) -> None:
    if shutil.which("jack_connect") is None:
        pytest.skip("jack_connect is not installed")
    bundle = steady_drummer(tmp_path)
    passing = PlayerSettings(bundle=bundle, passthrough=True, mute=True)
    stage = Stage(two_players((tmp_path,), passing, passing))
    stages.append(stage)
    connect(OUT, IN_2)
    connect(OUT_2, IN)
    counts = []
    for turn in range(TRIES):
        stage.heard.clear()
        begin_s = time.monotonic()
        for key in range(8):
            on_s = begin_s + 0.15 * key
            stage.play(bytes((0x90, 48 + 12 * turn + key, 100)), on_s)
            stage.play(bytes((0x80, 48 + 12 * turn + key, 0)), on_s + 0.05)
        stage.rest()
        assert stage.hanging() == []
        counts.append((len(stage.struck(OUT)), len(stage.struck(OUT_2))))
        if counts[-1] == (8, 0):
            return
    raise AssertionError(f"keys went round: {counts}")
