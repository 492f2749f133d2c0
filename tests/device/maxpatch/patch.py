"""A patch: boxes and cords from a file, one Max with its time, and what is outside of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Protocol

from bridge.demo.transport import SimulatedTransport, TransportState
from tests.device.maxpatch import arithmetic, flow, live_objects, midi, network, timing
from tests.device.maxpatch.atoms import Atom, Message, PatchError, parse_atoms, split_attributes
from tests.device.maxpatch.flow import Receive
from tests.device.maxpatch.live_objects import Button, Parameter, Pattr, ThisDevice
from tests.device.maxpatch.midi import MidiIn
from tests.device.maxpatch.network import UdpReceive
from tests.device.maxpatch.objects import CLASSES, NOT_SAID, BoxData, MaxObject
from tests.device.maxpatch.queues import Queues

OBJECT_MODULES = (arithmetic, flow, live_objects, midi, network, timing)
_DEEPEST = 120

Spoke = Callable[[int, Message], None]


class ScriptHost(Protocol):
    """Who runs the script of a ``js`` box."""

    def load(self, file: str, arguments: Message, spoke: Spoke) -> tuple[int, int]:
        """Load it; returns its inlets and outlets."""
        ...

    def message(self, inlet: int, message: Message, now_ms: float) -> None:
        """Give it a message."""
        ...

    def next_task_ms(self) -> float:
        """When its next Task is due; infinity if none waits."""
        ...

    def run_tasks(self, now_ms: float) -> None:
        """Run the Tasks that are due."""
        ...


class Patch:
    """A running patch.

    Args:
        data: The patch, as the file has it (with its key ``patcher``).
        transport: Live's transport, in seconds of this patch's time.
        script: Who runs its ``js``; None where it has none.
        vector_ms: Length of Live's signal vector; 0 is a scheduler without a grain.

    Attributes:
        queues: Its time.
        midi: What left ``midiout``: moment in ms and bytes.
        datagrams: What left each ``udpsend``: moment in ms, bytes and port.
        ears: Its ``udpreceive`` objects.
        loses: Asked for each packet on its way, whether it is lost.
    """

    def __init__(
        self,
        data: dict[str, Any],
        transport: SimulatedTransport | None = None,
        script: ScriptHost | None = None,
        *,
        vector_ms: float = 0.0,
    ) -> None:
        self.transport = transport or SimulatedTransport()
        self.queues = Queues(vector_ms)
        self.loses: Callable[[], bool] = lambda: False
        self.midi: list[tuple[float, tuple[int, ...]]] = []
        self.datagrams: list[tuple[float, bytes, int]] = []
        self.ears: list[UdpReceive] = []
        self._script = script
        self._task_waits = False
        self._depth = 0
        self._arriving: list[int] = []
        patcher = data["patcher"]
        self.objects: dict[str, MaxObject] = {}
        for entry in patcher["boxes"]:
            self._add(entry["box"])
        self._cords: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for line in patcher["lines"]:
            self._connect(line["patchline"])
        self._order_cords()
        self._buses = self._find_buses()
        if script is not None:
            self.queues.sources.append(_Tasks(self))

    # --- what it does -------------------------------------------------------------------------

    def load(self) -> None:
        """All is there: scripts are read, metros start, loadbangs bang."""
        for each in list(self.objects.values()):
            each.loaded()
        self.queues.run_until(self.queues.now_ms)

    def free(self) -> None:
        """Take the patch away: freebang first, then sockets, whatever fails on the way."""
        with ExitStack() as ends:
            for each in self.objects.values():
                if not isinstance(each, flow.Freebang):
                    ends.callback(each.freed)
            for each in self.all(flow.Freebang):
                ends.callback(each.freed)

    def send_out(self, source: MaxObject, outlet: int, message: Message) -> None:
        """Deliver a message along the cords of an outlet, each to its end before the next."""
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise PatchError(f"Stack overflow at {source}: the patch feeds itself.")
            if not message:
                raise PatchError(f"{source} sends nothing.")
            for target, inlet in self._cords.get((source.box.id, outlet), ()):
                self.objects[target].receive(inlet, message)
        finally:
            self._depth -= 1

    def send_named(self, bus: str, message: Message) -> None:
        """Deliver a message to the receivers of a bus.

        Raises:
            PatchError: Nobody receives it.
        """
        if bus not in self._buses:
            raise PatchError(f"Nobody receives {bus!r}.")
        for receiver in self._buses[bus]:
            receiver.out(0, *message)

    def song(self) -> TransportState:
        """The transport now."""
        return self.transport.state_at(self.queues.now_ms / 1000.0)

    def midi_left(self, message: tuple[int, ...]) -> None:
        """A whole message has left ``midiout``."""
        self.midi.append((self.queues.now_ms, message))

    def datagram_left(self, data: bytes, port: int, *, arrives: bool) -> None:
        """A packet has left a ``udpsend``; not every one arrives on this machine."""
        self.datagrams.append((self.queues.now_ms, data, port))
        if arrives:
            self._arriving.append(port)

    def datagrams_to(self, port: int) -> int:
        """How many packets will have arrived at a port since this was last asked."""
        count = self._arriving.count(port)
        self._arriving.clear()
        return count

    # --- its script ---------------------------------------------------------------------------

    def load_script(self, file: str, arguments: Message, spoke: Spoke) -> tuple[int, int]:
        """Load the script of a ``js`` box."""
        if self._script is None:
            raise PatchError(f"Nobody runs {file}.")
        return self._script.load(file, arguments, spoke)

    def to_script(self, inlet: int, message: Message) -> None:
        """Give the script a message."""
        assert self._script is not None
        self._script.message(inlet, message, self.queues.now_ms)

    def next_task_ms(self) -> float:
        """When the script's next Task is due, unless it waits in the queue already."""
        if self._script is None or self._task_waits:
            return math.inf
        return self._script.next_task_ms()

    def queue_tasks(self) -> None:
        """The script's Tasks are due: they run in the main thread."""
        self._task_waits = True
        self.queues.low(self._run_tasks)

    def _run_tasks(self) -> None:
        assert self._script is not None
        self._task_waits = False
        self._script.run_tasks(self.queues.now_ms)

    # --- what comes from outside --------------------------------------------------------------

    def hear(self) -> int:
        """Take the packets that have arrived, in the scheduler; returns how many."""
        count = 0
        for ear in self.ears:
            for data in ear.waiting():
                if self.loses():
                    continue
                count += 1
                self.queues.run(lambda ear=ear, data=data: ear.hear(data), main_thread=False)
        return count

    def play_midi(self, *data: int) -> None:
        """A MIDI message comes into the device, in the scheduler."""
        [source] = self.all(MidiIn)
        self.queues.run(lambda: source.play(data), main_thread=False)

    def ready(self) -> None:
        """live.thisdevice bangs."""
        [device] = self.all(ThisDevice)
        self.queues.run(device.ready, main_thread=True)

    def switch(self, on: bool) -> None:
        """The device's switch in Live."""
        [device] = self.all(ThisDevice)
        self.queues.run(lambda: device.switched(on), main_thread=True)

    def parameter(self, long_name: str) -> Parameter:
        """A parameter by its long name."""
        for each in self.all(Parameter):
            if each.long_name == long_name:
                return each
        raise PatchError(f"There is no parameter {long_name!r}.")

    def turn(self, long_name: str, value: Atom, *, main_thread: bool = True) -> None:
        """Turn a knob: by mouse in the main thread, by automation in the scheduler."""
        each = self.parameter(long_name)
        self.queues.run(lambda: each.receive(0, (each.fit(value),)), main_thread=main_thread)

    def press(self, long_name: str, *, main_thread: bool = True) -> None:
        """Press a button: by mouse, or by a mapped pad in the scheduler."""
        each = self.parameter(long_name)
        assert isinstance(each, Button)
        self.queues.run(each.press, main_thread=main_thread)

    def saved(self) -> dict[str, Any]:
        """What Live would save with the Set, by long names."""
        return {each.long_name: each.value for each in self._stored()}

    def restore(self, saved: dict[str, Any] | None = None) -> None:
        """Live sets every parameter to what it has saved, or to its initial value."""
        for each in self._stored():
            value = (saved or {}).get(each.long_name)
            self.queues.run(lambda each=each, value=value: each.restore(value), main_thread=True)

    def _stored(self) -> Iterator[Parameter | Pattr]:
        for each in self.objects.values():
            if isinstance(each, Parameter | Pattr) and each.enabled:
                yield each

    def all(self, kind: type) -> list[Any]:
        """Every object of a kind."""
        return [each for each in self.objects.values() if isinstance(each, kind)]

    # --- its file -----------------------------------------------------------------------------

    def _add(self, box: dict[str, Any]) -> None:
        name = str(box["maxclass"])
        arguments, attributes = [], {}
        if name == "newobj":
            atoms = parse_atoms(box["text"])
            name = str(atoms[0])
            arguments, attributes = split_attributes(atoms[1:])
        if name not in CLASSES:
            raise PatchError(f"No object {name!r} is known.")
        if box["id"] in self.objects:
            raise PatchError(f"Two boxes have the id {box['id']!r}.")
        x, y = box.get("patching_rect", (0, 0))[:2]
        data = BoxData(
            box["id"],
            name,
            tuple(arguments),
            attributes,
            (x, y),
            box.get("numinlets", NOT_SAID),
            box.get("numoutlets", NOT_SAID),
            box,
        )
        self.objects[data.id] = CLASSES[name](self, data)

    def _connect(self, line: dict[str, Any]) -> None:
        source, outlet = line["source"]
        target, inlet = line["destination"]
        for end, number, kind in ((source, outlet, "outlets"), (target, inlet, "inlets")):
            if end not in self.objects or not 0 <= number < getattr(self.objects[end], kind):
                raise PatchError(f"A cord from {source} {outlet} to {target} {inlet}: no such end.")
        self._cords.setdefault((source, outlet), []).append((target, inlet))

    def _order_cords(self) -> None:
        """From right to left as the boxes lie, and from the bottom up where they lie in line."""
        for (source, outlet), cords in self._cords.items():
            places = [(*self.objects[target].box.rect, inlet) for target, inlet in cords]
            if len(set(places)) < len(places):
                raise PatchError(
                    f"Cords from outlet {outlet} of {self.objects[source]} have no order."
                )
            cords.sort(key=lambda cord: (*self.objects[cord[0]].box.rect, cord[1]), reverse=True)

    def _find_buses(self) -> dict[str, list[Receive]]:
        buses: dict[str, list[Receive]] = {}
        for each in self.all(Receive):
            buses.setdefault(each.bus, []).append(each)
        return buses


class _Tasks:
    """The script's Tasks, as something that is due."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch

    def next_due_ms(self) -> float:
        return self._patch.next_task_ms()

    def fire(self) -> None:
        self._patch.queue_tasks()
