"""A device's seat at the jam: its link, its clock, its player, its clips."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial

from bridge.core.chair import press
from bridge.core.clipcounter import ClipCounter
from bridge.core.clipdesk import whole_bars
from bridge.core.clocksample import clock_sample
from bridge.core.ensemble import check_source
from bridge.core.events import Level, Notice
from bridge.core.hands import FROM_COMMAND, FROM_DEVICE, Hands, Source
from bridge.core.hearing import Hearing
from bridge.core.hostclock import Discontinuity, DiscontinuityKind, HostClock
from bridge.core.keydesk import KeyDesk
from bridge.core.midibytes import Key
from bridge.core.now import Now
from bridge.core.outbox import OwnKey
from bridge.core.parameters import ACTIONS, ParameterValue, changed, parameter_value
from bridge.core.patchbay import check_route
from bridge.core.player import Player
from bridge.core.portvoice import PortVoice
from bridge.core.protocol import MAX_NAME_CHARACTERS, Direction, Message, check, outgoing
from bridge.core.requests import (
    BundleReady,
    ModelFailed,
    ModelReply,
)
from bridge.core.settings import JamSettings
from bridge.core.units import seconds_to_beats
from bridge.errors import OutOfRange, PeerLost, TransportError

Address = tuple[str, int]

LINK_TIMEOUT_S = 3.5
"""Three heartbeats, one a second, and some slack."""
CLOCK_TIMEOUT_S = 1.5
"""A playing transport ticks eight times a second even at 20 qpm; silent for this long, Live's
audio engine is off."""
LEAD_MS = 40.0
"""Added to the look-ahead: the time that a primed model has for the answer's first beat."""
LATE_MS = 10.0
"""A note later than this is dropped: a missing note disturbs less than one in the wrong place."""


class Seat:
    """One linked device.

    Args:
        device: Its number.
        address: Where it listens.
        settings: The jam's.
        player: Its player.
        seeds: Source of the seeds of clips made to order.
    """

    def __init__(
        self,
        device: int,
        address: Address,
        settings: JamSettings,
        player: Player,
        seeds: random.Random,
    ) -> None:
        self.device = device
        self.address = address
        self.clock = HostClock()
        self.player = player
        self.welcomed_s = self.heard_s = -math.inf
        self.away = False
        self._settings = settings
        self.hearing = Hearing()
        self.audible = self.sounded = True
        self.voice = PortVoice(
            self.player_number, self.clock, settings.midi.latency_offset_ms / 1000.0
        )
        self.hands = Hands(player, self.voice)
        self._clips = ClipCounter(device, player.outbox, seeds, player.answers)
        self._silent = False
        self._known_drums: dict[str, int] = {}
        self._keys = KeyDesk(self.clock)
        self._handlers: dict[str, Callable[[Message, float], None]] = {
            "/clock": self._clock,
            "/note": self._note,
            "/note/at": self._note,
            **{f"/{action}": partial(self._pressed, action) for action in ACTIONS},
            "/clip/chunk": self._clip_chunk,
            "/clip/ack": lambda message, _now_s: self._clips.acknowledged(message),
            "/clip/ask": self._clip_ask,
            "/bundles": lambda _message, _now_s: self.name_bundles(),
        }

    def handle(self, message: Message, now_s: float) -> None:
        """Take a checked message of this device; `advance` then does what follows from it.

        Raises:
            BridgeError: The player can't do what is asked; nothing has changed.
        """
        if message.address.startswith("/param/"):
            self._parameter(message, now_s)
        else:
            self._handlers[message.address](message, now_s)

    def now(self, now_s: float) -> Now | None:
        """The present moment in beats; None while there is no beat."""
        clock = self.clock
        if not clock.playing or self._silent:
            return None
        lookahead_s = self._settings.lookahead_ms / 1000.0
        if self.voice.ports:
            lookahead_s += self.voice.ahead_s
        tempo = clock.tempo_qpm
        timeline = clock.timeline
        return Now(
            beats=clock.run_beats_at(now_s),
            lookahead_beats=seconds_to_beats(lookahead_s, tempo),
            lead_beats=seconds_to_beats(lookahead_s + LEAD_MS / 1000.0, tempo),
            late_beats=seconds_to_beats(LATE_MS / 1000.0, tempo),
            bar_beats=timeline.signature.bar_beats,
            tempo_qpm=tempo,
            bars=timeline,
        )

    def advance(self, now_s: float) -> None:
        """Do everything that is due by now."""
        self._watch_clock(now_s)
        now = self.now(now_s)
        if now is not None:
            self._hear(now)
            self.player.advance(now)
        self._clips.send(now_s)

    @property
    def player_number(self) -> int:
        """Its player's number among the jam's, 1 to 64."""
        return self.player.player_number

    @property
    def own_inputs(self) -> tuple[str, ...]:
        """No MIDI inputs: its keys come by its device."""
        return ()

    @property
    def own_outputs(self) -> tuple[str, ...]:
        """No MIDI outputs: its device plays."""
        return ()

    @property
    def name(self) -> str:
        """What it is called."""
        return f"device {self.device}"

    @property
    def kind(self) -> str:
        """``device``."""
        return "device"

    def next_due_s(self, now_s: float) -> float:
        """The next moment at which `advance` has something to do."""
        moments = [self._clips.next_due_s()]
        now = self.now(now_s)
        if now is not None:
            beats = min(self.player.next_due_beats(now), self.hearing.next_due_beats())
            moments.append(self.clock.time_at(beats))
        return max(now_s, min(moments))

    def model_reply(self, reply: ModelReply, now_s: float) -> None:
        """Take what the model says."""
        if reply.player != self.device:
            if isinstance(reply, ModelFailed):
                self._tell_failure(reply)
            self._clips.model_reply(reply)
            self.advance(now_s)
            return
        if isinstance(reply, BundleReady) and reply.bundle in self._settings.bundles:
            place = self._settings.bundles.index(reply.bundle)
            self._known_drums[reply.bundle] = int(reply.drums)
            self._say("/bundle", place, reply.steps_per_quarter, int(reply.drums))
        elif isinstance(reply, ModelFailed):
            self._tell_failure(reply)
        self.player.model_reply(reply, self.now(now_s))
        self.advance(now_s)

    def name_bundles(self) -> None:
        """Tell the device what every bundle on offer is called."""
        names = self._settings.bundles
        for place, name in enumerate(names):
            drums = self._known_drums.get(name, -1)
            self._say("/bundle/name", place, len(names), drums, *shown_name(name))

    def went_away(self, now_s: float) -> TransportError:
        """The device fell silent: its player stops; the seat is kept for its return."""
        self.away = True
        self.player.panic()
        for key in self.hands.down_on(FROM_DEVICE):
            self.hands.take(key, FROM_DEVICE, now_s)
        self._clips.forget()
        self.hearing.forget()
        return PeerLost(f"Device {self.device} fell silent.")

    # --- time -------------------------------------------------------------------------------

    def _clock(self, message: Message, now_s: float) -> None:
        lines_before = self.now(now_s)
        found = self.clock.observe(clock_sample(message), now_s)
        self._silent = False
        for one in found:
            self._broke(one, lines_before, now_s)
        self._play_early_keys(now_s)

    def _broke(self, one: Discontinuity, before: Now | None, now_s: float) -> None:
        if one.kind is DiscontinuityKind.STOP:
            self._stop()
        elif one.kind is DiscontinuityKind.JUMP:
            after = self.now(now_s)
            if before is None or after is None or not _bars_fit(before, after):
                self._stop()
            else:
                self.player.song_moved(after)

    def _watch_clock(self, now_s: float) -> None:
        if not self._silent and self.clock.silent_for_s(now_s) > CLOCK_TIMEOUT_S:
            self._silent = True
            self._stop()

    def _stop(self) -> None:
        self.player.transport_stopped()
        self.hearing.forget()

    # --- playing ----------------------------------------------------------------------------

    def _note(self, message: Message, now_s: float) -> None:
        if not self.hands.take(_key_of(message), FROM_DEVICE, now_s):
            return
        now = self.now(now_s)
        if now is None:
            self._keys.keep(message, now_s)
        else:
            self._key(message, self._keys.moment(message, now), now)

    def _hear(self, now: Now) -> None:
        """Another player's notes whose time has come are keys of this one's call."""
        for key in self.hearing.due(now.beats):
            self.player.key(key.pitch, key.velocity, key.channel, key.at_beats, now)
        self.player.source_ends(self.hearing.ends_beats)

    def _play_early_keys(self, now_s: float) -> None:
        now = self.now(now_s)
        if now is not None:
            for message, at_beats in self._keys.take_early(now, now_s):
                self._key(message, at_beats, now)

    def _key(self, message: Message, at_beats: float, now: Now) -> None:
        pitch, velocity, channel = (
            message.int_of(name) for name in ("pitch", "velocity", "channel")
        )
        self._own_key((pitch, velocity, channel, at_beats), now)

    def _own_key(self, key: OwnKey, now: Now) -> None:
        self.player.key(*key, now)
        self.player.outbox.own_keys.append(key)

    def _pressed(self, action: str, _message: Message, now_s: float) -> None:
        self.press(action, now_s)

    def press(self, action: str, now_s: float) -> None:
        """Press one of the buttons `ACTIONS`.

        Raises:
            BridgeError: The player can't do that now; nothing has changed.
        """
        if action != "panic":
            press(self.player, action, self.now(now_s))
            return
        self.player.panic()
        self.voice.silence(now_s)
        self.hearing.forget()
        self._clips.withdraw()

    def turn(self, name: str, value: ParameterValue, _now_s: float) -> None:
        """Change a parameter to a value that has been checked.

        Raises:
            PortUnknown: It names a MIDI port that there is not.
            PlayerMissing: It makes the player listen to itself.
        """
        check_route(name, value, self._settings)
        check_source(self.player_number, name, value)
        if name == "bundle":
            if value != self.player.settings.bundle:
                self.player.select_bundle(str(value))
            return
        self.player.set_parameters(changed(self.player.settings, name, value))

    def strike(self, pitch: int, velocity: int, channel: int, at_s: float, now_s: float) -> None:
        """A key was struck, or with velocity 0 released, at a moment that may be past."""
        key = Key(pitch, velocity, channel)
        if self.hands.take(key, FROM_COMMAND, now_s):
            self._struck(key, at_s, now_s)

    def port_key(self, key: Key, source: Source, at_s: float, *, by_cable: bool = False) -> None:
        """A key was struck, or with velocity 0 released, on a MIDI input that leads here."""
        if self.hands.take(key, source, at_s, by_cable=by_cable):
            self._struck(key, at_s, at_s)

    def _struck(self, key: Key, at_s: float, now_s: float) -> None:
        now = self.now(now_s)
        if now is None:
            values = (self.device, key.pitch, key.velocity, key.channel)
            self._keys.keep(check("/note", values, Direction.TO_ENGINE), at_s)
        else:
            at_beats = min(now.beats, self.clock.run_beats_at(at_s))
            self._own_key((key.pitch, key.velocity, key.channel, at_beats), now)

    def _parameter(self, message: Message, now_s: float) -> None:
        name = message.address.removeprefix("/param/")
        value = message.values[1]
        bundles = self._settings.bundles
        if name == "bundle" and int(value) >= len(bundles):
            raise OutOfRange(f"/param/bundle is {value}; there are {len(bundles)} bundles.")
        self.turn(name, parameter_value(name, value, bundles), now_s)

    # --- clips ------------------------------------------------------------------------------

    def _clip_chunk(self, message: Message, now_s: float) -> None:
        call = self._clips.chunk(message, now_s)
        if call is not None:
            self.player.seed_call(whole_bars(call, self.clock.timeline.signature.bar_beats))

    def _clip_ask(self, message: Message, _now_s: float) -> None:
        clock = self.clock
        bar_beats = clock.timeline.signature.bar_beats
        self._clips.ask(message, self.player.settings, bar_beats, clock.tempo_qpm)

    def _tell_failure(self, failed: ModelFailed) -> None:
        self._say("/error", failed.wire_code, 1)
        text = f"{failed.message} {failed.hint}"
        self.player.outbox.events.append(Notice(Level.WARNING, text))

    def _say(self, address: str, *values: int | float) -> None:
        self.player.outbox.messages.append(outgoing(address, *values))


def _key_of(message: Message) -> Key:
    """The key of a ``/note`` or ``/note/at``."""
    return Key(message.int_of("pitch"), message.int_of("velocity"), message.int_of("channel"))


def shown_name(bundle: str) -> tuple[int, ...]:
    """A bundle's name as a device shows it: without folder and suffix, as UTF-16 units."""
    name = bundle.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".mag")
    codes = (ord(char) for char in name[:MAX_NAME_CHARACTERS])
    return tuple(code if 32 <= code <= 0xFFFF else ord("?") for code in codes)


def _bars_fit(before: Now, after: Now) -> bool:
    """Whether the bar lines lie where they lay before the song jumped."""
    line = before.bars.next_bar_line(after.beats)
    return abs(after.bars.next_bar_line(line - 0.01) - line) < 0.01
