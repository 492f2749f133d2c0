"""AI Jam's Live set of 2016 over real MIDI ports: a controller a bar, the rest of the twelve, keys.

What each controller does is in `tests.jam.test_old_sets`, in virtual time; this is the same once,
through the engine's processes and JACK.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.core.schedule import TimedMessage
from bridge.io.midi_ports import Arrival, MidiPorts
from bridge.paths import data_folder
from tests.fakes.engine_process import EngineProcess, wait_until
from tests.fakes.take import Take

pytestmark = pytest.mark.real_time

PRESET = data_folder("configs") / "magenta_midi_compat.yaml"
INPUTS, OUTPUTS = ["magenta_in 1", "magenta_in 2"], ["magenta_out 1", "magenta_out 2"]
BAR_S = 60.0 / 187.0 * 4
"""At the fastest tempo that magenta_midi's tempo controller knows."""
CLOCK, LEAST, MOST, RESPONSE, TEMPO, STATE, PANIC = 1, 3, 4, 5, 7, 9, 11
DRUMS = [(0.0, 36), (1.0, 38), (2.0, 36), (3.0, 38)]
BARS_PATIENCE = 40
IDLE = bytes((STATE, 0))
RECORD = "set.jsonl"


class LiveSet:
    """The other end of the four ports; plays in real time."""

    def __init__(self) -> None:
        self.ports = MidiPorts(OUTPUTS, INPUTS)
        assert self.ports.problems == []
        self.heard: list[Arrival] = []
        self.begin_s = time.monotonic() + 0.2
        self.bar = 0

    def turn(self, controller: int, value: int, port: str = INPUTS[1]) -> None:
        self.ports.send(port, TimedMessage(bytes((0xB0, controller, value)), time.monotonic()))

    def wait_until_s(self, moment_s: float) -> None:
        while (left_s := moment_s - time.monotonic()) > 0.0:
            time.sleep(min(left_s, 0.02))  # a set that plays in real time
            self.heard += self.ports.receive()

    def play_bar(self, drums: bool = False, keep: Callable[[], bool] | None = None) -> None:
        """Tell a bar on both buses, and play it."""
        start_s = self.begin_s + self.bar * BAR_S
        self.wait_until_s(start_s)
        for port in INPUTS:
            self.turn(CLOCK, 127, port)
        for beat, pitch in DRUMS if drums else ():
            self.wait_until_s(start_s + beat / 4 * BAR_S + 0.01)
            for data in (bytes((0x90, pitch, 90)), bytes((0x80, pitch, 64))):
                self.ports.send(INPUTS[1], TimedMessage(data, time.monotonic()))
        if keep is None:
            self.wait_until_s(start_s + 0.9 * BAR_S)
        else:
            while time.monotonic() < start_s + 0.9 * BAR_S and keep():
                self.wait_until_s(time.monotonic() + 0.02)
        self.bar += 1

    def call(self) -> int:
        """Drum two bars; returns the number of the first."""
        first = self.bar
        self.play_bar(drums=True)
        self.play_bar(drums=True)
        return first

    def of(self, port: str, kind: int) -> list[Arrival]:
        return [one for one in self.heard if one.port == port and one.data[0] & 0xF0 == kind]

    def states(self) -> list[int]:
        values = [one.data[2] for one in self.of(OUTPUTS[1], 0xB0) if one.data[1] == STATE]
        return [one for i, one in enumerate(values) if i == 0 or one != values[i - 1]]

    def is_idle(self) -> bool:
        self.heard += self.ports.receive()
        return self.states()[-1] == 0


@pytest.fixture
def engine(jack: None, tmp_path: Path) -> Iterator[EngineProcess]:
    options = ("--record", str(tmp_path / RECORD))
    engine = EngineProcess(tmp_path, PRESET.read_text(encoding="utf-8"), options=options)
    engine.wait_ready()
    yield engine
    end(engine)
    engine.close()


def end(engine: EngineProcess) -> None:
    """End it as Ctrl-C does."""
    if engine.process.poll() is None:
        engine.process.send_signal(signal.SIGINT)
        engine.process.wait(20.0)


def test_an_old_set_plays_a_call_hears_the_answer_and_stops_it(
    engine: EngineProcess, tmp_path: Path
) -> None:
    live = LiveSet()
    try:
        live.turn(TEMPO, 127)
        live.turn(LEAST, 2)
        live.turn(MOST, 2)
        live.turn(RESPONSE, 8)
        live.play_bar()
        first = live.call()
        while not live.of(OUTPUTS[1], 0x90):
            assert live.bar < BARS_PATIENCE, (live.states(), engine.output())
            if live.is_idle():
                # The model answered with silence, or a bar was told much too late.
                first = live.call()
            live.play_bar(keep=lambda: not live.of(OUTPUTS[1], 0x90))
        # In the bar after the two of the call: 35 ms early at most.
        began_s = live.of(OUTPUTS[1], 0x90)[0].at_s
        assert began_s >= live.begin_s + (first + 2) * BAR_S - 0.2
        live.turn(PANIC, 127)
        wait_until("idle", live.is_idle)
        assert live.states()[-3:] == [1, 2, 0]
        for _ in range(3):
            live.play_bar()
    finally:
        live.ports.close()
    end(engine)
    assert "Traceback" not in engine.output()
    take = Take.of(tmp_path / RECORD)
    assert take.unpaired() == []
    assert not any(data[0] & 0xF0 == 0x90 for data in take.on(OUTPUTS[0]))
    # Eight bars were asked for, and panic came in the first.
    sent = take.on(OUTPUTS[1])
    idle = max(at for at, data in enumerate(sent) if data[0] & 0xF0 == 0xB0 and data[1:] == IDLE)
    assert not any(data[0] & 0xF0 == 0x90 for data in sent[idle:])
