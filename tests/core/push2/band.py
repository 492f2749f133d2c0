"""Players that do what they are told, a Push 2 before them, and both held against each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bridge.core.commands import Command, Do, RunClock, SetParameter, SetTempo, checked
from bridge.core.events import ReadOut
from bridge.core.internalclock import InternalClock
from bridge.core.parameters import changed
from bridge.core.push2.device import Push2Device
from bridge.core.push2.scene import Asked
from bridge.core.push2.surface import Push2Surface
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from bridge.core.views import PlayerGone, PlayerView
from bridge.errors import BridgeError, NothingToAnswer
from tests.fakes.push2 import FakePush2

BUNDLES = ("drums_a", "drums_b", "tune")
INITIAL = PlayerSettings(bundle="drums_a")
ENCODERS = (
    "temperature", "answer_bars", "density", "feel", "register_bias", "variety", "memory_bars",
    "bundle", "call_bars", "lock", "loop",
)  # fmt: skip


def player(number: int, state: State = State.IDLE, **more: object) -> PlayerView:
    """A player that has played before."""
    settings = {name: more.pop(name) for name in list(more) if hasattr(INITIAL, name)}
    view = {
        "name": f"player {number}", "kind": "device", "bundle": "drums_a", "drums": True,
        "bar": 0, "bars": 0, "away": False, "answer_id": 1, "seed": 7,
        "call_nats_per_step": None, "answer_nats_per_step": None, "running_total_nats": None,
    }  # fmt: skip
    view |= {"number": number, "state": state, "settings": replace(INITIAL, **settings)} | more
    return PlayerView(**view)  # type: ignore[arg-type]


@dataclass
class Band:
    """Players, the surface and the device, in virtual time.

    Attributes:
        asked: Every command, in order.
        refusing: Whether the players can't do anything now.
        left: Players that were not there all the time.
    """

    views: dict[int, PlayerView] = field(default_factory=dict)
    device: FakePush2 = field(default_factory=FakePush2)
    asked: list[Command] = field(default_factory=list)
    told: list[ReadOut] = field(default_factory=list)
    refusing: bool = False
    left: set[int] = field(default_factory=set)
    now_s: float = 0.0
    sent: int = 0

    def __post_init__(self) -> None:
        self.clock = InternalClock(120.0)
        self.surface = Push2Surface(BUNDLES, INITIAL, ENCODERS)
        self.port = Push2Device()
        self.port.plugged(0.0)
        self.surface.show(self.views.values())
        self.wait()

    @classmethod
    def of(cls, *views: PlayerView) -> Band:
        return cls({view.number: view for view in views})

    def see(self, view: PlayerView) -> None:
        """A player changes."""
        self.views[view.number] = view
        self.surface.show([view])
        self.wait(0.0)

    def leave(self, number: int) -> None:
        """A player is no more."""
        del self.views[number]
        self.left.add(number)
        self.surface.show([PlayerGone(number)])
        self.wait(0.0)

    def hand(self, *data: bytes) -> list[Command]:
        """Hands on the device; returns what was asked for because of them."""
        before = len(self.asked)
        for one in data:
            self._hear(one)
        self.wait(0.0)
        return self.asked[before:]

    def wait(self, for_s: float = 0.2) -> list[Command]:
        """Let time pass, and every byte arrive."""
        before, end_s = len(self.asked), self.now_s + for_s
        while True:
            self._carry_out(list(self.surface.advance(self.now_s)))
            self.surface.follow(self.clock.playing, self.clock.tempo_qpm)
            self.port.want(self.surface.picture(), self.surface.strip())
            self.told += self.surface.take_told()
            sent = self.port.take(self.clock, self.now_s)
            self.sent += len(sent)
            for data in sent:
                for reply in self.device.take(data):
                    self._hear(reply)
            due_s = min(self.surface.next_due_s(), self.port.next_due_s(self.clock))
            if due_s > end_s:
                break
            self.now_s = max(self.now_s + 1e-4, due_s)
        self.now_s = max(self.now_s, end_s)
        return self.asked[before:]

    def unplug(self) -> list[Command]:
        before = len(self.asked)
        self.port.unplugged()
        self.device.wipe()
        self._carry_out(list(self.surface.hands_off()))
        return self.asked[before:]

    def plug(self) -> None:
        self.port.plugged(self.now_s)
        self.wait()

    def settings(self, number: int = 1) -> PlayerSettings:
        return self.views[number].settings

    def _hear(self, data: bytes) -> None:
        for one in self.port.heard(data):
            self.surface.follow(self.clock.playing, self.clock.tempo_qpm)
            self._carry_out(list(self.surface.heard(one, self.now_s)))

    def _carry_out(self, asked: list[Asked]) -> None:
        for one in asked:
            self.asked.append(one.command)
            try:
                self._do(checked(one.command, BUNDLES))
            except BridgeError:
                self.surface.refused(one, self.now_s)

    def _do(self, command: Command) -> None:
        if self.refusing and isinstance(command, Do):
            raise NothingToAnswer("Nothing was played yet.")
        if isinstance(command, SetParameter):
            view = self.views[command.player]
            settings = changed(view.settings, command.name, command.value)
            view = replace(view, settings=settings)
            self.views[command.player] = view
            self.surface.show([view])
        elif isinstance(command, SetTempo):
            self.clock.set_tempo(command.tempo_qpm, self.now_s)
        elif isinstance(command, RunClock):
            if command.playing:
                self.clock.start(self.now_s)
            else:
                self.clock.stop(self.now_s)
