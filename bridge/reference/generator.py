"""One bundle in the real Magenta: a call in steps goes in, an answer in steps comes out.

Two of Magenta's defects are stepped around, as the native engine does (``midi_interaction``): the
first step of the call is heard, and the first step of the answer is played. Sources: Magenta,
``models/drums_rnn/drums_rnn_sequence_generator.py``, ``models/melody_rnn/…``,
``models/shared/events_rnn_model.py``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bridge.core.encodings.grid import GridNote
from bridge.core.requests import Likelihood
from bridge.errors import BundleInvalid
from bridge.models.bundle import read_bundle

_QPM = 120.0
"""Any tempo will do: the answer is read in steps again."""
_NUDGE_S = 1e-7
"""Magenta takes a section that starts exactly on a step to start on the next one."""
_VELOCITY = 90


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
    """Magenta's own generator of a bundle. `prepared` must have been called before.

    Args:
        path: The bundle's file, read natively first, so that a damaged one is one clear error.

    Raises:
        BundleMissing: There is no such file.
        BundleInvalid: It is damaged, or of a family that is not played here.
    """

    def __init__(self, path: Path) -> None:
        facts = read_bundle(path)
        from magenta.models.drums_rnn import drums_rnn_sequence_generator as drums
        from magenta.models.melody_rnn import melody_rnn_sequence_generator as melody
        from magenta.models.shared import sequence_generator_bundle

        drum_makers = drums.get_generator_map()
        makers: dict[str, Callable[..., Any]] = drum_makers | melody.get_generator_map()
        if facts.generator_id not in makers:
            raise BundleInvalid(
                f"The reference engine does not play {facts.generator_id!r} bundles.",
                "Use a drums or melody bundle, or --engine native.",
            )
        bundle = sequence_generator_bundle.read_bundle_file(str(path))
        self._generator = makers[facts.generator_id](bundle=bundle)
        self._generator.initialize()
        self.drums = facts.generator_id in drum_makers
        self.steps_per_quarter = int(self._generator.steps_per_quarter)
        self._step_s = 60.0 / _QPM / self.steps_per_quarter
        self._likelihood = Likelihood(0.0, 0, 0.0, 0)
        self._tells_likelihood = facts.facts.batch_size == 1
        self._watch(self._generator._model)

    def answer(
        self,
        notes: Sequence[GridNote],
        call_steps: int,
        answer_steps: int,
        *,
        temperature: float,
        seed: int,
    ) -> Made:
        """Continue a call.

        Args:
            notes: Notes of the call.
            call_steps: Length of the call, 1 or more.
            answer_steps: Length of the answer, 1 or more.
            temperature: Divides the logits.
            seed: Seed of NumPy's global random numbers, which Magenta draws from.
        """
        from note_seq.protobuf import generator_pb2

        begin_s = call_steps * self._step_s - _NUDGE_S
        options = generator_pb2.GeneratorOptions()
        options.args["temperature"].float_value = temperature
        end_s = (call_steps + answer_steps) * self._step_s + _NUDGE_S
        options.generate_sections.add(start_time=begin_s, end_time=end_s)
        np.random.seed(seed % 2**32)
        output = self._generator.generate(self._sequence(notes, begin_s), options)
        found = [self._grid_note(note, call_steps) for note in output.notes]
        made = sorted(
            (note for note in found if note.start_step >= 0),
            key=lambda note: (note.start_step, note.pitch),
        )
        return Made(tuple(made), self._likelihood)

    def close(self) -> None:
        """Let its TensorFlow session go."""
        self._generator.close()

    def _sequence(self, notes: Sequence[GridNote], limit_s: float) -> Any:
        from note_seq.protobuf import music_pb2

        sequence = music_pb2.NoteSequence()
        sequence.tempos.add().qpm = _QPM
        for note in notes:
            sequence.notes.add(
                pitch=note.pitch,
                velocity=_VELOCITY,
                start_time=note.start_step * self._step_s,
                # A primer's note that ends after the answer's start is an error to Magenta.
                end_time=min(limit_s, note.end_step * self._step_s),
            )
        sequence.total_time = max((note.end_time for note in sequence.notes), default=0.0)
        return sequence

    def _grid_note(self, note: Any, call_steps: int) -> GridNote:
        start = round(note.start_time / self._step_s) - call_steps
        return GridNote(note.pitch, start, round(note.end_time / self._step_s) - call_steps)

    def _watch(self, model: Any) -> None:
        """Have the likelihood of whatever Magenta generates computed by Magenta, too."""
        generate_events = model._generate_events

        def watched(num_steps: int, primer: Any, *args: Any, **options: Any) -> Any:
            events = generate_events(num_steps, primer, *args, **options)
            if self._tells_likelihood:
                self._likelihood = _likelihood(model, primer, events)
            return events

        model._generate_events = watched


def _likelihood(model: Any, primer: Any, events: Any) -> Likelihood:
    """Call and answer by Magenta's own scoring.

    An event that could also be a repetition is scored as that (``events_to_label``), even where the
    answer drew it as itself: lookback models' answers differ in this from the native engine's.
    """
    # The first event is not modelled, so a primer of one has nothing to be judged.
    call_nats = float(model._evaluate_log_likelihood([primer])[0]) if len(primer) > 1 else 0.0
    whole_nats = float(model._evaluate_log_likelihood([events])[0])
    answer_steps = len(events) - len(primer)
    return Likelihood(call_nats, len(primer) - 1, whole_nats - call_nats, answer_steps)


def quiet_tensorflow() -> str:
    """Import Magenta, one thread and no chatter; returns the versions in words.

    ``TF_USE_LEGACY_KERAS`` must be set before.
    """
    import warnings
    from importlib.metadata import version

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow.compat.v1 as tf
        from magenta.models.drums_rnn import drums_rnn_sequence_generator  # noqa: F401
        from magenta.models.melody_rnn import melody_rnn_sequence_generator  # noqa: F401
    tf.get_logger().setLevel(logging.ERROR)
    logging.getLogger("absl").setLevel(logging.ERROR)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return f"Magenta {version('magenta')} on TensorFlow {version('tensorflow')}"
