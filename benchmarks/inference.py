"""How long an answer takes, beside the real Magenta in the same run and the machine's own limits.

Networks with weights made by Magenta itself where it is installed, else random ones of the same
sizes. One BLAS thread; all sides are taken in turns, so that another program's load hits all, and
medians are compared. "kernel" is the compiled kernel, "NumPy" what plays without a C compiler.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bridge.models.threads import pin_blas_threads

pin_blas_threads()

from benchmarks.inference_batches import batch_rows  # noqa: E402
from benchmarks.inference_events import (  # noqa: E402
    performance_rows,
    pianoroll_rows,
    polyphony_rows,
)
from benchmarks.inference_floor import floor_rows  # noqa: E402
from benchmarks.inference_processes import process_rows  # noqa: E402
from benchmarks.inference_subjects import (  # noqa: E402
    Play,
    Subject,
    has_magenta,
    ratio_row,
    seconds_each,
    subject_of,
    write,
)
from benchmarks.rows import Row  # noqa: E402
from bridge.core.encodings.catalog import ENCODINGS  # noqa: E402
from bridge.core.notes import Note, Phrase  # noqa: E402
from bridge.core.requests import AnswerControls, StartAnswer  # noqa: E402
from bridge.errors import KernelUnavailable  # noqa: E402
from bridge.models.kernel.engage import ready_kernel  # noqa: E402
from bridge.models.kernel.library import KernelLibrary  # noqa: E402
from bridge.models.loading import LoadedModel, load_model  # noqa: E402
from bridge.models.performer import RnnPerformer  # noqa: E402
from bridge.paths import data_folder  # noqa: E402

QUICK = ("basic_rnn", "attention_rnn", "drum_kit")
ALSO_QUICK = "chord_pitches_improv"
SMALL, MEDIUM, LARGE = (14.0, 50.0), (12.0, 35.0), (10.0, 20.0)
"""(must, moonshot) as times faster than Magenta: layers of up to 128, with attention, of 256."""
RATIOS = {
    "attention_rnn": MEDIUM,
    "attention_improv": MEDIUM,
    **dict.fromkeys(("drum_kit", "chord_pitches_improv"), LARGE),
}
"""All others are small."""
BATCHED_BUNDLE = (80.0, 350.0)
BEAM = (28.0, 50.0)
CALL_STEPS = 4
BEATS_PER_BAR = 4


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows.

    Args:
        quick: Of the configurations only those of `QUICK`, and of three more only an answer:
            chord_pitches_improv, polyphony and performance_with_dynamics. Fewer turns.
    """
    kernel = _kernel()
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        for name in [encoding.name for encoding in ENCODINGS if encoding.one_event_a_step]:
            if name in QUICK or not quick:
                yield from _rows_of(_made(name, folder, kernel), quick=quick)
            elif name == ALSO_QUICK:
                yield from _answer_rows(_made(name, folder, kernel), quick=quick)
        yield from polyphony_rows(folder, kernel, quick=quick)
        yield from performance_rows(folder, kernel, quick=quick)
        yield from pianoroll_rows(folder, kernel, quick=quick)
        for name in QUICK[:1] if quick else QUICK:
            yield _batched_bundle_row(name, folder / f"{name}_64.mag", kernel, quick=quick)
        yield from process_rows(folder / "drum_kit.mag", peer=has_magenta(), quick=quick)
    for path in sorted(data_folder("bundles").glob("*.mag")):
        subject = subject_of(path.stem, path, kernel, LoadedModel)
        for model, engine in subject.players:
            steps = 8 * _steps_per_bar(subject)
            [value] = _microseconds_a_step([_answer(model, steps)], steps, 5 if quick else 15)
            yield Row(f"{path.stem} as shipped, 8 bars, a step, {engine}", value, "µs")


def _made(name: str, folder: Path, kernel: KernelLibrary | None) -> Subject[LoadedModel]:
    path = folder / f"{name}.mag"
    write(name, path)
    return subject_of(name, path, kernel, LoadedModel)


def _rows_of(subject: Subject[LoadedModel], *, quick: bool) -> Iterator[Row]:
    yield from _answer_rows(subject, quick=quick)
    yield _load_row(subject, 2 if quick else 9)
    if subject.name in QUICK:
        best = subject.kernel or subject.numpy
        yield from floor_rows(subject.name, best.network, subject.numpy.network, quick=quick)
        yield from batch_rows(subject.name, best, quick=quick)
        yield _beam_row(subject, quick=quick)


def _kernel() -> KernelLibrary | None:
    try:
        return ready_kernel()
    except KernelUnavailable:
        return None


def _answer_rows(subject: Subject[LoadedModel], *, quick: bool) -> Iterator[Row]:
    theirs = _magenta(subject)
    goals = RATIOS.get(subject.name, SMALL)
    for bars in (2,) if quick else (1, 2, 4, 8):
        steps = bars * _steps_per_bar(subject)
        players = subject.players
        plays: list[Play] = [_answer(model, steps) for model, _ in players]
        if theirs is not None:
            plays.append(theirs(steps))
        times = _microseconds_a_step(plays, steps, 5 if quick else 11)
        peer = times[len(players)] if theirs is not None else None
        for value, (_, engine) in zip(times, players, strict=False):
            yield ratio_row(f"{subject.name}, {bars} bars, a step, {engine}", value, peer, goals)


def _load_row(subject: Subject[LoadedModel], repeats: int) -> Row:
    plays: list[Play] = [lambda: load_model(subject.name, subject.path)]
    if has_magenta():
        from tests.models.magenta_oracle import MagentaPlayer

        plays.append(lambda: MagentaPlayer(subject.path).close())
    times = [value / 1000 for value in _microseconds_a_step(plays, 1, repeats)]
    peer = times[1] if len(times) > 1 else None
    return Row(f"{subject.name}: load the bundle", times[0], "ms", "Magenta", peer)


def _beam_row(subject: Subject[LoadedModel], *, quick: bool) -> Row:
    steps = 2 * _steps_per_bar(subject)
    model, engine = subject.players[0]
    controls = AnswerControls(beam_size=4, branch_factor=4)
    plays: list[Play] = [_answer(model, steps, controls)]
    theirs = _magenta(subject, beam=(4, 4, 1))
    if theirs is not None:
        plays.append(theirs(steps))
    times = _microseconds_a_step(plays, steps, 2 if quick else 3)
    peer = times[1] if theirs is not None else None
    metric = f"{subject.name}, 2 bars, beam 4x4, a step, {engine}"
    return ratio_row(metric, times[0], peer, BEAM)


def _batched_bundle_row(name: str, path: Path, kernel: KernelLibrary | None, *, quick: bool) -> Row:
    write(name, path, batch=64)
    subject = subject_of(name, path, kernel, LoadedModel)
    steps = 2 * _steps_per_bar(subject)
    model, engine = subject.players[0]
    plays: list[Play] = [_answer(model, steps)]
    theirs = _magenta(subject)
    if theirs is not None:
        plays.append(theirs(steps))
    times = _microseconds_a_step(plays, steps, 2 if quick else 3)
    peer = times[1] if theirs is not None else None
    metric = f"{name}, bundle saved with batch 64, 2 bars, a step, {engine}"
    return ratio_row(metric, times[0], peer, BATCHED_BUNDLE)


def _steps_per_bar(subject: Subject[LoadedModel]) -> int:
    return BEATS_PER_BAR * subject.numpy.encoding.steps_per_quarter


def _pitch(model: LoadedModel) -> int:
    return 36 if model.encoding.drums else 60


def _answer(model: LoadedModel, steps: int, controls: AnswerControls | None = None) -> Play:
    """An answer to one note; Magenta can't answer silence over chords."""
    per_beat = model.encoding.steps_per_quarter
    call = Phrase.of([Note(_pitch(model), 90, 0.0, 1 / per_beat)], CALL_STEPS / per_beat)
    beats = steps / per_beat
    player = RnnPerformer(1, model)
    request = StartAnswer(1, 1, call, beats, controls or AnswerControls(), beats)
    return lambda: player.start(request)


def _magenta(
    subject: Subject[LoadedModel], beam: tuple[int, int, int] = (1, 1, 1)
) -> Callable[[int], Play] | None:
    if not has_magenta():
        return None
    from tests.models.magenta_oracle import IMPROV_IDS, MagentaPlayer, StepNote

    player = MagentaPlayer(subject.path)
    notes = [StepNote(_pitch(subject.numpy), 0, 1)]

    def theirs(steps: int) -> Play:
        chords = ["C"] * (CALL_STEPS + steps) if subject.name in IMPROV_IDS else None
        return lambda: player.answer(notes, CALL_STEPS, steps, seed=1, beam=beam, chords=chords)

    return theirs


def _microseconds_a_step(plays: list[Play], steps: int, repeats: int) -> list[float]:
    return [each_s / steps * 1e6 for each_s in seconds_each(plays, repeats)]
