"""A player: listens to one source, asks its model, and hands out the answer in time.

Here it is decided *when* something happens; whether it may is the session's table
(`bridge.core.session`), and what is asked of the model is `bridge.core.planning`. A player knows
beats only: `Now` says where the beat is, and all that it wants to say leaves through its outbox.
"""

from __future__ import annotations

import random
from dataclasses import replace

from bridge.core.answer import Answer
from bridge.core.answering import Answering, controls_of
from bridge.core.call_end import CallEnd
from bridge.core.display import Display
from bridge.core.guards import Guards
from bridge.core.listening import Listening
from bridge.core.modes import answer_beats, from_nothing, settings_in_mode
from bridge.core.notes import Phrase
from bridge.core.now import EPSILON_BEATS, Now
from bridge.core.outbox import Outbox, note_message
from bridge.core.planning import Planning
from bridge.core.protocol import outgoing
from bridge.core.requests import (
    AnswerControls,
    BundleReady,
    ModelFailed,
    ModelReply,
    SelectBundle,
)
from bridge.core.session import Event, Session, State
from bridge.core.settings import PlayerSettings
from bridge.core.standing import Standing
from bridge.errors import GenerationTimeout, NothingToAnswer

NO_CALL = Phrase((), 0.0)
"""Stands for a call that is still being played."""


class Player:
    """One player of the jam.

    Args:
        number: Names it to the model: its device's number, or one below 0 without a device.
        settings: What it starts with.
        horizon_beats: How far ahead of the playhead its answers are made.
        seeds: Source of new seeds.
        answers_before: Answers that this number has had already, in an earlier seat: a late reply
            of the model to one of those must not be taken for one of this player's.
        player_number: Its number among the jam's players, 1 to 64.
    """

    def __init__(
        self,
        number: int,
        settings: PlayerSettings,
        horizon_beats: float,
        seeds: random.Random,
        answers_before: int = 0,
        player_number: int = 0,
    ) -> None:
        self.number, self.player_number = number, player_number
        self.settings = settings
        self.outbox = Outbox()
        self._guards = Guards(player_number, self.outbox)
        self._session = Session()
        self._listening = Listening(number)
        self.answering = self._answering = Answering(number, horizon_beats, answers_before)
        self._call_end: CallEnd | None = None
        self._wanted: tuple[Phrase | None, float] | None = None
        self._planning = Planning(settings, self._answering, self._guards, seeds)
        self.display = Display(self.outbox)
        self.standing = Standing()
        self.set_parameters(settings)

    @property
    def answers(self) -> int:
        """The number of its last answer."""
        return self._answering.count

    @property
    def answer_end_beats(self) -> float | None:
        """The bar line at which the answer that plays ends, in run beats; None where none plays."""
        current = self._answering.current
        return current.end_beats if current is not None else None

    @property
    def state(self) -> State:
        """What the player does."""
        return self._session.state

    # --- what comes in ----------------------------------------------------------------------

    def select_bundle(self, bundle: str) -> None:
        """Play another model from the next answer on."""
        self._plays(bundle)
        self.outbox.requests.append(SelectBundle(self.number, bundle))

    def _plays(self, bundle: str) -> None:
        self.settings = replace(self.settings, bundle=bundle)
        self._planning.set_parameters(self.settings)

    def set_parameters(self, settings: PlayerSettings) -> None:
        """Take new parameters; they hold from the next decision on."""
        self._planning.set_parameters(settings)
        self.settings, self._played = settings, settings_in_mode(settings)
        # Made once for each turn of a knob, not for each stretch that is asked for.
        self._live_controls = controls_of(settings, 0)
        self._answering.notes_per_beat = settings.max_notes_per_beat

    def key(self, pitch: int, velocity: int, channel: int, at_beats: float, now: Now) -> None:
        """A key was struck, or with velocity 0 released, at a moment in run beats."""
        listening = self._listening
        if velocity and not listening.active and self._listens(at_beats):
            ends, plays = self._answering.latest_end_beats, self._answering.current is not None
            if listening.begin(self._played, at_beats, ends, plays, now):
                self._session.handle(Event.CALL_BEGINS)
        listening.key(pitch, velocity, channel, at_beats)
        if velocity:
            self._guards.sounded(self._played, at_beats)
        self.outbox.key_struck(pitch, velocity, channel, at_beats, listening.active)

    def source_ends(self, at_beats: float | None) -> None:
        """The answer that is listened to ends at this bar line (run beats); None: none is.

        The call then ends there too, unless a length is set for calls.
        """
        if at_beats is not None and self._listening.active and not self._played.call_bars:
            self._listening.end_with(at_beats)

    def seed_call(self, call: Phrase) -> None:
        """A clip was sent: it is the call that the next ``go`` answers."""
        self._planning.heard(call, None)

    def end_call(self, now: Now) -> None:
        """End the call at the next bar line.

        Raises:
            NothingToAnswer: No call is being played.
        """
        if not self._listening.active:
            raise NothingToAnswer("No call is being played, so there is none to end.")
        self._listening.ask_end(now.beats)

    def go(self, now: Now) -> None:
        """Answer at the next bar line: the call being played, else the last one, else nothing.

        Raises:
            IllegalTransition: An answer to the next call is already on its way.
        """
        if self._listening.active:
            self._listening.ask_end(now.beats)
        elif self._planning.last_call is not None:
            self._want_last_call(self._planning.last_call, now)
        else:
            self._want(*from_nothing(self._played, now.bar_beats))

    def again(self, now: Now) -> None:
        """Answer the last call once more with a new seed.

        Raises:
            NothingToAnswer: There was no call yet.
            IllegalTransition: A call is being played.
        """
        if self._planning.last_call is None:
            raise NothingToAnswer("There is no call yet to answer again.")
        self._want_last_call(self._planning.last_call, now)
        self._planning.next_seed()

    def mutate(self) -> None:
        """Take the last answer as the call of a new one of the same length.

        Raises:
            NothingToAnswer: There was no answer yet.
            IllegalTransition: A call is being played.
        """
        if self._planning.last_answer is None and self._answering.current is None:
            raise NothingToAnswer("There is no answer yet to mutate.", "Let the model play first.")
        self._want(None, 0.0)

    def panic(self) -> None:
        """Silence everything now and go idle."""
        self._planning.forget()
        self._stop(Event.PANIC)

    def transport_stopped(self) -> None:
        """Live stopped, or jumped to where its bars lie elsewhere."""
        self._stop(Event.TRANSPORT_STOPS)

    def song_moved(self, now: Now) -> None:
        """Live jumped and its bars fit: what waits in the device has new song positions."""
        if self._answering.current is not None or self._answering.next is not None:
            self.outbox.messages.append(outgoing("/n/clear"))
            self._answering.unsend(now)

    def model_reply(self, reply: ModelReply, now: Now | None) -> None:
        """Take what the model says; ``now`` is None while there is no beat."""
        if isinstance(reply, BundleReady):
            self.standing = self.standing.with_model(reply.bundle, reply.drums)
            self._plays(reply.bundle)
            self._listening.steps_per_quarter = reply.steps_per_quarter
            self._listening.releases_matter = not reply.drums
        elif isinstance(reply, ModelFailed):
            self._model_failed(reply)
        else:
            answer = self._answering.take(reply, now)
            if answer is not None:
                self._tell_if_made(answer)
        if now is not None:
            self.advance(now)

    # --- time -------------------------------------------------------------------------------

    def advance(self, now: Now) -> None:
        """Do everything that is due by now."""
        self._planning.change_chords(now)
        self._cross_bar_line(now)
        if self._listening.active:
            self._follow_call(now)
        if self._guards.wakes(self._played, now):
            self._begin_by_itself(now)
        self._plan_wanted(now)
        if self.settings.loop:
            self._answering.plan_repeat(now)
        more = self._answering.stream(now, self._live_controls)
        if more is not None:
            self.outbox.requests.append(more)
        self._send_due(now)
        call_bars, current = self._played.call_bars, self._answering.current
        self.display.follow(self.state, current, self._listening, call_bars, now)

    def next_due_beats(self, now: Now) -> float:
        """The next run beat at which `advance` has something to do."""
        line = now.next_bar_line_after(now.beats)
        moments = [line, line - self._lead_beats(now), self._answering.next_due_beats(now)]
        if self._listening.active:
            moments.append(self._listening.next_due_beats())
        return min(moment for moment in moments if moment > now.beats + EPSILON_BEATS)

    def _lead_beats(self, now: Now) -> float:
        return self._answering.lead_beats(self.settings.candidates, now)

    # --- the call ---------------------------------------------------------------------------

    def _listens(self, at_beats: float) -> bool:
        if self.state is State.IDLE:
            return True
        current = self._answering.current
        if current is None or not self._session.allows(Event.CALL_BEGINS):
            return False
        if self._played.overlap:
            return True
        ends_here = self._answering.next is None and self._wanted is None and not self.settings.loop
        return ends_here and at_beats + self._listening.tolerance_beats >= current.end_beats

    def _follow_call(self, now: Now) -> None:
        if self._call_end is None:
            self._listening.shorten(now)
        end = self._listening.ending(self._played, now)
        planned = self._call_end
        if planned is None and end is not None and end.answer_beats < now.beats - EPSILON_BEATS:
            # A knob was turned down, or the engine was held up: that bar line is past.
            self._listening.not_before(now.beats)
            end = self._listening.ending(self._played, now)
        if planned is not None and (end is None or end.answer_beats != planned.answer_beats):
            self._withdraw_next(now)
            self._session.handle(Event.CALL_GOES_ON)
        if self._call_end is None:
            self._listening.memory = self._planning.memory_before(NO_CALL, now)
            request = self._listening.prime_request(now)
            if request is not None:
                start = self._listening.start_beats
                self.outbox.requests.append(self._planning.primed(request, start, now))
        if end is None or now.beats < end.answer_beats - self._lead_beats(now) - EPSILON_BEATS:
            return
        if self._call_end is None and end.too_short(self._played, now.bar_beats):
            if now.beats >= end.answer_beats - EPSILON_BEATS:
                self._session.handle(Event.CALL_FORGOTTEN)
                self._listening.end()
            return
        if self._call_end is None:
            self._withdraw_next(now)
            self._session.handle(Event.CALL_ENDS)
        else:
            changed = self._listening.take_changed()
            if not changed or self._listening.call(end, now) == self._planning.last_call:
                return
        self._answer_call(end, now)

    def _answer_call(self, end: CallEnd, now: Now) -> None:
        """Ask for the answer to the call as it stands; a late note makes this happen again."""
        self._listening.take_changed()
        # The same call and the same seed but for the late note: the answer changes no more than
        # it must.
        planned = self._answering.next
        controls = planned.settled_controls() if planned is not None else self._planning.controls()
        self._withdraw_next(now)
        call = self._listening.call(end, now)
        self._call_end = end
        self._planning.heard(call, self._listening.start_beats)
        length_beats = answer_beats(self._played, call, now.bar_beats)
        self._plan(call, end.answer_beats, length_beats, controls, now)

    # --- the answers ------------------------------------------------------------------------

    def _begin_by_itself(self, now: Now) -> None:
        """It has been quiet for too long; where an answer comes anyway, that one will be lifted."""
        nothing_comes = self._wanted is None and self._answering.next is None
        if nothing_comes and self._session.allows(Event.ANSWER_ASKED):
            self._want(*self._guards.opening(self._played, now.bar_beats))

    def _want_last_call(self, call: Phrase, now: Now) -> None:
        self._want(call, answer_beats(self._played, call, now.bar_beats))

    def _want(self, call: Phrase | None, length_beats: float) -> None:
        self._session.handle(Event.ANSWER_ASKED)
        self._wanted = call, length_beats

    def _plan_wanted(self, now: Now) -> None:
        """Plan what a button asked for: after the current answer, else at the next bar line."""
        # A call being played goes first; its own answer, too, once that is on its way.
        if self._wanted is None or self._call_end is not None or self.state is State.LISTENING:
            return
        current = self._answering.current
        line = current.end_beats if current else now.next_bar_line_after(now.beats)
        if now.beats < line - self._lead_beats(now) - EPSILON_BEATS:
            return
        call, length_beats = self._wanted
        if call is None:
            # A mutation: of the answer that plays, once it is complete, else of the last one.
            call = self._planning.last_answer if current is None or current.told else None
            if call is None:
                if current is None:
                    self._give_up_wanted()
                return
            length_beats = call.length_beats
        self._wanted = None
        self._withdraw_next(now)
        self._plan(call, line, length_beats, self._planning.controls(), now)

    def _plan(
        self, call: Phrase, line: float, length_beats: float, controls: AnswerControls, now: Now
    ) -> None:
        self.outbox.requests.append(self._planning.plan(call, line, length_beats, controls, now))

    def _give_up_wanted(self) -> None:
        self._wanted = None
        self._session.handle(Event.MODEL_FAILS)
        self.outbox.errors.append(NothingToAnswer("The answer to mutate was never finished."))

    def _withdraw_next(self, now: Now) -> None:
        self._call_end = None
        if self._answering.withdraw_next(now):
            self.outbox.messages.append(outgoing("/n/clear"))

    def _cross_bar_line(self, now: Now) -> None:
        begun = self._answering.begin_next(now)
        if begun is not None:
            answer, repeats = begun
            self._planning.begun(answer, self._played, now)
            self._answer_begins(answer, repeats, now)
            return
        ended = self._answering.end_current(now)
        if ended is not None and not ended.done and self._answering.next is None:
            self.outbox.errors.append(
                GenerationTimeout(f"Answer {ended.answer_id} was not made in time.")
            )
        self._rest()

    def _rest(self) -> None:
        """Where no answer plays and none comes, the session hears of it; a button gets its turn."""
        if self._answering.current is not None or self._answering.next is not None:
            return
        if self._session.allows(Event.ANSWER_ENDS):
            self._session.handle(Event.ANSWER_ENDS)
        if self._wanted is not None and self.state is State.IDLE:
            self._session.handle(Event.ANSWER_ASKED)

    def _answer_begins(self, answer: Answer, repeats: bool, now: Now) -> None:
        self._session.handle(Event.ANSWER_REPEATS if repeats else Event.ANSWER_BEGINS)
        self._guards.begun(answer)
        if self._call_end is not None:
            self._call_end = None
            if self._listening.finish(answer.start_beats, self._played, now):
                self._session.handle(Event.CALL_BEGINS)
        self._tell_if_made(answer)

    def _send_due(self, now: Now) -> None:
        for note in self._answering.due(now):
            self._guards.sounded(self._played, note.start_beats)
            channel = self.settings.sounding_channel(self._listening.channel)
            self.outbox.messages.append(note_message(note, now.bars, channel))

    def _stop(self, event: Event) -> None:
        self._session.handle(event)
        self._guards.reset()
        self._listening.stop()
        self._answering.clear()
        self._call_end = self._wanted = None
        self.outbox.messages.append(outgoing("/flush"))
        self.display.show(self.state)

    def _model_failed(self, failed: ModelFailed) -> None:
        if failed.answer_id < 0 and self.standing.bundle:
            # The new model can't be played: the old one goes on, and the new may be tried again.
            self._plays(self.standing.bundle)
        planned = self._answering.next
        if planned is None or planned.answer_id != failed.answer_id:
            return
        self._answering.next = None
        self._session.handle(Event.MODEL_FAILS)
        if self._call_end is not None:
            self._call_end = None
            self._listening.end()
        self._rest()

    # --- telling ----------------------------------------------------------------------------

    def _tell_if_made(self, answer: Answer) -> None:
        """Report an answer once, when it is complete and playing."""
        if not answer.done or answer.told or answer is not self._answering.current:
            return
        answer.told = True
        self.standing = self.standing.with_answer(answer)
        self._guards.answer_made(self._played, answer)
        self._planning.made(answer.phrase())
        self.outbox.answer_made(self.number, self.player_number, self.standing.drums, answer)
