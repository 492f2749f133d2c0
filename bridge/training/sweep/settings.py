"""What is tried: every combination of sizes, rates and shares of dropout, each with some seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from bridge.training.kinds import ModelKind


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to train.

    Args:
        layers: Units of each LSTM layer; empty: those of the bundle to begin with.
        rate: Highest learning rate.
        dropout: Share of each layer's output that is left out.
    """

    layers: tuple[int, ...]
    rate: float
    dropout: float

    def words(self) -> str:
        """For people."""
        layers = f"{','.join(map(str, self.layers))} " if self.layers else ""
        return f"{layers}rate {self.rate:g} dropout {self.dropout:g}"

    def of(self, kind: ModelKind) -> ModelKind:
        """The kind of model, learnt so."""
        return replace(kind, dropout=replace(kind.dropout, outputs=self.dropout))


@dataclass(frozen=True, slots=True)
class Run:
    """A setting with a seed.

    Args:
        setting: How to train.
        seed: Of weights, order of data and dropout.
    """

    setting: Setting
    seed: int

    def words(self) -> str:
        """For people."""
        return f"{self.setting.words()} seed {self.seed}"


def all_runs(
    layers: Sequence[tuple[int, ...]],
    rates: Sequence[float],
    dropouts: Sequence[float],
    seeds: int,
) -> list[Run]:
    """Every combination once with each seed, the first seed of all settings first."""
    combined = dict.fromkeys(product(layers, rates, dropouts))
    settings = [Setting(*combination) for combination in combined]
    return [Run(setting, seed) for seed in range(1, seeds + 1) for setting in settings]
