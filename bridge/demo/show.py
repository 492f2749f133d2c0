"""The jam in words and grids, for a terminal of 80 columns or more."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bridge.demo.grid import Glyphs, grid
from bridge.demo.jam import JamOptions, JamResult, Opening, Turn
from bridge.demo.record import Recording

_CALL_STYLE, _ANSWER_STYLE = "bold cyan", "bold yellow"


def show_opening(opening: Opening, options: JamOptions, glyphs: Glyphs) -> Text:
    """Who plays with whom, and how to read what follows."""
    performance, trade = opening.performance, options.trade_bars
    human = "A recorded drummer (Groove MIDI Dataset, CC BY 4.0)" if opening.drums else "A tune"
    numerator, denominator = performance.signature
    return Text(
        f"{human} trades {trade} bars with {Path(options.bundle).stem},"
        f" {numerator}/{denominator} at {performance.tempo_qpm:g} qpm,"
        f" {'in real time' if options.realtime else 'in virtual time'}.\n"
        f"{glyphs.soft} soft  {glyphs.medium} medium  {glyphs.loud} loud."
        " ln p a step, in nats: the nearer to 0, the more the model expected it.\n"
    )


def show_turn(turn: Turn, *, drums: bool, bar_beats: float, glyphs: Glyphs) -> Group:
    """One call and its answer, with how likely the model finds them."""
    parts = [
        _heading("Call", turn.call_start_beats, turn.call.length_beats, bar_beats, _CALL_STYLE),
        grid(turn.call, drums=drums, bar_beats=bar_beats, style=_CALL_STYLE, glyphs=glyphs),
        _heading(
            "Answer", turn.answer_start_beats, turn.answer.length_beats, bar_beats, _ANSWER_STYLE
        ),
    ]
    if turn.made is None:
        parts.append(Text("The model made no answer.", style="bold red"))
        return Group(*parts)
    parts[-1].append(
        f", {Path(turn.made.bundle).stem}, temperature {turn.made.temperature:.2f},"
        f" seed {turn.made.seed}"
    )
    parts.append(
        grid(turn.answer, drums=drums, bar_beats=bar_beats, style=_ANSWER_STYLE, glyphs=glyphs)
    )
    likelihood = turn.made.likelihood
    parts.append(
        Text(
            f"ln p a step: call {likelihood.call_nats_per_step:.2f},"
            f" answer {likelihood.answer_nats_per_step:.2f};"
            f" running total {likelihood.running_total_nats:.1f} nats\n"
        )
    )
    return Group(*parts)


def show_summary(result: JamResult, recording: Recording, options: JamOptions) -> Table:
    """What was played, how exactly, what was written."""
    device = result.device
    answers = [turn for turn in result.turns if turn.made is not None]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    trade = options.trade_bars
    table.add_row(
        "Played",
        f"{result.bars} bars at {result.performance.tempo_qpm:g} qpm:"
        f" {len(answers)} answers of {trade} bars to {len(result.turns)} calls of {trade}",
    )
    table.add_row("Starts", _starts(answers, result.performance.bar_beats))
    table.add_row(
        "Notes",
        f"{len(device.sounded)} answered notes sounded, {_worst_ticks(result)} off their"
        f" tick at most; {len(device.player.late)} came late, {len(device.refused)} were refused,"
        f" {len(device.player.stuck())} stuck",
    )
    table.add_row("Sound", f"by {recording.synth}" if recording.synth else "not asked for")
    table.add_row("Written", ", ".join(str(p) for p in (recording.midi, recording.audio) if p))
    table.add_row(
        "Again",
        f"--seed {options.seed} gives this jam, another seed another;"
        " --temperature 1.3 is wilder; --realtime plays it in real time",
    )
    return table


def _heading(word: str, start: float, length: float, bar_beats: float, style: str) -> Text:
    first = round(start / bar_beats) + 1
    last = first + round(length / bar_beats) - 1
    return Text(f"{word}, bars {first} to {last}", style=style)


def _starts(answers: list[Turn], bar_beats: float) -> str:
    errors = [abs(turn.start_error_ticks or 0.0) for turn in answers]
    if not errors:
        return "no answer was made"
    bars = ", ".join(str(round(turn.answer_start_beats / bar_beats) + 1) for turn in answers)
    text = f"at the lines of bar {bars}; {max(errors):.3f} ticks off at most"
    firsts = [turn.first_note_error_ticks for turn in answers]
    heard = [abs(error) for error in firsts if error is not None]
    return f"{text}, their first notes {max(heard):.3f}" if heard else text


def _worst_ticks(result: JamResult) -> str:
    worst = max(
        (abs(note.song_ticks - note.target_ticks) for note in result.device.sounded), default=0.0
    )
    return f"{worst:.3f} ticks"
