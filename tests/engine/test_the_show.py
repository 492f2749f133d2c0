"""The show of 2017 over real MIDI ports: a drummer, A answers, B answers A; then A and B alone."""

from __future__ import annotations

import queue
import select
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.config import load_config
from bridge.core.commands import Do, SetParameter
from bridge.core.events import AnswerMade, CommandDone
from bridge.core.midibytes import key_of
from bridge.core.schedule import TimedMessage
from bridge.core.score import score_of
from bridge.demo.performance import load_performance
from bridge.engine import EngineEvent, RunningEngine
from bridge.engine.running import Said
from bridge.io.midi_ports import MidiPorts
from bridge.io.score_file import write_score
from bridge.io.smf import read_song
from bridge.paths import data_folder
from bridge.record.file import Recording
from bridge.replay import replay
from tests.fakes.engine_process import free_port

PATIENCE_S = 40.0
TEMPO_QPM = 200.0
BEAT_S = 60.0 / TEMPO_QPM
TURNS = 2
"""Answers of each, at least; the second ones are the loop."""


class Show:
    """The running engine, what it has told, and the drummer at its ports."""

    def __init__(self, engine: RunningEngine) -> None:
        self.engine = engine
        self.answers: list[AnswerMade] = []
        self._said: queue.SimpleQueue[Said] = queue.SimpleQueue()
        engine.subscribe(self._said.put)

    def wait_for(self, condition: object) -> None:
        """Take what the engine says until a condition of this object holds."""
        end_s = time.monotonic() + PATIENCE_S
        while not condition(self):  # type: ignore[operator]
            self.take(end_s - time.monotonic())

    def take(self, patience_s: float) -> Said:
        said = self._said.get(timeout=max(0.01, patience_s))
        if isinstance(said, EngineEvent) and said.answer is not None:
            self.answers.append(said.answer)
        return said

    def wait_for_word(self, word: str) -> None:
        while word not in getattr(self.take(PATIENCE_S), "text", ""):
            pass

    def command(self, command: Do | SetParameter) -> None:
        ticket = self.engine.command(command)
        while True:
            said = self.take(PATIENCE_S)
            if isinstance(said, CommandDone) and said.ticket == ticket:
                assert said.error is None
                return

    def of(self, player: int) -> list[AnswerMade]:
        return [answer for answer in self.answers if answer.player == player]


def drum(ports: MidiPorts) -> None:
    """Two bars of a person's drumming, with all its timing."""
    events = []
    for note in load_performance().call(0, 2).notes:
        events.append((note.start_beats, bytes((0x90, note.pitch, note.velocity))))
        events.append((note.end_beats, bytes((0x80, note.pitch, 64))))
    begin_s = time.monotonic() + BEAT_S
    for beats, data in sorted(events):
        select.select([], [], [], max(0.0, begin_s + beats * BEAT_S - time.monotonic()))
        ports.send("magenta_in 1", TimedMessage(data, time.monotonic()))


@pytest.mark.usefixtures("jack")
def test_human_to_a_to_b_then_a_and_b_alone(tmp_path: Path) -> None:
    flags = {"osc.port": free_port(), "clock.internal_tempo_qpm": TEMPO_QPM}
    config = load_config(data_folder("configs") / "two_models.yaml", flags=flags).engine
    engine = RunningEngine(config, record=tmp_path / "show.jsonl", reports=tmp_path)
    show = Show(engine)
    engine.start()
    try:
        show.wait_for_word("ready")
        room = MidiPorts(["magenta_out 1", "magenta_out 2"], ["magenta_in 1"])
        drum(room)
        show.wait_for(lambda now: now.of(2))
        # B answers A; from here on A hears B.
        show.command(SetParameter(1, "listen", 2))
        show.wait_for(lambda now: len(now.of(1)) > TURNS <= len(now.of(2)))
        show.command(Do(0, "panic"))
    finally:
        engine.end()
    heard = Counter(arrival.port for arrival in room.receive())
    room.close()
    assert min(heard["magenta_out 1"], heard["magenta_out 2"]) > 20

    # Every answer is on a bar line, and begins where the one that it answers ends.
    chain = sorted(show.answers, key=lambda answer: answer.start_beats)
    assert [answer.player for answer in chain] == [1 + turn % 2 for turn in range(len(chain))]
    assert all(answer.start_beats % 4.0 == pytest.approx(0.0, abs=1e-6) for answer in chain)
    for before, after in pairwise(chain):
        assert after.start_beats == pytest.approx(
            before.start_beats + before.answer.length_beats, abs=1e-6
        )

    # The whole show is one recording, in which no note is left without an end.
    outcome = replay(Recording(tmp_path / "show.jsonl"))
    assert outcome.difference is None
    sounding: Counter[tuple[str, int, int]] = Counter()
    for line in Recording(tmp_path / "show.jsonl").lines():
        if line.entry[0] == "played":
            _, port, data = line.entry[:3]
            key = key_of(bytes.fromhex(data))
            if key is not None:
                sounding[port, key.channel, key.pitch] += 1 if key.velocity else -1
    assert set(sounding.values()) == {0}
    write_score(tmp_path / "show.mid", score_of(outcome.lanes))
    tracks = {track.name: len(track.notes) for track in read_song(tmp_path / "show.mid").tracks}
    assert {"1 A: call", "1 A: answer", "2 B: answer"} <= set(tracks)
