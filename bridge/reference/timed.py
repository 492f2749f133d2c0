"""Magenta's generator of performances, which plays in hundredths of a second.

Source: Magenta, ``models/performance_rnn/performance_sequence_generator.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.core.encodings.conditions import Conditions
from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.performance import MAX_SHIFT_STEPS, STEPS_PER_SECOND, PlacedNote
from bridge.core.requests import AnswerControls, Likelihood
from bridge.reference.generator import NUDGE_S, QPM, Made, MagentaGenerator

OCTAVE = 12


class TimedGenerator(MagentaGenerator):
    """Plays in seconds."""

    @property
    def velocities(self) -> bool:
        """Whether it plays velocities of its own."""
        return bool(self._generator.num_velocity_bins)

    def answer(
        self,
        notes: Sequence[PlacedNote],
        call_steps: int,
        answer_steps: int,
        controls: AnswerControls,
        conditions: Conditions,
        *,
        remembered_steps: int = 0,
    ) -> Made:
        """Continue a call.

        Args:
            notes: Notes of what is remembered and of the call.
            call_steps: Length of both.
            answer_steps: Length of the answer, 1 or more.
            controls: Those that Magenta knows are heard.
            conditions: What the model is told, as far as it takes that.
            remembered_steps: How much of the call was played before it.

        Returns:
            The answer; in its likelihood the steps are hundredths of a second.

        Raises:
            PrimerRejected: Magenta can't go on from this call.
        """
        # An empty call is a second of silence, which Magenta would take from the answer.
        silence = 0 if notes else MAX_SHIFT_STEPS
        begin = call_steps if notes else MAX_SHIFT_STEPS
        first = begin + silence
        begin_s = begin / STEPS_PER_SECOND - NUDGE_S
        end_s = (first + answer_steps) / STEPS_PER_SECOND + NUDGE_S
        options = self._searching(controls)
        self._add_conditions(options, conditions)
        options.generate_sections.add(start_time=begin_s, end_time=end_s)
        sequence = self._sequence(notes, begin_s)
        output = self._generate(sequence, options, controls.seed)
        made = [self._grid_note(note, first, answer_steps) for note in output]
        heard = sorted(
            (note for note in made if 0 <= note.start_step < answer_steps),
            key=lambda note: (note.start_step, note.pitch),
        )
        steps = (0 if silence else call_steps, answer_steps, remembered_steps)
        return Made(tuple(heard), self._likelihood(*steps))

    def _sequence(self, notes: Sequence[PlacedNote], limit_s: float) -> Any:
        from note_seq.protobuf import music_pb2

        sequence = music_pb2.NoteSequence()
        sequence.tempos.add().qpm = QPM
        for note in notes:
            sequence.notes.add(
                pitch=note.pitch,
                velocity=note.velocity,
                start_time=note.start_step / STEPS_PER_SECOND,
                end_time=min(limit_s, note.end_step / STEPS_PER_SECOND),
            )
        sequence.total_time = max((note.end_time for note in sequence.notes), default=0.0)
        return sequence

    def _add_conditions(self, options: Any, conditions: Conditions) -> None:
        """Magenta reads these as Python lists in text."""
        signals = self._generator.control_signals or ()
        names = {signal.name for signal in signals}
        histograms = conditions.histograms
        if "notes_per_second" in names:
            text = str(list(conditions.notes_per_second))
            options.args["notes_per_second"].string_value = text
        if "pitch_class_histogram" in names:
            text = str([list(histogram) for histogram in histograms])
            options.args["pitch_class_histogram"].string_value = text
        if self._generator.optional_conditioning:
            options.args["disable_conditioning"].string_value = str(list(conditions.disable))

    @staticmethod
    def _grid_note(note: Any, first: int, answer_steps: int) -> GridNote:
        start = round(note.start_time * STEPS_PER_SECOND) - first
        end = round(note.end_time * STEPS_PER_SECOND) - first
        return GridNote(note.pitch, start, min(answer_steps, end), note.velocity)

    def _likelihood(self, call_steps: int, answer_steps: int, remembered: int) -> Likelihood:
        if not self._tells_likelihood:
            return Likelihood(0.0, 0, 0.0, 0)
        primer, events = self._primer, self._events
        heard, before = len(primer), _place(primer, remembered)
        made = max(heard, _place(events, primer.num_steps + answer_steps))
        conditions = self._conditions_of(events)
        sums = [self._nats(events[:count], conditions) for count in (before, heard, made)]
        return Likelihood(
            sums[1] - sums[0],
            call_steps - remembered,
            sums[2] - sums[1],
            answer_steps,
            heard - max(1, before),
            made - heard,
        )

    def _conditions_of(self, events: Any) -> list[Any] | None:
        """What the model is told at each event, worked out by Magenta."""
        extend = self._options.get("extend_control_events_callback")
        if extend is None:
            return None
        from magenta.models.performance_rnn.performance_model import PerformanceControlState

        controls = [self._options["control_events"][0]]
        extend(controls, events, PerformanceControlState(0, 0))
        return controls


def _place(events: Any, steps: int) -> int:
    """After how many of its events so many steps have passed."""
    if steps <= 0:
        return 0
    passed = 0
    for i, event in enumerate(events):
        if event.event_type == event.TIME_SHIFT:
            passed += event.event_value
        if passed >= steps:
            return i + 1
    return len(events)
