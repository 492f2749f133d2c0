"""What a bundle's generator in the real Magenta shares with all others.

The two kinds of them play in steps of a beat (`bridge.reference.grid`) or in hundredths of a second
(`bridge.reference.timed`). Magenta's defects around the bar line are stepped around, as the native
engine does (``midi_interaction``): the first step of the call is heard, and the first step of the
answer is played. Source: Magenta, ``models/shared/events_rnn_model.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridge.core.encodings.grid import GridNote
from bridge.core.requests import AnswerControls, Likelihood
from bridge.errors import PrimerRejected
from bridge.models.sampling import MAX_TEMPERATURE, MIN_TEMPERATURE

QPM = 120.0
"""Any tempo will do: an answer on the grid is read in steps again."""
NUDGE_S = 1e-7
"""Magenta takes a section that starts exactly on a step to start on the next one."""


@dataclass(frozen=True, slots=True)
class Made:
    """An answer.

    Args:
        notes: In order of start, then pitch; steps from the start of the answer.
        likelihood: Of call and answer at temperature 1; without steps where Magenta can't tell it
            (bundles saved with a batch).
    """

    notes: tuple[GridNote, ...]
    likelihood: Likelihood


class MagentaGenerator:
    """Magenta's own generator of a bundle.

    Args:
        generator: It, ready.
        batch_size: Batch size stored in the bundle.
    """

    drums = False
    steps_per_quarter = 4

    def __init__(self, generator: Any, batch_size: int) -> None:
        self._generator = generator
        # Magenta's own scoring fails with a batch.
        self._tells_likelihood = batch_size == 1
        self._primer: Any = None
        self._events: Any = None
        self._options: dict[str, Any] = {}
        self._watch()

    @property
    def model(self) -> Any:
        """Magenta's model."""
        return self._generator._model

    def close(self) -> None:
        """Let its TensorFlow session go."""
        self._generator.close()

    def _generate(self, sequence: Any, options: Any, seed: int) -> list[Any]:
        """Notes of call and answer; Magenta draws from NumPy's global numbers.

        Raises:
            PrimerRejected: Magenta can't go on from this call.
        """
        import note_seq
        from magenta.models.shared.events_rnn_model import EventSequenceRnnModelError
        from magenta.models.shared.sequence_generator import SequenceGeneratorError

        self._primer = self._events = None
        np.random.seed(seed % 2**32)
        try:
            return list(self._generator.generate(sequence, options).notes)
        except (
            EventSequenceRnnModelError,
            SequenceGeneratorError,
            note_seq.ChordEncodingError,
            note_seq.ChordSymbolError,
        ) as error:
            raise PrimerRejected(
                f"Magenta can't go on from this call: {error}.", "Use --engine native for it."
            ) from error

    def _searching(self, controls: AnswerControls) -> Any:
        """Magenta's options for temperature and beam search."""
        from note_seq.protobuf import generator_pb2

        options = generator_pb2.GeneratorOptions()
        temperature = min(MAX_TEMPERATURE, max(MIN_TEMPERATURE, controls.temperature))
        options.args["temperature"].float_value = temperature
        options.args["beam_size"].int_value = max(1, controls.beam_size)
        options.args["branch_factor"].int_value = max(1, controls.branch_factor)
        options.args["steps_per_iteration"].int_value = max(1, controls.steps_per_iteration)
        return options

    def _nats(self, events: Sequence[Any], conditions: Any = None) -> float:
        """Sum of ln p of all events but the first, by Magenta's own scoring.

        An event that could also be a repetition is scored as that (``events_to_label``), even where
        the answer drew it as itself: lookback models' answers differ in this from the native
        engine's.
        """
        if len(events) < 2 or not self._tells_likelihood:
            return 0.0
        return float(self.model._evaluate_log_likelihood([events], conditions)[0])

    def _watch(self) -> None:
        """Keep what Magenta's model is primed with and what it makes of that."""
        model = self.model
        generate_events = model._generate_events

        def watched(num_steps: int, primer: Any, *args: Any, **options: Any) -> Any:
            options = self._changed(options)
            if self._primer is None:
                self._primer, self._options = deepcopy(primer), options
            made = generate_events(num_steps, primer, *args, **options)
            # The generator will transpose what it gets.
            self._events = deepcopy(made)
            return made

        model._generate_events = watched

    def _changed(self, options: dict[str, Any]) -> dict[str, Any]:
        """Magenta's own options as the model gets them."""
        return options
