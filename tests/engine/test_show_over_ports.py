"""The show of 2017 over real MIDI ports: a drummer, A answers, B answers A, then A and B alone.

And the wiring that no passing through may turn into a storm. Nothing here asserts how exact
anything is: `python -m benchmarks jam` measures that. What the engine is to answer for is judged
by what it sent (`tests.fakes.take`), however busy the machine: no note without its end, nothing
but the answers, and all of them where the model and the wheel were in time.
"""

from __future__ import annotations

import queue
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.config import EngineConfig
from bridge.core.cables import CABLE_S
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
from tests.fakes.take import Take

IN, IN_2, OUT, OUT_2 = "magenta_in 1", "magenta_in 2", "magenta_out 1", "magenta_out 2"
TEMPO_QPM = 180.0
BEAT_S = 60.0 / TEMPO_QPM
STEP_BEATS = 0.25
PATIENCE_S = 60.0
TRIES = 4
"""A model may answer with silence, and JACK lose what it waits for too long: one whole show is
enough. What is asserted of a show is asserted of each."""
TURNS = 5


def two_players(folders: tuple[Path, ...], first: PlayerSettings, second: PlayerSettings):
    players = (PlayerSetup("A", first, (IN,), (OUT,)), PlayerSetup("B", second, (IN_2,), (OUT_2,)))
    jam = JamSettings(
        bundles=(first.bundle,),
        player=first,
        players=players,
        clock=ClockSettings(("internal",), TEMPO_QPM),
    )
    # Compiling a kernel can take longer than a show, on a busy machine.
    return EngineConfig(port=free_port(), jam=jam, bundle_folders=folders, kernel="off")


class Stage:
    """An engine, and somebody at the other end of its ports who hears all of it.

    Args:
        config: The engine's.
        file: Where it is recorded.
    """

    def __init__(self, config: EngineConfig, file: Path) -> None:
        self.said: queue.Queue[Said] = queue.Queue()
        self.file = file
        self.engine = RunningEngine(config, record=file, reports=file.parent)
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
        begin_s = since_s = time.monotonic()
        while time.monotonic() - since_s < 1.0:
            assert time.monotonic() - begin_s < PATIENCE_S, "it never comes to rest"
            new = self.human.receive()
            if new:
                self.heard += new
                since_s = time.monotonic()
            time.sleep(0.02)

    def end(self) -> Take:
        """End the engine; returns what it sent."""
        self.engine.end()
        self.heard += self.human.receive()
        return Take.of(self.file)

    def heard_all_of(self, take: Take) -> bool:
        """Whether all that was sent was heard, and nothing else."""
        return all(
            [arrival.data for arrival in self.heard if arrival.port == port] == take.on(port)
            for port in (OUT, OUT_2)
        )

    def close(self) -> None:
        self.human.close()
        self.engine.end()


OpenStage = Callable[[EngineConfig], Stage]


@pytest.fixture
def open_stage(jack: None, tmp_path: Path) -> Iterator[OpenStage]:
    opened: list[Stage] = []

    def open_one(config: EngineConfig) -> Stage:
        for stage in opened:
            stage.close()
        opened[:] = [Stage(config, tmp_path / f"{time.monotonic_ns()}.jsonl")]
        return opened[0]

    yield open_one
    for stage in opened:
        stage.close()


def test_a_drummer_then_a_then_b_then_a_and_b_alone(open_stage: OpenStage) -> None:
    alone = PlayerSettings(bundle="groove_drums", max_notes_per_beat=10)
    config = two_players(EngineConfig().bundle_folders, alone, replace(alone, listen=1))
    for _ in range(TRIES):
        show = Show(open_stage(config))
        if show.is_whole():
            return
    raise AssertionError("no show was whole")


class Show:
    """A show that was played.

    Args:
        stage: Where it is played.
    """

    def __init__(self, stage: Stage) -> None:
        call = load_performance().call(0, 2)
        self.line, self.start_s = stage.next_bar_s()
        stage.play_phrase(call, self.start_s)
        self.answers = [stage.next_answer()]
        # From now on A listens to B, which listens to A.
        stage.engine.command(SetParameter(1, "listen", 2))
        while len(self.answers) < TURNS and self.answers[-1].answer.notes:
            self.answers.append(stage.next_answer())
        stage.engine.command(SetParameter(1, "listen", 0))
        stage.engine.command(SetParameter(2, "listen", 0))
        stage.rest()
        self.take = stage.end()
        self.heard_all = stage.heard_all_of(self.take)

    def is_whole(self) -> bool:
        """Whether nobody was silent, and the cable brought everything; asserts all the rest."""
        assert self.take.unpaired() == [], "every note is ended, whatever the machine was doing"
        assert [answer.player for answer in self.answers] == [1, 2, 1, 2, 1][: len(self.answers)]
        assert all(answer.start_beats % 4.0 == 0.0 for answer in self.answers), "on a bar line"
        if self.drummer_was_in_time():
            first = self.answers[0].start_beats
            assert first == self.line + 12.0, "after two bars of the drummer and one of silence"
        for before, answer in pairwise(self.answers):
            end = before.start_beats + before.answer.length_beats
            assert answer.start_beats == end, "each where the one before ends"
            heard, played = len(answer.call.notes), self.played(before).total()
            assert played <= heard <= len(before.answer.notes), "each hears all of the other"
        for answer in self.answers:
            self.sounds_as_made(answer)
        return len(self.answers) == TURNS and self.heard_all and self.all_answered()

    def all_answered(self) -> bool:
        return all(answer.answer.notes for answer in self.answers)

    def drummer_was_in_time(self) -> bool:
        """Whether the last stroke came before a step's half before the bar line."""
        keys = ((key_of(data), at_s) for port, data, at_s in self.take.arrived if port == IN)
        last_s = max(at_s for key, at_s in keys if key is not None and key.velocity)
        return last_s < self.start_s + (8.0 - STEP_BEATS / 2.0) * BEAT_S

    def begin_s(self, answer: AnswerMade) -> float:
        return self.start_s + (answer.start_beats - self.line) * BEAT_S

    def played(self, answer: AnswerMade) -> Counter[int]:
        """What of an answer sounded, by pitch."""
        begin_s = self.begin_s(answer)
        end_s = begin_s + answer.answer.length_beats * BEAT_S
        port = OUT if answer.player == 1 else OUT_2
        return Counter(self.take.notes(port, begin_s - 0.3, end_s + 0.3))

    def sounds_as_made(self, answer: AnswerMade) -> None:
        played = self.played(answer)
        made = Counter(note.pitch for note in answer.answer.notes)
        assert played <= made, "nothing but the answer sounds, and nothing twice"
        late = self.take.held_up(answer, self.begin_s(answer), BEAT_S)
        assert made - played <= late, "what could leave in time did"


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
    open_stage: OpenStage, tmp_path: Path
) -> None:
    if shutil.which("jack_connect") is None:
        pytest.skip("jack_connect is not installed")
    bundle = steady_drummer(tmp_path)
    passing = PlayerSettings(bundle=bundle, passthrough=True, mute=True)
    config = two_players((tmp_path,), passing, passing)
    for _ in range(TRIES):
        stage = open_stage(config)
        connect(OUT, IN_2)
        connect(OUT_2, IN)
        begin_s = time.monotonic()
        for key in range(8):
            on_s = begin_s + 0.15 * key
            stage.play(bytes((0x90, 48 + key, 100)), on_s)
            stage.play(bytes((0x80, 48 + key, 0)), on_s + 0.05)
        stage.rest()
        take = stage.end()
        assert take.unpaired() == []
        if longest_way_s(take) < CABLE_S:
            counts = [len(take.notes(port, 0.0, float("inf"))) for port in (OUT, OUT_2)]
            assert counts == [8, 0], "no key goes round"
            return
    # What takes longer than a cable is a hand's, for all that can be known: it did come to rest.


def longest_way_s(take: Take) -> float:
    """The longest that a note took from A's output to B's input."""
    left_s = {one.data: one.left_s for one in reversed(take.sent) if one.port == OUT}
    ways = [at_s - left_s[data] for port, data, at_s in take.arrived if port == IN_2]
    return max(ways, default=float("inf"))
