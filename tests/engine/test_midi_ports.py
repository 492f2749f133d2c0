"""The engine as a musician runs it, played and heard through real MIDI ports.

Nothing here asserts how exact anything is: `python -m benchmarks jam` measures that. What the
engine is to answer for is judged by what it sent (`tests.fakes.take`).
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.core.schedule import TimedMessage
from bridge.io.midi_ports import MidiPorts
from tests.fakes.engine_process import EngineProcess, wait_until
from tests.fakes.room import steady_drummer
from tests.fakes.take import Take

pytestmark = pytest.mark.real_time

IN, OUT, CLOCK = "magenta_in 1", "magenta_out 1", "magenta_clock"
KICK = 36
STEPS = 16
TRIES = 5
"""A busy machine may drop a late note, which is right: one whole answer is enough."""
TEMPO_QPM = 240.0

YAML = """
bundles: {{folders: ["{folder}"], offer: [steady_drummer]}}
player: {{bundle: steady_drummer, call_bars: 1, feel: 0.0}}
clock: {{internal_tempo_qpm: {tempo}, order: [{order}]}}
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

    def whole_answer(self) -> bool:
        return self.heard == [bytes((0x90, KICK, 100)), bytes((0x80, KICK, 64))] * STEPS

    def hear_answer(self, first_s: float = 20.0) -> None:
        """Wait for an answer to begin, and then until nothing has come for a second."""
        self.heard.clear()
        wait_until("an answer", self.listen, first_s)
        self.rest()

    def rest(self) -> None:
        """Listen until nothing has come for a second."""
        count, since_s = -1, time.monotonic()
        while time.monotonic() - since_s < 1.0:
            if self.listen() != count:
                count, since_s = len(self.heard), time.monotonic()
            time.sleep(0.02)


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
    engines: list[EngineProcess],
    folder: Path,
    more: str = "",
    order: str = "internal",
    record: Path | None = None,
) -> EngineProcess:
    steady_drummer(folder)
    yaml = YAML.format(folder=folder, IN=IN, OUT=OUT, more=more, order=order, tempo=TEMPO_QPM)
    options = () if record is None else ("--record", str(record))
    engine = EngineProcess(folder, yaml, options=options)
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


def end(engine: EngineProcess, record: Path) -> Take:
    """End an engine as Ctrl-C does; returns what it sent."""
    engine.process.send_signal(signal.SIGINT)
    engine.process.wait(20.0)
    assert "Traceback" not in engine.output()
    return Take.of(record)


def test_an_engine_that_ends_in_the_middle_of_an_answer_leaves_no_note_hanging(
    play_engine: list[EngineProcess], tmp_path: Path
) -> None:
    whole = []
    for turn in range(TRIES):
        record = tmp_path / f"{turn}.jsonl"
        engine = start(play_engine, tmp_path, record=record)
        human = Musician([IN])
        try:
            human.strike()
            wait_until("an answer", human.listen)
            take = end(engine, record)
            human.rest()
        finally:
            human.ports.close()
        assert take.unpaired() == []
        whole.append(human.heard == take.on(OUT))
        if whole[-1]:
            return
    raise AssertionError("what was sent last was never heard")


def test_its_clock_drives_others_from_start_to_stop(
    play_engine: list[EngineProcess], tmp_path: Path
) -> None:
    sequencer = MidiPorts([CLOCK], [])
    heard: list[bytes] = []

    def listen() -> list[bytes]:
        heard.extend(arrival.data for arrival in sequencer.receive())
        return heard

    try:
        for turn in range(TRIES):
            record = tmp_path / f"{turn}.jsonl"
            engine = start(play_engine, tmp_path, f"clock_output: {CLOCK}", record=record)
            heard.clear()
            wait_until("four bars of clock", lambda: len(listen()) > 4 * 96 + 1)
            take = end(engine, record)
            wait_until("stop", lambda: listen()[-1] == b"\xfc")
            assert_is_a_steady_clock(take)
            if heard == take.on(CLOCK):
                return
    finally:
        sequencer.close()
    raise AssertionError("it was never heard as it was sent")


def assert_is_a_steady_clock(take: Take) -> None:
    first, *pulses, last = (one for one in take.sent if one.port == CLOCK)
    assert (first.data, last.data) == (b"\xfa", b"\xfc")
    assert {one.data for one in pulses} == {b"\xf8"}
    seconds = pulses[4 * 96].due_s - pulses[0].due_s
    assert 16.0 * 60.0 / seconds == pytest.approx(TEMPO_QPM, rel=0.001)


def test_midi_clock_drives_it(play_engine: list[EngineProcess], tmp_path: Path) -> None:
    start(play_engine, tmp_path, f"clock_input: {CLOCK}", order="midi")
    human = Musician([IN, CLOCK])
    try:
        human.strike()
        time.sleep(0.5)
        assert human.listen() == 0, "there is no beat yet"
        human.play(CLOCK, b"\xfa")
        tick_s = 60.0 / TEMPO_QPM / 24.0
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
