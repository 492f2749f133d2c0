"""A stage with real MIDI ports: an engine, and somebody who plays and hears at the other end."""

from __future__ import annotations

import queue
import time
from pathlib import Path

from bridge.config import EngineConfig
from bridge.core.events import AnswerMade
from bridge.core.notes import Phrase
from bridge.core.schedule import TimedMessage
from bridge.core.stage_events import BeatNow
from bridge.engine import EngineEvent, RunningEngine
from bridge.engine.running import Said
from bridge.io.midi_ports import Arrival, MidiPorts
from tests.fakes.take import Take

IN, IN_2, OUT, OUT_2 = "magenta_in 1", "magenta_in 2", "magenta_out 1", "magenta_out 2"
TEMPO_QPM = 180.0
BEAT_S = 60.0 / TEMPO_QPM
PATIENCE_S = 60.0


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
