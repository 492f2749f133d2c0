"""A bad network in virtual time: loss, duplication, reordering, jitter, stalls. Seeded.

network = Network(loss=0.1, jitter=Jitter(exponential_s=0.005))
for arrival_s, item in network.deliver([(0.0, "a"), (0.1, "b")], seed=1): ...
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")

STALL_S = (0.02, 0.05)
DUPLICATE_WITHIN_S = 0.01
REORDER_BY_S = (0.02, 0.06)


@dataclass(frozen=True, slots=True)
class Jitter:
    """How long messages take; all parts add up.

    Args:
        base_s: Constant delay in seconds.
        gauss_s: Standard deviation of symmetric noise (the stamp may come early).
        exponential_s: Mean of one-sided noise.
        vector_s: Messages leave at the end of an audio buffer of this length.
        stall_every_s: Mean time between stalls of 20 to 50 ms, after which all that was held
            back arrives at once.
    """

    base_s: float = 0.0
    gauss_s: float = 0.0
    exponential_s: float = 0.0
    vector_s: float = 0.0
    stall_every_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Network:
    """A way from a sender to a receiver.

    Args:
        loss: Share of messages lost, 0 to 1.
        duplication: Share that arrives twice.
        reordering: Share that is overtaken by messages sent up to 60 ms later.
        jitter: Delays.
    """

    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    jitter: Jitter = field(default_factory=Jitter)

    def deliver(self, sent: Iterable[tuple[float, Item]], seed: int) -> list[tuple[float, Item]]:
        """What arrives, in order of arrival.

        Args:
            sent: (time sent in seconds, message), in order of time.
            seed: Same seed, same network.
        """
        rng = np.random.default_rng(seed)
        messages = list(sent)
        stalls = self._stalls(messages[-1][0] + 1.0, rng) if messages else []
        arrivals: list[tuple[float, int, Item]] = []
        for number, (sent_s, item) in enumerate(messages):
            if rng.random() < self.loss:
                continue
            delay_s = self._delay_s(sent_s, rng)
            if rng.random() < self.reordering:
                delay_s += rng.uniform(*REORDER_BY_S)
            arrival_s = _held_back(sent_s + delay_s, stalls, rng)
            arrivals.append((arrival_s, number, item))
            if rng.random() < self.duplication:
                arrivals.append((arrival_s + rng.uniform(0.0, DUPLICATE_WITHIN_S), number, item))
        arrivals.sort(key=lambda arrival: arrival[:2])
        return [(arrival_s, item) for arrival_s, _, item in arrivals]

    def _delay_s(self, sent_s: float, rng: np.random.Generator) -> float:
        jitter = self.jitter
        delay_s = jitter.base_s
        if jitter.vector_s:
            delay_s += jitter.vector_s - sent_s % jitter.vector_s
        if jitter.gauss_s:
            delay_s += rng.normal(0.0, jitter.gauss_s)
        if jitter.exponential_s:
            delay_s += rng.exponential(jitter.exponential_s)
        return float(delay_s)

    def _stalls(self, until_s: float, rng: np.random.Generator) -> list[tuple[float, float]]:
        stalls: list[tuple[float, float]] = []
        now_s = 0.0
        while self.jitter.stall_every_s and now_s < until_s:
            begin_s = now_s + rng.exponential(self.jitter.stall_every_s)
            now_s = begin_s + rng.uniform(*STALL_S)
            stalls.append((begin_s, now_s))
        return stalls


def _held_back(
    arrival_s: float, stalls: list[tuple[float, float]], rng: np.random.Generator
) -> float:
    index = bisect_right(stalls, (arrival_s, float("inf"))) - 1
    if index >= 0 and arrival_s < stalls[index][1]:
        return stalls[index][1] + float(rng.exponential(2e-5))
    return arrival_s


BUFFER_256_S = 256 / 44100
BUFFER_512_S = 512 / 44100

PERFECT = Network()
GAUSS_2_MS = Network(jitter=Jitter(gauss_s=0.002))
EXPONENTIAL_1_MS = Network(jitter=Jitter(exponential_s=0.001))
EXPONENTIAL_5_MS = Network(jitter=Jitter(exponential_s=0.005))
STALLS = Network(jitter=Jitter(exponential_s=0.0003, stall_every_s=2.0))
BUFFERS_256 = Network(jitter=Jitter(exponential_s=0.0003, vector_s=BUFFER_256_S, stall_every_s=5.0))
BUFFERS_512 = Network(jitter=Jitter(exponential_s=0.0002, vector_s=BUFFER_512_S))
LOSSY_5 = Network(0.05, 0.03, 0.02, Jitter(exponential_s=0.001))
LOSSY_10 = Network(0.10, 0.05, 0.05, Jitter(exponential_s=0.001, stall_every_s=2.0))

NETWORKS = {
    "gauss 2 ms": GAUSS_2_MS,
    "exponential 1 ms": EXPONENTIAL_1_MS,
    "exponential 5 ms": EXPONENTIAL_5_MS,
    "stalls": STALLS,
    "buffers of 256, stalls": BUFFERS_256,
    "buffers of 512": BUFFERS_512,
    "5 % loss": LOSSY_5,
    "10 % loss, stalls": LOSSY_10,
}
