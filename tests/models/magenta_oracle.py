"""The real Magenta as an oracle: bundles from its own graph builder, answers from its generators.

Nothing here is imported unless Magenta is installed; tests that use it are marked ``magenta``.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

QPM = 120.0
DRUM_IDS = ("one_drum", "drum_kit")
MELODY_IDS = ("basic_rnn", "mono_rnn", "lookback_rnn", "attention_rnn")
IMPROV_IDS = ("basic_improv", "attention_improv", "chord_pitches_improv")
POLYPHONY_IDS = ("polyphony",)
ALL_IDS = DRUM_IDS + MELODY_IDS + IMPROV_IDS + POLYPHONY_IDS


def require_magenta() -> SimpleNamespace:
    """The modules, or a skip with a reason."""
    for name in ("tensorflow", "tf_keras", "note_seq", "magenta"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: see docs/install.md for the real Magenta")
    return _modules()


@cache
def _modules() -> SimpleNamespace:
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import note_seq
        import tensorflow.compat.v1 as tf
        from magenta.models.drums_rnn import drums_rnn_model, drums_rnn_sequence_generator
        from magenta.models.improv_rnn import improv_rnn_model, improv_rnn_sequence_generator
        from magenta.models.melody_rnn import melody_rnn_model, melody_rnn_sequence_generator
        from magenta.models.performance_rnn import performance_model, performance_sequence_generator
        from magenta.models.pianoroll_rnn_nade import (
            pianoroll_rnn_nade_model,
            pianoroll_rnn_nade_sequence_generator,
        )
        from magenta.models.polyphony_rnn import (
            polyphony_lib,
            polyphony_model,
            polyphony_sequence_generator,
        )
        from magenta.models.shared import sequence_generator_bundle
        from note_seq.protobuf import generator_pb2, music_pb2
    tf.get_logger().setLevel(logging.ERROR)
    logging.getLogger("absl").setLevel(logging.ERROR)
    # TensorFlow fixes its threads at the first operation, which another test may have run.
    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    configs = {
        **drums_rnn_model.default_configs,
        **melody_rnn_model.default_configs,
        **improv_rnn_model.default_configs,
        **performance_model.default_configs,
        **polyphony_model.default_configs,
        **pianoroll_rnn_nade_model.default_configs,
    }
    generators = {
        **drums_rnn_sequence_generator.get_generator_map(),
        **melody_rnn_sequence_generator.get_generator_map(),
        **improv_rnn_sequence_generator.get_generator_map(),
        **performance_sequence_generator.get_generator_map(),
        **polyphony_sequence_generator.get_generator_map(),
        **pianoroll_rnn_nade_sequence_generator.get_generator_map(),
    }
    return SimpleNamespace(
        note_seq=note_seq,
        polyphony_lib=polyphony_lib,
        tf=tf,
        bundles=sequence_generator_bundle,
        generator_pb2=generator_pb2,
        music_pb2=music_pb2,
        configs=configs,
        generators=generators,
        step_to_value=performance_sequence_generator._step_to_value,
    )


def build_bundle(
    generator_id: str,
    path: Path,
    *,
    batch: int = 1,
    gain: float = 2.0,
    units: tuple[int, ...] = (),
    residual: bool = False,
) -> None:
    """A bundle of random weights from Magenta's own graph builder and exporter.

    Kernels are scaled by ``gain`` and biases made non-zero: fresh weights give a nearly even
    distribution, which would prove little.

    Args:
        generator_id: Magenta's name of the configuration.
        path: Where the bundle goes.
        batch: Batch size that it is saved with.
        gain: Scale of the kernels.
        units: Widths of the layers; empty: the configuration's own.
        residual: Whether each layer's input is added to its output.
    """
    m = require_magenta()
    generator = m.generators[generator_id](checkpoint="unused")
    model = generator._model
    with sized(m.configs[generator_id], batch, units, residual), m.tf.Graph().as_default():
        m.tf.set_random_seed(7)
        model._build_graph_for_generation()
        model._session = m.tf.Session()
        model._session.run(m.tf.global_variables_initializer())
        for variable in m.tf.global_variables():
            value = model._session.run(variable)
            random = np.random.RandomState(zlib.crc32(variable.name.encode()))
            noise = random.uniform(-0.1, 0.1, value.shape)
            value = noise if value.ndim == 1 else value * gain
            if generator_id in POLYPHONY_IDS and value.shape == (model_classes(generator),):
                value[2] += 5.0  # Or a step of random polyphony would have hundreds of notes.
            variable.load(np.asarray(value, np.float32), model._session)
        generator._initialized = True
        generator.create_bundle_file(str(path), "made by a test")
        generator.close()


@contextmanager
def sized(
    config: Any, batch: int, units: tuple[int, ...] = (), residual: bool = False
) -> Iterator[None]:
    """Magenta's configuration with another batch and, where given, other layers."""
    usual = config.hparams.values()
    config.hparams.batch_size = batch
    config.hparams.residual_connections = residual
    if units:
        config.hparams.rnn_layer_sizes = list(units)
    yield
    config.hparams.override_from_dict(usual)


def model_classes(generator: Any) -> int:
    """How many classes a generator's model predicts."""
    return int(generator._model._config.encoder_decoder.num_classes)


@dataclass(frozen=True, slots=True)
class StepNote:
    """A note in whole steps."""

    pitch: int
    start_step: int
    end_step: int


class MagentaPlayer:
    """Magenta's generator for one bundle."""

    def __init__(self, path: Path) -> None:
        self.m = require_magenta()
        self.bundle = self.m.bundles.read_bundle_file(str(path))
        self.generator_id = self.bundle.generator_details.id
        self.config = self.m.configs[self.generator_id]
        self.generator = self.m.generators[self.generator_id](bundle=self.bundle)
        self.generator.initialize()
        self.model = self.generator._model
        self.step_s = 60.0 / QPM / self.generator.steps_per_quarter

    def sequence(
        self,
        notes: list[StepNote],
        call_steps: int,
        answer_steps: int = 0,
        chords: list[str] | None = None,
    ) -> Any:
        """Call as Magenta gets it; ``chords`` are those of every step, of the answer's too."""
        sequence = self.m.music_pb2.NoteSequence()
        sequence.tempos.add().qpm = QPM
        limit = self._answer_start_s(call_steps)
        if self.generator_id in IMPROV_IDS:
            limit -= 1e-7  # It wants notes that end before the answer starts.
        for note in notes:
            sequence.notes.add(
                pitch=note.pitch,
                velocity=90,
                start_time=note.start_step * self.step_s,
                end_time=min(limit, note.end_step * self.step_s),
            )
        sequence.total_time = max([note.end_time for note in sequence.notes], default=0.0)
        for step, symbol in enumerate(chords or ()):
            if step == 0 or symbol != chords[step - 1]:
                sequence.text_annotations.add(
                    time=step * self.step_s,
                    text=symbol,
                    annotation_type=self.m.music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL,
                )
        if chords is not None:
            sequence.total_time = (call_steps + answer_steps) * self.step_s + 1e-7
        return sequence

    def _answer_start_s(self, call_steps: int) -> float:
        # A start exactly on a step would be rounded to the step after it (Magenta's defect 2).
        return call_steps * self.step_s - 1e-7

    def answer(
        self,
        notes: list[StepNote],
        call_steps: int,
        answer_steps: int,
        *,
        seed: int,
        temperature: float = 1.0,
        beam: tuple[int, int, int] = (1, 1, 1),
        chords: list[str] | None = None,
        primer: tuple[bool, bool] = (True, False),
    ) -> list[StepNote]:
        """What Magenta answers: its notes from the answer's start on.

        Args:
            notes: The call.
            call_steps: Its length.
            answer_steps: Length of the answer.
            seed: Of NumPy's global random numbers.
            temperature: Divides the logits.
            beam: Beam size, branch factor, steps per iteration.
            chords: For improv: the chord of each step of call and answer.
            primer: For polyphony: whether the call is heard, and whether it sounds along.
        """
        options = self.m.generator_pb2.GeneratorOptions()
        options.args["temperature"].float_value = temperature
        names = ("beam_size", "branch_factor", "steps_per_iteration")
        for name, value in zip(names, beam, strict=True):
            options.args[name].int_value = value
        if self.generator_id in POLYPHONY_IDS:
            heard, injected = primer
            options.args["condition_on_primer"].bool_value = heard
            options.args["no_inject_primer_during_generation"].bool_value = not injected
        options.generate_sections.add(
            start_time=self._answer_start_s(call_steps),
            end_time=(call_steps + answer_steps) * self.step_s + 1e-7,
        )
        # Magenta draws from NumPy's global numbers; other tests must not notice.
        before = np.random.get_state()
        np.random.seed(seed)
        sequence = self.sequence(notes, call_steps, answer_steps, chords)
        output = self.generator.generate(sequence, options)
        np.random.set_state(before)
        found = []
        for note in output.notes:
            start = round(note.start_time / self.step_s) - call_steps
            end = round(note.end_time / self.step_s) - call_steps
            if start >= 0:
                found.append(StepNote(note.pitch, start, end))
        return sorted(found, key=lambda note: (note.start_step, note.pitch, note.end_step))

    def call_events(self, notes: list[StepNote], call_steps: int) -> Any:
        """The events that Magenta primes its network with, transposed."""
        note_seq = self.m.note_seq
        quantized = note_seq.quantize_note_sequence(
            self.sequence(notes, call_steps), self.generator.steps_per_quarter
        )
        if self.generator_id in DRUM_IDS:
            events = note_seq.DrumTrack()
            events.from_quantized_sequence(quantized, gap_bars=float("inf"), ignore_is_drum=True)
            events.set_length(call_steps - events.start_step)
            return events, 0
        if self.generator_id in POLYPHONY_IDS:
            (events,), _ = self.m.polyphony_lib.extract_polyphonic_sequences(quantized)
            events.set_length(call_steps)
            events.trim_trailing_end_events()
            return events, 0
        events = note_seq.Melody()
        events.from_quantized_sequence(
            quantized, gap_bars=float("inf"), ignore_polyphonic_notes=True
        )
        events.set_length(call_steps - events.start_step)
        amount = events.squash(
            self.config.min_note, self.config.max_note, self.config.transpose_to_key
        )
        return events, amount

    def softmaxes(self, inputs: np.ndarray) -> np.ndarray:
        """Distributions after each input vector, shape (steps, classes)."""
        session = self.model._session
        collection = session.graph.get_collection
        batch = self.model._batch_size()
        feed = {collection("inputs")[0]: np.repeat(inputs[None], batch, axis=0)}
        if collection("temperature"):
            feed[collection("temperature")[0]] = 1.0
        return np.asarray(session.run(collection("softmax")[0], feed))[0]

    def close(self) -> None:
        self.generator.close()
