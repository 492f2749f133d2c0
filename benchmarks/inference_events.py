"""Models whose steps have any number of events: what an event costs.

Magenta draws a fixed number of events for an answer, many more than it needs, and drops what comes
after the answer's end, where we stop. So each side's time is divided by its own events.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.inference_subjects import (
    Play,
    has_magenta,
    ratio_row,
    seconds_each,
    subject_of,
    write,
)
from benchmarks.rows import Row
from bridge.core.encodings.conditions import NOTES_PER_SECOND
from bridge.core.encodings.timed import PERFORMANCES
from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerChunk, AnswerControls, StartAnswer
from bridge.models.kernel.library import KernelLibrary
from bridge.models.loading import LoadedModel, LoadedPerformance
from bridge.models.performer import RnnPerformer
from bridge.models.timed_performer import EVENTS_PER_NOTE, TimedPerformer

POLYPHONIES = (
    ("polyphony", (256, 256, 256), (10.0, 20.0)),
    ("polyphony of 128 units", (128, 128, 128), (12.0, 35.0)),
)
"""Name in the rows, layers, and (must, moonshot) as times faster than Magenta."""
QUICK_PERFORMANCE = "performance_with_dynamics"
PERFORMANCE_GOALS = (3.5, 9.0)
SEED = 1
POLYPHONY_BEATS = 8.0
STEPS_PER_BEAT = 4
THEIR_EVENTS_A_STEP = 5
"""``polyphony_sequence_generator``; it would draw more if these were not enough."""
PERFORMANCE_BEATS, THEIR_BEATS = 64.0, 4.0
"""We draw fewer events a second, so we are given more seconds."""
BEATS_A_SECOND = 2.0
CALL = Phrase.of([Note(60, 90, 0.0, 0.25)], 1.0)


def polyphony_rows(folder: Path, kernel: KernelLibrary | None, *, quick: bool) -> Iterator[Row]:
    """An event of polyphony_rnn, in Magenta's size and in that of bundles that people trained.

    Args:
        folder: Where bundles go.
        kernel: The compiled kernel, if there is one.
        quick: Magenta's size only, fewer turns.
    """
    for name, units, goals in POLYPHONIES[:1] if quick else POLYPHONIES:
        path = folder / f"{name}.mag"
        write("polyphony", path, units=units)
        subject = subject_of(name, path, kernel, LoadedModel)
        ours = [
            _timed(RnnPerformer(1, model).start, POLYPHONY_BEATS) for model, _ in subject.players
        ]
        engines = [engine for _, engine in subject.players]
        theirs = _their_polyphony(path, ours[0][1]) if has_magenta() else None
        yield from _rows_of(name, engines, ours, theirs, goals, quick=quick)


def performance_rows(folder: Path, kernel: KernelLibrary | None, *, quick: bool) -> Iterator[Row]:
    """An event of each configuration of performance_rnn.

    Args:
        folder: Where bundles go.
        kernel: The compiled kernel, if there is one.
        quick: `QUICK_PERFORMANCE` only, fewer turns.
    """
    names = (QUICK_PERFORMANCE,) if quick else tuple(encoding.name for encoding in PERFORMANCES)
    for name in names:
        path = folder / f"{name}.mag"
        write(name, path)
        subject = subject_of(name, path, kernel, LoadedPerformance)
        ours = [
            _timed(TimedPerformer(1, model).start, PERFORMANCE_BEATS)
            for model, _ in subject.players
        ]
        engines = [engine for _, engine in subject.players]
        theirs = _their_performance(path, name) if has_magenta() else None
        yield from _rows_of(name, engines, ours, theirs, PERFORMANCE_GOALS, quick=quick)


def pianoroll_rows(folder: Path, kernel: KernelLibrary | None, *, quick: bool) -> Iterator[Row]:
    """A sixteenth of rnn-nade. Magenta's own generation of it fails, so the peer is absent.

    Args:
        folder: Where bundles go.
        kernel: The compiled kernel, if there is one.
        quick: Fewer turns.
    """
    path = folder / "rnn-nade.mag"
    write("rnn-nade", path)
    subject = subject_of("rnn-nade", path, kernel, LoadedModel)
    ours = [_timed(RnnPerformer(1, model).start, POLYPHONY_BEATS) for model, _ in subject.players]
    engines = [engine for _, engine in subject.players]
    yield from _rows_of(
        "rnn-nade, some keys of 88", engines, ours, None, POLYPHONIES[0][2], quick=quick
    )


def _rows_of(
    name: str,
    engines: list[str],
    ours: list[tuple[Play, int]],
    theirs: tuple[Play, int] | None,
    goals: tuple[float, float],
    *,
    quick: bool,
) -> Iterator[Row]:
    everyone = [*ours, theirs] if theirs else ours
    times = seconds_each([play for play, _ in everyone], 2 if quick else 5)
    each = [time_s / count * 1e6 for time_s, (_, count) in zip(times, everyone, strict=True)]
    peer = each[len(ours)] if theirs else None
    for value, engine in zip(each, engines, strict=False):
        yield ratio_row(f"{name}, an event, {engine}", value, peer, goals)


def _timed(start: Callable[[StartAnswer], AnswerChunk], beats: float) -> tuple[Play, int]:
    """An answer to one note, and its number of events."""
    request = StartAnswer(1, 1, CALL, beats, AnswerControls(seed=SEED), beats)
    made = start(request).likelihood
    # With polyphony each event counts as one step.
    return lambda: start(request), made.answer_events or made.answer_steps


def _their_polyphony(path: Path, our_events: int) -> tuple[Play, int]:
    from tests.models.magenta_oracle import MagentaPlayer, StepNote

    steps = round(POLYPHONY_BEATS * STEPS_PER_BEAT)
    events = THEIR_EVENTS_A_STEP * steps
    # The same seed draws the same events, so theirs are enough where ours are.
    assert our_events <= events
    player = MagentaPlayer(path)
    notes = [StepNote(60, 0, 1)]
    return lambda: player.answer(notes, STEPS_PER_BEAT, steps, seed=SEED), events


def _their_performance(path: Path, name: str) -> tuple[Play, int]:
    from tests.models.performance_oracle import PerformancePlayer

    player = PerformancePlayer(path, name, units=())
    events = math.ceil(EVENTS_PER_NOTE * NOTES_PER_SECOND * THEIR_BEATS / BEATS_A_SECOND)
    return lambda: player.answer(CALL, THEIR_BEATS, seed=SEED), events
