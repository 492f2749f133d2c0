"""MIDI ports in a test's hands, and a room where they are played in virtual time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge.config import EngineConfig
from bridge.core.bindings import ControlSettings
from bridge.core.events import JamEvent
from bridge.core.schedule import TimedMessage
from bridge.core.settings import (
    ClockSettings,
    JamSettings,
    MidiSettings,
    PlayerSettings,
    PlayerSetup,
    Push2Settings,
)
from bridge.engine import LocalEngine
from bridge.io.midi_ports import Arrival, PortChange
from bridge.record.tape import Tape
from tests.fakes.room import VirtualClock

IN, OUT = "magenta_in 1", "magenta_out 1"


@dataclass
class FakePorts:
    """What came, what went, and what is broken."""

    clock: VirtualClock
    waiting: list[Arrival] = field(default_factory=list)
    sent: list[tuple[float, str, bytes]] = field(default_factory=list)
    changes: list[PortChange] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    lateness_s: deque[float] = field(default_factory=deque)
    devices: dict[str, Callable[[bytes], list[bytes]]] = field(default_factory=dict)

    def receive(self) -> list[Arrival]:
        waiting, self.waiting = self.waiting, []
        return waiting

    def send(self, name: str, message: TimedMessage) -> None:
        if name not in self.gone:
            self.sent.append((self.clock.time_s, name, message.data))

    def put(self, name: str, data: bytes) -> None:
        """A device at an output port of that name answers on the input port of that name."""
        if name not in self.gone:
            replies = self.devices[name](data)
            self.waiting += [Arrival(name, reply, self.clock.time_s) for reply in replies]

    def watch(self, now_s: float) -> list[PortChange]:
        changes, self.changes = self.changes, []
        return changes

    def close(self) -> None:
        pass

    def play(self, pitch: int, channel: int = 0, port: str = IN) -> None:
        """Somebody strikes a key and lets it go at once."""
        for data in (bytes((0x90 | channel, pitch, 100)), bytes((0x80 | channel, pitch, 64))):
            self.waiting.append(Arrival(port, data, self.clock.time_s))

    def lose(self, name: str) -> None:
        self.gone.add(name)
        self.changes.append(PortChange(name, True, False, f"{name} is gone"))

    def give_back(self, name: str) -> None:
        self.gone.discard(name)
        self.changes.append(PortChange(name, True, True, f"{name} is there"))

    def note_ons(self, port: str = "") -> list[tuple[float, int]]:
        """Moment and pitch of every note of a port, or of all."""
        return [
            (t, data[1])
            for t, name, data in self.sent
            if data[0] & 0xF0 == 0x90 and port in ("", name)
        ]

    def sounding(self) -> list[tuple[str, int, int]]:
        """Port, channel and pitch of every note without its end; fails if one was struck twice."""
        held: list[tuple[str, int, int]] = []
        for _, name, data in self.sent:
            key = (name, data[0] & 0x0F, data[1])
            if data[0] & 0xE0 != 0x80:
                continue
            if data[0] & 0xF0 == 0x90:
                assert key not in held, "struck again while it sounds"
                held.append(key)
            else:
                assert key in held, "an end without a beginning"
                held.remove(key)
        return held


class PortRoom:
    """An engine with players of ports, played from a script of (seconds, bytes, port).

    One pair of ports is there if no players are given.
    """

    def __init__(
        self,
        bundle: str,
        folder: Path,
        *,
        player: PlayerSettings | None = None,
        clock_input: str = "",
        offset_ms: float = 0.0,
        port_offset_ms: float = 0.0,
        order: tuple[str, ...] = ("midi", "internal"),
        output: str = OUT,
        players: tuple[PlayerSetup, ...] = (),
        tape: Tape | None = None,
        bundles: tuple[str, ...] = (),
        controls: ControlSettings | None = None,
        midi: MidiSettings | None = None,
        push2: Push2Settings | None = None,
    ) -> None:
        base = replace(player or PlayerSettings(call_bars=1, feel=0.0), bundle=bundle)
        pair = PlayerSetup("pair", base, (IN,), (output,), port_offset_ms)
        settings = JamSettings(
            bundles=(bundle, *bundles),
            player=base,
            clock=ClockSettings(order=order),
            midi=midi or MidiSettings(clock_input, "", offset_ms),
            players=players or (pair,),
            controls=controls or ControlSettings(),
            push2=push2 or Push2Settings(),
        )
        self._open(EngineConfig(jam=settings, bundle_folders=(folder,)), tape)

    @classmethod
    def configured(cls, config: EngineConfig) -> PortRoom:
        """A room with an engine as a configuration has it."""
        room = cls.__new__(cls)
        room._open(config, None)
        return room

    def _open(self, config: EngineConfig, tape: Tape | None) -> None:
        self.tape = tape
        self.clock = VirtualClock()
        self.ports = FakePorts(self.clock)
        self.engine = LocalEngine(config, self.clock, ports=self.ports, tape=tape)
        self.events: list[JamEvent] = []
        self.script: list[tuple[float, bytes, str]] = []

    def at(self, t_s: float, data: bytes, port: str = IN) -> None:
        self.script.append((t_s, data, port))

    def strike(self, t_s: float, pitch: int, channel: int = 0, length_s: float = 0.05) -> None:
        self.at(t_s, bytes((0x90 | channel, pitch, 100)))
        self.at(t_s + length_s, bytes((0x80 | channel, pitch, 64)))

    def beat_clock(self, start_s: float, beats: float, tempo_qpm: float, port: str) -> None:
        self.at(start_s, b"\xfa", port)
        step_s = 60.0 / tempo_qpm / 24
        for tick in range(int(beats * 24)):
            self.at(start_s + 0.001 + tick * step_s, b"\xf8", port)

    def run(self, until_s: float) -> None:
        self.script.sort(key=lambda event: event[0])
        stuck = 0
        while True:
            now_s = self.clock.time_s
            while self.script and self.script[0][0] <= now_s:
                at_s, data, port = self.script.pop(0)
                self.ports.waiting.append(Arrival(port, data, at_s))
            self.engine.pump(now_s)
            self.engine._timekeeper.watch_ports(now_s)
            self.events += self.engine.take_events()
            due_s = min([self.engine.next_due_s(), *(t for t, _, _ in self.script[:1])])
            if due_s > until_s:
                break
            stuck = stuck + 1 if due_s <= now_s else 0
            assert stuck < 2000, f"time does not go on at {now_s}"
            self.clock.time_s = max(now_s, due_s)
        self.clock.time_s = until_s

    def close(self) -> None:
        self.engine.close()
