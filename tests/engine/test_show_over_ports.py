"""The show of 2017 over real MIDI ports: a drummer, A answers, B answers A, then A and B alone.

Nothing here asserts how exact anything is: `python -m benchmarks jam` measures that. What the
engine is to answer for is judged by what it sent (`tests.fakes.take`), however busy the machine: no
note without its end, nothing but the answers, and all of them where the model and the wheel were in
time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.config import load_config
from bridge.core.commands import SetParameter
from bridge.core.events import AnswerMade
from bridge.core.midibytes import key_of
from bridge.core.score import score_of
from bridge.demo.performance import load_performance
from bridge.io.score_file import write_score
from bridge.io.smf import read_song
from bridge.paths import data_folder
from bridge.record.file import Recording
from bridge.replay import replay
from tests.engine.conftest import OpenStage
from tests.fakes.engine_process import free_port
from tests.fakes.port_stage import BEAT_S, IN, OUT, OUT_2, TEMPO_QPM, Stage

pytestmark = pytest.mark.real_time

PRESET = data_folder("configs") / "two_models.yaml"
STEP_BEATS = 0.25
TRIES = 4
"""A model may answer with silence, and JACK lose what it waits for too long: one whole show is
enough. What is asserted of a show is asserted of each."""
TURNS = 5


def test_a_drummer_then_a_then_b_then_a_and_b_alone(open_stage: OpenStage, tmp_path: Path) -> None:
    flags = {"osc.port": free_port(), "clock.internal_tempo_qpm": TEMPO_QPM}
    config = load_config(PRESET, flags=flags).engine
    for _ in range(TRIES):
        # Compiling a kernel can take longer than a show, on a busy machine.
        show = Show(open_stage(replace(config, kernel="off")))
        if show.is_whole():
            show.can_be_seen_again(tmp_path)
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
        self.file, self.take = stage.file, stage.end()
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

    def can_be_seen_again(self, folder: Path) -> None:
        """The whole show is one recording, which is replayed to the same, and a MIDI file."""
        outcome = replay(Recording(self.file))
        assert outcome.difference is None
        write_score(folder / "show.mid", score_of(outcome.lanes))
        tracks = {track.name for track in read_song(folder / "show.mid").tracks if track.notes}
        assert {"1 A: call", "1 A: answer", "2 B: answer"} <= tracks
