"""Anything in any order, with the device that ships: nothing hangs, nobody complains."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.device.stage import START_S, Stage, StagedDevice
from tests.effort import tried

MakeStage = Callable[..., Stage]
WILD_S = 40.0
BUTTONS = ("Go", "Again", "Mutate", "Keep", "Panic", "Extend Clip", "Vary Clip", "Solo")
KNOBS: dict[str, tuple[float, float]] = {
    "Temperature": (0.1, 2.0),
    "Mode": (0, 3),
    "Answer Bars": (0, 2),
    "Call Bars": (0, 2),
    "Memory": (0, 8),
    "Clip Pads": (0, 1),
    "Trigger Keys": (0, 5),
    "Scale": (0, 1),
    "Listen To": (0, 2),
}
CLIP = {"notes": [{"pitch": 36 + n, "start_time": n / 2, "duration": 0.4} for n in range(8)]}
SET: dict[str, Any] = {"tracks": [{"clips": {0: CLIP, 3: CLIP}}, {"clips": {1: CLIP}}]}


class Wild:
    """Somebody who does anything, the same for a seed."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.random = random.Random(seed)
        self.devices = [stage.add_device(saved={"Feel": 0.0}), stage.add_device(track=1)]

    def plan(self) -> None:
        """Write everything down that will happen."""
        self.plan_transport()
        doings = (self.strike, self.strike, self.press, self.turn, self.select, self.launch)
        for _ in range(160):
            self.random.choice(doings)(START_S + self.random.uniform(-1.0, WILD_S))
        for _ in range(2):
            self.blink(START_S + self.random.uniform(0.0, WILD_S - 12.0))
        self.stage.at(START_S + self.random.uniform(5.0, 30.0), self.recall)

    def plan_transport(self) -> None:
        transport, at_s = self.stage.transport, START_S
        transport.play(at_s)
        while (at_s := at_s + self.random.uniform(2.0, 9.0)) < START_S + WILD_S:
            what = self.random.randrange(5)
            if what == 0:
                transport.stop(at_s)
                transport.play(at_s + self.random.uniform(0.1, 1.5))
            elif what == 1:
                transport.locate(at_s, float(self.random.randrange(64)))
            elif what == 2:
                transport.set_tempo(at_s, self.random.uniform(50.0, 200.0))
            elif what == 3:
                transport.set_loop(4.0 * self.random.randrange(3), 8.0, at_s=at_s)
            else:
                transport.set_loop(None, at_s=at_s)
        transport.stop(START_S + WILD_S + 10.0)

    @property
    def device(self) -> StagedDevice:
        return self.random.choice(self.devices)

    def strike(self, at_s: float) -> None:
        length_s = self.random.uniform(0.02, 1.0)
        self.stage.strike(self.device, at_s, self.random.randint(30, 50), length_s=length_s)

    def press(self, at_s: float) -> None:
        patch, button = self.device.patch, self.random.choice(BUTTONS)
        main_thread = self.random.random() < 0.5
        self.stage.at(at_s, lambda: patch.press(button, main_thread=main_thread))

    def turn(self, at_s: float) -> None:
        patch, name = self.device.patch, self.random.choice(list(KNOBS))
        value = self.random.uniform(*KNOBS[name])
        self.stage.at(at_s, lambda: patch.turn(name, value, main_thread=False))

    def select(self, at_s: float) -> None:
        track, slot = self.random.randrange(2), self.random.randrange(8)
        self.stage.at(at_s, lambda: self.stage.live.user("select_slot", track, slot))

    def launch(self, at_s: float) -> None:
        track, slot = self.random.choice(((0, 0), (0, 3), (1, 1)))
        user = self.stage.live.user
        self.stage.at(at_s, lambda: user("fire", track, slot))
        self.stage.at(at_s + 0.5, lambda: user("start", track, slot))
        self.stage.at(at_s + 3.0, lambda: user("stop", track))

    def blink(self, at_s: float) -> None:
        """The engine, or Live's audio, is away for a while."""
        away_s = self.random.uniform(0.0, 5.0)
        if self.random.random() < 0.6:
            self.stage.at(at_s, self.kill)
            self.stage.at(at_s + away_s, self.revive)
        else:
            self.stage.at(at_s, lambda: self.stage.audio(False))
            self.stage.at(at_s + away_s, lambda: self.stage.audio(True))

    def kill(self) -> None:
        if self.stage.engine is not None:
            assert self.stage.engine._timekeeper.faults == 0
            self.stage.kill_engine()

    def revive(self) -> None:
        if self.stage.engine is None:
            self.stage.start_engine()

    def recall(self) -> None:
        """A preset is recalled: all values at once, and live.thisdevice bangs."""
        patch = self.device.patch
        patch.restore({**patch.saved(), "Temperature": 0.7})
        patch.ready()


CASES = [(0, 0.0), (2, 5.8), (1, 0.0), (3, 5.8)][: tried(2, 4)]


@pytest.mark.parametrize(("seed", "vector_ms"), CASES)
def test_after_anything_nothing_hangs_and_all_are_linked(
    make_stage: MakeStage, seed: int, vector_ms: float
) -> None:
    stage = make_stage(live_set=SET, vector_ms=vector_ms)
    wild = Wild(stage, seed)
    wild.plan()
    stage.run(START_S + WILD_S + 8.0)
    for device in wild.devices:
        device.patch.turn("Solo", 0)
        assert device.status.split()[0] not in ("Engine", "Connecting", "Starting", "Loading")
    stage.run(START_S + WILD_S + 30.0)
    assert stage.engine is not None
    assert len(stage.engine.jam.seats) == 2
    assert stage.answers
    for device in wild.devices:
        assert max(device.hanging.values(), default=0) <= 0
        assert device.status == "Ready: press Play in Live"
