"""The modes of a player: what each makes of its other parameters, and where its calls begin.

A mode is a rule about bars, no state of its own: what may happen next is the session's table in
every mode (`bridge.core.session`).
"""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

from bridge.core.memory import NOTHING
from bridge.core.notes import Phrase
from bridge.core.now import Now
from bridge.core.settings import PlayerSettings
from bridge.errors import ConfigError

BARS_UNSET = 2
"""Bars of a call, and of an answer, where a mode needs a length and none is set; and of an answer
to nothing at all."""
SAME_LINE_BEATS = 0.01


class Mode(IntEnum):
    """How a player takes part. The number is what ``/param/mode`` carries."""

    REPLY = 0
    TRADE = 1
    CONTINUOUS = 2
    ACCOMPANY = 3


MODE_WORDS = tuple(mode.name.lower() for mode in Mode)
"""The modes in the words of a configuration, by number."""

MODE_MEANING: dict[Mode, str] = {
    Mode.REPLY: "Answers a call when it is over.",
    Mode.TRADE: "Call and answer take turns on a fixed grid of bars.",
    Mode.CONTINUOUS: "Plays on while it listens, a fresh answer after each.",
    Mode.ACCOMPANY: "The same, for drums under a melody.",
}

_GOES_ON = (Mode.CONTINUOUS, Mode.ACCOMPANY)


def mode_number(value: object) -> int:
    """A mode's word, or its number, as the number.

    Raises:
        ConfigError: There is no such mode.
    """
    if value in MODE_WORDS:
        return MODE_WORDS.index(str(value))
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= max(Mode):
        return value
    raise ConfigError(f"{value!r} is no mode.", f"There are {', '.join(MODE_WORDS)}.")


def settings_in_mode(settings: PlayerSettings) -> PlayerSettings:
    """The parameters as the mode has them.

    All modes but *reply* need a length of call and answer: each stands in for the other where that
    is 0, and `BARS_UNSET` for both.
    """
    mode = Mode(settings.mode)
    if mode is Mode.REPLY:
        return settings
    call_bars = settings.call_bars or settings.answer_bars or BARS_UNSET
    return replace(
        settings,
        call_bars=call_bars,
        answer_bars=settings.answer_bars or call_bars,
        overlap=mode in _GOES_ON,
    )


def answer_beats(settings: PlayerSettings, call: Phrase, bar_beats: float) -> float:
    """Length of the answer to a call, in beats: as set, else the call's own."""
    return settings.answer_bars * bar_beats if settings.answer_bars else call.length_beats


def from_nothing(settings: PlayerSettings, bar_beats: float) -> tuple[Phrase, float]:
    """A call of nothing at all, and the length of its answer in beats."""
    return Phrase((), bar_beats), (settings.answer_bars or BARS_UNSET) * bar_beats


def call_start_beats(
    settings: PlayerSettings,
    at_beats: float,
    answer_ends_beats: float | None,
    answer_plays: bool,
    now: Now,
) -> float:
    """The bar line at which a call begins, in run beats.

    Args:
        settings: The player's, as its mode has them.
        at_beats: The moment that the call's first note was meant for, in run beats.
        answer_ends_beats: Where the latest answer ends or has ended, in run beats; None where there
            was none.
        answer_plays: Whether it still plays.
        now: The present moment.

    Returns:
        In most cases the bar line at or before the note. In *trade* the end of the answer, if the
        note comes within the call's bars after it: whoever rests at first has still only these
        bars. In *continuous* and *accompany*, while an answer plays, so long before its end that
        the call is complete there; this may lie after the note, which is then not part of it.
    """
    own = now.bars.bar_line_at_or_before(at_beats)
    end = answer_ends_beats
    if end is None or not _is_bar_line(end, now):
        return own
    call_beats = settings.call_bars * now.bar_beats
    if settings.mode == Mode.TRADE and end <= own < end + call_beats:
        return end
    if settings.mode in _GOES_ON and answer_plays and own < end:
        return end - call_beats
    return own


def next_call_from_beats(settings: PlayerSettings, answer_start_beats: float, now: Now) -> float:
    """From where on the notes before an answer belong to the next call as well, in run beats.

    Args:
        settings: The player's, as its mode has them.
        answer_start_beats: The answer's bar line, in run beats.
        now: The present moment.
    """
    if settings.mode not in _GOES_ON:
        return answer_start_beats
    bars = settings.answer_bars - settings.call_bars
    return answer_start_beats + bars * now.bar_beats


def turn_remembered(settings: PlayerSettings, call: Phrase) -> Phrase:
    """What of a call the conversation keeps: drums that accompany remember only themselves."""
    return NOTHING if settings.mode == Mode.ACCOMPANY else call


def _is_bar_line(beats: float, now: Now) -> bool:
    """Whether the song's bars still lie where they lay."""
    return abs(now.bars.bar_line_at_or_before(beats + SAME_LINE_BEATS) - beats) < SAME_LINE_BEATS
