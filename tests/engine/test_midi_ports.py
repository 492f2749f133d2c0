"""The engine as a musician runs it, played and heard through real MIDI ports.

Nothing here asserts how exact anything is: `python -m benchmarks jam` measures that.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.core.midibytes import key_of
from bridge.core.schedule import TimedMessage
from bridge.io.midi_ports import Arrival, MidiPorts
from tests.fakes.engine_process import EngineProcess, wait_until
from tests.fakes.room import steady_drummer

IN, OUT, CLOCK = "magenta_in 1", "magenta_out 1", "magenta_clock"
KICK = 36
STEPS = 16
TRIES = 5
"""A busy machine may drop a late note, which is right, or JACK lose one: one whole answer is
enough."""

YAML = """
bundles: {{folders: ["{folder}"], offer: [steady_drummer]}}
player: {{bundle: steady_drummer, call_bars: 1, feel: 0.0}}
clock: {{internal_tempo_qpm: 240.0, order: [{order}]}}
players:
  - {{input: {IN}, output: {OUT}}}
midi: {{{more}}}
"""


class Musician:
    """Somebody at the other end of the engine's ports."""

    def __init__(self, outputs: list[str]) -> None:
        self.ports = MidiPorts([OUT], outputs)
        assert self.ports.problems == []
        self.heard: list[bytes] = []

    def play(self, port: str, data: bytes) -> None:
        self.ports.send(port, TimedMessage(data, time.monotonic()))

    def strike(self) -> None:
        self.play(IN, bytes((0x90, KICK, 100)))
        self.play(IN, bytes((0x80, KICK, 64)))

    def listen(self) -> int:
        self.heard += [arrival.data for arrival in self.ports.receive()]
        return len(self.heard)

    def sounding(self) -> int:
        keys = [key for data in self.heard if (key := key_of(data)) is not None]
        return sum(1 if key.velocity else -1 for key in keys)

    def whole_answer(self) -> bool:
        return self.heard == [bytes((0x90, KICK, 100)), bytes((0x80, KICK, 64))] * STEPS

    def hear_answer(self, first_s: float = 20.0) -> None:
        """Wait for an answer to begin, and then until nothing has come for a second."""
        self.heard.clear()
        wait_until("an answer", self.listen, first_s)
        self.sounding_at_rest()

    def sounding_at_rest(self) -> int:
        """How many notes sound once nothing has come for a second."""
        count, since_s = -1, time.monotonic()
        while time.monotonic() - since_s < 1.0:
            if self.listen() != count:
                count, since_s = len(self.heard), time.monotonic()
            time.sleep(0.02)
        return self.sounding()


@pytest.fixture
def play_engine(jack: None, tmp_path: Path) -> Iterator[list[EngineProcess]]:
    engines: list[EngineProcess] = []
    yield engines
    for engine in engines:
        if engine.process.poll() is None:
            # In peace, so that the next one finds no half-dead port of this one.
            engine.process.send_signal(signal.SIGINT)
            engine.process.wait(20.0)
        engine.close()


def start(
    engines: list[EngineProcess], folder: Path, more: str = "", order: str = "internal"
) -> EngineProcess:
    steady_drummer(folder)
    yaml = YAML.format(folder=folder, IN=IN, OUT=OUT, more=more, order=order)
    engine = EngineProcess(folder, yaml)
    engines.append(engine)
    engine.wait_ready()
    return engine


def test_a_human_plays_a_port_and_hears_the_answer_on_another_note_for_note(
    play_engine: list[EngineProcess], tmp_path: Path
) -> None:
    engine = start(play_engine, tmp_path)
    human = Musician([IN])
    try:
        whole = False
        for _ in range(TRIES):
            human.strike()
            human.hear_answer()
            whole = human.whole_answer()
            if whole:
                break
        assert whole, human.heard
        assert "Traceback" not in engine.output()
    finally:
        human.ports.close()


def test_an_engine_that_ends_in_the_middle_of_an_answer_leaves_no_note_hanging(
    play_engine: list[EngineProcess], tmp_path: Path
) -> None:
    hanging = []
    for _ in range(TRIES):
        engine = start(play_engine, tmp_path)
        human = Musician([IN])
        try:
            human.strike()
            wait_until("an answer", human.listen)
            engine.process.send_signal(signal.SIGINT)
            engine.process.wait(20.0)
            hanging.append(human.sounding_at_rest())
        finally:
            human.ports.close()
        assert "Traceback" not in engine.output()
        if hanging[-1] == 0:
            return
    raise AssertionError(f"notes left hanging: {hanging}")


def test_its_clock_drives_others_from_start_to_stop(
    play_engine: list[EngineProcess], tmp_path: Path
) -> None:
    sequencer = MidiPorts([CLOCK], [])
    heard: list[Arrival] = []

    def pulses() -> list[Arrival]:
        heard.extend(sequencer.receive())
        return [arrival for arrival in heard if arrival.data == b"\xf8"]

    try:
        engine = start(play_engine, tmp_path, f"clock_output: {CLOCK}")
        wait_until("four bars of clock", lambda: len(pulses()) > 4 * 96)
        engine.process.send_signal(signal.SIGINT)
        engine.process.wait(20.0)
        wait_until("stop", lambda: pulses() and heard[-1].data == b"\xfc")
        assert heard[0].data == b"\xfa"
        assert {arrival.data for arrival in heard[1:-1]} == {b"\xf8"}
        played = pulses()[: 4 * 96]
        beats = (len(played) - 1) / 24.0
        # JACK may lose a pulse or two on a busy machine, and the last may be late.
        assert beats * 60.0 / (played[-1].at_s - played[0].at_s) == pytest.approx(240.0, rel=0.03)
    finally:
        sequencer.close()


def test_midi_clock_drives_it(play_engine: list[EngineProcess], tmp_path: Path) -> None:
    start(play_engine, tmp_path, f"clock_input: {CLOCK}", order="midi")
    human = Musician([IN, CLOCK])
    try:
        human.strike()
        time.sleep(0.5)
        assert human.listen() == 0, "there is no beat yet"
        human.play(CLOCK, b"\xfa")
        tick_s = 60.0 / 240.0 / 24.0
        begin_s = time.monotonic()
        for tick in range(24 * 4 * 30):
            wait_s = begin_s + tick * tick_s - time.monotonic()
            if wait_s > 0.0:
                time.sleep(wait_s)  # a sequencer that plays in real time
            human.play(CLOCK, b"\xf8")
            if tick % 96 == 48:
                human.strike()
            if human.listen() >= STEPS:
                break
        human.play(CLOCK, b"\xfc")
        assert len(human.heard) >= STEPS
    finally:
        human.ports.close()
