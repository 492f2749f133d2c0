"""Plays one bundle for one player: listens to the call, then streams the answer.

The answer equals Magenta's ``generate`` for the whole call and the same random numbers, at a steady
temperature and with feel 0, except where Magenta errs (``midi_interaction``): here the first step
of the call is heard, the first step of the answer is played, a note struck just before the answer's
bar line is kept, and notes of MIDI channel 10 are heard by melody models too. Temperature counts
for bundles of 2016 as well, whose graphs take none. Pianoroll models, for which Magenta's
``generate`` fails, answer by their own rules (`bridge.models.nade`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bridge.core.chord_chart import ChordChange, ChordTrack
from bridge.core.encodings.grid import CallEvents, is_moment, phrase_steps
from bridge.core.feel import Feel
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
from bridge.core.units import nearest_step
from bridge.errors import PrimerRejected
from bridge.models.answers import (
    CANDIDATES_SHARE,
    Answers,
    answer_steps,
    check_lengths,
    standing_still,
    wanted_steps,
)
from bridge.models.beam import BeamStream
from bridge.models.candidates import choose
from bridge.models.loading import LoadedModel
from bridge.models.primer import Primer
from bridge.models.sampling import Sampler
from bridge.models.steering import Steering
from bridge.models.stream import AnswerSource, AnswerStream, Condition, unconditioned
from bridge.models.whole_candidates import Contest, choose_whole

MAX_CALL_STEPS = 16_384
"""1024 bars of sixteenths; no phrase is longer, and priming stays below two seconds."""

_SHORTEST_BEATS = 1 / 64


@dataclass(frozen=True, slots=True)
class _Answer:
    answer_id: int
    stream: AnswerSource
    feel: Feel
    call_nats: float
    call_steps: int
    steps: int
    beats: float
    choice: Choice | None


class RnnPerformer:
    """Plays a recurrent network for one player.

    Args:
        player: Player number, repeated in every chunk.
        model: The loaded bundle.
        now_s: A clock that never goes back, in seconds; the default stands still, so that time
            never runs out.
    """

    def __init__(
        self, player: int, model: LoadedModel, now_s: Callable[[], float] = standing_still
    ) -> None:
        self._player, self._model, self._now_s = player, model, now_s
        self._primer = Primer(model)
        self._answers: Answers[_Answer] = Answers()

    @property
    def steps_per_quarter(self) -> int:
        """The model's grid."""
        return self._model.encoding.steps_per_quarter

    @property
    def drums(self) -> bool:
        """Whether it plays drums."""
        return self._model.encoding.drums

    def prime(self, request: PrimeCall) -> None:
        """Listen to the part of a call that will not change any more."""
        if not is_moment(request.final_beats):
            return
        final = nearest_step(request.final_beats, self.steps_per_quarter)
        before = phrase_steps(request.memory, self.steps_per_quarter)
        heard = joined(request.memory, request.call)
        final += before
        # The call is read as if it went on, so that no note is moved to its provisional end.
        steps = max(final, phrase_steps(heard, self.steps_per_quarter)) + 1
        if not 0 < final < steps <= MAX_CALL_STEPS:
            return
        events = self._read(heard, steps).events
        certain = self._model.encoding.part.before_last(events, steps - final)
        if certain > 0:
            condition = self._condition(request.chords)
            with np.errstate(all="ignore"):
                self._primer.follow(
                    events[:certain],
                    [condition(steps - len(events) - before + i + 1) for i in range(certain)],
                )

    def start(self, request: StartAnswer) -> AnswerChunk:
        """Answer a call.

        Raises:
            PrimerRejected: The call's or the answer's length is not a usable number.
            ChordInvalid: A chord is none.
            BundleInvalid: The network computes nothing that is a number.
        """
        began_s, call = self._now_s(), request.call
        phrase = joined(request.memory, call)
        check_lengths(phrase, request)
        read = self._read(phrase, self._steps_of(phrase))
        condition = self._condition(request.controls.chords)
        # Magenta starts from one silent step where nothing was played.
        # Weights that overflow are found when a class is drawn.
        with np.errstate(all="ignore"):
            heard = self._heard(read, request.controls)
            self._primer.follow(heard, [condition(i + 1 - len(heard)) for i in range(len(heard))])
        steps = answer_steps(request.answer_beats, self.steps_per_quarter)
        choice = self._choice(request, read, steps, began_s + CANDIDATES_SHARE * request.time_s)
        seed = choice.seed if choice else request.controls.seed
        stream = self._stream(replace(request.controls, seed=seed), read, call, steps)
        # Silent bars before the first note are not heard by the model.
        before = max(0, self._model.encoding.part.before_last(heard, self._steps_of(call)))
        answer = _Answer(
            request.answer_id,
            stream,
            Feel.of(call, self.steps_per_quarter, drums=self.drums, bar_beats=request.bar_beats),
            self._primer.nats_from(before),
            self._primer.event_count - max(1, before),
            steps,
            request.answer_beats,
            choice,
        )
        self._answers.add(answer)
        return self._chunk(answer, request.ready_beats, request.controls)

    def resume(self, request: ContinueAnswer) -> AnswerChunk:
        """Make more of the answer ready.

        Raises:
            NothingToAnswer: That answer was not started here.
            ChordInvalid: A chord is none.
            BundleInvalid: The network computes nothing that is a number.
        """
        answer = self._answers.find(request.answer_id)
        answer.stream.condition = self._condition(request.controls.chords)
        return self._chunk(answer, request.ready_beats, request.controls)

    def _steps_of(self, call: Phrase) -> int:
        steps = phrase_steps(call, self.steps_per_quarter)
        if steps > MAX_CALL_STEPS:
            raise PrimerRejected("The call is too long.", "End the call after fewer bars.")
        return steps

    def _heard(self, read: CallEvents, controls: AnswerControls) -> tuple[int, ...]:
        """What the network hears of a call: all of it, or with polyphony perhaps nothing."""
        encoding = self._model.encoding
        if encoding.one_event_a_step or controls.condition_on_primer:
            return read.events or (encoding.silence,)
        return (encoding.silence,)

    def _stream(
        self, controls: AnswerControls, read: CallEvents, call: Phrase, steps: int
    ) -> AnswerSource:
        model = self._model
        if max(controls.beam_size, controls.branch_factor) > 1 and model.encoding.searchable:
            heard = self._primer.listened()
            writer = model.encoding.part.writer(read.transposition, heard.tracker.events)
            steering, condition = self._steering(read, call), self._condition(controls.chords)
            return BeamStream(model, heard, writer, steps, steering, condition)
        return self._plain_stream(controls, read, call, steps)

    def _plain_stream(
        self, controls: AnswerControls, read: CallEvents, call: Phrase, steps: int
    ) -> AnswerStream:
        model, heard = self._model, self._primer.listened()
        part, injected = model.encoding.part, read.events if controls.inject_primer else ()
        # What is remembered from before the call does not sound along.
        injected = injected[max(0, part.before_last(injected, self._steps_of(call))) :]
        return AnswerStream(
            model,
            heard,
            part.writer(read.transposition, heard.tracker.events, injected),
            Sampler(controls.seed, model.batch_size),
            steps,
            self._steering(read, call),
            self._condition(controls.chords),
        )

    def _choice(
        self, request: StartAnswer, read: CallEvents, steps: int, until_s: float
    ) -> Choice | None:
        """Which candidate it shall be; None where there is only one."""
        controls = request.controls
        if controls.candidates <= 1:
            return None
        if not self._model.encoding.searchable:
            return self._whole_choice(request, read, steps, until_s)
        if max(controls.beam_size, controls.branch_factor) > 1:
            return None
        with np.errstate(all="ignore"):
            return choose(
                self._model,
                self._primer.listened(),
                self._steering(read, request.call),
                self._whole(read, request.call),
                steps,
                controls,
                max(1, round(request.bar_beats * self.steps_per_quarter)),
                lambda: self._now_s() >= until_s,
                self._condition(controls.chords),
            )

    def _whole_choice(
        self, request: StartAnswer, read: CallEvents, steps: int, until_s: float
    ) -> Choice:
        """Which candidate it shall be where each is made by itself."""
        call, per_quarter = request.call, self.steps_per_quarter

        def begin(seed: int) -> AnswerStream:
            return self._plain_stream(replace(request.controls, seed=seed), read, call, steps)

        with np.errstate(all="ignore"):
            return choose_whole(
                Contest(call, steps, per_quarter, request.bar_beats),
                begin,
                request.controls,
                lambda: self._now_s() >= until_s,
            )

    def _whole(self, read: CallEvents, call: Phrase) -> tuple[int, ...]:
        """The call's events, with the silent bars before the first note, which no model hears."""
        steps = self._steps_of(call)
        lead = max(0, steps - len(read.events)) if read.events else 0
        # What lies before that is remembered, and no part of the call.
        begin = max(0, len(read.events) - steps)
        return (self._model.encoding.silence,) * lead + read.events[begin:]

    def _steering(self, read: CallEvents, call: Phrase) -> Steering:
        """The controls of an answer to a call, which refer to the whole of it."""
        heard = max(1, len(read.events))
        encoding = self._model.encoding
        # Locks go by the step; where steps have any number of events there is nothing to hold.
        whole = self._whole(read, call) if encoding.one_event_a_step else ()
        return Steering(encoding.meaning, whole, read.transposition, heard)

    def _condition(self, chords: tuple[ChordChange, ...]) -> Condition:
        chord_rows = self._model.encoding.chord_rows
        if chord_rows is None:
            return unconditioned
        track = ChordTrack(chords, self.steps_per_quarter)
        return lambda step: chord_rows(track.at(step))

    def _read(self, call: Phrase, steps: int) -> CallEvents:
        return self._model.encoding.part.read(call.notes, self.steps_per_quarter, steps)

    def _chunk(self, answer: _Answer, ready_beats: float, controls: AnswerControls) -> AnswerChunk:
        per_beat = self.steps_per_quarter
        wanted = wanted_steps(ready_beats, per_beat, answer.steps)
        feel = min(1.0, max(0.0, controls.feel))
        with np.errstate(all="ignore"):
            stretch = answer.stream.advance(wanted, controls)
        return AnswerChunk(
            player=self._player,
            answer_id=answer.answer_id,
            notes=tuple(
                ended_by(answer.feel.played(note, feel), answer.beats) for note in stretch.notes
            ),
            ready_beats=answer.beats if stretch.done else stretch.ready_steps / per_beat,
            done=stretch.done,
            likelihood=Likelihood(
                answer.call_nats, answer.call_steps, answer.stream.nats, answer.stream.made_steps
            ),
            choice=answer.choice,
        )


def ended_by(note: Note, end_beats: float) -> Note:
    """A note that a late feel would carry over the answer's end is cut there."""
    if note.end_beats <= end_beats:
        return note
    return replace(note, duration_beats=max(_SHORTEST_BEATS, end_beats - note.start_beats))
