"""The real Magenta's performance_rnn as an oracle."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bridge.core.encodings.conditions import Conditions
from bridge.core.encodings.timed import TimedEncoding
from bridge.core.notes import Note, Phrase
from tests.models.magenta_oracle import QPM, require_magenta, sized

UNITS = (48, 40, 32)
"""Small layers: what is compared does not depend on their widths."""
NOTE_ENCODING = "performance_with_dynamics_and_note_encoding"
COMPACT = "performance_with_dynamics_compact"
NAMES = (
    "performance",
    "performance_with_dynamics",
    COMPACT,
    "performance_with_dynamics_and_modulo_encoding",
    NOTE_ENCODING,
    "density_conditioned_performance_with_dynamics",
    "pitch_conditioned_performance_with_dynamics",
    "multiconditioned_performance_with_dynamics",
    "optional_multiconditioned_performance_with_dynamics",
)
CONDITIONS = (
    Conditions(),
    Conditions((3.0, 20.0, 0.5), (4.0, 0, 1, 0, 2, 0, 0, 3, 0, 0.7, 0, 0), (False,)),
    Conditions((6.0,), (1.0,) + (0.0,) * 11 + (0.0,) * 12, (False, True)),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A note in steps of 10 ms from the answer's start."""

    start_step: int
    pitch: int
    end_step: int
    velocity: int


def random_call(seed: int, beats: float) -> Phrase:
    """Chords, overlaps and repetitions, off every grid; nothing rounds out of the call."""
    choice = random.Random(seed)
    notes = []
    for _ in range(choice.randrange(1, 24)):
        start = choice.uniform(0.0, beats - 0.1)
        length = choice.uniform(0.0, min(2.0, beats - start - 0.02))
        pitch = choice.choice([60, 64, choice.randrange(128)])
        notes.append(Note(pitch, choice.randrange(1, 128), start, length))
    return Phrase.of(notes, beats)


class PerformancePlayer:
    """Magenta's generator for one bundle.

    Magenta can't play a bundle of the note encoding: its graph, when saved, loses the six
    distributions. Its own graph builder still makes them, so there the oracle is a graph built anew
    with the bundle's weights.

    Args:
        path: The bundle.
        name: Magenta's name of the configuration.
        batch: Batch size that it was saved with.
        units: Widths of its layers; empty: the configuration's own.
    """

    def __init__(
        self, path: Path, name: str, batch: int = 1, units: tuple[int, ...] = UNITS
    ) -> None:
        self.m = require_magenta()
        self.bundle = self.m.bundles.read_bundle_file(str(path))
        self.config, make = self.m.configs[name], self.m.generators[name]
        if name == NOTE_ENCODING:
            checkpoint = path.with_suffix(".ckpt")
            checkpoint.write_bytes(self.bundle.checkpoint_file[0])
            with sized(self.config, batch, units):
                self.generator = make(checkpoint=str(checkpoint))
                self.generator.initialize()
        else:
            self.generator = make(bundle=self.bundle)
            self.generator.initialize()
        self.model = self.generator._model

    def sequence(self, call: Phrase) -> Any:
        sequence = self.m.music_pb2.NoteSequence()
        sequence.tempos.add().qpm = QPM
        for note in call.notes:
            sequence.notes.add(
                pitch=note.pitch,
                velocity=note.velocity,
                start_time=note.start_beats * 60.0 / QPM,
                end_time=note.end_beats * 60.0 / QPM,
            )
        sequence.total_time = max([note.end_time for note in sequence.notes], default=0.0)
        return sequence

    def events(self, call: Phrase) -> Any:
        """The events that Magenta primes its network with."""
        from magenta.pipelines import performance_pipeline

        quantized = self.m.note_seq.quantize_note_sequence_absolute(self.sequence(call), 100)
        [performance], _ = performance_pipeline.extract_performances(
            quantized,
            num_velocity_bins=self.config.num_velocity_bins,
            note_performance=self.config.note_performance,
        )
        performance.set_length(round(call.length_beats * 6000 / QPM))
        return performance

    def answer(
        self,
        call: Phrase,
        beats: float,
        *,
        seed: int,
        temperature: float = 1.0,
        conditions: Conditions | None = None,
    ) -> list[Heard]:
        """What Magenta answers: its notes from the answer's start on."""
        options = self.m.generator_pb2.GeneratorOptions()
        options.args["temperature"].float_value = temperature
        if conditions is not None:
            histograms = conditions.pitch_class_histogram
            stretches = [list(histograms[i : i + 12]) for i in range(0, len(histograms), 12)]
            options.args["notes_per_second"].string_value = str(list(conditions.notes_per_second))
            if self.config.optional_conditioning:
                options.args["disable_conditioning"].string_value = str(list(conditions.disable))
            if stretches:
                options.args["pitch_class_histogram"].string_value = str(stretches)
        start_s = call.length_beats * 60.0 / QPM
        options.generate_sections.add(
            start_time=start_s - 1e-7, end_time=start_s + beats * 60.0 / QPM + 1e-7
        )
        before = np.random.get_state()
        np.random.seed(seed)
        if self.config.note_performance:
            # The generator does just this, then trips over notes that it lets outlast the answer.
            heard = self.events(call)
            count = math.ceil(4 * 15.0 * beats * 60.0 / QPM)
            made = self.model.generate_performance(len(heard) + count, heard, temperature)
            output = made.to_sequence()
        else:
            output = self.generator.generate(self.sequence(call), options)
        np.random.set_state(before)
        first, last = round(start_s * 100), round((start_s + beats * 60.0 / QPM) * 100)
        found = [
            Heard(
                round(note.start_time * 100) - first,
                note.pitch,
                min(last, round(note.end_time * 100)) - first,
                note.velocity,
            )
            for note in output.notes
            if first <= round(note.start_time * 100) < last
        ]
        return sorted(found, key=lambda n: (n.start_step, n.pitch, n.end_step, n.velocity))

    def inputs(self, events: Any, conditions: Conditions, total_steps: int) -> np.ndarray:
        """Magenta's own input vectors for these events, shape (events, width)."""
        encoder = self.config.encoder_decoder
        if not self.config.control_signals:
            return np.array(encoder.get_inputs_batch([events], full_length=True)[0])
        values = {
            "notes_per_second": list(conditions.notes_per_second),
            "pitch_class_histogram": list(conditions.histograms),
        }
        at = self.m.step_to_value
        controls, step = [], 0
        for event in [None, *events]:
            if event is not None and event.event_type == event.TIME_SHIFT:
                step += event.event_value
            control: Any = tuple(
                list(value) if isinstance(value, tuple) else value
                for value in (
                    at(step, total_steps, values[signal.name])
                    for signal in self.config.control_signals
                )
            )
            if self.config.optional_conditioning:
                control = (at(step, total_steps, list(conditions.disable)), control)
            controls.append(control)
        return np.array(encoder.get_inputs_batch([controls], [events], full_length=True)[0])

    def softmaxes(self, inputs: np.ndarray) -> np.ndarray:
        """Distributions after each input vector, shape (steps, classes), side by side."""
        collection = self.model._session.graph.get_collection
        feed = {collection("inputs")[0]: inputs[None], collection("temperature")[0]: 1.0}
        made = self.model._session.run(collection("softmax")[0], feed)
        if isinstance(made, list):
            return np.concatenate([part[0] for part in made], axis=1)
        return np.asarray(made)[0]

    def close(self) -> None:
        self.generator.close()


def their_events(encoding: TimedEncoding, name: str, events: list[int]) -> Any:
    """Our events as note-seq writes them."""
    m = require_magenta()
    from bridge.core.encodings.note_performance import unpacked

    oracle = m.configs[name].encoder_decoder
    if encoding.sizes:
        return [oracle.class_index_to_event(unpacked(event), None) for event in events]
    return [oracle.class_index_to_event(event, None) for event in events]
