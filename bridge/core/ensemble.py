"""Who listens to whom among the players of devices, and how one's answers get to another.

Players know each other by number, so nobody hears itself, and what a player hears is what another
*answers*, never what that one has heard: two that listen to each other take turns, and no note goes
round twice. Listeners of one Live share its song, in which every note has a whole tick: they hear
it there to the tick. With another Live as host the moment is carried over by the engine's clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.core.notes import Note
from bridge.core.now import Now
from bridge.core.protocol import Message
from bridge.core.seat import Seat
from bridge.core.units import TICKS_PER_BEAT
from bridge.errors import PlayerMissing

SAME_SONG_BEATS = 0.05
"""Two clocks that differ by less than this about a tick's moment follow one song."""
SAME_LINE_BEATS = 0.1


class Ensemble:
    """The players of linked devices.

    Args:
        seats: The seats by device number; of each only the hearing is changed here.
    """

    def __init__(self, seats: Mapping[int, Seat]) -> None:
        self._seats = seats
        self._told: dict[int, int] = {}

    def newly_missing(self) -> list[tuple[Seat, PlayerMissing]]:
        """Listeners whose player is not there, each told once until that changes."""
        missing: list[tuple[Seat, PlayerMissing]] = []
        told: dict[int, int] = {}
        for device, seat in self._seats.items():
            wanted = seat.listens_to
            if not wanted or seat.away or self._source_of(seat) is not None:
                continue
            seat.hearing.ends_beats = None
            told[device] = wanted
            if self._told.get(device) != wanted:
                missing.append((seat, _why(seat, wanted)))
        self._told = told
        return missing

    def relay(self, source: Seat, messages: Sequence[Message], now_s: float) -> None:
        """Let those who listen to a player hear what it sends to its device."""
        listeners = [seat for seat in self._seats.values() if self._source_of(seat) is source]
        for seat in listeners:
            now = seat.now(now_s)
            if now is None:
                continue
            seat.hearing.ends_beats = _end_heard(source, seat, now, now_s)
            for message in messages:
                if message.address == "/n":
                    seat.hearing.add(_heard(message, source, seat, now_s))
                elif message.address == "/n/clear":
                    seat.hearing.take_back(now.beats)
                elif message.address == "/flush":
                    seat.hearing.fall_silent(now.beats)

    def _source_of(self, listener: Seat) -> Seat | None:
        """Whom a seat hears."""
        wanted = listener.listens_to
        if not wanted or wanted == listener.player_number:
            return None
        there = (seat for seat in self._seats.values() if not seat.away)
        return next((seat for seat in there if seat.player_number == wanted), None)


def _why(seat: Seat, wanted: int) -> PlayerMissing:
    if wanted == seat.player_number:
        return PlayerMissing(f"Player {wanted} can't listen to itself.", "Choose another player.")
    return PlayerMissing(
        f"Player {seat.player_number} is to listen to player {wanted}, which is not there.",
        "It will be heard as soon as it is linked.",
    )


def _heard(message: Message, source: Seat, listener: Seat, now_s: float) -> Note:
    """A note on its way to a device, at its moment on another's timeline."""
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


def _end_heard(source: Seat, listener: Seat, now: Now, now_s: float) -> float | None:
    """The bar line at which the source's answer ends, as a bar line of the listener."""
    end = source.player.answer_end_beats
    if end is None:
        return None
    moment = listener.clock.run_beats_at(source.clock.time_at(end))
    line = now.bars.next_bar_line(moment - SAME_LINE_BEATS)
    return line if line <= moment + SAME_LINE_BEATS else None
