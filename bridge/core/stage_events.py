"""What is about to sound, what was struck, and where the beat is, told to people who watch."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.notes import Note

MOST_NOTES = 256
"""Notes in one event; what is more comes in several."""


@dataclass(frozen=True, slots=True)
class NotesComing:
    """Notes of an answer that were made just now, nearly always before they sound.

    Args:
        player: The player's number.
        clock: Name of the clock that it follows.
        answer_id: Counts the answers of the player.
        notes: Starts in run beats; at most `MOST_NOTES`.
    """

    player: int
    clock: str
    answer_id: int
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class NotesTakenBack:
    """Notes that were told of will not sound after all.

    Args:
        player: The player's number.
        clock: Name of the clock that it follows.
        answer_id: The answer; of a loop, its passes from that moment on.
        from_beats: What starts at or after this, in run beats, will not sound.
        silenced: Whether what sounds at that moment ends there too.
    """

    player: int
    clock: str
    answer_id: int
    from_beats: float
    silenced: bool


@dataclass(frozen=True, slots=True)
class KeyHeard:
    """A key was struck or released.

    Args:
        player: The player's number.
        clock: Name of the clock that it follows.
        pitch: MIDI pitch, 0 to 127.
        velocity: 1 to 127; 0 for a release.
        channel: MIDI channel, 0 to 15.
        at_beats: When, in run beats.
        heard: Whether it is part of a call.
    """

    player: int
    clock: str
    pitch: int
    velocity: int
    channel: int
    at_beats: float
    heard: bool


@dataclass(frozen=True, slots=True)
class BeatNow:
    """Where a clock stands.

    Args:
        clock: Its name.
        time_s: The moment, by the engine's clock.
        run_beats: Beats played so far; they never jump.
        song_beats: Position in the song, in beats.
        tempo_qpm: Tempo in quarter notes a minute.
        bar_beats: Length of a bar.
        next_bar_line_beats: The next bar line, in run beats.
        playing: Whether the song runs.
        source: Where the beat comes from; empty for nowhere.
        locked: Whether the beat can be trusted.
    """

    clock: str
    time_s: float
    run_beats: float
    song_beats: float
    tempo_qpm: float
    bar_beats: float
    next_bar_line_beats: float
    playing: bool
    source: str
    locked: bool


StageEvent = NotesComing | NotesTakenBack | KeyHeard | BeatNow
