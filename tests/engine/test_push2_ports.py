"""Push 2 on real MIDI ports: the engine as a musician runs it, a device that checks each byte."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bridge.core.push2.hardware import ALL_LEDS
from bridge.io.midi_backend import Backend, open_backend
from tests.fakes.engine_process import EngineProcess, wait_until
from tests.fakes.push2 import FakePush2, Shown, button_down, button_up, press, release, touch, turn
from tests.fakes.room import steady_drummer

pytestmark = pytest.mark.real_time

PORT = "Ableton Push 2 User Port"
GO, MUTE = 7, 2
DIM, GREEN, RED = 124, 126, 127
SHIFT = 49
TRIES = 4
"""A busy engine may answer late, or JACK lose what it waits for too long."""
ONE_TRY_S = 8.0

YAML = """
bundles: {{folders: ["{folder}"], offer: [steady_drummer]}}
player: {{bundle: steady_drummer, call_bars: 1, feel: 0.0}}
clock: {{internal_tempo_qpm: 120.0, order: [internal]}}
players: [{{name: drums, input: magenta_in 1, output: magenta_out 1}}]
push2: {{input: auto, output: auto}}
"""


class Hardware:
    """The simulated device behind ports that can be unplugged."""

    def __init__(self) -> None:
        self.device = FakePush2()
        self._backend: Backend | None = None
        self._heard: deque[bytes] = deque()

    def plug(self) -> None:
        self._backend = open_backend()
        self._output = self._backend.open_output(PORT, None)
        self._input = self._backend.open_input(PORT, None, self._callback, sysex=True)

    def unplug(self) -> None:
        if self._backend is not None:
            self._input.close()
            self._output.close()
            self._backend.close()
            self._backend = None
        self._heard.clear()
        self.device.wipe()

    def pull(self, engine: EngineProcess) -> None:
        """Unplug, and wait until the engine has seen it: it looks once a second."""
        losses = engine.output().count("is gone")
        self.unplug()
        wait_until("the loss", lambda: engine.output().count("is gone") >= losses + 2)

    def hand(self, *data: bytes) -> None:
        for one in data:
            self._output.send(one)

    def listen(self) -> int:
        while self._heard:
            self.hand(*self.device.take(self._heard.popleft()))
        return len(self.device.leds)

    def see_all(self, engine: EngineProcess) -> None:
        """Plug in, and wait for the whole picture."""
        for _ in range(TRIES):
            self.plug()
            if _comes(lambda: self.listen() == len(ALL_LEDS)):
                return
            self.pull(engine)
        raise AssertionError(f"the picture was never whole: {len(self.device.leds)} LEDs")

    def do(self, what: str, *data: bytes, until: Callable[[], object]) -> None:
        """Let hands do something until it shows."""
        for _ in range(TRIES):
            self.hand(*data)
            if _comes(lambda: self.listen() and until()):
                return
        raise AssertionError(f"never seen: {what}")

    def shows(self, column: int, row: int, light: Shown) -> bool:
        self.listen()
        return self.device.pad(column, row) == light

    def _callback(self, data: Sequence[int]) -> None:
        self._heard.append(bytes(data))


def _comes(condition: Callable[[], object]) -> bool:
    """Whether something comes to pass within one try."""
    try:
        wait_until("it", condition, ONE_TRY_S)
    except AssertionError:
        return False
    return True


@pytest.fixture
def hardware(jack: None) -> Iterator[Hardware]:
    one = Hardware()
    yield one
    one.unplug()


@pytest.fixture
def engine(jack: None, tmp_path: Path) -> Iterator[EngineProcess]:
    steady_drummer(tmp_path)
    one = EngineProcess(tmp_path, YAML.format(folder=tmp_path))
    one.wait_ready()
    yield one
    if one.process.poll() is None:
        one.process.send_signal(signal.SIGINT)
        one.process.wait(20.0)
    one.close()


def test_pads_leds_and_a_cable_that_is_pulled_and_plugged_in_again(
    engine: EngineProcess, hardware: Hardware
) -> None:
    assert "Connect the device" in engine.output()
    hardware.see_all(engine)
    assert hardware.shows(0, GO, Shown(DIM)), "an idle player"
    # Green and pulsing with every quarter note.
    answering = Shown(GREEN, 9, DIM)
    go = press(0, GO), release(0, GO)
    hardware.do("an answer", *go, until=lambda: hardware.shows(0, GO, answering))
    wait_until("beat clock", lambda: hardware.listen() and hardware.device.clock.count(0xF8) > 24)
    mute = press(0, MUTE), release(0, MUTE)
    hardware.do("a muted player", *mute, until=lambda: hardware.shows(0, MUTE, Shown(RED)))

    hardware.pull(engine)
    hardware.see_all(engine)
    assert hardware.shows(0, MUTE, Shown(RED)), "its player is still muted"
    hardware.do("an unmuted player", *mute, until=lambda: hardware.shows(0, MUTE, Shown(DIM)))
    assert "Traceback" not in engine.output()
    assert engine.output().count("is gone") <= 2 * (1 + TRIES), "told once for each direction"


def test_encoders_over_a_real_cable_and_an_engine_that_leaves_the_device_as_it_was(
    engine: EngineProcess, hardware: Hardware
) -> None:
    hardware.see_all(engine)
    hardware.device.strip_flags = 0x0C

    def strip() -> int:
        return hardware.device.strip.count(7)

    hardware.do("a bar", touch(71, True), until=lambda: 0 < strip() < 31)
    hardware.do("the bar's end", *[turn(71, 20)] * 8, until=lambda: strip() == 31)
    fine = button_down(SHIFT), turn(71, -64), turn(71, -64), button_up(SHIFT)
    hardware.do("a finer turn", *fine, until=lambda: 20 < strip() < 31)
    engine.process.send_signal(signal.SIGINT)
    engine.process.wait(20.0)
    wait_until("darkness", lambda: hardware.listen() and _dark(hardware.device))
    assert hardware.device.strip_flags == 0x0C
    assert "Traceback" not in engine.output()


def _dark(device: FakePush2) -> bool:
    return set(device.leds.values()) == {Shown(0)}
