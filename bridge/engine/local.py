"""The whole engine in the caller's process: for the demo, tests and virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.core.commands import Command
from bridge.core.events import JamEvent
from bridge.core.jam import Jam
from bridge.core.views import PlayerView
from bridge.engine.edges import PortEdge
from bridge.engine.timekeeper import EngineSetup, Timekeeper
from bridge.io.osc_udp import UdpEdge
from bridge.models.base import ModelPort
from bridge.models.library import BundleLibrary
from bridge.models.worker import InProcessModel
from bridge.record.tape import Tape
from bridge.types import Clock

if TYPE_CHECKING:
    # The timekeeper's process imports this package too, and has no use for what checks YAML.
    from bridge.config import EngineConfig

LOCAL_SEED = 2017


class LocalEngine:
    """An engine that does nothing until it is pumped.

    Args:
        config: Its configuration.
        clock: Its clock; virtual in tests.
        port: UDP port; 0 for any free one.
        model: Who plays the models; in this process if none is given.
        engine_epoch: Number of this run; give a restarted engine another.
        seed: Seed of the seeds of answers that have none set.
        ports: The MIDI ports, if there are any.
        watched: Whether what is about to sound is told too.
        tape: Takes down all that comes in and goes out.

    Raises:
        PortInUse: The port is taken.
    """

    def __init__(
        self,
        config: EngineConfig,
        clock: Clock,
        *,
        port: int = 0,
        model: ModelPort | None = None,
        engine_epoch: int = 1,
        seed: int = LOCAL_SEED,
        ports: PortEdge | None = None,
        watched: bool = False,
        tape: Tape | None = None,
    ) -> None:
        folders = config.bundle_folders
        self.setup = EngineSetup(
            config.host,
            port,
            config.jam,
            tuple(map(str, folders)),
            engine_epoch,
            seed,
            watched=watched,
        )
        self._edge = edge = UdpEdge(config.host, port)
        self._clock = clock
        self._timekeeper = Timekeeper(
            self.setup,
            edge,
            model if model is not None else InProcessModel(BundleLibrary(folders)),
            ports,
            tape=tape,
        )

    @property
    def port(self) -> int:
        """The UDP port on which it listens."""
        return self._timekeeper.edge.address[1]

    @property
    def jam(self) -> Jam:
        """The jam inside, to look at."""
        return self._timekeeper.jam

    @property
    def datagrams_received(self) -> int:
        """How many datagrams it has taken from its socket."""
        return self._timekeeper.datagrams_received

    @property
    def faults(self) -> int:
        """How many mistakes of its own it has caught."""
        return self._timekeeper.faults

    def pump(self, now_s: float) -> None:
        """Take what waits, do what is due by ``now_s``, send what results."""
        self._timekeeper.turn(now_s, kernel_stamps=False)

    def next_due_s(self) -> float:
        """The next moment at which it has something to do; infinity if never."""
        return self._timekeeper.next_due_s(self._clock.now_s())

    def command(self, command: Command, now_s: float) -> None:
        """Carry out a command.

        Raises:
            BridgeError: It makes no sense, or can't be done now; nothing has changed.
        """
        self._timekeeper.command(command, now_s)

    def views(self) -> tuple[PlayerView, ...]:
        """Every player as it stands, by number."""
        return self._timekeeper.views()

    def take_events(self) -> list[JamEvent]:
        """What has happened since this was last called."""
        return self._timekeeper.take_events()

    def close(self) -> None:
        """Silence the devices and give the port back."""
        self._timekeeper.close()
