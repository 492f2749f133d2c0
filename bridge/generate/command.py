"""A MIDI file in, MIDI files out."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.core.chord_chart import Chart
from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    BundleReady,
    Choice,
    ContinueAnswer,
    Likelihood,
    ModelFailed,
    ModelNotice,
    ModelReply,
    ModelRequest,
    SelectBundle,
    StartAnswer,
)
from bridge.errors import BridgeError, ConfigError, ModelError
from bridge.models.base import ProcessPort
from bridge.models.desk import ModelDesk
from bridge.models.library import BundleLibrary
from bridge.paths import bundle_folders

if TYPE_CHECKING:
    from bridge.generate.primer_file import PrimerFile
    from bridge.io.smf import Song

PLAYER = 1
STRETCH_BARS = 4
"""Answers are made in stretches of this length, between which progress is shown."""
LONG_BARS = 64
"""From this many bars on progress is shown."""
LARGEST_SEED = 2**31 - 1
TEMPO_QPM = 120.0

_FOLDERS_VARIABLE = "BRIDGE_BUNDLES_FOLDERS"

Ask = Callable[[ModelRequest], AnswerChunk | BundleReady]
Show = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class GenerateOptions:
    """What is to be made.

    Args:
        bundle: Name or path of the bundle.
        primer: MIDI file to answer, or None.
        out: A folder, or one ``.mid`` file.
        bars: Length of each answer in bars, 1 or more.
        count: Number of files, 1 or more.
        seed: Seed of the first; None for a random one.
        controls: How the answers are to be made; their seed and chords are not read.
        chart: Chords from the primer's first bar on, one entry a bar, over and over; none: no
            chords.
        track: Only track of the primer to hear, from 1; None for all.
        primer_bars: Hear the primer's last bars only; 0 for all.
        tempo_qpm: Tempo of the files; None for the primer's.
        with_primer: Write the primer before the answer.
        force: Replace files that are there.
        engine: Who plays: native, or magenta, the real package in a process of its own.
    """

    bundle: str
    primer: Path | None
    out: Path
    bars: int
    count: int
    seed: int | None
    controls: AnswerControls
    chart: Chart = ()
    track: int | None = None
    primer_bars: int = 0
    tempo_qpm: float | None = None
    with_primer: bool = False
    force: bool = False
    engine: str = "native"


@dataclass(frozen=True, slots=True)
class Generated:
    """One answer.

    Args:
        notes: Its notes, starts in beats from its start.
        likelihood: Of the primer and the answer.
        choice: Which of the candidates it is; None where there was only one.
    """

    notes: tuple[Note, ...]
    likelihood: Likelihood
    choice: Choice | None = None


def generate(options: GenerateOptions, config: Path | None) -> None:
    """Make the files and say what they are.

    Raises:
        BridgeError: The bundle, the primer or a file can't be used.
    """
    # MIDI files come after the bundle, so that at the bundle's peak of memory they are not there.
    seeds = _seeds(options)
    files = _files(options, seeds)
    with _asking(options, BundleLibrary(_folders(config))) as ask:
        ready = ask(SelectBundle(PLAYER, options.bundle))
        assert isinstance(ready, BundleReady)
        primer = _primer(options, drums=ready.drums)
        for remark in primer.remarks:
            sys.stdout.write(f"{remark}\n")
        answer_beats = options.bars * primer.bar_beats
        chords = primer.chords(options.chart, options.bars)
        with _progress(options.bars * options.count, primer.bar_beats) as show:
            for number, (seed, file) in enumerate(zip(seeds, files, strict=True)):
                start = StartAnswer(
                    PLAYER,
                    number,
                    primer.call,
                    answer_beats,
                    replace(options.controls, seed=seed, chords=chords),
                    min(answer_beats, STRETCH_BARS * primer.bar_beats),
                    primer.bar_beats,
                    tempo_qpm=options.tempo_qpm or primer.tempo_qpm,
                )
                made = _answer(ask, start, show)
                _write(file, _song(options, primer, made, seed, drums=ready.drums))
                sys.stdout.write(f"{_told(file, made)}\n")


@contextmanager
def _asking(options: GenerateOptions, library: BundleLibrary) -> Iterator[Ask]:
    """Whoever plays, to ask. A model that fails raises `ModelError`."""
    if options.engine == "native":
        desk = ModelDesk(library)
        yield lambda request: _done(desk.handle(request)[0])
        return
    from bridge.models.process import ModelProcess
    from bridge.reference import require_magenta
    from bridge.reference.child import serve
    from bridge.reference.performer import unheard_by_magenta

    unheard = unheard_by_magenta(options.controls)
    if unheard:
        raise ConfigError(
            f"Magenta knows nothing of {', '.join(unheard)}.",
            "Leave that out, or use --engine native.",
        )
    require_magenta()
    port = ModelProcess(library, serve)
    try:
        yield lambda request: _reply_of(port, request)
    finally:
        port.close()


def _reply_of(port: ProcessPort, request: ModelRequest) -> AnswerChunk | BundleReady:
    from multiprocessing.connection import wait

    port.submit(request)
    while True:
        wait([port.connection])
        for reply in port.poll():
            if not isinstance(reply, ModelNotice):
                return _done(reply)
            sys.stderr.write(f"{reply.text}\n")


def _done(reply: ModelReply) -> AnswerChunk | BundleReady:
    if isinstance(reply, ModelFailed):
        raise ModelError(reply.message, reply.hint)
    return reply


def _folders(config: Path | None) -> tuple[Path, ...]:
    if config is None and not os.environ.get(_FOLDERS_VARIABLE):
        return bundle_folders(())
    # What checks a configuration takes longer to import than two bars to make.
    from bridge.config import load_config

    return load_config(config, os.environ).engine.bundle_folders


def _seeds(options: GenerateOptions) -> list[int]:
    first = options.seed if options.seed is not None else secrets.randbelow(LARGEST_SEED + 1)
    return [(first + i) % (LARGEST_SEED + 1) for i in range(options.count)]


def _files(options: GenerateOptions, seeds: list[int]) -> list[Path]:
    out = options.out
    if out.suffix.lower() in (".mid", ".midi"):
        if options.count > 1:
            raise ConfigError(
                f"--out names one file, and --count asks for {options.count}.",
                "Name a folder instead.",
            )
        files, folder = [out], out.parent
    else:
        stem = Path(options.bundle).stem
        files, folder = [out / f"{stem}_{seed}.mid" for seed in seeds], out
    there = [file for file in files if file.exists()]
    if there and not options.force:
        raise ConfigError(
            f"{there[0]} is there already.", "Name another --out, or replace it: --force."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BridgeError(
            f"The folder {folder} can't be made: {error.strerror or error}.",
            "Choose another --out.",
        ) from error
    return files


def _write(file: Path, song: Song) -> None:
    from bridge.io.smf import write_song

    write_song(file, song)


def _primer(options: GenerateOptions, *, drums: bool) -> PrimerFile:
    from bridge.generate.primer_file import PrimerFile, read_primer

    if options.primer is None:
        return PrimerFile(Phrase((), 0.0), TEMPO_QPM, (4, 4), ())
    return read_primer(options.primer, drums=drums, track=options.track, bars=options.primer_bars)


def _answer(ask: Ask, start: StartAnswer, show: Show) -> Generated:
    """A whole answer, made in stretches; they are the same notes however it is cut."""
    before_beats, ready_beats = start.answer_id * start.answer_beats, start.ready_beats
    chunk = ask(start)
    notes: list[Note] = []
    while isinstance(chunk, AnswerChunk):
        notes.extend(chunk.notes)
        show(before_beats + chunk.ready_beats)
        if chunk.done:
            return Generated(tuple(notes), chunk.likelihood, chunk.choice)
        ready_beats = min(start.answer_beats, ready_beats + start.ready_beats)
        chunk = ask(ContinueAnswer(start.player, start.answer_id, ready_beats, start.controls))
    raise ModelError("The model gave no answer.")


def _song(
    options: GenerateOptions, primer: PrimerFile, made: Generated, seed: int, *, drums: bool
) -> Song:
    from bridge.io.smf import DRUM_CHANNEL, Song, SongTrack

    channel = DRUM_CHANNEL if drums else 0
    start_beats = primer.call.length_beats if options.with_primer else 0.0
    notes = [
        replace(n, start_beats=n.start_beats + start_beats, channel=channel) for n in made.notes
    ]
    if options.with_primer:
        notes += [replace(note, channel=channel) for note in primer.call.notes]
    length_beats = start_beats + options.bars * primer.bar_beats
    name = f"{Path(options.bundle).stem}, seed {seed}"
    return Song(
        options.tempo_qpm or primer.tempo_qpm,
        primer.signature,
        (SongTrack(name, Phrase.of(notes, length_beats).notes),),
        length_beats=length_beats,
    )


def _told(file: Path, made: Generated) -> str:
    likelihood = made.likelihood
    call = f"call {likelihood.call_nats_per_step:.2f}, " if likelihood.call_steps else ""
    return (
        f"{file}: {len(made.notes)} notes; ln p a step: {call}"
        f"answer {likelihood.answer_nats_per_step:.2f};"
        f" running total {likelihood.running_total_nats:.1f} nats{_chosen(made.choice)}"
    )


def _chosen(choice: Choice | None) -> str:
    if choice is None:
        return ""
    return f"; best of {choice.tried} (score {choice.score:.2f}, --seed {choice.seed} alone)"


@contextmanager
def _progress(bars: int, bar_beats: float) -> Iterator[Show]:
    """Shows how much is made, on a terminal, where it takes long enough to be looked at."""
    if bars < LONG_BARS or not sys.stderr.isatty():
        yield lambda beats: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("generating", total=bars * bar_beats)
        yield lambda beats: shown.update(task, completed=beats)
