"""A player without a device: it hears MIDI ports and other players, and plays on other ports.

The player inside is the same as a device's. What it says to its device is carried out here: a note
waits in the port's schedule, `/n/clear` drops what waits, `/flush` ends what sounds.
"""

from __future__ import annotations

from collections.abc import Iterable

from bridge.core.chair import press
from bridge.core.clockhub import ClockHub
from bridge.core.ensemble import Ensemble
from bridge.core.hearing import Hearing
from bridge.core.hostclock import Discontinuity, DiscontinuityKind
from bridge.core.keydesk import EARLY_S
from bridge.core.midibytes import Key, key_of, releases_all
from bridge.core.notes import Note
from bridge.core.now import BarLines, Now
from bridge.core.parameters import ParameterValue, changed
from bridge.core.player import Player
from bridge.core.protocol import Message
from bridge.core.requests import ModelReply
from bridge.core.schedule import LATE_S, Schedule, TimedMessage
from bridge.core.seat import CLOCK_TIMEOUT_S, LEAD_MS
from bridge.core.settings import JamSettings, PlayerSetup
from bridge.core.units import TICKS_PER_BEAT, seconds_to_beats

ECHO_S = 0.05
"""Where both ports are one cable, a note that comes back within this time of being sent is ours."""
_MOST_EARLY = 64


class PortSeat:
    """A player of the configuration, its ports, and what it hears of others.

    Args:
        settings: The jam's.
        setup: Its own, from the configuration.
        player: Its player.
        clock: The beat that it follows.
        ensemble: All players: those who listen to this one hear of it what its ports get.
    """

    kind = "port"
    away = False

    def __init__(
        self,
        settings: JamSettings,
        setup: PlayerSetup,
        player: Player,
        clock: ClockHub,
        ensemble: Ensemble,
    ) -> None:
        self.player = player
        self.name = setup.name
        self.inputs, self.outputs = setup.inputs, setup.outputs
        self.clock = clock
        self.hearing = Hearing()
        offset_s = (settings.midi.latency_offset_ms + setup.output_offset_ms) / 1000.0
        self.schedule = Schedule(offset_s)
        self.echoes = 0
        # What leaves early must be there earlier.
        self._lookahead_s = settings.lookahead_ms / 1000.0 + max(0.0, -offset_s)
        self._ensemble = ensemble
        heard = {name.casefold() for name in setup.inputs}
        # What is sent may come back.
        self._one_cable = any(name.casefold() in heard for name in setup.outputs)
        self._held: set[tuple[int, int]] = set()
        self._early: list[tuple[Key, float]] = []
        self._sent: dict[tuple[int, int, int], list[float]] = {}
        self._ready: list[TimedMessage] = []
        self._owed: list[TimedMessage] | None = None
        self._bars: BarLines | None = None

    @property
    def player_number(self) -> int:
        """Its player's number among the jam's, 1 to 64."""
        return self.player.player_number

    # --- what comes in ----------------------------------------------------------------------

    def receive(self, message: bytes, arrival_s: float) -> None:
        """Take one whole MIDI message of the input port."""
        if releases_all(message):
            self.release_keys(arrival_s)
            return
        key = key_of(message)
        if key is not None and not self._is_echo(key, arrival_s):
            self._struck(key, arrival_s)

    def strike(self, pitch: int, velocity: int, channel: int, at_s: float, now_s: float) -> None:
        """A key was struck, or with velocity 0 released, at a moment that may be past."""
        self._struck(Key(pitch, velocity, channel), min(at_s, now_s))

    def press(self, action: str, now_s: float) -> None:
        """Press one of the buttons `bridge.core.parameters.ACTIONS`.

        Raises:
            BridgeError: The player can't do that now; nothing has changed.
        """
        if action == "panic":
            self.panic(now_s)
        else:
            press(self.player, action, self.now(now_s))

    def turn(self, name: str, value: ParameterValue, _now_s: float) -> None:
        """Change a parameter to a value that has been checked."""
        if name != "bundle":
            self.player.set_parameters(changed(self.player.settings, name, value))
        elif value != self.player.settings.bundle:
            self.player.select_bundle(str(value))

    def release_keys(self, now_s: float) -> None:
        """All keys are up: the port says so, or it is gone."""
        now = self.now(now_s)
        for pitch, channel in list(self._held):
            if now is not None:
                self._key(Key(pitch, 0, channel), now.beats, now)
        self._held.clear()

    def clock_broke(self, found: Iterable[Discontinuity], now_s: float) -> None:
        """The clock stopped, or jumped."""
        for one in found:
            if one.kind is DiscontinuityKind.STOP:
                self._stop(now_s)
            elif one.kind is DiscontinuityKind.JUMP:
                # Notes wait in run beats, which don't jump: where the bars fit nothing changes.
                now = self.now(now_s)
                if now is None or self._bars is None or not _bars_fit(self._bars, now):
                    self._stop(now_s)

    def model_reply(self, reply: ModelReply, now_s: float) -> None:
        """Take what the model says."""
        self.player.model_reply(reply, self.now(now_s))
        self.advance(now_s)

    def panic(self, now_s: float) -> None:
        """Silence everything now."""
        self.player.panic()
        self.hearing.forget()
        self._carry_out(now_s)

    def output_lost(self, now_s: float) -> None:
        """The output port is gone: the player stops; what sounds there is ended on its return."""
        self.panic(now_s)
        self._owed, self._ready = self._ready, []

    def output_back(self) -> None:
        """The output port is there again."""
        if self._owed is not None:
            self._ready, self._owed = self._owed + self._ready, None

    # --- time -------------------------------------------------------------------------------

    def now(self, now_s: float) -> Now | None:
        """The present moment in beats; None while there is no beat."""
        clock = self.clock
        if not clock.playing or clock.silent_for_s(now_s) > CLOCK_TIMEOUT_S:
            return None
        tempo_qpm, timeline = clock.tempo_qpm, clock.timeline
        return Now(
            beats=clock.run_beats_at(now_s),
            lookahead_beats=seconds_to_beats(self._lookahead_s, tempo_qpm),
            lead_beats=seconds_to_beats(self._lookahead_s + LEAD_MS / 1000.0, tempo_qpm),
            late_beats=seconds_to_beats(LATE_S, tempo_qpm),
            bar_beats=timeline.signature.bar_beats,
            tempo_qpm=tempo_qpm,
            bars=timeline,
        )

    def advance(self, now_s: float) -> None:
        """Do everything that is due by now."""
        now = self.now(now_s)
        if now is not None:
            self._play_early_keys(now, now_s)
            self._hear(now)
            self.player.advance(now)
        elif len(self.schedule) or len(self.schedule.ledger):
            self._stop(now_s)
        self._bars = now.bars if now is not None else self._bars
        self._carry_out(now_s)
        self.play(now_s)

    def play(self, now_s: float) -> None:
        """Let everything leave that is due."""
        if self.schedule.next_due_s(self.clock) <= now_s:
            self._send(self.schedule.due(self.clock, now_s), now_s)

    def next_due_s(self, now_s: float) -> float:
        """The next moment at which `advance` has something to do; infinity if never."""
        now = self.now(now_s)
        if now is None:
            return float("inf")
        beats = min(self.player.next_due_beats(now), self.hearing.next_due_beats())
        return max(now_s, min(self.clock.time_at(beats), self.next_note_s()))

    def next_note_s(self) -> float:
        """When a note or its end is to leave next; infinity if never."""
        return self.schedule.next_due_s(self.clock)

    def take_ready(self) -> list[TimedMessage]:
        """What must leave now, in order; it is handed out once."""
        ready, self._ready = self._ready, []
        return ready

    # --- inside -----------------------------------------------------------------------------

    def _struck(self, key: Key, at_s: float) -> None:
        now = self.now(at_s)
        if now is None:
            self._early = [*self._early[-_MOST_EARLY:], (key, at_s)]
        else:
            self._key(key, now.beats, now)

    def _key(self, key: Key, at_beats: float, now: Now) -> None:
        if key.velocity:
            self._held.add((key.pitch, key.channel))
        else:
            self._held.discard((key.pitch, key.channel))
        self.player.key(key.pitch, key.velocity, key.channel, at_beats, now)

    def _hear(self, now: Now) -> None:
        """Another player's notes whose time has come are keys of this one's call."""
        for key in self.hearing.due(now.beats):
            self.player.key(key.pitch, key.velocity, key.channel, key.at_beats, now)
        self.player.source_ends(self.hearing.ends_beats)

    def _play_early_keys(self, now: Now, now_s: float) -> None:
        early, self._early = self._early, []
        for key, arrival_s in early:
            if now_s - arrival_s <= EARLY_S:
                self._key(key, min(now.beats, self.clock.run_beats_at(arrival_s)), now)

    def _stop(self, now_s: float) -> None:
        self._held.clear()
        self.player.transport_stopped()
        self.hearing.forget()
        self._carry_out(now_s)

    def _carry_out(self, now_s: float) -> None:
        """Do what the player says to a device, and let those hear it who listen to it."""
        messages = self.player.outbox.messages
        self._ensemble.relay(self, messages, now_s)
        for message in messages:
            if message.address == "/n":
                self._wait(message, now_s)
            elif message.address == "/n/clear":
                self.schedule.clear()
            elif message.address == "/flush":
                self._send(self.schedule.flush(now_s), now_s)
        messages.clear()

    def _wait(self, message: Message, now_s: float) -> None:
        clock = self.clock
        earliest = clock.run_beats_at(now_s - LATE_S) - 1.0 / TICKS_PER_BEAT
        target_ticks = message.int_of("target_ticks")
        start = clock.timeline.next_run_beats_at(target_ticks, at_least=earliest)
        if start is None:
            # The song was told otherwise between two messages.
            self.schedule.dropped += 1
            return
        self.schedule.add(
            Note(
                pitch=message.int_of("pitch"),
                velocity=message.int_of("velocity"),
                start_beats=start,
                duration_beats=message.int_of("duration_ticks") / TICKS_PER_BEAT,
                channel=message.int_of("channel"),
            )
        )

    def _send(self, leaving: list[TimedMessage], now_s: float) -> None:
        self._ready += leaving
        for one in leaving if self._one_cable else ():
            key = key_of(one.data)
            if key is not None and key.velocity:
                moments = self._sent.setdefault((key.pitch, key.velocity, key.channel), [])
                moments[:] = [at_s for at_s in moments if now_s - at_s <= ECHO_S] + [now_s]

    def _is_echo(self, key: Key, now_s: float) -> bool:
        """Whether this is a note of ours that a cable or a route brings back; each counts once."""
        moments = self._sent.get((key.pitch, key.velocity, key.channel), [])
        if not moments or now_s - moments[-1] > ECHO_S:
            return False
        moments.pop(0)
        self.echoes += 1
        return True


def model_number(player_number: int) -> int:
    """What names a player without a device to the model: below 0, so that it is no device's."""
    return -player_number


def _bars_fit(before: BarLines, after: Now) -> bool:
    """Whether the bar lines lie where they lay before the song jumped."""
    line = before.next_bar_line(after.beats)
    return abs(after.bars.next_bar_line(line - 0.01) - line) < 0.01
