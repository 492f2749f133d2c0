"""A stretch of a jam as a score: tracks of notes on one line of bars, in whole ticks. Sans-IO.

A bar that was cut short, because the song stopped or jumped, is as long as it was. Time in which
nobody's song ran has no length. How the players' lanes come to lie on one line of bars is told in
`bridge.core.scoreline`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bridge.core.chronicle import Played
from bridge.core.notes import DRUM_CHANNEL, Note
from bridge.core.scoreline import Bar, line_of, placer
from bridge.core.timebase import TimeSignature
from bridge.core.units import TICKS_PER_BEAT, beats_to_ticks
from bridge.errors import NothingPlayed

EARLY_BEATS = 0.125
"""Half a sixteenth: a note that comes so much before a bar line was meant for it."""
SHORTEST_BEATS = 1.0 / 16.0


@dataclass(frozen=True, slots=True)
class TickNote:
    """A note in ticks from the start of its score, 480 a beat."""

    start_ticks: int
    end_ticks: int
    pitch: int
    velocity: int
    channel: int


@dataclass(frozen=True, slots=True)
class Track:
    """A track of a score; its notes in order of start and pitch, no two of a pitch at once."""

    name: str
    notes: tuple[TickNote, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """A stretch of a jam.

    Args:
        tracks: For each player its own keys and its answers, where there are any.
        tempi: Tempo in quarter notes a minute from a tick on; the first from tick 0.
        signatures: Time signature from a tick on; the first from tick 0.
        length_ticks: To the end of its last bar.
        bars: How many bars it has.
        first_bar: Number of its first bar in the jam, counted from 1.
    """

    tracks: tuple[Track, ...]
    tempi: tuple[tuple[int, float], ...]
    signatures: tuple[tuple[int, TimeSignature], ...]
    length_ticks: int
    bars: int
    first_bar: int = 1

    @property
    def notes(self) -> int:
        """How many notes it has."""
        return sum(len(track.notes) for track in self.tracks)


def score_of(lanes: Sequence[Played], first: int = 1, last: int | None = None) -> Score:
    """The bars from one number to another, both included.

    Args:
        lanes: What was played.
        first: Number of the first bar, counted from 1.
        last: Number of the last; None for all there are.

    Raises:
        NothingPlayed: There are no such bars, or no notes in them.
    """
    bars = line_of(lanes)
    if not bars:
        raise NothingPlayed("No bar was played.", "Press Play, and play.")
    if not 1 <= first <= (last or first) or first > len(bars):
        upto = f" to {last}" if last is not None else ""
        raise NothingPlayed(f"Bars {first}{upto} are asked for; there are 1 to {len(bars)}.")
    score = _cut(lanes, bars[first - 1 : last], bars, first)
    if not score.notes:
        raise NothingPlayed(f"No note was played in bars {first} to {first + score.bars - 1}.")
    return score


def check_played(lanes: Sequence[Played], bars: int | None = None) -> None:
    """See at a glance whether there is anything for `just_played`; it alone knows for certain.

    Raises:
        NothingPlayed: There is not.
    """
    if not lanes:
        raise NothingPlayed("No bar was played.", "Press Play, and play.")
    if not any(lane.since(bars) for lane in lanes):
        raise NothingPlayed("Nothing was played lately.", "Play first.")


def just_played(lanes: Sequence[Played], bars: int | None = None) -> Score:
    """What is remembered, from the first bar in which a note was played or meant.

    Args:
        lanes: What was played.
        bars: Only so many bars, up to now.

    Raises:
        NothingPlayed: There are no notes.
    """
    line = line_of(lanes)
    if not line:
        raise NothingPlayed("No bar was played.", "Press Play, and play.")
    first = max(1, len(line) - bars + 1) if bars is not None else 1
    whole = _cut(lanes, line[first - 1 :], line, first)
    if not whole.notes:
        raise NothingPlayed("Nothing was played lately.", "Play first.")
    start = min(note.start_ticks for track in whole.tracks for note in track.notes)
    early = beats_to_ticks(EARLY_BEATS) + line[first - 1].start_ticks
    begun = [bar.start_ticks <= start + early for bar in line].count(True)
    # Whoever asks is in the middle of a jam: nothing is laid out twice.
    return whole if begun <= first else score_of(lanes, begun)


def _cut(lanes: Sequence[Played], wanted: Sequence[Bar], line: Sequence[Bar], first: int) -> Score:
    """These bars of the line, with all that lies in them."""
    begin, last = wanted[0].start_ticks, wanted[-1]
    length = last.start_ticks + last.length_ticks - begin
    tracks: list[Track] = []
    for number in dict.fromkeys(lane.number for lane in lanes):
        own: list[TickNote] = []
        answers: list[TickNote] = []
        for lane in (lane for lane in lanes if lane.number == number):
            place = placer(lane, line)
            drums = lane.drums
            own += _placed(lane.keys, place, begin, length, drums)
            answers += _placed(_until(lane.answers, lane.now_beats), place, begin, length, drums)
            name = f"{number} {lane.name}".strip()
        tracks += [
            Track(f"{name}: {what}", _apart(notes))
            for what, notes in (("call", own), ("answer", answers))
            if notes
        ]
    return Score(
        tracks=tuple(tracks),
        tempi=_tempi(wanted, begin),
        signatures=_signatures(wanted, begin),
        length_ticks=length,
        bars=len(wanted),
        first_bar=first,
    )


def _until(notes: Iterable[Note], now_beats: float) -> list[Note]:
    """Notes that have begun; what sounds is as long as it will be."""
    return [note for note in notes if note.start_beats <= now_beats]


def _placed(
    notes: Iterable[Note], place: Callable[[float], int], begin: int, length: int, drums: bool
) -> list[TickNote]:
    """Notes in ticks of the stretch; what reaches over its edges is cut there."""
    early = beats_to_ticks(EARLY_BEATS)
    shortest = beats_to_ticks(SHORTEST_BEATS)
    placed: list[TickNote] = []
    for note in notes:
        start = place(note.start_beats) - begin
        end = start + max(1, beats_to_ticks(note.duration_beats))
        if start < -early and end > shortest and not drums:
            # It began before and sounds on: here it begins with the stretch.
            start = 0
        elif -early <= start < 0:
            start, end = 0, max(end, shortest)
        if 0 <= start < length:
            channel = DRUM_CHANNEL if drums else note.channel
            placed.append(TickNote(start, min(end, length), note.pitch, note.velocity, channel))
    return placed


def _apart(notes: Iterable[TickNote]) -> tuple[TickNote, ...]:
    """In order; a pitch that is struck again while it sounds ends first."""
    ordered = sorted(set(notes), key=lambda note: (note.start_ticks, note.pitch, note.channel))
    following: dict[tuple[int, int], int] = {}
    apart: list[TickNote] = []
    for note in reversed(ordered):
        key = note.pitch, note.channel
        end = min(note.end_ticks, following.get(key, note.end_ticks))
        if end > note.start_ticks:
            apart.append(note if end == note.end_ticks else replace(note, end_ticks=end))
            following[key] = note.start_ticks
    return tuple(reversed(apart))


def _tempi(bars: Sequence[Bar], begin: int) -> tuple[tuple[int, float], ...]:
    """Every change of tempo within the bars."""
    tempi = [(0, bars[0].tempo_qpm)]
    for bar in bars:
        end_beats = bar.run_beats + bar.length_ticks / TICKS_PER_BEAT
        inside = (one for one in bar.lane.tempi if bar.run_beats < one.run_beats < end_beats)
        start = bar.start_ticks - begin
        changes = [(start, bar.tempo_qpm)]
        changes += [
            (start + beats_to_ticks(one.run_beats - bar.run_beats), one.tempo_qpm) for one in inside
        ]
        tempi += [change for change in changes if change[0] > tempi[-1][0]]
    return tuple(
        change
        for place, change in enumerate(tempi)
        if not place or change[1] != tempi[place - 1][1]
    )


def _signatures(bars: Sequence[Bar], begin: int) -> tuple[tuple[int, TimeSignature], ...]:
    """Every change of time signature; a bar that was cut short has one of its own."""
    signatures: list[tuple[int, TimeSignature]] = []
    for bar in bars:
        signature = bar.written_signature
        if not signatures or signatures[-1][1] != signature:
            signatures.append((bar.start_ticks - begin, signature))
    return tuple(signatures)
