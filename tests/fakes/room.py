"""A rehearsal room: the real engine and simulated devices over real UDP, in virtual time.

room = Room(tempo_qpm=120, signature=(4, 4))
room.play_phrase([(0.0, 36), (1.0, 38)])       # beats from the first bar line, pitch
room.run(bars=8)
room.device.sounded                             # what came back, tick by tick
"""

from __future__ import annotations

import heapq
import math
import random
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bridge.config import EngineConfig
from bridge.core.events import AnswerMade, JamEvent
from bridge.core.requests import ModelReply, ModelRequest
from bridge.core.settings import (
    SOURCES,
    ClockSettings,
    JamSettings,
    MidiSettings,
    PlayerSettings,
    PlayerSetup,
)
from bridge.demo.live import SimulatedDevice
from bridge.demo.transport import SimulatedTransport
from bridge.engine import LocalEngine
from bridge.engine.edges import PortEdge
from bridge.models.base import ModelPort
from bridge.models.library import BundleLibrary
from bridge.models.worker import InProcessModel
from bridge.record.tape import Tape
from tests.fakes.bundle_writer import (
    SHAPES,
    Shape,
    bundle_bytes,
    checkpoint,
    metagraph,
    random_tensors,
    state_shapes,
)

KICK = 36
START_S = 2.0
"""The song starts after the link stands."""
_STUCK = 2000


@dataclass
class VirtualClock:
    """A clock that a test turns."""

    time_s: float = 0.0

    def now_s(self) -> float:
        return self.time_s


class SlowModel:
    """The real model, whose replies take some virtual time."""

    def __init__(self, inner: ModelPort, clock: VirtualClock, delay_s: float) -> None:
        self._inner, self._clock, self._delay_s = inner, clock, delay_s
        self._replies: list[tuple[float, ModelReply]] = []
        self.requests: list[ModelRequest] = []

    def submit(self, request: ModelRequest) -> None:
        self.requests.append(request)
        self._inner.submit(request)

    def poll(self) -> list[ModelReply]:
        due_s = self._clock.now_s() + self._delay_s
        self._replies += [(due_s, reply) for reply in self._inner.poll()]
        ready = [reply for at_s, reply in self._replies if at_s <= self._clock.now_s() + 1e-9]
        self._replies = self._replies[len(ready) :]
        return ready

    def close(self) -> None:
        self._inner.close()


def steady_drummer(folder: Path) -> str:
    """A real bundle whose network strikes the kick on every step, whatever it hears."""
    shape = replace(SHAPES["drum_kit"], units=(8,), attention=0)
    return write_bundle(folder, "steady_drummer", "drum_kit", shape, favourite=1)


def silent_drummer(folder: Path) -> str:
    """A real bundle whose network never strikes."""
    shape = replace(SHAPES["drum_kit"], units=(8,), attention=0)
    return write_bundle(folder, "silent_drummer", "drum_kit", shape, favourite=0)


def random_bundle_file(folder: Path, generator_id: str, shape: Shape | None = None) -> str:
    """A bundle of random weights, which plays anything."""
    return write_bundle(
        folder, f"random_{generator_id}", generator_id, shape or SHAPES[generator_id]
    )


def write_bundle(
    folder: Path, name: str, generator_id: str, shape: Shape, favourite: int | None = None
) -> str:
    tensors = random_tensors(shape, "C", gain=1.0)
    if favourite is not None:
        bias = np.zeros(shape.classes, np.float32)
        bias[favourite] = 60.0
        tensors["fully_connected/biases"] = bias
    graph = metagraph((1, -1, shape.inputs), state_shapes(shape, "C", 1))
    data = bundle_bytes(generator_id, checkpoint(tensors), graph)
    (folder / f"{name}.mag").write_bytes(data)
    return name


@dataclass(frozen=True)
class BadClockNetwork:
    """What happens to clock messages on their way, and to those of clips, both ways, if it may."""

    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    delay_ms: float = 0.0
    clips_too: bool = False


class Room:
    """One engine, one device (more by `add_device`), one transport."""

    def __init__(
        self,
        bundle: str,
        folder: Path,
        *,
        tempo_qpm: float = 120.0,
        signature: tuple[int, int] = (4, 4),
        player: PlayerSettings | None = None,
        network: BadClockNetwork | None = None,
        model_delay_s: float = 0.0,
        stamped_notes: bool = True,
        seed: int = 1,
        bundles: tuple[str, ...] = (),
        watched: bool = False,
        players: tuple[PlayerSetup, ...] = (),
        make_ports: Callable[[VirtualClock], PortEdge] | None = None,
        order: tuple[str, ...] = SOURCES,
        midi: MidiSettings | None = None,
        tape: Tape | None = None,
    ) -> None:
        self.watched = watched
        self.tape = tape
        self.clock = VirtualClock()
        self.ports = make_ports(self.clock) if make_ports is not None else None
        settings = replace(player or PlayerSettings(), bundle=bundle)
        beat = ClockSettings(order=order, internal_tempo_qpm=tempo_qpm)
        jam = JamSettings(
            bundles=(bundle, *bundles),
            player=settings,
            clock=beat,
            players=players,
            midi=midi or MidiSettings(),
        )
        self.config = EngineConfig(jam=jam, bundle_folders=(folder,))
        self.beat_s = 60.0 / tempo_qpm
        self.bar_beats = signature[0] * 4.0 / signature[1]
        self.transport = SimulatedTransport(tempo_qpm=tempo_qpm, signature=signature)
        self.transport.play(START_S)
        self.model_delay_s = model_delay_s
        self.events: list[JamEvent] = []
        self.network = network or BadClockNetwork()
        self._random = random.Random(seed)
        self._on_the_way: list[tuple[float, int, int, bytes]] = []
        self._sent = 0
        self._count = 0
        self._sockets: list[socket.socket] = []
        self.devices: list[SimulatedDevice] = []
        self.engine: LocalEngine | None = None
        self.epoch = 0
        self.engine_port = 0
        self.device = self.add_device(stamped_notes=stamped_notes, settings=settings)
        self.start_engine()

    # --- people and machines ------------------------------------------------------------------

    def add_device(
        self, *, stamped_notes: bool = True, settings: PlayerSettings | None = None
    ) -> SimulatedDevice:
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ear.bind(("127.0.0.1", 0))
        ear.setblocking(False)
        number = 1000 + len(self.devices)
        device = SimulatedDevice(
            number, ear.getsockname()[1], self.transport, stamped_notes=stamped_notes
        )
        chosen = settings or self.config.jam.player
        device.parameters.update(
            temperature=chosen.temperature,
            answer_bars=chosen.answer_bars,
            call_bars=chosen.call_bars,
            silence_bars=chosen.silence_bars,
            loop=int(chosen.loop),
            overlap=int(chosen.overlap),
            feel=chosen.feel,
            seed=chosen.seed,
        )
        self._sockets.append(ear)
        self.devices.append(device)
        return device

    def start_engine(self) -> None:
        """Start the engine, or a new one on the same port after `kill_engine`."""
        self.epoch += 1
        self.model: ModelPort = InProcessModel(BundleLibrary(self.config.bundle_folders))
        if self.model_delay_s:
            self.model = SlowModel(self.model, self.clock, self.model_delay_s)
        self.engine = LocalEngine(
            self.config,
            self.clock,
            port=self.engine_port,
            model=self.model,
            engine_epoch=self.epoch,
            watched=self.watched,
            ports=self.ports,
            tape=self.tape,
        )
        self.engine_port = self.engine.port
        self._sent = 0

    def kill_engine(self) -> None:
        """The engine is gone from one moment to the next, without a word to anybody."""
        assert self.engine is not None
        timekeeper = self.engine._timekeeper
        timekeeper.edge.close()
        timekeeper.model.close()
        self.engine = None

    def close(self) -> None:
        if self.engine is not None:
            self.engine.close()
        for ear in self._sockets:
            ear.close()

    # --- music --------------------------------------------------------------------------------

    def at_beat(self, beats: float) -> float:
        """The moment of a beat, counted from the start of the song, at the first tempo."""
        return START_S + beats * self.beat_s

    def play_phrase(
        self,
        notes: list[tuple[float, int]],
        *,
        from_beat: float = 0.0,
        velocity: int = 90,
        length_beats: float = 0.1,
        device: SimulatedDevice | None = None,
    ) -> None:
        """Strike keys: (beat, pitch) from ``from_beat`` on."""
        player = device or self.device
        for beat, pitch in notes:
            player.key(self.at_beat(from_beat + beat), pitch, velocity)
            player.key(self.at_beat(from_beat + beat + length_beats), pitch, 0)

    def command(self, address: str, *args: int | float, beat: float) -> None:
        """Press a button at a beat."""
        self.device.command(address, *args, at_s=self.at_beat(beat))

    @property
    def answers(self) -> list[AnswerMade]:
        """Every answer made so far."""
        return [event for event in self.events if isinstance(event, AnswerMade)]

    def sounded_ticks(self, device: SimulatedDevice | None = None) -> list[int]:
        """Target ticks of every note that came back."""
        return [note.target_ticks for note in (device or self.device).sounded]

    # --- time ---------------------------------------------------------------------------------

    def run(self, *, bars: float = 0.0, until_s: float | None = None) -> None:
        """Let time pass until so many bars have been played, or until a moment."""
        end_s = self.at_beat(bars * self.bar_beats) if until_s is None else until_s
        stuck = 0
        while True:
            self._exchange()
            due_s = self._next_due_s()
            if due_s > end_s:
                break
            stuck = stuck + 1 if due_s <= self.clock.time_s else 0
            assert stuck < _STUCK, f"time does not go on at {self.clock.time_s}"
            self.clock.time_s = max(self.clock.time_s, due_s)
        self.clock.time_s = end_s
        self._exchange()

    def _next_due_s(self) -> float:
        now_s = self.clock.time_s
        moments = [device.next_due_s(now_s) for device in self.devices]
        if self._on_the_way:
            moments.append(self._on_the_way[0][0])
        if self.engine is not None:
            moments.append(self.engine.next_due_s())
            if isinstance(self.model, SlowModel) and self.model._replies:
                moments.append(self.model._replies[0][0])
        return min(moments, default=math.inf)

    def _exchange(self) -> None:
        """Everything that travels at this moment."""
        now_s = self.clock.time_s
        for number, device in enumerate(self.devices):
            for data in device.due(now_s):
                self._post(number, data, now_s)
        while self._on_the_way and self._on_the_way[0][0] <= now_s:
            _, _, number, data = heapq.heappop(self._on_the_way)
            self._deliver(number, data)
        self._pump(now_s)
        for number, (ear, device) in enumerate(zip(self._sockets, self.devices, strict=True)):
            while True:
                try:
                    data = ear.recv(65536)
                except BlockingIOError:
                    break
                if self.network.clips_too and data.startswith(b"/clip/"):
                    self._send_badly(-1 - number, data, now_s)
                else:
                    device.receive(data, now_s)

    def _post(self, number: int, data: bytes, now_s: float) -> None:
        bad = (b"/clock\0", b"/clip/") if self.network.clips_too else (b"/clock\0",)
        if data.startswith(bad):
            self._send_badly(number, data, now_s)
        else:
            self._deliver(number, data)

    def _send_badly(self, number: int, data: bytes, now_s: float) -> None:
        """To the engine from a device, or to device ``-1 - number``."""
        net = self.network
        if self._random.random() < net.loss:
            return
        delay_s = self._random.expovariate(1.0) * net.delay_ms / 1000.0 if net.delay_ms else 0.0
        if self._random.random() < net.reordering:
            delay_s += self._random.uniform(0.02, 0.06)
        copies = 2 if self._random.random() < net.duplication else 1
        for copy in range(copies):
            self._count += 1
            heapq.heappush(
                self._on_the_way, (now_s + delay_s + 0.003 * copy, self._count, number, data)
            )

    def _deliver(self, number: int, data: bytes) -> None:
        if number < 0:
            self.devices[-1 - number].receive(data, self.clock.time_s)
            return
        self._sent += 1
        self._sockets[number].sendto(data, ("127.0.0.1", self.engine_port))

    def _pump(self, now_s: float) -> None:
        engine = self.engine
        if engine is None:
            return
        engine.pump(now_s)
        while engine.datagrams_received < self._sent:
            ready, _, _ = select.select([engine._edge.socket], [], [], 5.0)
            assert ready, "a datagram was lost on loopback"
            engine.pump(now_s)
        self.events += engine._timekeeper.take_events()
