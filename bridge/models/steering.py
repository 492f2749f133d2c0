"""Shapes what a network would play by the musical controls.

A distribution answers two questions: *when* (which gesture comes: a strike, a rest, an end) and
*what* (which pitch or drums, given the gesture). The controls are kept apart the same way:

- ``scale``, ``lock`` to the call's pitches and ``register_bias`` decide what sounds, and leave each
  gesture the probability that the network gave it;
- ``density`` and ``lock`` to the call's rhythm decide when;
- ``variety`` takes from the event that would go on repeating what was played word for word;
- ``top_p`` comes last (Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration").

All of it works on logits that the temperature has divided already, so a bias is as strong at every
temperature. At their neutral values nothing here runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from bridge.core.encodings.inputs import EventTracker
from bridge.core.encodings.meaning import OCTAVE, ClassMeaning, IntArray
from bridge.core.requests import AnswerControls
from bridge.core.settings import LOCK_PITCHES, LOCK_RHYTHM
from bridge.models.sampling import not_numbers, tempered
from bridge.models.shaping import ALL_PITCH_CLASSES, Mask, Scores, nucleus, regrouped, within
from bridge.models.weights import FloatArray

DENSITY_NATS = 1.5
"""Added to a class's logit for each note it starts, at density 1."""

REGISTER_NATS = 2.0
"""Added for each octave above the middle of the range, at register_bias 1."""

VARIETY_NATS = 3.0
"""Taken from the event that would make the repetition of a whole bar longer, at variety 1."""

REPEAT_FROM_EVENTS, REPEAT_FULL_EVENTS = 4, 16
"""A repetition of fewer events is no repetition yet; one of so many counts in full."""

REPEAT_WINDOW_EVENTS = 128
"""Repetitions of what lies further back are not looked for: eight bars of sixteenths."""

Element = TypeVar("Element", bound=np.generic)


def steers(controls: AnswerControls) -> bool:
    """Whether any control but temperature shapes the distribution."""
    return bool(
        controls.density
        or controls.register_bias
        or controls.variety
        or controls.top_p < 1.0
        or 0 < controls.scale & ALL_PITCH_CLASSES < ALL_PITCH_CLASSES
        or controls.lock
    )


class Steering:
    """The controls of one answer.

    Args:
        meaning: What the classes mean; None: only variety and top_p have an effect.
        call: The call's events, one for each step of it (for encodings without a grid: all).
        transposition: Semitones that were added to the call's pitches; taken off the answer's.
        heard_count: How many events the network had heard when the answer began.
    """

    def __init__(
        self,
        meaning: ClassMeaning | None,
        call: Sequence[int],
        transposition: int,
        heard_count: int,
    ) -> None:
        self._meaning = meaning
        self._call = tuple(call)
        self._transposition = transposition
        self._heard_count = heard_count
        self._counted = heard_count
        self._starts = 0

    def copy(self) -> Steering:
        """An independent steering at the same place."""
        other = Steering(self._meaning, self._call, self._transposition, self._heard_count)
        other._counted, other._starts = self._counted, self._starts
        return other

    def shares(
        self, logits: FloatArray, controls: AnswerControls, tracker: EventTracker
    ) -> FloatArray:
        """The distribution to draw from.

        Args:
            logits: The network's prediction, shape (classes,).
            controls: As the knobs stand; values beyond their ranges count as the nearest limit.
            tracker: The events up to now, the call's included.

        Returns:
            Float32 array (classes,) that sums to 1; some class always has a share.

        Raises:
            BundleInvalid: The logits are not numbers.
        """
        scores = tempered(logits, controls.temperature).astype(np.float64)
        if not math.isfinite(np.add.reduce(scores)):
            raise not_numbers()
        numbers = None
        if self._meaning is not None:
            numbers = self._meaning.standing_for(tracker)
            scores = self._steered(scores, controls, tracker, numbers)
        variety = within(controls.variety, 0.0, 1.0)
        if variety:
            scores -= variety * VARIETY_NATS * self._repetition(tracker, len(scores), numbers)
        drawn: FloatArray = nucleus(scores, controls.top_p).astype(np.float32)
        return drawn

    def _steered(
        self,
        scores: Scores,
        controls: AnswerControls,
        tracker: EventTracker,
        numbers: IntArray | None,
    ) -> Scores:
        assert self._meaning is not None
        plain = self._meaning.plain
        gestures = _taken(plain.gestures, numbers)
        onsets = _taken(plain.onsets, numbers)
        register = within(controls.register_bias, -1.0, 1.0)
        if register:
            bias = np.where(onsets > 0, register * REGISTER_NATS, 0.0)
            scores = regrouped(scores, scores + bias * _taken(plain.heights, numbers), onsets)
        in_scale = self._in_scale(controls.scale, _taken(plain.pitch_classes, numbers))
        sound = self._locked_sound(controls, tracker)
        allowed = in_scale
        if sound >= 0:
            sounds = _taken(plain.sounds, numbers)
            allowed = in_scale & ((sounds < 0) | (sounds == sound))
        if not allowed.all():
            scores = regrouped(scores, np.where(allowed, scores, -np.inf), gestures)
        density = within(controls.density, -1.0, 1.0)
        if density:
            scores = scores + density * DENSITY_NATS * onsets
        gesture = self._locked_gesture(controls, tracker)
        if gesture >= 0:
            fits = gestures == gesture
            # Where the scale leaves nothing that fits, the scale goes first.
            if (fits & allowed).any():
                scores = np.where(fits, scores, -np.inf)
        return scores

    def _in_scale(self, scale: int, pitch_classes: IntArray) -> Mask:
        """Which classes start nothing but notes of the scale, as they sound."""
        scale &= ALL_PITCH_CLASSES
        if not scale:
            return np.ones(len(pitch_classes), np.bool_)
        turn = self._transposition % OCTAVE
        heard = (scale << turn | scale >> (OCTAVE - turn)) & ALL_PITCH_CLASSES
        fits: Mask = (pitch_classes & ~heard) == 0
        return fits if fits.any() else np.ones_like(fits)

    def _locked_gesture(self, controls: AnswerControls, tracker: EventTracker) -> int:
        """What the call did at this place, or -1 where anything may be done."""
        if controls.lock != LOCK_RHYTHM or self._meaning is None or not self._call:
            return -1
        place = len(tracker.events) - self._heard_count
        event = self._call[place % len(self._call)]
        return int(self._meaning.plain.gestures[self._meaning.plain_class(event)])

    def _locked_sound(self, controls: AnswerControls, tracker: EventTracker) -> int:
        """What the next note must be, or -1 where it may be any."""
        if controls.lock != LOCK_PITCHES or self._meaning is None:
            return -1
        plain = self._meaning.plain
        for event in tracker.events[self._counted :]:
            self._starts += bool(plain.onsets[self._meaning.plain_class(event)])
        self._counted = len(tracker.events)
        # Notes of the call outside the scale are passed over.
        in_scale = self._in_scale(controls.scale, plain.pitch_classes)
        classes = [self._meaning.plain_class(event) for event in self._call]
        sounds = [int(plain.sounds[i]) for i in classes if plain.onsets[i] and in_scale[i]]
        return sounds[self._starts % len(sounds)] if sounds else -1

    def _repetition(
        self, tracker: EventTracker, class_count: int, numbers: IntArray | None
    ) -> Scores:
        """For each class how much of a repetition it would make longer, 0.0 to 1.0."""
        amounts = np.zeros(class_count)
        for event, length in repeating(tracker.events).items():
            span = REPEAT_FULL_EVENTS - REPEAT_FROM_EVENTS
            amount = min(1.0, (length - REPEAT_FROM_EVENTS + 1) / span)
            if self._meaning is None:
                amounts[tracker.class_of(event)] = amount
            elif numbers is None:
                amounts[self._meaning.plain_class(event)] = amount
            else:
                amounts[numbers == self._meaning.plain_class(event)] = amount
        return amounts


def repeating(events: Sequence[int]) -> dict[int, int]:
    """Events that would go on repeating what was played before, word for word.

    Returns:
        For each of them the length in events of the longest end of ``events`` that it followed
        before, `REPEAT_FROM_EVENTS` to `REPEAT_FULL_EVENTS`.
    """
    window = np.array(events[-REPEAT_WINDOW_EVENTS:], np.int64)
    count = len(window)
    if count <= REPEAT_FROM_EVENTS:
        return {}
    # lengths[j]: how many events before place j are the same as the last ones of all.
    lengths = np.zeros(count, np.int64)
    alive = np.ones(count, np.bool_)
    alive[0] = False
    for back in range(min(REPEAT_FULL_EVENTS, count - 1)):
        alive[back + 1 :] &= window[: count - 1 - back] == window[count - 1 - back]
        alive[: back + 1] = False
        if not alive.any():
            break
        lengths += alive
    found: dict[int, int] = {}
    for place in np.nonzero(lengths >= REPEAT_FROM_EVENTS)[0]:
        event = int(window[place])
        found[event] = max(found.get(event, 0), int(lengths[place]))
    return found


def _taken(values: npt.NDArray[Element], numbers: IntArray | None) -> npt.NDArray[Element]:
    return values if numbers is None else values[numbers]
