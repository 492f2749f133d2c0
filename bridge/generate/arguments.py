"""The options of ``generate``."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bridge.errors import BridgeError, ConfigError
from bridge.models.threads import children_with_one_blas_thread

LOCKS = ("nothing", "rhythm", "pitches")
"""In the order of `bridge.core.settings`: their place is their number."""
CONDITIONS = ("notes_per_second", "pitch_class_histogram", "disable_conditioning")
"""The lists that `bridge.config.conditions` reads, by name."""
EXIT_ERROR = 2

_LIST_HINT = "Divide several values by commas or spaces, within quotes."
_EPILOG = "The same bundle, primer, options and seed give the same file, byte for byte."


def main(arguments: Sequence[str]) -> int:
    """Do the command.

    Args:
        arguments: What was typed after ``generate``.

    Returns:
        The exit status: 0, or 2 after an error, which is told in two lines.
    """
    given = _parser().parse_args(arguments)
    try:
        # The model runs in this process, and NumPy is not loaded yet.
        with children_with_one_blas_thread():
            _run(given)
    except BridgeError as error:
        if given.verbose:
            traceback.print_exc()
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return EXIT_ERROR
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; the files named above are complete.\n")
        return 130
    return 0


def _run(given: argparse.Namespace) -> None:
    from bridge.core.chord_chart import parse_chart
    from bridge.core.requests import AnswerControls
    from bridge.generate.command import GenerateOptions, generate

    controls = AnswerControls(
        temperature=given.temperature,
        feel=given.feel,
        density=given.density,
        register_bias=given.register_bias,
        variety=given.variety,
        top_p=given.top_p,
        scale=_scale(given.scale),
        lock=LOCKS.index(given.lock),
        candidates=given.candidates,
        beam_size=given.beam_size,
        branch_factor=given.branch_factor,
        steps_per_iteration=given.steps_per_iteration,
        condition_on_primer=given.condition_on_primer,
        inject_primer=given.inject_primer,
        **_conditions(given),
    )
    options = GenerateOptions(
        bundle=given.bundle,
        primer=given.primer,
        out=given.out,
        bars=given.bars,
        count=given.count,
        seed=given.seed,
        controls=controls,
        chart=parse_chart(given.chords),
        track=given.track,
        primer_bars=given.primer_bars,
        tempo_qpm=given.tempo,
        with_primer=given.with_primer,
        force=given.force,
        engine=given.engine,
    )
    generate(options, given.config)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="magenta-bridge generate",
        usage="%(prog)s [options]",
        description="Let a model continue a MIDI file, or start from nothing.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    _add_files(parser.add_argument_group("files"))
    _add_controls(parser.add_argument_group("how it plays"))
    _add_knowledge(
        parser.add_argument_group("what some kinds of models are told; others ignore it")
    )
    return parser


def _add_files(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("-b", "--bundle", default="groove_lookback", help="name or path [groove_lookback]")
    add("-p", "--primer", type=Path, metavar="FILE", help="MIDI file to answer [from nothing]")
    add("--track", type=_whole(1, 65535), metavar="N", help="hear this track of it only [all]")
    add("--primer-bars", type=_whole(0, 4096), default=0, metavar="N", help="hear its last N bars")
    add("-o", "--out", type=Path, default=Path("generated"), help="folder or .mid file [generated]")
    add("--bars", type=_whole(1, 1024), default=4, metavar="N", help="length of each answer [4]")
    add("--count", type=_whole(1, 10_000), default=1, metavar="N", help="how many files [1]")
    add("--tempo", type=_number(10, 999), metavar="QPM", help="of the files [the primer's, or 120]")
    add("--with-primer", action="store_true", help="write the primer before the answer")
    add("--force", action="store_true", help="replace files that are there")
    add("--engine", choices=("native", "magenta"), default="native", help="who plays [native]")
    add("-c", "--config", type=Path, metavar="YAML", help="names more folders with bundles")
    add("-v", "--verbose", action="store_true", help="show where an error came from")


def _add_controls(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--seed", type=_whole(0, 2**31 - 1), metavar="N", help="of the first file [random]")
    add("--temperature", type=_number(0.1, 2), default=1.0, metavar="T", help="0.1 to 2 [1]")
    add("--feel", type=_number(0, 1), default=1.0, metavar="X", help="primer's manner, 0 to 1 [1]")
    add("--density", type=_number(-1, 1), default=0.0, metavar="X", help="fewer -1, more 1 [0]")
    add("--register-bias", type=_number(-1, 1), default=0.0, metavar="X", help="low -1, high 1 [0]")
    add("--variety", type=_number(0, 1), default=0.0, metavar="X", help="avoid repeats, 0 to 1 [0]")
    add("--top-p", type=_number(0.05, 1), default=1.0, metavar="P", help="likeliest share only [1]")
    add("--scale", default="off", metavar="S", help="'D dorian', 'C Eb G', or a number [off]")
    add("--lock", choices=LOCKS, default=LOCKS[0], help="what is kept of the primer [nothing]")
    add("--candidates", type=_whole(1, 32), default=1, metavar="N", help="best of N [1]")
    add("--beam-size", type=_whole(1, 64), default=1, metavar="N", help="beam search [1: none]")
    add("--branch-factor", type=_whole(1, 64), default=1, metavar="N", help="its branches [1]")
    add("--steps-per-iteration", type=_whole(1, 4096), default=1, metavar="N", help="of it [1]")


def _add_knowledge(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--chords", default="", metavar="BARS", help="'C | Am7 | F | G7', over and over [none]")
    add("--notes-per-second", metavar="LIST", help="one number, or some to spread [15]")
    add(
        "--pitch-class-histogram", metavar="LIST", help="12 weights from C to B, or more 12s [even]"
    )
    add("--disable-conditioning", metavar="LIST", help="true: both left open; spread too [false]")
    add(
        "--no-condition-on-primer",
        dest="condition_on_primer",
        action="store_false",
        help="polyphony begins from nothing",
    )
    add("--inject-primer", action="store_true", help="polyphony plays the primer along")


def _conditions(given: argparse.Namespace) -> dict[str, Any]:
    """What performance models are told, read as the configuration reads it."""
    told = {name: getattr(given, name) for name in CONDITIONS}
    lists = {name: text for name, text in told.items() if text is not None}
    if not lists:
        return {}
    # Not imported for others, since the check of configurations comes along.
    from bridge.config import conditions

    read: dict[str, Any] = {}
    for name, text in lists.items():
        option = "--" + name.replace("_", "-")
        try:
            read[name] = getattr(conditions, name)(text.replace(",", " ").split())
        except ConfigError as error:
            raise ConfigError(f"{option}: {error.message}", _LIST_HINT) from error
    return read


def _scale(text: str) -> int:
    from bridge.core.scales import note_class, scale_mask

    if text.isascii() and text.isdigit() and len(text) < 9:
        return scale_mask(int(text))
    words = text.replace(",", " ").split()
    notes = bool(words) and all(note_class(word) is not None for word in words)
    return scale_mask(words if notes else text)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}")
        return value

    return read


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be a number from {low} to {high}")
        return value

    return read
