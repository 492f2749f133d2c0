"""Where a call ends: by its length, by a button, or by silence.

A call always ends on a bar line, and its answer starts on that same bar line. A call that ends by
silence does not contain the silent bar: the model hears the answer follow the last bar that
sounded.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.call import CallRecorder
from bridge.core.now import EPSILON_BEATS, Now
from bridge.core.settings import PlayerSettings


@dataclass(frozen=True, slots=True)
class CallEnd:
    """The end of a call.

    Args:
        answer_beats: The bar line at which the answer starts, in run beats.
        content_beats: The bar line up to which the call's notes count, in run beats.
        length_beats: Length of the call, a whole number of bars.
    """

    answer_beats: float
    content_beats: float
    length_beats: float

    def too_short(self, settings: PlayerSettings, bar_beats: float) -> bool:
        """Whether the call is to be forgotten: silence ends it before its least length.

        Until that bar line a note may still make it longer.
        """
        by_silence = self.answer_beats > self.content_beats + EPSILON_BEATS
        least = settings.call_min_bars * bar_beats
        return by_silence and self.length_beats < least - EPSILON_BEATS


def call_end(
    recorder: CallRecorder,
    settings: PlayerSettings,
    ended_at_beats: float | None,
    earliest_beats: float,
    tolerance_beats: float,
    now: Now,
) -> CallEnd | None:
    """Where the call that is being recorded ends, as far as is known now.

    Args:
        recorder: The recorder, recording.
        settings: The player's settings.
        ended_at_beats: When a button asked for the end (run beats); None if none did.
        earliest_beats: The answer starts at no bar line before this moment (run beats).
        tolerance_beats: Half a step of the model's grid.
        now: The present moment.

    Returns:
        The end, or None while it is open.
    """
    candidates: list[CallEnd | None] = []
    if longest := settings.call_bars or settings.call_max_bars:
        reached = max(recorder.start_beats + longest * now.bar_beats, earliest_beats)
        line = now.bars.next_bar_line(reached - EPSILON_BEATS)
        candidates.append(_ending(recorder, line, line, now))
    if not settings.call_bars:
        candidates.append(_by_silence(recorder, settings, earliest_beats, tolerance_beats, now))
    if ended_at_beats is not None:
        # A call's first note may come just before its first bar line: it has one bar at least.
        asked = max(ended_at_beats, recorder.start_beats, earliest_beats - 2 * EPSILON_BEATS)
        line = now.next_bar_line_after(asked)
        candidates.append(_ending(recorder, line, line, now))
    known = [candidate for candidate in candidates if candidate is not None]
    return min(known, key=lambda end: end.answer_beats, default=None)


def _by_silence(
    recorder: CallRecorder,
    settings: PlayerSettings,
    earliest_beats: float,
    tolerance_beats: float,
    now: Now,
) -> CallEnd | None:
    sound = recorder.last_sound_beats(now.beats, now.bar_beats, tolerance_beats)
    if sound is None:
        return None
    content = now.next_bar_line_after(sound)
    silence = settings.silence_bars * now.bar_beats
    line = now.bars.next_bar_line(max(content + silence, earliest_beats) - EPSILON_BEATS)
    return _ending(recorder, line, content, now)


def _ending(recorder: CallRecorder, answer: float, content: float, now: Now) -> CallEnd:
    bars = max(1, round((content - recorder.start_beats) / now.bar_beats))
    return CallEnd(answer, content, bars * now.bar_beats)
