"""The call: what the human plays, from the bar line of its first note to the answer.

All positions are run beats (`bridge.core.hostclock`): played beats that never jump.
"""

from __future__ import annotations

import math

from bridge.core.notes import Note, NotePairer, Phrase

MAX_HELD_BARS = 4
"""A note held longer than this no longer counts as sounding: its note-off was lost."""
MAX_TOLERANCE_BEATS = 0.25
"""Half a step of the coarsest grid (one_drum's, two steps a quarter)."""


class CallRecorder:
    """Collects the notes of one call at a time.

    Keys are paired with their releases all the time, also between calls, so that a key held across
    the end of a call can't make the next call miss a note.
    """

    def __init__(self) -> None:
        self._pairer = NotePairer()
        self._notes: list[Note] = []
        self._first_bar_line: float | None = None
        # Of the notes that have ended, so that nobody has to walk through a long call.
        self._last_start = self._last_end = -math.inf

    @property
    def recording(self) -> bool:
        """Whether a call is being recorded."""
        return self._first_bar_line is not None

    @property
    def start_beats(self) -> float:
        """The bar line at which the call began, in run beats; only while recording."""
        assert self._first_bar_line is not None
        return self._first_bar_line

    @property
    def note_count(self) -> int:
        """How many notes of the call have ended."""
        return len(self._notes)

    def begin(self, first_bar_line: float) -> None:
        """Start a call at a bar line (run beats). Notes already held do not belong to it."""
        self.end()
        self._first_bar_line = first_bar_line

    def end(self) -> None:
        """Stop recording; keys that are still down go on being paired."""
        self._first_bar_line = None
        self._notes.clear()
        self._last_start = self._last_end = -math.inf

    def forget_before(self, bar_line: float) -> None:
        """The call becomes shorter: it now begins at this later bar line (run beats)."""
        kept = self._notes_from(bar_line)
        self.begin(bar_line)
        for note in kept:
            self._keep(note)

    def note_on(self, pitch: int, velocity: int, channel: int, at_beats: float) -> None:
        """A key was struck."""
        self._keep(self._pairer.note_on(pitch, velocity, channel, at_beats))

    def note_off(self, pitch: int, channel: int, at_beats: float) -> None:
        """A key was released."""
        self._keep(self._pairer.note_off(pitch, channel, at_beats))

    def forget_keys(self) -> None:
        """Forget which keys are down: the transport stopped, or panic."""
        self._pairer.clear()
        self.end()

    def notes(self, now_beats: float, tolerance_beats: float) -> list[Note]:
        """The call's notes so far, in run beats, held ones with their length up to now.

        Args:
            now_beats: The present moment.
            tolerance_beats: Half a step: what was struck this little before the first bar line
                was meant for it.
        """
        if self._first_bar_line is None:
            return []
        earliest = self._first_bar_line - tolerance_beats
        return self._notes_from(earliest) + self._held_from(earliest, now_beats)

    def phrase(
        self, end_beats: float, now_beats: float, tolerance_beats: float, length_beats: float
    ) -> Phrase:
        """The call as a phrase that starts at its first bar line.

        Args:
            end_beats: Only notes meant for before this moment (run beats) are in it; a note struck
                less than ``tolerance_beats`` before it was meant for what comes after.
            now_beats: The present moment, in run beats.
            tolerance_beats: Half a step.
            length_beats: Length of the phrase.
        """
        latest = end_beats - tolerance_beats
        notes = (n for n in self.notes(now_beats, tolerance_beats) if n.start_beats < latest)
        return Phrase.of(notes, length_beats).moved(-self.start_beats)

    def last_sound_beats(
        self, now_beats: float, bar_beats: float, tolerance_beats: float
    ) -> float | None:
        """The latest moment that the call's notes were meant to fill; None before its first note.

        A strike just before a bar line was meant for the bar after it, and a release just after a
        bar line for the bar before it. A note still held sounds up to now, but for `MAX_HELD_BARS`
        bars at most.

        Args:
            now_beats: The present moment, in run beats.
            bar_beats: Length of a bar.
            tolerance_beats: Half a step.
        """
        if self._first_bar_line is None:
            return None
        limit = MAX_HELD_BARS * bar_beats
        latest = max(self._last_start + tolerance_beats, self._last_end - tolerance_beats)
        for note in self._held_from(self._first_bar_line - tolerance_beats, now_beats):
            end = min(note.end_beats, note.start_beats + limit)
            latest = max(latest, note.start_beats + tolerance_beats, end - tolerance_beats)
        return latest if latest > -math.inf else None

    def carry_over(self, first_bar_line: float, tolerance_beats: float) -> bool:
        """End the call; notes meant for after this bar line begin the next one, if there are any.

        Args:
            first_bar_line: Bar line of the answer, in run beats.
            tolerance_beats: Half a step.

        Returns:
            Whether a new call has begun.
        """
        earliest = first_bar_line - tolerance_beats
        kept = self._notes_from(earliest)
        held = self._held_from(earliest, first_bar_line)
        self.end()
        if not kept and not held:
            return False
        self.begin(first_bar_line)
        for note in kept:
            self._keep(note)
        return True

    def _notes_from(self, beats: float) -> list[Note]:
        return [note for note in self._notes if note.start_beats >= beats]

    def _held_from(self, beats: float, now_beats: float) -> list[Note]:
        return [note for note in self._pairer.sounding(now_beats) if note.start_beats >= beats]

    def _keep(self, note: Note | None) -> None:
        """Add a note that has ended, if it belongs to a call."""
        if note is None or not self.recording:
            return
        self._notes.append(note)
        if note.start_beats >= self.start_beats - MAX_TOLERANCE_BEATS:
            self._last_start = max(self._last_start, note.start_beats)
            self._last_end = max(self._last_end, note.end_beats)
