"""What the engine tells its console."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.events import AnswerMade, GuardActed, Level, Notice
from bridge.core.requests import Choice


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """One line for the console.

    Args:
        level: How much it matters.
        text: The line.
        answer: The whole answer, where the line is about one.
    """

    level: Level
    text: str
    answer: AnswerMade | None = None


def describe(event: Notice | AnswerMade | GuardActed) -> EngineEvent:
    """A jam's event as a line for people."""
    if isinstance(event, Notice):
        return EngineEvent(event.level, event.text)
    if isinstance(event, GuardActed):
        return EngineEvent(Level.INFO, f"Player {event.player} {event.text}.")
    likelihood = event.likelihood
    text = (
        f"Answer {event.answer_id} by {event.bundle}: {len(event.answer.notes)} notes in"
        f" {event.answer.length_beats:g} beats, temperature {event.temperature:.2f},"
        f" seed {event.seed}, {likelihood.answer_nats_per_step:.2f} nats a step"
        f" (the call {likelihood.call_nats_per_step:.2f}){_chosen(event.choice)}."
    )
    return EngineEvent(Level.INFO, text, event)


def _chosen(choice: Choice | None) -> str:
    """How the answer was chosen, where there was a choice."""
    if choice is None:
        return ""
    if choice.tried == 1:
        return ", the first of its candidates: no time for others"
    return (
        f", best of {choice.tried} by their first {choice.ranked_steps} steps,"
        f" score {choice.score:.2f}"
    )
