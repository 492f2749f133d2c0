"""An engine in virtual time with one player and a Push 2 at its ports."""

from __future__ import annotations

from pathlib import Path

from bridge.core.settings import Push2Settings
from bridge.core.views import PlayerView
from bridge.record.tape import Tape
from tests.fakes.ports import PortRoom
from tests.fakes.push2 import FakePush2, Shown

PUSH = "Ableton Push 2 User Port"


class PushRoom(PortRoom):
    """An engine with one player and a Push 2."""

    def __init__(self, folder: Path, tape: Tape | None = None) -> None:
        self.device = FakePush2()
        push2 = Push2Settings(PUSH, PUSH)
        super().__init__("steady_drummer", folder, push2=push2, tape=tape)
        self.ports.devices[PUSH] = self._take
        self.moments: list[float] = []

    def _take(self, data: bytes) -> list[bytes]:
        self.moments.append(self.clock.time_s)
        return self.device.take(data)

    def hand(self, t_s: float, *data: bytes) -> None:
        for one in data:
            self.at(t_s, one, PUSH)

    def go(self) -> Shown:
        light = self.device.pad(0, 7)
        assert light is not None
        return light

    def view(self) -> PlayerView:
        (view,) = self.engine.views()
        return view

    def unplug(self) -> None:
        self.device.wipe()
        self.ports.lose(PUSH)

    def plug(self) -> None:
        self.ports.give_back(PUSH)
