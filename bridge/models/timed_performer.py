"""Plays a performance model for one player: it hears and plays in seconds, the jam is in beats.

The answer equals Magenta's ``generate`` for the whole call and the same random numbers, except
where Magenta errs: the answer's first step is the bar line itself instead of the next hundredth of
a second, and an empty call costs a second of silence before the answer, not at its start. As with
Magenta the number of events is limited to four for each note that is expected, 15 notes a second
where nothing else is said; a wilder answer ends early, in silence.

A call is heard at the tempo of its end, and so is the answer played: where the tempo changes
meanwhile, the answer keeps its beats.

Velocities and micro-timing are the model's own, so ``feel`` changes nothing; only the answers of
``performance``, which knows no velocities, take the call's mean velocity by its share.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bridge.core.encodings.conditions import Conditions
from bridge.core.encodings.grid import GridNote, is_moment
from bridge.core.encodings.performance import FLAT_VELOCITY, STEPS_PER_SECOND
from bridge.core.encodings.performance_inputs import PerformanceEncoding
from bridge.core.encodings.timed import steps_per_beat
from bridge.core.memory import joined
from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    Choice,
    ContinueAnswer,
    Likelihood,
    PrimeCall,
    StartAnswer,
)
from bridge.errors import PrimerRejected
from bridge.models.answers import (
    CANDIDATES_SHARE,
    Answers,
    answer_steps,
    check_lengths,
    standing_still,
    wanted_steps,
)
from bridge.models.loading import LoadedPerformance
from bridge.models.primer import Primer
from bridge.models.sampling import Sampler
from bridge.models.steering import Steering
from bridge.models.timed_stream import TimedBeam, TimedSource, TimedStream
from bridge.models.whole_candidates import Contest, choose_whole

MAX_CALL_EVENTS = 16_384
"""Four thousand notes; priming with the largest model takes fifteen seconds."""
MAX_TEMPO_QPM = 9999.0
EVENTS_PER_NOTE = 4.0
"""What Magenta reckons with (``performance_sequence_generator``)."""

_ALMOST = 1e-6
_HELD_BEATS = 0.25
"""A note that ends this near to the present moment may be held still."""
_SIXTEENTHS_PER_BEAT = 4


@dataclass(frozen=True, slots=True)
class _Answer:
    answer_id: int
    stream: TimedSource
    steps_per_beat: float
    steps: int
    beats: float
    call_velocity: float
    call_nats: float
    call_steps: int
    call_events: int
    choice: Choice | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an answer is made from: the call's events and length, and the answer's length."""

    events: tuple[int, ...]
    call_steps: int
    steps: int
    max_events: int


class TimedPerformer:
    """Plays a model of Magenta's performance_rnn.

    Args:
        player: Player number, repeated in every chunk.
        model: The loaded bundle.
        now_s: A clock that never goes back, in seconds; the default stands still, so that time
            never runs out.
    """

    def __init__(
        self,
        player: int,
        model: LoadedPerformance,
        now_s: Callable[[], float] = standing_still,
    ) -> None:
        self._player, self._model, self._now_s = player, model, now_s
        self._primer = Primer(model)
        self._conditions: tuple[Conditions, int] = (Conditions(), 0)
        self._answers: Answers[_Answer] = Answers()

    @property
    def steps_per_quarter(self) -> int:
        """The grid that the jam uses with the model; its own is a hundredth of a second."""
        return self._model.encoding.steps_per_quarter

    @property
    def drums(self) -> bool:
        """Whether it plays drums."""
        return self._model.encoding.drums

    def prime(self, request: PrimeCall) -> None:
        """Listen to the part of a call that will not change any more.

        What the model is to be told (`Conditions`) comes with the answer's request only; until then
        it is taken to be as last time.
        """
        final_beats = request.final_beats + request.memory.length_beats
        if not (is_moment(final_beats) and _is_tempo(request.tempo_qpm)):
            return
        per_beat = steps_per_beat(request.tempo_qpm)
        heard = joined(request.memory, request.call)
        before = math.floor((final_beats - _HELD_BEATS) * per_beat)
        events = self._model.encoding.part.certain(heard.notes, per_beat, before)
        if 0 < len(events) <= MAX_CALL_EVENTS:
            with np.errstate(all="ignore"):
                self._primer.follow(events)

    def start(self, request: StartAnswer) -> AnswerChunk:
        """Answer a call.

        Raises:
            PrimerRejected: The call's or the answer's length or the tempo is not a usable number.
            ControlsRejected: The conditions are none that are possible.
            BundleInvalid: The network computes nothing that is a number.
        """
        began_s, call, part = self._now_s(), request.call, self._model.encoding.part
        heard = joined(request.memory, call)
        check_lengths(heard, request)
        per_beat = checked_steps_per_beat(request.tempo_qpm)
        call_steps = call_length_steps(heard, per_beat)
        steps = answer_steps(request.answer_beats, per_beat)
        events = part.read(heard.notes, per_beat, call_steps)
        if len(events) > MAX_CALL_EVENTS:
            raise PrimerRejected("The call is too long.", "End the call after fewer bars.")
        remembered = 0
        if request.memory.notes:
            end = math.floor(request.memory.length_beats * per_beat)
            remembered = len(part.certain(heard.notes, per_beat, end))
        if not events:
            events, call_steps = (part.silence,), 0
        conditions = told_conditions(request.controls)
        with np.errstate(all="ignore"):
            self._listen(events, conditions, call_steps + steps)
        plan = _Plan(events, call_steps, steps, self._max_events(steps, conditions))
        until_s = began_s + CANDIDATES_SHARE * request.time_s
        choice = self._choice(plan, request, per_beat, until_s)
        seed = choice.seed if choice else request.controls.seed
        stream = self._stream(plan, replace(request.controls, seed=seed))
        answer = _Answer(
            request.answer_id,
            stream,
            per_beat,
            steps,
            request.answer_beats,
            mean_velocity(call),
            self._primer.nats_from(remembered),
            round(call.length_beats * _SIXTEENTHS_PER_BEAT) if call_steps else 0,
            self._primer.event_count - max(1, remembered),
            choice,
        )
        self._answers.add(answer)
        return self._chunk(answer, request.ready_beats, request.controls)

    def resume(self, request: ContinueAnswer) -> AnswerChunk:
        """Make more of the answer ready.

        Raises:
            NothingToAnswer: That answer was not started here.
            BundleInvalid: The network computes nothing that is a number.
        """
        answer = self._answers.find(request.answer_id)
        return self._chunk(answer, request.ready_beats, request.controls)

    def _stream(self, plan: _Plan, controls: AnswerControls) -> TimedSource:
        if self._searches(controls):
            writer = self._model.encoding.part.writer(plan.events, plan.call_steps, plan.steps)
            heard, steering = self._primer.listened(), self._steering(plan)
            return TimedBeam(self._model, heard, writer, plan.max_events, steering)
        return self._plain_stream(plan, controls.seed)

    def _plain_stream(self, plan: _Plan, seed: int) -> TimedStream:
        return TimedStream(
            self._model,
            self._primer.listened(),
            self._model.encoding.part.writer(plan.events, plan.call_steps, plan.steps),
            Sampler(seed, self._model.batch_size),
            plan.max_events,
            self._steering(plan),
        )

    def _choice(
        self, plan: _Plan, request: StartAnswer, per_beat: float, until_s: float
    ) -> Choice | None:
        """Which candidate it shall be; None where there is only one."""
        controls = request.controls
        if controls.candidates <= 1 or self._searches(controls):
            return None
        with np.errstate(all="ignore"):
            return choose_whole(
                Contest(request.call, plan.steps, per_beat, request.bar_beats),
                lambda seed: self._plain_stream(plan, seed),
                controls,
                lambda: self._now_s() >= until_s,
            )

    def _searches(self, controls: AnswerControls) -> bool:
        """Whether it is a beam search, which goes through one distribution."""
        wanted = max(controls.beam_size, controls.branch_factor) > 1
        return wanted and not self._model.encoding.sizes

    def _steering(self, plan: _Plan) -> Steering:
        # Without the call's events: locks go by the step, and here are none.
        return Steering(self._model.encoding.meaning, (), 0, len(plan.events))

    def _listen(self, events: Sequence[int], conditions: Conditions, total_steps: int) -> None:
        """Hear the call under these conditions; what was heard under others is heard anew."""
        inputs = self._model.encoding.inputs
        if isinstance(inputs, PerformanceEncoding):
            tracker = inputs.conditioned(conditions, total_steps)
            if (conditions, tracker.signals.total_steps) != self._conditions:
                self._conditions = (conditions, tracker.signals.total_steps)
                self._primer.begin_with(tracker)
        self._primer.follow(events)

    def _max_events(self, steps: int, conditions: Conditions) -> int:
        density = Conditions().mean_notes_per_second
        if self._model.encoding.signals.density:
            density = max(1.0, conditions.mean_notes_per_second)
        return math.ceil(EVENTS_PER_NOTE * density * steps / STEPS_PER_SECOND)

    def _chunk(self, answer: _Answer, ready_beats: float, controls: AnswerControls) -> AnswerChunk:
        per_beat = answer.steps_per_beat
        wanted = wanted_steps(ready_beats, per_beat, answer.steps)
        with np.errstate(all="ignore"):
            stretch = answer.stream.advance(wanted, controls)
        # Velocities of the model's own stay as they are.
        share = 0.0 if self._model.encoding.velocities else min(1.0, max(0.0, controls.feel))
        reached = answer.stream.step / per_beat * _SIXTEENTHS_PER_BEAT
        events = answer.stream.events
        return AnswerChunk(
            player=self._player,
            answer_id=answer.answer_id,
            notes=tuple(
                in_beats(note, per_beat, answer.beats, answer.call_velocity, share)
                for note in stretch.notes
            ),
            ready_beats=answer.beats if stretch.done else stretch.ready_steps / per_beat,
            done=stretch.done,
            likelihood=Likelihood(
                answer.call_nats,
                answer.call_steps,
                answer.stream.nats,
                max(1, round(reached)) if events else 0,
                answer.call_events,
                events,
            ),
            choice=answer.choice,
        )


def in_beats(
    note: GridNote, per_beat: float, end_beats: float, call_velocity: float, share: float
) -> Note:
    """A note of an answer as the jam plays it.

    Args:
        note: In hundredths of a second from the answer's start.
        per_beat: Of those in a beat.
        end_beats: Length of the answer.
        call_velocity: Mean velocity of the call.
        share: How much of that the note takes, 0.0 to 1.0.
    """
    velocity = round(note.velocity + share * (call_velocity - note.velocity))
    start = note.start_step / per_beat
    return Note(note.pitch, velocity, start, min(note.end_step / per_beat, end_beats) - start)


def checked_steps_per_beat(tempo_qpm: float) -> float:
    """Hundredths of a second in a beat.

    Raises:
        PrimerRejected: The tempo is none.
    """
    if not _is_tempo(tempo_qpm):
        raise PrimerRejected("The tempo is not a usable number.", "Start the transport.")
    return steps_per_beat(tempo_qpm)


def call_length_steps(heard: Phrase, per_beat: float) -> int:
    """Length of a call in steps that cover all of it."""
    return max(0, math.ceil(heard.length_beats * per_beat - _ALMOST))


def _is_tempo(tempo_qpm: float) -> bool:
    return math.isfinite(tempo_qpm) and 1.0 <= tempo_qpm <= MAX_TEMPO_QPM


def told_conditions(controls: AnswerControls) -> Conditions:
    """What a model is to be told.

    Raises:
        ControlsRejected: It is nothing that is possible.
    """
    conditions = Conditions(
        controls.notes_per_second, controls.pitch_class_histogram, controls.disable_conditioning
    )
    conditions.check()
    return conditions


def mean_velocity(call: Phrase) -> float:
    """Mean velocity of a call's notes; Magenta's where there is none."""
    velocities = [note.velocity for note in call.notes if 1 <= note.velocity <= 127]
    return sum(velocities) / len(velocities) if velocities else FLAT_VELOCITY
