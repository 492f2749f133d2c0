"""Who listens to whom among all players, and how one's answers get to another.

Players know each other by number, so nobody hears itself, and what a player hears is what another
*answers*, never what that one has heard: two that listen to each other take turns, and no note goes
round twice. It makes no difference whether a player has a device or MIDI ports, nor which clock it
follows. Listeners of one Live share its song, in which every note has a whole tick: they hear it
there to the tick. Between any other two clocks the moment is carried over by the engine's own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from bridge.core.chronicle import Chronicle, Played
from bridge.core.hands import Hands, Source
from bridge.core.hearing import Hearing
from bridge.core.midibytes import Key
from bridge.core.notes import Note
from bridge.core.now import Now
from bridge.core.player import Player
from bridge.core.portvoice import PortVoice
from bridge.core.protocol import MAX_PLAYERS, Message
from bridge.core.schedule import SongClock
from bridge.core.units import TICKS_PER_BEAT
from bridge.errors import PlayerMissing

SAME_SONG_BEATS = 0.05
"""Two clocks that differ by less than this about a tick's moment follow one song."""
SAME_LINE_BEATS = 0.1


class Member(Protocol):
    """What a player's seat shows of itself, be it a device's or one of MIDI ports."""

    hearing: Hearing
    audible: bool
    """Whether its answers sound: it is not muted, nor put behind others that play solo."""

    @property
    def player_number(self) -> int:
        """Its player's number, 1 to 64."""
        ...

    @property
    def name(self) -> str:
        """What people call its player."""
        ...

    @property
    def player(self) -> Player:
        """Its player."""
        ...

    @property
    def clock(self) -> SongClock:
        """The beat that it follows."""
        ...

    @property
    def own_inputs(self) -> tuple[str, ...]:
        """Names of the MIDI inputs that it hears where no others are chosen."""
        ...

    @property
    def own_outputs(self) -> tuple[str, ...]:
        """Names of the MIDI outputs that it plays on where no others are chosen."""
        ...

    @property
    def voice(self) -> PortVoice:
        """What it plays on MIDI outputs."""
        ...

    @property
    def hands(self) -> Hands:
        """Its own keys."""
        ...

    @property
    def away(self) -> bool:
        """Whether it is kept for somebody who has fallen silent."""
        ...

    def now(self, now_s: float) -> Now | None:
        """The present moment in beats; None while there is no beat."""
        ...

    def port_key(self, key: Key, source: Source, at_s: float, *, by_cable: bool = False) -> None:
        """A key of its own was struck, or with velocity 0 released, on a MIDI input.

        Args:
            key: The key.
            source: The input.
            at_s: When.
            by_cable: Whether a cable brings it from a player's output.
        """
        ...


class Ensemble:
    """All players, by number; of each seat only the hearing is changed here.

    Attributes:
        chronicle: What they play, remembered.
    """

    def __init__(self) -> None:
        self.chronicle = Chronicle()
        self._members: dict[int, Member] = {}
        self.members: tuple[Member, ...] = ()
        """All seats, in the order of their numbers."""

        self._sources: dict[int, Member] = {}
        self._listeners: dict[int, list[Member]] = {}
        self._told: dict[int, int] = {}

    def free_number(self, above: int = 0) -> int | None:
        """The lowest number above this one that no player has; None if there is none."""
        numbers = range(above + 1, MAX_PLAYERS + 1)
        return next((number for number in numbers if number not in self._members), None)

    def join(self, member: Member) -> None:
        """A player takes part from now on, instead of another of its number."""
        self._members[member.player_number] = member
        self._sources.pop(member.player_number, None)
        self._order()

    def leave(self, member: Member) -> None:
        """A player is there no more; `settle` tells those who listen to it."""
        if self._members.get(member.player_number) is member:
            del self._members[member.player_number]
            self._order()

    def settle(self, now_s: float) -> None:
        """See who listens to whom now, and who sounds. To be called after any change and each turn.

        Whoever listens to another than before hears no more of that one. Who listens to a player
        that is not there is told once.
        """
        told: dict[int, int] = {}
        self._listeners.clear()
        solo = any(one.player.settings.solo and not one.away for one in self.members)
        for number, member in self._members.items():
            mixer = member.player.settings
            member.audible = not mixer.mute and (mixer.solo or not solo)
            source = self._source_of(member)
            if source is not self._sources.get(number):
                member.hearing.fall_silent(member.clock.run_beats_at(now_s))
            if source is not None:
                self._sources[number] = source
                self._listeners.setdefault(source.player_number, []).append(member)
                continue
            self._sources.pop(number, None)
            wanted = member.player.settings.listen
            if wanted and not member.away:
                told[number] = wanted
                if self._told.get(number) != wanted:
                    member.player.outbox.errors.append(_why(member, wanted))
        self._told = told
        self.chronicle.look(self._members.values(), now_s)

    def lanes(self, now_s: float) -> tuple[Played, ...]:
        """What everybody has played, up to now."""
        self.chronicle.look(self.members, now_s, at_once=True)
        return tuple(lane.played(now_s) for lane in self.chronicle.lanes)

    def relay(self, source: Member, messages: Sequence[Message], now_s: float) -> None:
        """Let those who listen to a player hear what it says to its device or port."""
        if source.player.outbox.own_keys or messages:
            self.chronicle.heard(source, messages, now_s)
        for member in self._listeners.get(source.player_number, ()):
            now = member.now(now_s)
            if now is None:
                continue
            member.hearing.ends_beats = _end_heard(source, member, now, now_s)
            for message in messages:
                if message.address == "/n":
                    member.hearing.add(_heard(message, source, member, now_s))
                elif message.address == "/n/clear":
                    member.hearing.take_back(now.beats)
                elif message.address == "/flush":
                    member.hearing.fall_silent(now.beats)

    def _order(self) -> None:
        self.members = tuple(self._members[number] for number in sorted(self._members))

    def _source_of(self, listener: Member) -> Member | None:
        """Whom a player hears."""
        wanted = listener.player.settings.listen
        source = self._members.get(wanted)
        if source is None or source is listener or source.away:
            return None
        return source


def check_source(player_number: int, name: str, value: object) -> None:
    """See whether a parameter makes a player listen to itself; other parameters pass.

    A player that is not there yet may be chosen: it is heard as soon as it is.

    Raises:
        PlayerMissing: It does.
    """
    if name == "listen" and value == player_number:
        raise _itself(player_number)


def _itself(player_number: int) -> PlayerMissing:
    text = f"Player {player_number} can't listen to itself."
    return PlayerMissing(text, "Choose another player, or 0 for nobody.")


def _why(member: Member, wanted: int) -> PlayerMissing:
    if wanted == member.player_number:
        return _itself(wanted)
    return PlayerMissing(
        f"Player {member.player_number} is to listen to player {wanted}, which is not there.",
        "It will be heard as soon as it is linked.",
    )


def _heard(message: Message, source: Member, listener: Member, now_s: float) -> Note:
    """A note on its way to a device or port, at its moment on another's timeline."""
    ticks = message.int_of("target_ticks")
    # Late notes go out too, if they are hardly late.
    earliest = source.clock.run_beats_at(now_s) - SAME_LINE_BEATS
    there = source.clock.timeline.next_run_beats_at(ticks, at_least=earliest)
    told_s = now_s if there is None else source.clock.time_at(there)
    start = listener.clock.run_beats_at(told_s)
    exact = listener.clock.timeline.next_run_beats_at(ticks, at_least=start - SAME_SONG_BEATS)
    if exact is not None and exact <= start + SAME_SONG_BEATS:
        start = exact
    return Note(
        pitch=message.int_of("pitch"),
        velocity=message.int_of("velocity"),
        start_beats=start,
        duration_beats=message.int_of("duration_ticks") / TICKS_PER_BEAT,
        channel=message.int_of("channel"),
    )


def _end_heard(source: Member, listener: Member, now: Now, now_s: float) -> float | None:
    """The bar line at which the source's answer ends, as a bar line of the listener."""
    end = source.player.answer_end_beats
    if end is None:
        return None
    end_s = source.clock.time_at(end)
    if not math.isfinite(end_s):
        return None
    moment = listener.clock.run_beats_at(end_s)
    line = now.bars.next_bar_line(moment - SAME_LINE_BEATS)
    return line if line <= moment + SAME_LINE_BEATS else None
