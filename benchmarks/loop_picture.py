"""docs/model-loop.svg: an hour of two models that answer each other, as the numbers tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from benchmarks.loop_run import LoopResult, Step

WIDTH, PANEL_H, LEFT, TOP, GAP = 960, 170, 76, 56, 62
PLOT_W = WIDTH - LEFT - 24
COLOURS = ("#5aa9ff", "#ffab4a")
PLAYERS = ("A", "B")
MEAN_OVER = 20
"""Answers of a player in the moving mean."""

STYLE = """
text { font-family: -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans",
       sans-serif; fill: #e9edf3; font-size: 12px; }
.name { font-size: 15px; font-weight: 600; }
.small { fill: #aab4c2; }
.axis { stroke: #4a5568; stroke-width: 1; }
.mean { fill: none; stroke-width: 2; }
"""


def picture(results: Sequence[LoopResult]) -> str:
    """The picture as SVG: for each result the likelihood per step, and the sum of all steps."""
    height = TOP + len(results) * 2 * (PANEL_H + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img"'
        ' aria-label="Likelihood of the answers of two models in a loop">',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" rx="14" fill="#171b24"/>',
    ]
    top = float(TOP)
    for result in results:
        for panel in (_per_step, _running_sum):
            parts += panel(result, top)
            top += PANEL_H + GAP
    return "\n".join([*parts, "</svg>", ""])


def _per_step(result: LoopResult, top: float) -> Iterator[str]:
    values = [step.nats_per_step for step in result.steps]
    low = float(np.floor(min(values) * 2) / 2)
    title = f"{result.bundle}: nats a step of each answer, at temperature 1"
    yield from _frame(title, result.seconds, low, 0.0, top)
    x, y = _scales(result.seconds, low, 0.0, top)
    for number, colour in enumerate(COLOURS, 1):
        steps = [step for step in result.steps if step.player == number]
        yield from (
            f'<circle cx="{x(s.at_s):.1f}" cy="{y(s.nats_per_step):.1f}" r="1.6" fill="{colour}"'
            ' fill-opacity="0.45"/>'
            for s in steps
        )
        means = ((step.at_s, mean) for step, mean in zip(steps, _means(steps), strict=True))
        yield _line([(x(at_s), y(mean)) for at_s, mean in means], colour)
        label = f"{PLAYERS[number - 1]}, mean of {MEAN_OVER}"
        left = WIDTH - 24 - 150 * (len(COLOURS) + 1 - number)
        yield f'<rect x="{left}" y="{top - 22:g}" width="18" height="3" fill="{colour}"/>'
        yield f'<text x="{left + 24}" y="{top - 16:g}" class="small">{label}</text>'


def _running_sum(result: LoopResult, top: float) -> Iterator[str]:
    sums = np.cumsum([step.total_nats for step in result.steps])
    low = float(np.floor(sums[-1] / 1000.0) * 1000.0)
    title = f"{result.bundle}: the sum of ln p over every call and answer since the start"
    yield from _frame(title, result.seconds, low, 0.0, top)
    x, y = _scales(result.seconds, low, 0.0, top)
    places = zip(result.steps, sums, strict=True)
    yield _line([(x(step.at_s), y(float(total))) for step, total in places], "#cfd7e2")


def _means(steps: Sequence[Step]) -> Iterator[float]:
    values = [step.nats_per_step for step in steps]
    for end in range(1, len(values) + 1):
        yield float(np.mean(values[max(0, end - MEAN_OVER) : end]))


def _scales(
    seconds: float, low: float, high: float, top: float
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """From seconds and nats to places in the picture."""

    def x(at_s: float) -> float:
        return LEFT + PLOT_W * at_s / seconds

    def y(nats: float) -> float:
        return top + PANEL_H * (high - nats) / (high - low)

    return x, y


def _frame(title: str, seconds: float, low: float, high: float, top: float) -> Iterator[str]:
    yield f'<text x="{LEFT}" y="{top - 16:g}" class="name">{title}</text>'
    bottom = top + PANEL_H
    yield (f'<path d="M{LEFT} {top:g}V{bottom:g}H{LEFT + PLOT_W}" fill="none" class="axis"/>')
    for part in range(5):
        value = high + (low - high) * part / 4
        y = top + PANEL_H * part / 4 + 4
        yield f'<text x="{LEFT - 8}" y="{y:g}" text-anchor="end" class="small">{value:g}</text>'
    for part in range(7):
        minutes = seconds / 60.0 * part / 6
        x = LEFT + PLOT_W * part / 6
        unit = " min" if part == 6 else ""
        anchor = "end" if part == 6 else "middle"
        yield (
            f'<text x="{x:g}" y="{bottom + 18:g}" text-anchor="{anchor}" class="small">'
            f"{minutes:g}{unit}</text>"
        )


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" class="mean" stroke="{colour}"/>'
