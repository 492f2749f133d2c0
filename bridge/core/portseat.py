"""A player without a device: it hears MIDI ports and other players, and plays on other ports.

The player inside is the same as a device's; what that says to its device, its voice carries out
(`bridge.core.portvoice`).
"""

from __future__ import annotations

from collections.abc import Iterable

from bridge.core.chair import press
from bridge.core.clockhub import ClockHub
from bridge.core.ensemble import Ensemble, check_source
from bridge.core.hands import FROM_COMMAND, Hands, Source
from bridge.core.hearing import Hearing
from bridge.core.hostclock import Discontinuity, DiscontinuityKind
from bridge.core.keydesk import EARLY_S
from bridge.core.midibytes import Key
from bridge.core.now import BarLines, Now
from bridge.core.parameters import ParameterValue, changed
from bridge.core.patchbay import check_route
from bridge.core.player import Player
from bridge.core.portvoice import PortVoice
from bridge.core.requests import ModelReply
from bridge.core.schedule import LATE_S
from bridge.core.seat import CLOCK_TIMEOUT_S, LEAD_MS
from bridge.core.settings import JamSettings, PlayerSetup
from bridge.core.units import seconds_to_beats

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
        self.own_inputs, self.own_outputs = setup.inputs, setup.outputs
        self.clock = clock
        self.hearing = Hearing()
        self.audible = True
        offset_s = (settings.midi.latency_offset_ms + setup.output_offset_ms) / 1000.0
        self.voice = PortVoice(self.player_number, clock, offset_s)
        self.hands = Hands(player, self.voice)
        self._settings = settings
        self._lookahead_s = settings.lookahead_ms / 1000.0 + self.voice.ahead_s
        self._ensemble = ensemble
        self._early: list[tuple[Key, float]] = []
        self._bars: BarLines | None = None
        self._beating = False

    @property
    def player_number(self) -> int:
        """Its player's number among the jam's, 1 to 64."""
        return self.player.player_number

    # --- what comes in ----------------------------------------------------------------------

    def port_key(self, key: Key, source: Source, at_s: float, *, by_cable: bool = False) -> None:
        """A key was struck, or with velocity 0 released, on a MIDI input."""
        if self.hands.take(key, source, at_s, by_cable=by_cable):
            self._struck(key, at_s)

    def strike(self, pitch: int, velocity: int, channel: int, at_s: float, now_s: float) -> None:
        """A key was struck, or with velocity 0 released, at a moment that may be past."""
        key = Key(pitch, velocity, channel)
        if self.hands.take(key, FROM_COMMAND, now_s):
            self._struck(key, min(at_s, now_s))

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
        """Change a parameter to a value that has been checked.

        Raises:
            PortUnknown: It names a MIDI port that there is not.
            PlayerMissing: It makes the player listen to itself.
        """
        check_route(name, value, self._settings)
        check_source(self.player_number, name, value)
        if name != "bundle":
            self.player.set_parameters(changed(self.player.settings, name, value))
        elif value != self.player.settings.bundle:
            self.player.select_bundle(str(value))

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
        self.voice.silence(now_s)

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
        elif self._beating:
            self._stop(now_s)
        self._beating = now is not None
        self._bars = now.bars if now is not None else self._bars
        self._carry_out(now_s)
        self.voice.play(now_s)

    def next_due_s(self, now_s: float) -> float:
        """The next moment at which `advance` has something to do; infinity if never."""
        now = self.now(now_s)
        if now is None:
            return float("inf")
        beats = min(self.player.next_due_beats(now), self.hearing.next_due_beats())
        return max(now_s, min(self.clock.time_at(beats), self.voice.next_note_s()))

    # --- inside -----------------------------------------------------------------------------

    def _struck(self, key: Key, at_s: float) -> None:
        now = self.now(at_s)
        if now is None:
            self._early = [*self._early[-_MOST_EARLY:], (key, at_s)]
        else:
            self._key(key, now.beats, now)

    def _key(self, key: Key, at_beats: float, now: Now) -> None:
        self.player.key(key.pitch, key.velocity, key.channel, at_beats, now)
        own = key.pitch, key.velocity, key.channel, at_beats
        self.player.outbox.own_keys.append(own)

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
        self.player.transport_stopped()
        self.hearing.forget()
        self._carry_out(now_s)

    def _carry_out(self, now_s: float) -> None:
        """Do what the player says to a device, and let those hear it who listen to it."""
        messages = self.player.outbox.messages
        self._ensemble.relay(self, messages, now_s)
        self.voice.carry_out(messages, now_s)
        messages.clear()


def model_number(player_number: int) -> int:
    """What names a player without a device to the model: below 0, so that it is no device's."""
    return -player_number


def _bars_fit(before: BarLines, after: Now) -> bool:
    """Whether the bar lines lie where they lay before the song jumped."""
    line = before.next_bar_line(after.beats)
    return abs(after.bars.next_bar_line(line - 0.01) - line) < 0.01
