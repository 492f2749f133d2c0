"""Which setting is best, and how firm that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, sqrt
from statistics import fmean, variance

from bridge.training.sweep.one_run import Result
from bridge.training.sweep.settings import Run, Setting

FIRM_ERRORS = 2.0
"""A difference of so many standard errors is no chance."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A setting and how its seeds fared.

    Args:
        setting: It.
        runs: Its runs, the best first, with their results.
    """

    setting: Setting
    runs: tuple[tuple[Run, Result], ...]

    @property
    def nats(self) -> float:
        """Mean validation nats a step of its seeds; inf where one burst or failed."""
        return fmean(_worth(result) for _, result in self.runs)

    @property
    def best(self) -> tuple[Run, Result]:
        """Its best seed."""
        return self.runs[0]


def ranking(results: Mapping[Run, Result]) -> list[Ranked]:
    """The settings, best first; of equal ones, which was named first."""
    by_setting: dict[Setting, list[tuple[Run, Result]]] = {}
    for run in sorted(results, key=lambda one: one.seed):
        by_setting.setdefault(run.setting, []).append((run, results[run]))
    ranked = [
        Ranked(setting, tuple(sorted(runs, key=lambda one: _order(one[1]))))
        for setting, runs in by_setting.items()
    ]
    return sorted(ranked, key=lambda one: (one.nats, _order(one.best[1])))


def firmness(ranked: Sequence[Ranked]) -> str:
    """How much the choice of the first can be trusted, in words."""
    if len(ranked) == 1:
        return "There was one setting, so nothing was chosen."
    if ranked[0].nats == inf:
        return "The choice is not firm: no setting was trained to the end with all seeds."
    gap = ranked[1].nats - ranked[0].nats
    if len(ranked[0].runs) == 1:
        return (
            f"The next setting is {gap:.4f} nats a step worse. Each was tried with one seed: "
            "--seeds 3 would tell whether that is more than chance."
        )
    if gap == inf:
        return "The choice is firm: no other setting was trained to the end with all seeds."
    spread = _spread(ranked)
    error = spread * sqrt(2.0 / len(ranked[0].runs))
    facts = (
        f"the next setting is {gap:.4f} nats a step worse, and seeds of one setting differ by "
        f"{spread:.4f} (standard deviation)"
    )
    if gap > FIRM_ERRORS * error:
        return f"The choice is firm: {facts}."
    return f"The choice is not firm: {facts}. More seeds or more music would tell."


def _spread(ranked: Sequence[Ranked]) -> float:
    """Standard deviation between seeds of one setting, over all settings."""
    found = [variance([result.nats for _, result in one.runs]) for one in ranked if one.nats < inf]
    return sqrt(fmean(found))


def _order(result: Result) -> tuple[float, bool]:
    return _worth(result), bool(result.failure)


def _worth(result: Result) -> float:
    return inf if isnan(result.nats) else result.nats
