"""The listening half of a player: records the call, primes the model along, sees where it ends."""

from __future__ import annotations

import math

from bridge.core.accompany import strokes_of
from bridge.core.call import CallRecorder
from bridge.core.call_end import CallEnd, call_end
from bridge.core.memory import NOTHING
from bridge.core.modes import Mode, call_start_beats, next_call_from_beats
from bridge.core.notes import Phrase
from bridge.core.now import EPSILON_BEATS, Now
from bridge.core.requests import PrimeCall
from bridge.core.settings import PlayerSettings

LONGEST_CALL_BARS = 32
"""The most bars of a call. Whoever plays on without a pause is heard for the bars since then: the
older half is forgotten, so that a long call never costs more than this one."""
PRIME_BY_STEP_NOTES = 256
"""A call with more notes than this, those remembered before it included, is told to the model once
a beat instead of once a step."""


class Listening:
    """Records one call at a time.

    Args:
        player: The player's number, for the requests.
    """

    def __init__(self, player: int) -> None:
        self._player = player
        self._recorder = CallRecorder()
        self._calls = 0
        self._primed_steps = 0
        self._ended_at_beats: float | None = None
        self._earliest_beats = -math.inf
        self._changed = False
        self.channel = 0
        """Of the key that was struck last."""

        self.steps_per_quarter = 4
        self.releases_matter = True
        """Whether a note's length changes the call; a drum has none."""

        self._mode = Mode.REPLY
        self.memory = NOTHING
        """What the model hears before the call that is being recorded."""

    @property
    def active(self) -> bool:
        """Whether a call is being recorded."""
        return self._recorder.recording

    @property
    def tolerance_beats(self) -> float:
        """Half a step of the grid: a strike this early was meant for the next bar."""
        return 0.5 / self.steps_per_quarter

    def begin(
        self,
        settings: PlayerSettings,
        at_beats: float,
        answer_ends_beats: float | None,
        answer_plays: bool,
        now: Now,
    ) -> bool:
        """A first note is struck.

        Args:
            settings: The player's, as its mode has them.
            at_beats: When it is struck, in run beats.
            answer_ends_beats: Where the latest answer ends or has ended; None where there was none.
            answer_plays: Whether it still plays.
            now: The present moment.

        Returns:
            Whether a call begins with it; in some modes the call that comes next starts later.
        """
        meant = at_beats + self.tolerance_beats
        start = call_start_beats(settings, meant, answer_ends_beats, answer_plays, now)
        if start > meant:
            return False
        self._mode = Mode(settings.mode)
        self._recorder.begin(start)
        self._new_call()
        return True

    def key(self, pitch: int, velocity: int, channel: int, at_beats: float) -> None:
        """A key was struck, or with velocity 0 released; keys are paired between calls too."""
        if velocity:
            self.channel = channel
            self._recorder.note_on(pitch, velocity, channel, at_beats)
            self._changed = True
        else:
            self._recorder.note_off(pitch, channel, at_beats)
            self._changed |= self.releases_matter

    def ask_end(self, at_beats: float) -> None:
        """A button asked for the end: the call ends at the next bar line."""
        self._ended_at_beats = at_beats

    def end_with(self, bar_line: float) -> None:
        """The answer that is listened to ends at this bar line (run beats), and the call with it.

        A call that begins there, or has been asked to end, is not changed.
        """
        if self._ended_at_beats is None and bar_line > self._recorder.start_beats + EPSILON_BEATS:
            self._ended_at_beats = bar_line - 2 * EPSILON_BEATS

    def not_before(self, beats: float) -> None:
        """The bar line where the call should have ended is past: it ends at one after this."""
        self._earliest_beats = beats

    def stop(self) -> None:
        """Drop the call and forget which keys are down."""
        self._recorder.forget_keys()

    def finish(self, bar_line: float, settings: PlayerSettings, now: Now) -> bool:
        """The answer begins: the call is over.

        Args:
            bar_line: The answer's, in run beats.
            settings: The player's, as its mode has them. Where calls overlap answers, notes meant
                for after the bar line begin a new call, and so do those before it that the next
                call of this mode hears as well.
            now: The present moment.

        Returns:
            Whether a new call has begun.
        """
        start = next_call_from_beats(settings, bar_line, now)
        carried = self._recorder.carry_over(start, self.tolerance_beats)
        if carried and settings.overlap:
            self._mode = Mode(settings.mode)
            self._new_call()
            return True
        self.end()
        return False

    def end(self) -> None:
        """The call is over, and no other begins."""
        self._recorder.end()

    def ending(self, settings: PlayerSettings, now: Now) -> CallEnd | None:
        """Where the call ends as far as is known now; None while it is open."""
        return call_end(
            self._recorder,
            settings,
            self._ended_at_beats,
            self._earliest_beats,
            self.tolerance_beats,
            now,
        )

    @property
    def start_beats(self) -> float:
        """Where the call starts, in run beats: on a bar line."""
        return self._recorder.start_beats

    def bar_number(self, now: Now) -> int:
        """Which bar of the call this is, from 1."""
        return max(1, int((now.beats - self._recorder.start_beats) / now.bar_beats) + 1)

    def shorten(self, now: Now) -> None:
        """Forget the older half of a call that has become too long."""
        if now.beats - self._recorder.start_beats <= (LONGEST_CALL_BARS + 0.5) * now.bar_beats:
            return
        half = self._recorder.start_beats + 0.5 * LONGEST_CALL_BARS * now.bar_beats
        self._recorder.forget_before(now.bars.bar_line_at_or_before(half))
        self._calls += 1
        self._primed_steps = 0

    def take_changed(self) -> bool:
        """Whether the call has changed since this was last asked."""
        changed, self._changed = self._changed, False
        return changed

    def call(self, end: CallEnd, now: Now) -> Phrase:
        """The whole call; keys still down sound until its end."""
        call = self._recorder.phrase(
            end.content_beats, end.content_beats, self.tolerance_beats, end.length_beats
        )
        return self._to_the_model(call, now)

    def prime_request(self, now: Now) -> PrimeCall | None:
        """Once a step: the call so far, for the model to follow."""
        steps = self._certain_steps(now)
        if steps < self._primed_steps + self._prime_every_steps():
            return None
        self._primed_steps = steps
        final_beats = steps / self.steps_per_quarter
        call = self._recorder.phrase(
            now.beats + 2 * self.tolerance_beats, now.beats, self.tolerance_beats, final_beats
        )
        return PrimeCall(
            self._player,
            self._calls,
            self._to_the_model(call, now),
            final_beats,
            memory=self.memory,
            tempo_qpm=now.tempo_qpm,
        )

    def next_due_beats(self) -> float:
        """When the next step becomes certain (run beats)."""
        steps = self._primed_steps + self._prime_every_steps() - 0.5
        return self._recorder.start_beats + steps / self.steps_per_quarter

    def _to_the_model(self, call: Phrase, now: Now) -> Phrase:
        """A melody is told to drums that accompany it in drums."""
        drums = not self.releases_matter
        accompanies = drums and self._mode is Mode.ACCOMPANY
        return strokes_of(call, now.bar_beats) if accompanies else call

    def _prime_every_steps(self) -> int:
        many = self._recorder.note_count + len(self.memory.notes) > PRIME_BY_STEP_NOTES
        return self.steps_per_quarter if many else 1

    def _certain_steps(self, now: Now) -> int:
        # A note rounds to the nearest step, so a step is certain half a step after it.
        elapsed = now.beats - self._recorder.start_beats
        return max(0, int(elapsed * self.steps_per_quarter + 0.5))

    def _new_call(self) -> None:
        self._calls += 1
        self._primed_steps = 0
        self._ended_at_beats = None
        self._earliest_beats = -math.inf
        self._changed = True
