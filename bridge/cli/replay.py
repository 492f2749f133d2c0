"""``magenta-bridge replay``: a recorded jam once more, in virtual time."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bridge import __version__
from bridge.core.score import Score, score_of
from bridge.engine.recordings import checksum
from bridge.io.score_file import write_score
from bridge.models.library import BundleLibrary
from bridge.record.file import Recording
from bridge.record.header import Header
from bridge.replay import Difference, ModelOutcome, ModelTalk, Outcome, replay

_SHOWN = 400
"""Characters of a line that are shown of it."""
_MOST_ANSWERS = 20


def replay_command(
    out: Console,
    file: Path,
    midi: Path | None = None,
    first: int = 1,
    last: int | None = None,
    library: BundleLibrary | None = None,
) -> bool:
    """Replay a recording and tell what came of it.

    Args:
        out: The console.
        file: The recording.
        midi: Where to write what was played; None: nowhere.
        first: First bar of that.
        last: Last bar of that; None: all there are.
        library: Bundles to ask the models once more with; None: they are not asked.

    Returns:
        Whether every decision came out the same, and every answer if the models were asked.

    Raises:
        RecordingInvalid: The file is no recording, or a damaged one.
        NothingPlayed: There are no notes in those bars.
    """
    recording = Recording(file)
    _tell_header(out, recording.header)
    talk = ModelTalk()
    outcome = replay(recording, talk)
    _tell_outcome(out, outcome)
    if midi is not None:
        score = score_of(outcome.lanes, first, last)
        write_score(midi, score)
        tell_score(out, score, midi)
    same = outcome.difference is None
    if library is not None:
        _tell_bundles(out, recording.header, library)
        models = talk.ask_again(library)
        _tell_models(out, models)
        same = same and not models.different
    return same


def tell_score(out: Console, score: Score, file: Path) -> None:
    """Say what is in a MIDI file that was written."""
    end = score.first_bar + score.bars - 1
    tracks = ", ".join(f"{track.name} ({len(track.notes)} notes)" for track in score.tracks)
    text = f"Bars {score.first_bar} to {end} are in {file}: {tracks}."
    out.print(text, markup=False, soft_wrap=True)


def _tell_header(out: Console, header: Header) -> None:
    bundles = ", ".join(name for name, _ in header.bundles)
    out.print(
        f"Recorded {header.begun} by magenta-bridge {header.engine}, seed {header.seed},"
        f" bundles: {bundles}.",
        markup=False,
        soft_wrap=True,
    )
    if header.engine != __version__:
        out.print(
            f"This is magenta-bridge {__version__}: it may decide otherwise than {header.engine}"
            " did. For an exact replay install that version.",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )


def _tell_outcome(out: Console, outcome: Outcome) -> None:
    played = f"{outcome.seconds:.1f} s of jam, {outcome.turns} turns"
    if outcome.difference is not None:
        _tell_difference(out, outcome.difference, outcome.decisions)
    else:
        out.print(
            f"{played}: all {outcome.decisions} decisions are the same.",
            style="bold green",
            markup=False,
            soft_wrap=True,
        )
    if outcome.lost:
        text = f"{outcome.lost} entries are missing after that; the replay ends there."
        out.print(text, style="yellow", markup=False)
    elif outcome.ended:
        out.print(outcome.ended, style="dim", markup=False)
    elif outcome.difference is None:
        out.print("The file breaks off there.", style="yellow", markup=False)


def _tell_bundles(out: Console, header: Header, library: BundleLibrary) -> None:
    """Say which bundles are not those of the recording."""
    for name, recorded in header.bundles:
        here = checksum(library, name)
        if here != recorded and recorded:
            what = "is another file than the recorded one" if here else "is not here"
            out.print(f"The bundle {name} {what}.", style="yellow", markup=False, soft_wrap=True)


def _tell_models(out: Console, models: ModelOutcome) -> None:
    same = models.answers - len(models.different)
    text = f"The models were asked again: {same} of {models.answers} answers are the same."
    style = "bold red" if models.different else "bold green"
    out.print(text, style=style, markup=False, soft_wrap=True)
    for one in models.different[:_MOST_ANSWERS]:
        text = f"  answer {one.answer_id} of {one.player}: {one.why}"
        out.print(text, markup=False, soft_wrap=True)
    if models.unanswered:
        text = f"{models.unanswered} more were never finished, and are not compared."
        out.print(text, style="dim", markup=False, soft_wrap=True)


def _tell_difference(out: Console, difference: Difference, same: int) -> None:
    out.print(
        f"The first difference is in line {difference.line}, at {difference.now_s:.6f} s,"
        f" after {same} decisions that are the same.",
        style="bold red",
        markup=False,
        soft_wrap=True,
    )
    for name, text in (("recorded", difference.recorded), ("replayed", difference.replayed)):
        cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        out.print(f"  {name}: {cut}", markup=False, soft_wrap=True)
