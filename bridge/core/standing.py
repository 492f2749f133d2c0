"""How a player stands: its model, and its last complete answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.core.answer import Answer


@dataclass(frozen=True, slots=True)
class Standing:
    """What changes with a model or an answer; a new object each time, so that a look tells.

    Args:
        bundle: The model that is ready; "" before any is.
        drums: Whether it plays drums.
        answer_id: Number of the last complete answer; 0 before the first.
        seed: Its seed.
        call_nats_per_step: Mean ln p of its call at temperature 1; None before the first.
        answer_nats_per_step: Mean ln p of the answer; None before the first.
        running_total_nats: Both sums; None before the first.
    """

    bundle: str = ""
    drums: bool = True
    answer_id: int = 0
    seed: int = 0
    call_nats_per_step: float | None = None
    answer_nats_per_step: float | None = None
    running_total_nats: float | None = None

    def with_model(self, bundle: str, drums: bool) -> Standing:
        """After a model has become ready."""
        return replace(self, bundle=bundle, drums=drums)

    def with_answer(self, answer: Answer) -> Standing:
        """After an answer has become complete."""
        likelihood = answer.likelihood
        return replace(
            self,
            answer_id=answer.answer_id,
            seed=answer.seed,
            call_nats_per_step=likelihood.call_nats_per_step,
            answer_nats_per_step=likelihood.answer_nats_per_step,
            running_total_nats=likelihood.running_total_nats,
        )
