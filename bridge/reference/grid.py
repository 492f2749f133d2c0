"""Magenta's generators of drums, melodies, melodies over chords, and polyphony.

Sources: Magenta, ``models/drums_rnn/drums_rnn_sequence_generator.py`` and the same of
``melody_rnn``, ``improv_rnn`` and ``polyphony_rnn``.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bridge.core.chord_chart import ChordChange
from bridge.core.chord_symbols import NO_CHORD
from bridge.core.encodings.grid import GridNote, silent_lead_steps
from bridge.core.requests import AnswerControls, Likelihood
from bridge.core.units import nearest_step
from bridge.reference.generator import NUDGE_S, QPM, Made, MagentaGenerator

_VELOCITY = 90
_SILENT_BEATS = 4
"""Magenta must have a place before the answer for the silent step from which it starts."""


@dataclass(frozen=True, slots=True)
class GridCall:
    """What Magenta hears.

    Args:
        notes: Notes of what is remembered and of the call.
        steps: Length of both.
        call_steps: Length of the call alone, at most ``steps``.
    """

    notes: tuple[GridNote, ...]
    steps: int
    call_steps: int


class GridGenerator(MagentaGenerator):
    """Plays in steps of a beat.

    Args:
        generator: Magenta's generator, ready.
        batch_size: Batch size stored in the bundle.
        drums: Whether it plays drums.
        chords: Whether it plays over chords.
        voices: Whether it plays many voices (polyphony).
    """

    def __init__(
        self, generator: Any, batch_size: int, *, drums: bool, chords: bool, voices: bool
    ) -> None:
        super().__init__(generator, batch_size)
        self.drums = drums
        self.steps_per_quarter = int(generator.steps_per_quarter)
        self._chords, self._voices = chords, voices
        self._step_s = 60.0 / QPM / self.steps_per_quarter
        self._injected_steps = 0

    def answer(self, call: GridCall, answer_steps: int, controls: AnswerControls) -> Made:
        """Continue a call.

        Args:
            call: What is heard.
            answer_steps: Length of the answer, 1 or more.
            controls: Those that Magenta knows are heard.

        Raises:
            PrimerRejected: Magenta can't go on from this call.
        """
        call = self._fitting(call)
        begin_s = call.steps * self._step_s - NUDGE_S
        options = self._searching(controls)
        if self._voices:
            # Silent steps are a call to Magenta; here nothing is none.
            heard = controls.condition_on_primer and bool(call.notes)
            options.args["condition_on_primer"].bool_value = heard
            name = "no_inject_primer_during_generation"
            options.args[name].bool_value = not controls.inject_primer
        end_s = (call.steps + answer_steps) * self._step_s + NUDGE_S
        options.generate_sections.add(start_time=begin_s, end_time=end_s)
        sequence = self._sequence(call.notes, begin_s)
        if self._chords:
            self._add_chords(sequence, controls.chords, call.steps, call.steps + answer_steps)
        self._injected_steps = call.call_steps
        notes = self._generate(sequence, options, controls.seed)
        found = [self._grid_note(note, call.steps) for note in notes]
        made = sorted(
            (note for note in found if note.start_step >= 0),
            key=lambda note: (note.start_step, note.pitch),
        )
        return Made(tuple(made), self._likelihood(call, answer_steps))

    def _fitting(self, call: GridCall) -> GridCall:
        """The call as Magenta can hear it."""
        if not call.notes:
            # Over chords the silent step must be the first of all.
            steps = 1 if self._chords else _SILENT_BEATS * self.steps_per_quarter
            return GridCall((), steps, steps)
        if not self._chords:
            return call
        # Magenta drops the silent bars of a melody, but not those of its chords, and fails.
        first = min(note.start_step for note in call.notes)
        lead = silent_lead_steps(first, self.steps_per_quarter)
        notes = tuple(
            replace(note, start_step=note.start_step - lead, end_step=note.end_step - lead)
            for note in call.notes
        )
        return GridCall(notes, call.steps - lead, min(call.call_steps, call.steps - lead))

    def _sequence(self, notes: Sequence[GridNote], limit_s: float) -> Any:
        from note_seq.protobuf import music_pb2

        sequence = music_pb2.NoteSequence()
        sequence.tempos.add().qpm = QPM
        if self._chords:
            limit_s -= NUDGE_S  # Here a note must end before the answer's start.
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

    def _add_chords(
        self, sequence: Any, chords: Sequence[ChordChange], call_steps: int, steps: int
    ) -> None:
        """A symbol for each step, and the length to which they reach."""
        symbols = [NO_CHORD] * steps
        for change in sorted(chords, key=lambda change: change.start_beats):
            at = call_steps + nearest_step(change.start_beats, self.steps_per_quarter)
            at = max(0, at)
            symbols[at:] = [change.symbol] * (steps - at)
        for step, symbol in enumerate(symbols):
            if step == 0 or symbol != symbols[step - 1]:
                sequence.text_annotations.add(
                    time=step * self._step_s,
                    text=symbol,
                    annotation_type=type(sequence).TextAnnotation.CHORD_SYMBOL,
                )
        sequence.total_time = steps * self._step_s + NUDGE_S

    def _grid_note(self, note: Any, call_steps: int) -> GridNote:
        start = round(note.start_time / self._step_s) - call_steps
        return GridNote(note.pitch, start, round(note.end_time / self._step_s) - call_steps)

    def _changed(self, options: dict[str, Any]) -> dict[str, Any]:
        """What is remembered from before the call does not sound along."""
        inject = options.get("modify_events_callback")
        if inject is None:
            return options
        melody, start_step = inject.args
        cut = deepcopy(melody)
        first = self._place(cut, melody.num_steps - self._injected_steps)
        # The first event says that a sequence begins, and must stay.
        del cut._events[1:first]
        return options | {"modify_events_callback": partial(inject.func, cut, start_step)}

    def _place(self, events: Any, steps: int) -> int:
        """After which of its events a sequence has so many steps behind it."""
        if not self._voices:
            return max(0, steps)
        ends = [i for i, event in enumerate(events) if event.event_type == event.STEP_END]
        return ends[steps - 1] + 1 if 0 < steps <= len(ends) else 0 if steps <= 0 else len(events)

    def _likelihood(self, call: GridCall, answer_steps: int) -> Likelihood:
        if not self._tells_likelihood:
            return Likelihood(0.0, 0, 0.0, 0)
        primer, events = self._primer, self._events
        heard = len(primer)
        heard_steps = primer.num_steps if self._voices else heard
        before = min(heard, self._place(primer, heard_steps - call.call_steps))
        made = self._place(events, heard_steps + answer_steps)
        conditions = self._options.get("control_events")
        sums = [self._nats(events[:count], conditions) for count in (before, heard, made)]
        return Likelihood(
            sums[1] - sums[0], heard - max(1, before), sums[2] - sums[1], made - heard
        )
