"""The stage: Live with a Set, the built device on its tracks, the real engine, in virtual time.

The device is the file that ships: its patch runs in the interpreter, its script in Node, and both
meet the engine over real UDP on this machine.

stage = Stage(node, bundle="steady_drummer", folder=folder)
jam = stage.add_device()
stage.transport.play(2.0)
stage.strike(jam, 2.0, 36)
stage.run(10.0)
jam.notes                                   # what came out: moment, pitch, velocity, channel
"""

from __future__ import annotations

import heapq
import math
import random
import select
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bridge.amxd.device_file import DeviceFile
from bridge.amxd.reader import read_device
from bridge.config import EngineConfig
from bridge.core.events import AnswerMade, JamEvent
from bridge.core.settings import JamSettings, PlayerSettings
from bridge.demo.transport import SimulatedTransport
from bridge.engine import LocalEngine
from bridge.models.library import BundleLibrary
from bridge.models.worker import InProcessModel
from tests.device.maxpatch.atoms import Message
from tests.device.maxpatch.flow import Drawing
from tests.device.maxpatch.patch import Patch, Spoke
from tests.device.node_host import FakeLive
from tests.fakes.room import VirtualClock

DEVICE = Path(__file__).parents[2] / "m4l_devices" / "Magenta Jam.amxd"
START_S = 4.0
"""Where stories press Play: well after the link stands."""
_NEAR_S = 1e-9
_NEAR_MS = 1e-6
_STUCK = 5000


class SoundedNote(NamedTuple):
    """A note-on that left a device."""

    at_s: float
    pitch: int
    velocity: int
    channel: int


@cache
def shipped_device() -> DeviceFile:
    """The device as it lies in the repository."""
    return read_device(DEVICE.read_bytes())


class _Script:
    """The script of one device, in the Node process of its Live."""

    def __init__(self, live: FakeLive, number: int, track: int, racks: int) -> None:
        self._live, self._number, self._track, self._racks = live, number, track, racks

    def load(self, file: str, arguments: Message, spoke: Spoke) -> tuple[int, int]:
        source = shipped_device().file(file).decode("utf-8")
        return self._live.load(
            self._number,
            source,
            spoke,
            file=file,
            arguments=arguments,
            track=self._track,
            racks=self._racks,
        )

    def message(self, inlet: int, message: Message, now_ms: float) -> None:
        self._live.message(self._number, *message, now_ms=now_ms, inlet=inlet)

    def next_task_ms(self) -> float:
        due_ms = self._live.due_ms.get(self._number)
        return math.inf if due_ms is None else due_ms

    def run_tasks(self, now_ms: float) -> None:
        self._live.run_tasks(self._number, now_ms)


class StagedDevice:
    """One Magenta Jam on a track.

    Attributes:
        number: Its number in the Set's process.
        patch: Its patch.
    """

    def __init__(self, number: int, patch: Patch) -> None:
        self.number = number
        self.patch = patch

    @property
    def status(self) -> str:
        """What its status line says."""
        return self._text("status")

    @property
    def notes(self) -> list[SoundedNote]:
        """Every note-on that left it, the player's own included."""
        return [
            SoundedNote(at_ms / 1000.0, data[1], data[2], data[0] & 0xF)
            for at_ms, data in self.patch.midi
            if data[0] >> 4 == 0x9 and data[2]
        ]

    @property
    def hanging(self) -> dict[tuple[int, int], int]:
        """Pitch and channel of what sounds: note-ons less note-offs."""
        count: dict[tuple[int, int], int] = {}
        for _, data in self.patch.midi:
            key = (data[1], data[0] & 0xF)
            if data[0] >> 4 in (0x8, 0x9):
                on = data[0] >> 4 == 0x9 and data[2] > 0
                count[key] = count.get(key, 0) + (1 if on else -1)
        return {key: number for key, number in count.items() if number}

    def sent(self, address: str) -> list[float]:
        """When it sent messages of an address to the engine, in seconds."""
        head = address.encode() + b"\0"
        return [at_ms / 1000.0 for at_ms, data, _ in self.patch.datagrams if data.startswith(head)]

    def _text(self, varname: str) -> str:
        for each in self.patch.all(Drawing):
            if each.box.json.get("varname") == varname:
                return str(each.text)
        raise AssertionError(f"The device shows no {varname}.")


@dataclass(order=True)
class _Action:
    at_s: float
    number: int
    do: Callable[[], None]


class Stage:
    """One Live, one engine, any number of devices.

    Args:
        node: Path of Node.
        bundle: The players' bundle.
        folder: Where bundles lie.
        tempo_qpm: Live's tempo.
        signature: Live's time signature.
        bundles: Further bundles on offer.
        live_set: The Set's tracks and clips; see ``host/live_set.js``.
        engine: Whether the engine runs.
        vector_ms: Length of Live's signal vector; what comes from outside waits for its end too.
        loss: Share of the packets that are lost, in both directions.

    Attributes:
        transport: Live's transport, in seconds of Max's time.
        live: The Set.
        engine: The engine, or None while it is away.
        events: What the engine has told.
    """

    def __init__(
        self,
        node: str,
        bundle: str,
        folder: Path,
        *,
        tempo_qpm: float = 120.0,
        signature: tuple[int, int] = (4, 4),
        bundles: tuple[str, ...] = (),
        live_set: dict[str, Any] | None = None,
        engine: bool = True,
        vector_ms: float = 0.0,
        loss: float = 0.0,
    ) -> None:
        self.vector_ms = vector_ms
        self._loss, self._random = loss, random.Random(1)
        self.clock = VirtualClock()
        player = PlayerSettings(bundle=bundle)
        jam = JamSettings(bundles=(bundle, *bundles), player=player)
        self.config = EngineConfig(jam=jam, bundle_folders=(folder,))
        self.beat_s = 60.0 / tempo_qpm
        self.bar_beats = signature[0] * 4.0 / signature[1]
        self.transport = SimulatedTransport(tempo_qpm=tempo_qpm, signature=signature)
        self.live = FakeLive(node, live_set)
        self.devices: list[StagedDevice] = []
        self.events: list[JamEvent] = []
        self.engine: LocalEngine | None = None
        self.epoch = 0
        self.engine_port = 0
        self._actions: list[_Action] = []
        self._count = 0
        self._sent = 0
        self._told_s = -math.inf
        self._audio = True
        self._frozen_s = 0.0
        self.start_engine()
        if not engine:
            self.kill_engine()

    # --- people and machines --------------------------------------------------------------------

    def add_device(
        self, *, track: int = 0, racks: int = 0, saved: dict[str, Any] | None = None
    ) -> StagedDevice:
        """Drop the device on a track, or load it with what the Set has saved of it."""
        number = len(self.devices) + 1
        patch = Patch(
            shipped_device().patch(),
            self.transport,
            _Script(self.live, number, track, racks),
            vector_ms=self.vector_ms,
        )
        patch.loses = lambda: self._random.random() < self._loss
        patch.queues.now_ms = self.max_s * 1000.0
        device = StagedDevice(number, patch)
        self.devices.append(device)
        self._tell_song()
        patch.load()
        patch.restore({"Engine Port": float(self.engine_port), **(saved or {})})
        self.live.live_ready(number)
        patch.ready()
        return device

    def remove_device(self, device: StagedDevice) -> None:
        """Take a device off its track."""
        device.patch.free()
        self.live.unload(device.number)
        self.devices.remove(device)
        self._exchange()

    def start_engine(self) -> None:
        """Start the engine, or a new one on the same port."""
        self.epoch += 1
        self.engine = LocalEngine(
            self.config,
            self.clock,
            port=self.engine_port,
            model=InProcessModel(BundleLibrary(self.config.bundle_folders)),
            engine_epoch=self.epoch,
        )
        self.engine_port = self.engine.port
        self._sent = 0
        self._forget_datagrams()

    def kill_engine(self) -> None:
        """The engine is gone from one moment to the next, without a word."""
        assert self.engine is not None
        timekeeper = self.engine._timekeeper
        timekeeper.edge.close()
        timekeeper.model.close()
        self.engine = None

    def audio(self, on: bool) -> None:
        """Switch Live's audio engine: while it is off, Max's time stands still."""
        self._audio = on

    def close(self) -> None:
        """End everything, whatever fails on the way."""
        with ExitStack() as ends:
            ends.callback(self.live.close)
            if self.engine is not None:
                ends.callback(self.engine.close)
            for device in self.devices:
                ends.callback(device.patch.free)
        self.devices.clear()
        self.engine = None

    # --- what happens ---------------------------------------------------------------------------

    @property
    def max_s(self) -> float:
        """Max's time: that of the world, less what the audio engine was off."""
        return self.clock.time_s - self._frozen_s

    def at_beat(self, beats: float) -> float:
        """The moment of a beat, counted from `START_S`, at the first tempo."""
        return START_S + beats * self.beat_s

    def at(self, at_s: float, do: Callable[[], None]) -> None:
        """Do something at a moment, or where there are signal vectors at the next one's end."""
        if self.vector_ms:
            at_s = math.ceil(at_s * 1000.0 / self.vector_ms - 1e-6) * self.vector_ms / 1000.0
        self._count += 1
        heapq.heappush(self._actions, _Action(at_s, self._count, do))

    def strike(
        self,
        device: StagedDevice,
        at_s: float,
        pitch: int,
        *,
        velocity: int = 90,
        length_s: float = 0.05,
        channel: int = 0,
    ) -> None:
        """Strike and release a key."""
        play = device.patch.play_midi
        self.at(at_s, lambda: play(0x90 | channel, pitch, velocity))
        self.at(at_s + length_s, lambda: play(0x80 | channel, pitch, 64))

    def phrase(
        self, device: StagedDevice, notes: list[tuple[float, int]], *, from_beat: float = 0.0
    ) -> None:
        """Strike keys: (beat, pitch) from a beat on."""
        for beat, pitch in notes:
            self.strike(device, self.at_beat(from_beat + beat), pitch)

    @property
    def answers(self) -> list[AnswerMade]:
        """Every answer made so far."""
        return [event for event in self.events if isinstance(event, AnswerMade)]

    def ticks(self, notes: list[SoundedNote]) -> list[float]:
        """Song positions at which notes sounded."""
        return [self.transport.song_ticks_at(note.at_s) for note in notes]

    # --- time -----------------------------------------------------------------------------------

    def run(self, until_s: float) -> None:
        """Let time pass until a moment."""
        stuck = 0
        while True:
            self._exchange()
            due_s = self._next_due_s()
            if due_s > until_s:
                break
            stuck = stuck + 1 if due_s <= self.clock.time_s + _NEAR_S else 0
            assert stuck < _STUCK, f"time does not go on at {self.clock.time_s}"
            self._go_to(due_s)
        self._go_to(until_s)
        self._exchange()

    def run_beats(self, beats: float) -> None:
        """Let time pass until a beat of the song, at the first tempo."""
        self.run(self.at_beat(beats))

    def _go_to(self, at_s: float) -> None:
        passed_s = max(0.0, at_s - self.clock.time_s)
        self.clock.time_s += passed_s
        if not self._audio:
            self._frozen_s += passed_s

    def _next_due_s(self) -> float:
        moments = []
        if self._actions:
            moments.append(self._actions[0].at_s)
        if self.vector_ms:
            vector_s = self.vector_ms / 1000.0
            moments.append((math.floor(self.clock.time_s / vector_s + 1e-6) + 1) * vector_s)
        if self.engine is not None:
            moments.append(self.engine.next_due_s())
        if self._audio:
            in_max = [device.patch.queues.next_due_ms() / 1000.0 for device in self.devices]
            in_max.append(self.transport.next_change_s(self._told_s))
            moments += [at_s + self._frozen_s for at_s in in_max]
        return max(self.clock.time_s, min(moments, default=math.inf))

    def _exchange(self) -> None:
        """Everything that happens and travels at this moment."""
        if self._audio:
            self._tell_song()
            self._run_max()
        while self._actions and self._actions[0].at_s <= self.clock.time_s + _NEAR_S:
            heapq.heappop(self._actions).do()
        heard = 1
        while heard:
            heard = 0
            if self._audio:
                self._run_max()
            self._pump()
            if self._audio and self._at_vector_end():
                heard = sum(device.patch.hear() for device in self.devices)

    def _at_vector_end(self) -> bool:
        vectors = self.clock.time_s * 1000.0 / self.vector_ms if self.vector_ms else 0.0
        return abs(vectors - round(vectors)) < 1e-4

    def _run_max(self) -> None:
        for device in self.devices:
            device.patch.queues.run_until(self.max_s * 1000.0 + _NEAR_MS)

    def _tell_song(self) -> None:
        """What Live's song says of itself, at each change of the transport."""
        now_s = self.max_s
        if self._told_s > -math.inf and self.transport.next_change_s(self._told_s) > now_s:
            return
        self._told_s = now_s
        state = self.transport.state_at(now_s)
        loop = state.loop
        self.live.tell_song(
            now_s * 1000.0,
            tempo=state.tempo_qpm,
            is_playing=int(state.playing),
            current_song_time=state.song_ticks / 480.0,
            signature_numerator=state.signature[0],
            signature_denominator=state.signature[1],
            loop=int(loop is not None),
            loop_start=loop.start_ticks / 480.0 if loop else 0.0,
            loop_length=loop.length_ticks / 480.0 if loop else 16.0,
        )

    def _forget_datagrams(self) -> None:
        """What was sent while no engine was there has gone nowhere."""
        for device in self.devices:
            device.patch.datagrams_to(self.engine_port)

    def _pump(self) -> None:
        engine = self.engine
        if engine is None:
            self._forget_datagrams()
            return
        self._sent += sum(device.patch.datagrams_to(self.engine_port) for device in self.devices)
        engine.pump(self.clock.time_s)
        while engine.datagrams_received < self._sent:
            ready, _, _ = select.select([engine._timekeeper.edge.socket], [], [], 5.0)
            assert ready, "a datagram was lost on loopback"
            engine.pump(self.clock.time_s)
        self.events += engine._timekeeper.take_events()
