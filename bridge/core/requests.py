"""What the jam asks of a model, and what the model answers.

The timekeeper never runs a network: it sends these small frozen messages to whoever plays the
model (a process of its own, or a call in the same process for tests and the demo) and takes the
replies when they come. Every message names its player. All moments are beats counted from the
start of the call or of the answer, so nothing here depends on tempo.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bridge.core.chord_chart import ChordChange
from bridge.core.memory import NOTHING
from bridge.core.notes import Note, Phrase


@dataclass(frozen=True, slots=True)
class SelectBundle:
    """Play the bundle of this name from now on; answered by `BundleReady` or `ModelFailed`."""

    player: int
    bundle: str


@dataclass(frozen=True, slots=True)
class PrimeCall:
    """The call so far, sent again each step while the human plays, so that the model can follow.

    Args:
        player: Player number.
        call_id: Counts the calls of this player.
        call: Everything played since the call's first bar line. Notes still held have the length
            they have reached so far.
        final_beats: Nothing that starts before this moment will change any more.
        chords: Chords of the call and of what follows, from the call's start.
        memory: What was played before the call; of length 0.0 for nothing.
        tempo_qpm: Tempo of the call, for models that hear seconds instead of beats.
    """

    player: int
    call_id: int
    call: Phrase
    final_beats: float
    chords: tuple[ChordChange, ...] = ()
    memory: Phrase = NOTHING
    tempo_qpm: float = 120.0


@dataclass(frozen=True, slots=True)
class AnswerControls:
    """How an answer is to be made.

    Args:
        temperature: Divides the logits; 0.1 to 2.0 in use, 1.0 is the model's own.
        seed: Seed of this answer's random numbers, 0 to 2**31 - 1.
        feel: Share of the call's own velocities, timing and lengths in the answer, 0.0 to 1.0. At 0
            the answer is Magenta's: velocity 100, on the grid.
        density: -1.0 fewer to 1.0 more notes than the model's own.
        register_bias: -1.0 lower to 1.0 higher than the model's own.
        variety: 0.0 to 1.0, how much what was just played is avoided.
        top_p: Only the likeliest events that share this much probability are drawn, 0.05 to 1.0.
        scale: Pitch classes that may sound, bit 0 for C to bit 11 for B; 0 = all.
        lock: 0 nothing, 1 the call's rhythm, 2 the call's pitches (`bridge.core.settings`).
        candidates: How many answers are made to choose the best from, 1 to 32.
        beam_size: Answers that Magenta's beam search keeps at each iteration; 1 to 64.
        branch_factor: Branches that it follows from each of them, 1 to 64. Where either is above 1
            the whole answer is made before its first note, and ``candidates`` is not looked at.
            Polyphony, pianoroll and note-encoding models are played without.
        steps_per_iteration: Events between one choice of branches and the next, 1 or more.
        chords: Chords of the call (before beat 0) and of the answer, for models that know chords;
            before the first of them there is none.
        notes_per_second: How dense the music should be, 0.0 or more, for each stretch of call and
            answer together. This, the histogram and the switch are heard by performance models that
            were trained to be told them, when an answer starts; others ignore them.
        pitch_class_histogram: How much each pitch class should sound: twelve weights from C to B,
            0.0 or more, for each stretch. None at all: even.
        disable_conditioning: For each stretch whether both are left open.
        condition_on_primer: With polyphony, whether the model hears the call; without, it begins
            from nothing.
        inject_primer: With polyphony, whether the call sounds along in the answer, step by step,
            while the model adds voices. Magenta's own settings are False and True.
    """

    temperature: float = 1.0
    seed: int = 0
    feel: float = 1.0
    density: float = 0.0
    register_bias: float = 0.0
    variety: float = 0.0
    top_p: float = 1.0
    scale: int = 0
    lock: int = 0
    candidates: int = 1
    beam_size: int = 1
    branch_factor: int = 1
    steps_per_iteration: int = 1
    chords: tuple[ChordChange, ...] = ()
    notes_per_second: tuple[float, ...] = (15.0,)
    pitch_class_histogram: tuple[float, ...] = ()
    disable_conditioning: tuple[bool, ...] = (False,)
    condition_on_primer: bool = True
    inject_primer: bool = False


@dataclass(frozen=True, slots=True)
class StartAnswer:
    """The call is complete: answer it.

    Args:
        player: Player number.
        answer_id: Counts the answers of this player.
        call: The whole call; ``call.length_beats`` is a whole number of bars, and the answer
            follows it without a gap. An empty call lets the model start by itself.
        answer_beats: Length of the answer in beats, more than 0.
        controls: As the knobs stand now.
        ready_beats: Make at least this much of the answer now.
        bar_beats: Length of a bar; call and answer begin on bar lines.
        time_s: The first notes must be handed over so many seconds from now. Only the candidates
            are cut short by it: what is asked for is always made.
        memory: What was played before the call, which the model hears too; of length 0.0 for
            nothing. Feel, locks and the call's likelihood are those of the call alone.
        tempo_qpm: Tempo of the call and, as far as is known, of the answer; for models that play
            seconds instead of beats.
    """

    player: int
    answer_id: int
    call: Phrase
    answer_beats: float
    controls: AnswerControls
    ready_beats: float
    bar_beats: float = 4.0
    time_s: float = math.inf
    memory: Phrase = NOTHING
    tempo_qpm: float = 120.0


@dataclass(frozen=True, slots=True)
class ContinueAnswer:
    """Make the answer ready up to a moment, from here on with these controls.

    Args:
        player: Player number.
        answer_id: The answer.
        ready_beats: Make at least this much of it, counted from its start.
        controls: As the knobs stand now. Seed and candidates are settled when an answer starts and
            are not read again.
    """

    player: int
    answer_id: int
    ready_beats: float
    controls: AnswerControls


@dataclass(frozen=True, slots=True)
class MakeClip:
    """Make a clip, from its first step to its last, whenever nothing else is asked.

    Answered by several `AnswerChunk`, of which only the last is ``done``; those before it may be
    empty, and say that the work goes on.

    Args:
        player: A number made by `background_player`.
        answer_id: Counts the clips of this number.
        bundle: Name of the model's bundle.
        call: The clip that it follows, of any length; an empty one lets the model start by itself.
        answer_beats: Length of the new clip in beats, more than 0.
        controls: How it is made.
        bar_beats: Length of a bar.
        tempo_qpm: Tempo of the clip, for models that play seconds instead of beats.
    """

    player: int
    answer_id: int
    bundle: str
    call: Phrase
    answer_beats: float
    controls: AnswerControls
    bar_beats: float = 4.0
    tempo_qpm: float = 120.0


BACKGROUND_PLAYERS = -1000
"""Player numbers up to this one are those of work that may wait."""


def background_player(player: int) -> int:
    """The number under which clips are made for a device's player, and the way back."""
    return BACKGROUND_PLAYERS - player


@dataclass(frozen=True, slots=True)
class ForgetPlayer:
    """The player is gone; free what was kept for it."""

    player: int


ModelRequest = SelectBundle | PrimeCall | StartAnswer | ContinueAnswer | MakeClip | ForgetPlayer


@dataclass(frozen=True, slots=True)
class BundleReady:
    """The bundle is loaded.

    Args:
        player: Player number.
        bundle: Its name.
        steps_per_quarter: The model's grid.
        drums: Whether it plays drums (no note-offs matter) or pitches.
    """

    player: int
    bundle: str
    steps_per_quarter: int
    drums: bool


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely the model finds what was played, at temperature 1.

    Args:
        call_nats: Sum of ln p over the call's events but the first, which no model predicts. Not
            positive.
        call_steps: How many steps those events cover: one each, also where a step has several
            (polyphony); for models that play seconds the sixteenths of the call.
        answer_nats: Sum of ln p over the answer's events so far.
        answer_steps: How many steps those cover.
        call_events: How many events the first sum has where they are not one a step, else 0.
        answer_events: The same of the second.
    """

    call_nats: float
    call_steps: int
    answer_nats: float
    answer_steps: int
    call_events: int = 0
    answer_events: int = 0

    @property
    def call_nats_per_step(self) -> float:
        """Mean ln p of the call; 0.0 where there was nothing to predict."""
        return self.call_nats / self.call_steps if self.call_steps else 0.0

    @property
    def answer_nats_per_step(self) -> float:
        """Mean ln p of the answer; 0.0 before its first step."""
        return self.answer_nats / self.answer_steps if self.answer_steps else 0.0

    @property
    def call_nats_per_event(self) -> float:
        """Mean ln p of the call's events; 0.0 where there was nothing to predict."""
        events = self.call_events or self.call_steps
        return self.call_nats / events if events else 0.0

    @property
    def answer_nats_per_event(self) -> float:
        """Mean ln p of the answer's events; 0.0 before its first."""
        events = self.answer_events or self.answer_steps
        return self.answer_nats / events if events else 0.0

    @property
    def running_total_nats(self) -> float:
        """Call and answer together: the figure that the 2017 show printed."""
        return self.call_nats + self.answer_nats


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the candidates was chosen.

    Args:
        seed: Its seed; with this seed and one candidate the same answer comes.
        tried: How many were compared; 1 where there was no time to compare any.
        ranked_steps: How many steps of each were compared.
        score: Mean ln p a step less the penalties (`bridge.models.ranking`), in nats; 0.0 where
            none were compared.
    """

    seed: int
    tried: int
    ranked_steps: int
    score: float


@dataclass(frozen=True, slots=True)
class AnswerChunk:
    """A stretch of the answer.

    Args:
        player: Player number.
        answer_id: The answer it belongs to.
        notes: Notes of this stretch, complete with their lengths, starts in beats from the start
            of the answer. No note comes in two chunks.
        ready_beats: Every note whose grid step lies before this is in this chunk or an earlier one.
        done: Whether the answer is complete.
        likelihood: Of the call and the answer so far.
        choice: Which candidate it is; None where there was only one.
    """

    player: int
    answer_id: int
    notes: tuple[Note, ...]
    ready_beats: float
    done: bool
    likelihood: Likelihood
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """The request could not be done; the jam goes on.

    Args:
        player: Player number.
        answer_id: The answer that failed, or -1 where the request was for none.
        wire_code: ``wire_code`` of the error (`bridge.errors`).
        message: What happened.
        hint: What to do.
    """

    player: int
    answer_id: int
    wire_code: int
    message: str
    hint: str


ModelReply = BundleReady | AnswerChunk | ModelFailed


@dataclass(frozen=True, slots=True)
class ModelNotice:
    """A sentence for the console from whoever plays the models; it answers no request."""

    text: str
