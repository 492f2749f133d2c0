"""Push 2 between its ports and the jam: bytes in, commands to the jam, bytes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bridge.core.clockhub import ClockHub
from bridge.core.commands import Command
from bridge.core.complaints import Complaints
from bridge.core.events import JamEvent, Level, Notice
from bridge.core.push2.device import Push2Device
from bridge.core.push2.hardware import LIVE_MODE, USER_INPUTS, USER_OUTPUTS, USER_PORT
from bridge.core.push2.heard import ModeTold
from bridge.core.push2.scene import Asked
from bridge.core.push2.surface import Push2Surface
from bridge.core.settings import JamSettings, Push2Settings
from bridge.core.views import PlayerGone, PlayerView
from bridge.engine.edges import PortEdge
from bridge.errors import BridgeError
from bridge.io.midi_ports import PortChange


def device_ports(settings: Push2Settings) -> dict[str, tuple[str, ...]]:
    """The ports that are Push 2's own, and what else each may be called."""
    others = (*USER_INPUTS, *USER_OUTPUTS)
    return {name: others if name == USER_PORT else () for name in (settings.input, settings.output)}


class Push2Desk:
    """The surface at its ports.

    Args:
        settings: The jam's settings; their ``push2`` names both ports.
        ports: The MIDI ports.
        hub: The beat.
        command: Carries out a command at a moment; raises `BridgeError` if it can't be done.
    """

    def __init__(
        self,
        settings: JamSettings,
        ports: PortEdge,
        hub: ClockHub,
        command: Callable[[Command, float], None],
    ) -> None:
        push2 = settings.push2
        self.input = push2.input
        self._output = push2.output
        self._ports = ports
        self._hub = hub
        self._command = command
        self._surface = Push2Surface(settings.bundles, settings.player, push2.encoders)
        self._device = Push2Device(enter_user_mode=push2.enter_user_mode)
        self._complaints = Complaints()
        self._events: list[JamEvent] = []
        self._played = False
        self._stale = True
        # Who isn't there doesn't answer: the first question goes nowhere, and costs nothing.
        self._device.plugged(0.0)

    def receive(self, data: bytes, now_s: float) -> None:
        """Take what came on the device's port."""
        for one in self._device.heard(data):
            self._surface.follow(self._hub.playing, self._hub.tempo_qpm)
            if isinstance(one, ModeTold):
                if one.mode == LIVE_MODE:
                    self._carry_out(self._surface.hands_off(), now_s)
            else:
                self._carry_out(self._surface.heard(one, now_s), now_s)

    def port_changed(self, change: PortChange, now_s: float) -> None:
        """A port vanished or is back; one that is not the device's means nothing."""
        if change.output and change.port == self._output:
            if change.there:
                self._device.plugged(now_s)
            else:
                self._device.unplugged()
        if not change.there and change.port in (self.input, self._output):
            self._carry_out(self._surface.hands_off(), now_s)

    def show(self, change: PlayerView | PlayerGone) -> None:
        """A player has changed, or is no more."""
        self._surface.show([change])
        self._stale = True

    def advance(self, now_s: float) -> None:
        """Do what is due on the surface."""
        if now_s >= self._surface.next_due_s():
            self._carry_out(self._surface.advance(now_s), now_s)

    def send(self, now_s: float) -> None:
        """Send what the device is to show, as much as may go now."""
        playing = self._hub.playing
        self._surface.follow(playing, self._hub.tempo_qpm)
        if playing is not self._played:
            self._played, self._stale = playing, True
        if self._stale:
            self._stale = False
            self._device.want(self._surface.picture(), self._surface.strip())
            self._events += self._surface.take_told()
        for data in self._device.take(self._hub, now_s):
            self._ports.put(self._output, data)

    def next_due_s(self) -> float:
        """When there is something to do next; infinity if never."""
        return min(self._surface.next_due_s(), self._device.next_due_s(self._hub))

    def take_events(self) -> list[JamEvent]:
        """What to tell people; it is handed out once."""
        sentences, self._device.sentences = self._device.sentences, []
        for is_warning, text in sentences:
            self._events.append(Notice(Level.WARNING if is_warning else Level.INFO, text))
        events, self._events = self._events, []
        return events

    def close(self, now_s: float) -> None:
        """Leave the device dark and as it was."""
        self._carry_out(self._surface.hands_off(), now_s)
        for data in self._device.leave(now_s):
            self._ports.put(self._output, data)

    def _carry_out(self, asked: Iterable[Asked], now_s: float) -> None:
        self._stale = True
        for one in list(asked):
            try:
                self._command(one.command, now_s)
            except BridgeError as error:
                self._surface.refused(one, now_s)
                _, line = self._complaints.note(error, now_s)
                if line is not None:
                    self._events.append(Notice(Level.WARNING, line))
