"""Two models that answer each other in virtual time: `configs/model_loop.yaml`, looked at closely.

The whole engine runs, with its ports' messages counted instead of sent; only time is virtual, so an
hour takes minutes and is the same each time.
"""

from __future__ import annotations

import gc
import os
from array import array
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bridge.config import EngineConfig, load_config
from bridge.core.events import AnswerMade, Guard, GuardActed, Level, Notice
from bridge.core.midibytes import key_of
from bridge.core.schedule import TimedMessage
from bridge.engine import LocalEngine
from bridge.io.midi_ports import Arrival, PortChange
from bridge.paths import data_folder

PRESET = "model_loop.yaml"
BEAT_S = 0.5
"""At 120 qpm, the engine's own tempo in the preset."""
BAR_S = 4 * BEAT_S
LOOKS = 10
PLACES = 4
"""A note belongs to the beat of the sixteenth that it is nearest to."""


@dataclass(slots=True)
class VirtualClock:
    """Time that only the loop turns."""

    time_s: float = 0.0

    def now_s(self) -> float:
        """The present moment."""
        return self.time_s


@dataclass(slots=True)
class CountingPorts:
    """Ports that lead nowhere: what would leave is counted.

    Attributes:
        lateness_s: As the engine's own ports have it.
        bars: A byte for each bar, 1 where a note begins; so the counting itself does not grow.
        notes: How many notes there were.
        most_in_a_beat: The most notes of one port in a beat.
        sounding: Notes without their end by now, by port, channel and pitch.
    """

    bars: bytearray
    lateness_s: deque[float] = field(default_factory=lambda: deque(maxlen=1))
    notes: int = 0
    most_in_a_beat: int = 0
    _beats: dict[str, tuple[int, int]] = field(default_factory=dict)
    sounding: Counter[tuple[str, int, int]] = field(default_factory=Counter)

    def receive(self) -> list[Arrival]:
        """Nobody plays."""
        return []

    def send(self, name: str, message: TimedMessage) -> None:
        """Count a message."""
        key = key_of(message.data)
        if key is None:
            return
        which = name, key.channel, key.pitch
        if key.velocity:
            self.sounding[which] += 1
            self._count(name, int(message.due_s / BEAT_S * PLACES + 0.5))
        else:
            self.sounding[which] -= 1
            if not self.sounding[which]:
                del self.sounding[which]

    def _count(self, name: str, place: int) -> None:
        self.notes += 1
        bar = place // (4 * PLACES)
        if bar < len(self.bars):
            self.bars[bar] = 1
        beat, count = self._beats.get(name, (-1, 0))
        count = count + 1 if beat == place // PLACES else 1
        self._beats[name] = place // PLACES, count
        self.most_in_a_beat = max(self.most_in_a_beat, count)

    def watch(self, now_s: float) -> list[PortChange]:
        """They are always there."""
        del now_s
        return []

    def close(self) -> None:
        """Nothing to give back."""


@dataclass(frozen=True, slots=True)
class Step:
    """An answer's likelihood.

    Args:
        at_s: When it began, in virtual time.
        player: Who played it, 1 or 2.
        nats_per_step: Mean ln p of its steps at temperature 1.
        total_nats: The sum that the 2017 show printed: call and answer.
    """

    at_s: float
    player: int
    nats_per_step: float
    total_nats: float


@dataclass(frozen=True, slots=True)
class LoopResult:
    """What came of a loop.

    Args:
        bundle: What both played.
        seconds: How long, in virtual time.
        steps: Every answer, in order.
        acted: How often each guard stepped in.
        notes: How many notes sounded.
        longest_silence_bars: The longest run of bars without an onset, after the first onset.
        most_in_a_beat: The most notes of one player in a beat.
        limit: The most that the preset allows.
        hanging: Notes without an end when the engine had been closed.
        faults: Mistakes of the engine that were caught.
        warnings: What it warned of.
        resident_bytes: Memory of this process at ten even moments, the last at the end.
        objects: How many objects Python's collector knew at these moments.
    """

    bundle: str
    seconds: float
    steps: tuple[Step, ...]
    acted: Counter[Guard]
    notes: int
    longest_silence_bars: int
    most_in_a_beat: int
    limit: int
    hanging: int
    faults: int
    warnings: tuple[str, ...]
    resident_bytes: tuple[int, ...]
    objects: tuple[int, ...]


def loop_config(bundle: str) -> EngineConfig:
    """The preset, with another bundle for both."""
    return load_config(data_folder("configs") / PRESET, flags={"player.bundle": bundle}).engine


def play_loop(bundle: str, seconds: float, *, seed: int = 2017) -> LoopResult:
    """Let two players of one bundle answer each other.

    Args:
        bundle: Name of a bundle that ships.
        seconds: How long, in virtual time.
        seed: Seed of the answers' seeds.
    """
    config = loop_config(bundle)
    clock, ports = VirtualClock(), CountingPorts(bytearray(int(seconds / BAR_S)))
    engine = LocalEngine(config, clock, ports=ports, seed=seed)
    watch = _Watch()
    for look_s in np.linspace(seconds / LOOKS, seconds, LOOKS):
        while clock.time_s < look_s:
            engine.pump(clock.time_s)
            watch.take(engine.take_events())
            clock.time_s = max(clock.time_s, min(engine.next_due_s(), float(look_s)))
        watch.look_at_memory()
    engine.close()
    return LoopResult(
        bundle=bundle,
        seconds=seconds,
        steps=watch.steps,
        acted=watch.acted,
        notes=ports.notes,
        longest_silence_bars=longest_run(bytes(ports.bars)),
        most_in_a_beat=ports.most_in_a_beat,
        limit=config.jam.player.max_notes_per_beat,
        hanging=sum(abs(count) for count in ports.sounding.values()),
        faults=engine.faults,
        warnings=tuple(watch.warnings),
        resident_bytes=tuple(watch.resident_bytes),
        objects=tuple(watch.objects),
    )


class _Watch:
    """What the engine tells, in a few numbers each."""

    def __init__(self) -> None:
        self.acted: Counter[Guard] = Counter()
        self.warnings: list[str] = []
        self.resident_bytes: list[int] = []
        self.objects: list[int] = []
        self._numbers = array("d")

    def take(self, events: Iterable[object]) -> None:
        for event in events:
            if isinstance(event, AnswerMade):
                likelihood = event.likelihood
                self._numbers.extend(
                    (
                        event.start_beats * BEAT_S,
                        event.player,
                        likelihood.answer_nats_per_step,
                        likelihood.running_total_nats,
                    )
                )
            elif isinstance(event, GuardActed):
                self.acted[event.guard] += 1
            elif isinstance(event, Notice) and event.level is Level.WARNING:
                self.warnings.append(event.text)

    def look_at_memory(self) -> None:
        gc.collect()
        self.resident_bytes.append(resident_bytes())
        self.objects.append(len(gc.get_objects()))

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every answer, in order."""
        numbers = self._numbers
        return tuple(
            Step(numbers[i], round(numbers[i + 1]), numbers[i + 2], numbers[i + 3])
            for i in range(0, len(numbers), 4)
        )


def resident_bytes(process: str = "self") -> int:
    """Memory of a process that is in use, in bytes; 0 where the system does not tell."""
    told = Path(f"/proc/{process}/statm")
    if not told.exists():
        return 0
    return int(told.read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def longest_run(bars: bytes) -> int:
    """The longest run of zeros after the first one; all of them where there is no one."""
    begun = bars.lstrip(b"\0") or bars
    return max(len(run) for run in begun.split(b"\1"))
