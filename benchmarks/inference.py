"""How long an answer takes, beside the real Magenta in the same run and the machine's own limits.

Networks with weights made by Magenta itself where it is installed, else random ones of the same
sizes. One BLAS thread; all sides are taken in turns, so that another program's load hits all, and
medians are compared. "kernel" is the compiled kernel, "NumPy" what plays without a C compiler.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bridge.models.threads import pin_blas_threads

pin_blas_threads()

from benchmarks.inference_batches import batch_rows  # noqa: E402
from benchmarks.inference_floor import floor_rows  # noqa: E402
from benchmarks.inference_processes import process_rows  # noqa: E402
from benchmarks.rows import Row  # noqa: E402
from bridge.core.encodings.catalog import ENCODINGS  # noqa: E402
from bridge.core.notes import Note, Phrase  # noqa: E402
from bridge.core.requests import AnswerControls, StartAnswer  # noqa: E402
from bridge.errors import KernelUnavailable  # noqa: E402
from bridge.models.kernel.choice import engage  # noqa: E402
from bridge.models.kernel.engage import ready_kernel  # noqa: E402
from bridge.models.kernel.library import KernelLibrary  # noqa: E402
from bridge.models.loading import LoadedModel, load_model  # noqa: E402
from bridge.models.performer import RnnPerformer  # noqa: E402
from bridge.paths import data_folder  # noqa: E402
from tests.fakes.bundle_writer import SHAPES, Shape, random_bundle  # noqa: E402

UNITS = {
    "drum_kit": ((256, 256, 256), 32),
    "attention_rnn": ((128, 128), 40),
    "basic_improv": ((256, 256, 256), 0),
    "attention_improv": ((256, 256, 256), 40),
    "chord_pitches_improv": ((256, 256, 256), 0),
}
"""Magenta's own sizes, for random networks; all others are (128, 128) without attention."""
QUICK = ("basic_rnn", "attention_rnn", "drum_kit")
MEDIUM, LARGE = (12.0, 35.0), (10.0, 20.0)
RATIOS = {"attention_rnn": MEDIUM, **dict.fromkeys(UNITS.keys() - {"attention_rnn"}, LARGE)}
"""(must, moonshot) as times faster than Magenta."""
SMALL = (14.0, 50.0)
BATCHED_BUNDLE = (80.0, 350.0)
BEAM = (28.0, 50.0)
CALL_STEPS = 4
BEATS_PER_BAR = 4

Play = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Subject:
    """One bundle, played by all.

    Args:
        name: Its configuration.
        path: The file.
        numpy: Played by NumPy.
        kernel: Played by the kernel; None where there is none.
    """

    name: str
    path: Path
    numpy: LoadedModel
    kernel: LoadedModel | None

    @property
    def steps_per_bar(self) -> int:
        """Steps of a bar."""
        return BEATS_PER_BAR * self.numpy.encoding.steps_per_quarter


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    kernel = _kernel()
    with tempfile.TemporaryDirectory() as folder:
        names = [e.name for e in ENCODINGS if e.name in (QUICK if quick else SHAPES)]
        for name in names:
            path = Path(folder) / f"{name}.mag"
            _write(name, path, batch=1)
            subject = _subject(name, path, kernel)
            yield from _answer_rows(subject, quick=quick)
            yield _load_row(subject, 2 if quick else 9)
            if name in QUICK:
                best = subject.kernel or subject.numpy
                yield from floor_rows(name, best.network, subject.numpy.network, quick=quick)
                yield from batch_rows(name, best, quick=quick)
                yield _beam_row(subject, quick=quick)
        for name in QUICK[:1] if quick else QUICK:
            yield _batched_bundle_row(name, Path(folder) / f"{name}_64.mag", kernel, quick=quick)
        yield from process_rows(Path(folder) / "drum_kit.mag", peer=_has_magenta(), quick=quick)
    for path in sorted(data_folder("bundles").glob("*.mag")):
        subject = _subject(path.stem, path, kernel)
        for model, engine in _players(subject):
            steps = 8 * subject.steps_per_bar
            [value] = _microseconds_a_step([_answer(model, steps)], steps, 5 if quick else 15)
            yield Row(f"{path.stem} as shipped, 8 bars, a step, {engine}", value, "µs")


def _kernel() -> KernelLibrary | None:
    try:
        return ready_kernel()
    except KernelUnavailable:
        return None


def _has_magenta() -> bool:
    return all(importlib.util.find_spec(name) for name in ("magenta", "tensorflow"))


def _write(name: str, path: Path, *, batch: int) -> None:
    if _has_magenta():
        from tests.models.magenta_oracle import build_bundle

        build_bundle(name, path, batch=batch, gain=1.0)
    else:
        sizes = SHAPES[name]
        units, attention = UNITS.get(name, ((128, 128), 0))
        shape = Shape(sizes.inputs, sizes.classes, units, attention)
        path.write_bytes(random_bundle(name, shape=shape, gain=0.5))


def _subject(name: str, path: Path, kernel: KernelLibrary | None) -> Subject:
    engage(kernel)
    compiled = load_model(name, path) if kernel else None
    # A kernel that is engaged takes over the networks there are, so NumPy's comes after it.
    engage(None)
    plain = load_model(name, path)
    return Subject(name, path, plain, compiled)


def _players(subject: Subject) -> list[tuple[LoadedModel, str]]:
    found = [(subject.numpy, "NumPy")]
    return [(subject.kernel, "kernel"), *found] if subject.kernel else found


def _answer_rows(subject: Subject, *, quick: bool) -> Iterator[Row]:
    theirs = _magenta(subject)
    must, moonshot = RATIOS.get(subject.name, SMALL)
    for bars in (2,) if quick else (1, 2, 4, 8):
        steps = bars * subject.steps_per_bar
        players = _players(subject)
        plays: list[Play] = [_answer(model, steps) for model, _ in players]
        if theirs is not None:
            plays.append(theirs(steps))
        times = _microseconds_a_step(plays, steps, 5 if quick else 11)
        peer = times[len(players)] if theirs is not None else None
        for value, (_, engine) in zip(times, players, strict=False):
            yield Row(
                f"{subject.name}, {bars} bars, a step, {engine}",
                value,
                "µs",
                peer="Magenta",
                peer_value=peer,
                must=peer / must if peer else None,
                moonshot=peer / moonshot if peer else None,
            )


def _load_row(subject: Subject, repeats: int) -> Row:
    plays: list[Play] = [lambda: load_model(subject.name, subject.path)]
    if _has_magenta():
        from tests.models.magenta_oracle import MagentaPlayer

        plays.append(lambda: MagentaPlayer(subject.path).close())
    times = [value / 1000 for value in _microseconds_a_step(plays, 1, repeats)]
    peer = times[1] if len(times) > 1 else None
    return Row(f"{subject.name}: load the bundle", times[0], "ms", "Magenta", peer)


def _beam_row(subject: Subject, *, quick: bool) -> Row:
    steps = 2 * subject.steps_per_bar
    model, engine = _players(subject)[0]
    controls = AnswerControls(beam_size=4, branch_factor=4)
    plays: list[Play] = [_answer(model, steps, controls)]
    theirs = _magenta(subject, beam=(4, 4, 1))
    if theirs is not None:
        plays.append(theirs(steps))
    times = _microseconds_a_step(plays, steps, 2 if quick else 3)
    peer = times[1] if theirs is not None else None
    metric = f"{subject.name}, 2 bars, beam 4x4, a step, {engine}"
    return _ratio_row(metric, times[0], peer, BEAM)


def _batched_bundle_row(name: str, path: Path, kernel: KernelLibrary | None, *, quick: bool) -> Row:
    _write(name, path, batch=64)
    subject = _subject(name, path, kernel)
    steps = 2 * subject.steps_per_bar
    model, engine = _players(subject)[0]
    plays: list[Play] = [_answer(model, steps)]
    theirs = _magenta(subject)
    if theirs is not None:
        plays.append(theirs(steps))
    times = _microseconds_a_step(plays, steps, 2 if quick else 3)
    peer = times[1] if theirs is not None else None
    metric = f"{name}, bundle saved with batch 64, 2 bars, a step, {engine}"
    return _ratio_row(metric, times[0], peer, BATCHED_BUNDLE)


def _ratio_row(metric: str, value: float, peer: float | None, goals: tuple[float, float]) -> Row:
    must, moonshot = (peer / goal if peer else None for goal in goals)
    return Row(metric, value, "µs", "Magenta", peer, must=must, moonshot=moonshot)


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
    subject: Subject, beam: tuple[int, int, int] = (1, 1, 1)
) -> Callable[[int], Play] | None:
    if not _has_magenta():
        return None
    from tests.models.magenta_oracle import IMPROV_IDS, MagentaPlayer, StepNote

    player = MagentaPlayer(subject.path)
    notes = [StepNote(_pitch(subject.numpy), 0, 1)]

    def theirs(steps: int) -> Play:
        chords = ["C"] * (CALL_STEPS + steps) if subject.name in IMPROV_IDS else None
        return lambda: player.answer(notes, CALL_STEPS, steps, seed=1, beam=beam, chords=chords)

    return theirs


def _microseconds_a_step(plays: list[Play], steps: int, repeats: int) -> list[float]:
    """Medians of each, taken in turns so that all see the same machine; one round warms up."""
    times: list[list[float]] = [[] for _ in plays]
    for turn in range(repeats + 1):
        for play, found in zip(plays, times, strict=True):
            begin = time.perf_counter()
            play()
            if turn:
                found.append((time.perf_counter() - begin) / steps * 1e6)
    return [median(found) for found in times]
