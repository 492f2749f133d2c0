"""Two models that answer each other, minutes of it; `python -m benchmarks loop` plays an hour."""

from __future__ import annotations

import pytest

from benchmarks.loop import MOST_SILENT_BARS
from benchmarks.loop_picture import picture
from benchmarks.loop_run import LoopResult, longest_run, play_loop
from bridge.core.events import Guard

BAR_S = 2.0


def check(result: LoopResult) -> None:
    assert (result.faults, result.hanging, result.warnings) == (0, 0, ())
    assert result.longest_silence_bars <= MOST_SILENT_BARS
    assert 0 < result.most_in_a_beat <= result.limit
    players = [step.player for step in result.steps]
    assert set(players) == {1, 2}
    # Two bars each, in turn; where one has to be woken a few bars are lost.
    assert len(players) > 0.7 * result.seconds / BAR_S / 2
    assert all(-20.0 < step.nats_per_step < 0.0 for step in result.steps)
    # What a step of the jam leaves behind would show here a hundred times over.
    assert result.objects[-1] - result.objects[2] < 2000


def test_drums_go_on_within_their_limits() -> None:
    check(play_loop("groove_drums", 60.0))


def test_melodies_fall_silent_and_are_woken_each_time() -> None:
    result = play_loop("session_melody", 300.0)
    check(result)
    assert result.acted[Guard.SILENCE] > 1
    assert f"{result.bundle}: nats a step" in picture([result])


def test_the_same_seed_gives_the_same_loop() -> None:
    first, second, other = (play_loop("session_melody", 60.0, seed=seed) for seed in (5, 5, 6))
    assert first.steps == second.steps
    assert first.steps != other.steps


@pytest.mark.parametrize(
    ("bars", "longest"), [("0001011", 1), ("1000010", 4), ("0000", 4), ("111", 0), ("01000", 3)]
)
def test_the_longest_silence_counts_from_the_first_note(bars: str, longest: int) -> None:
    assert longest_run(bytes(int(bar) for bar in bars)) == longest
