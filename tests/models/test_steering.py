"""The musical controls on single distributions: masks, shares, and what is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.encodings.catalog import ENCODINGS, ModelEncoding
from bridge.core.requests import AnswerControls
from bridge.core.settings import LOCK_PITCHES, LOCK_RHYTHM
from bridge.errors import BundleInvalid
from bridge.models.sampling import Sampler, softmax
from bridge.models.shaping import regrouped
from bridge.models.steering import Steering, repeating, steers

EXPLAINED = tuple(encoding for encoding in ENCODINGS if encoding.meaning is not None)
BY_NAME = {encoding.name: encoding for encoding in ENCODINGS}

ANY = st.floats(allow_nan=True, allow_infinity=True)
WILD_CONTROLS = st.builds(
    AnswerControls,
    temperature=ANY,
    density=ANY,
    register_bias=ANY,
    variety=ANY,
    top_p=ANY,
    scale=st.integers(-5, 5000),
    lock=st.integers(-1, 4),
)


def walked(encoding: ModelEncoding, seed: int, steps: int = 40) -> list[int]:
    """Some events of an encoding, silence as often as music has it."""
    random, tracker = np.random.RandomState(seed), encoding.inputs.tracker()
    for _ in range(steps):
        if random.random_sample() < 0.5:
            tracker.push(encoding.silence)
        else:
            tracker.push(tracker.event_of(random.randint(encoding.inputs.class_count)))
    return tracker.events


class Moment:
    """An answer of any encoding at some place, with a prediction."""

    def __init__(self, encoding: ModelEncoding, seed: int, transposition: int = 0) -> None:
        self.encoding = encoding
        self.tracker = encoding.inputs.tracker()
        call = walked(encoding, seed)
        for event in call:
            self.tracker.push(event)
        self.steering = Steering(encoding.meaning, call, transposition, len(call))
        for event in walked(encoding, seed + 1, seed % 20):
            self.tracker.push(event)
        spread = np.random.RandomState(seed + 2).randn(encoding.inputs.class_count)
        self.logits = (3 * spread).astype(np.float32)

    def shares(self, **controls: float) -> np.ndarray:
        return self.steering.shares(
            self.logits,
            AnswerControls(**controls),  # type: ignore[arg-type]
            self.tracker,
        )

    def of_each_class(self, name: str) -> np.ndarray:
        meaning = self.encoding.meaning
        assert meaning is not None
        numbers = meaning.standing_for(self.tracker)
        values: np.ndarray = getattr(meaning.plain, name)
        return values if numbers is None else values[numbers]


@pytest.mark.parametrize("encoding", EXPLAINED, ids=lambda encoding: encoding.name)
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.integers(-30, 30), WILD_CONTROLS)
def test_some_class_can_always_be_drawn(
    encoding: ModelEncoding, seed: int, transposition: int, controls: AnswerControls
) -> None:
    moment = Moment(encoding, seed, transposition)
    with np.errstate(all="ignore"):
        shares = moment.steering.shares(moment.logits, controls, moment.tracker)
    assert np.isfinite(shares).all()
    assert shares.sum() == pytest.approx(1.0, abs=1e-5)
    drawn = Sampler(seed, 1).choose(shares)
    assert shares[drawn] > 0.0


@pytest.mark.parametrize("encoding", EXPLAINED, ids=lambda encoding: encoding.name)
@given(st.integers(0, 1000), st.floats(0.2, 2.0))
@settings(max_examples=10, deadline=None)
def test_neutral_controls_leave_the_distribution_alone(
    encoding: ModelEncoding, seed: int, temperature: float
) -> None:
    assert not steers(AnswerControls(temperature, candidates=9, feel=0.3))
    moment = Moment(encoding, seed)
    expected = softmax(moment.logits, temperature)
    assert moment.shares(temperature=temperature) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("encoding", EXPLAINED, ids=lambda encoding: encoding.name)
@given(st.integers(0, 1000), st.integers(-12, 12), st.integers(1, 4094), st.floats(-1.0, 1.0))
@settings(max_examples=15, deadline=None)
def test_what_sounds_is_decided_apart_from_when(
    encoding: ModelEncoding, seed: int, transposition: int, scale: int, register: float
) -> None:
    moment = Moment(encoding, seed, transposition)
    gestures = moment.of_each_class("gestures")
    before = moment.shares()
    for controls in ({"scale": scale, "register_bias": register}, {"lock": LOCK_PITCHES}):
        after = moment.shares(**controls)
        for gesture in set(gestures.tolist()):
            members = gestures == gesture
            if after[members].any():
                assert after[members].sum() == pytest.approx(before[members].sum(), abs=1e-4)


@given(st.integers(0, 1000), st.integers(-40, 40), st.integers(1, 4095), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_no_class_outside_the_scale_has_a_share(
    seed: int, transposition: int, scale: int, lock: int
) -> None:
    for name in ("basic_rnn", "lookback_rnn", "attention_rnn", "mono_rnn"):
        moment = Moment(BY_NAME[name], seed, transposition)
        shares = moment.shares(scale=scale, lock=lock)
        for sound in moment.of_each_class("sounds")[shares > 0.0]:
            assert sound < 0 or scale >> (sound - transposition) % 12 & 1


@pytest.mark.parametrize("encoding", EXPLAINED, ids=lambda encoding: encoding.name)
def test_more_density_more_onsets_expected(encoding: ModelEncoding) -> None:
    moment = Moment(encoding, 5)
    onsets = moment.of_each_class("onsets")
    expected = [float(moment.shares(density=d) @ onsets) for d in (-1.0, -0.4, 0.0, 0.4, 1.0)]
    assert expected == sorted(expected)
    assert len(set(expected)) == 5


@pytest.mark.parametrize("encoding", EXPLAINED, ids=lambda encoding: encoding.name)
def test_register_moves_heights_and_leaves_the_number_of_onsets(encoding: ModelEncoding) -> None:
    moment = Moment(encoding, 5)
    onsets, heights = moment.of_each_class("onsets"), moment.of_each_class("heights")
    starts = onsets > 0
    found = []
    for register in (-1.0, 0.0, 1.0):
        shares = moment.shares(register_bias=register)
        assert shares @ onsets == pytest.approx(moment.shares() @ onsets, abs=1e-4)
        found.append(float(shares[starts] @ heights[starts] / shares[starts].sum()))
    if encoding.name != "one_drum":
        assert found[0] < found[1] < found[2]


@given(st.integers(0, 1000), st.floats(0.05, 1.0))
@settings(max_examples=40, deadline=None)
def test_top_p_keeps_the_fewest_likeliest_classes(seed: int, top_p: float) -> None:
    moment = Moment(BY_NAME["drum_kit"], seed)
    whole, kept = softmax(moment.logits), moment.shares(top_p=top_p) > 0.0
    assert whole[kept].sum() >= top_p - 1e-4
    assert whole[kept].sum() - whole[kept].min() <= top_p + 1e-4
    if not kept.all():
        assert whole[kept].min() >= whole[~kept].max()


def test_a_rhythm_lock_leaves_what_the_call_did_at_this_place() -> None:
    encoding = BY_NAME["drum_kit"]
    call = [1, 0, 5, 0]
    steering, tracker = Steering(encoding.meaning, call, 0, 4), encoding.inputs.tracker()
    for event in call:
        tracker.push(event)
    logits = np.zeros(512, np.float32)
    for strikes in (True, False, True, False, True):
        shares = steering.shares(logits, AnswerControls(lock=LOCK_RHYTHM), tracker)
        assert (shares > 0).tolist() == [bool(drums) is strikes for drums in range(512)]
        tracker.push(int(shares.argmax()))


def test_a_pitch_lock_gives_the_calls_notes_in_their_order() -> None:
    encoding = BY_NAME["lookback_rnn"]
    call = [60, -2, 64, -1, 67, -2]
    steering, tracker = Steering(encoding.meaning, call, 0, 6), encoding.inputs.tracker()
    for event in call:
        tracker.push(event)
    random, started = np.random.RandomState(1), []
    for _ in range(40):
        logits = random.randn(40).astype(np.float32)
        shares = steering.shares(logits, AnswerControls(lock=LOCK_PITCHES), tracker)
        event = tracker.event_of(Sampler(random.randint(1000), 1).choose(shares))
        tracker.push(event)
        started += [event] if event >= 0 else []
    assert len(started) > 10
    assert started == ([60, 64, 67] * 40)[: len(started)]


def test_a_pitch_lock_passes_over_notes_outside_the_scale() -> None:
    encoding = BY_NAME["basic_rnn"]
    call = [60, 61, 64]
    steering, tracker = Steering(encoding.meaning, call, 0, 3), encoding.inputs.tracker()
    for event in call:
        tracker.push(event)
    controls = AnswerControls(lock=LOCK_PITCHES, scale=1 | 1 << 4)
    logits = np.zeros(38, np.float32)
    for expected in (60, 64, 60):
        shares = steering.shares(logits, controls, tracker)
        assert [i + 46 for i in range(2, 38) if shares[i] > 0] == [expected]
        tracker.push(expected)


def test_repetitions_are_found_with_their_length() -> None:
    assert repeating([1, 2, 3]) == {}
    bar = [1, 0, 2, 0, 3, 3, 0, 4]
    assert repeating([*bar, 9, *bar]) == {9: 8}
    assert repeating([*bar, 9, 7, *bar[:5]]) == {3: 5}
    assert repeating([5] * 40) == {5: 16}
    assert repeating(list(range(200))) == {}


def test_variety_takes_from_what_would_repeat_a_bar() -> None:
    moment = Moment(BY_NAME["drum_kit"], 3)
    moment.logits[:] = 0.0
    moment.logits[77] = 5.0
    bar = [1, 2, 0, 4, 5, 6, 0, 8, 9, 10, 0, 12, 13, 14, 0, 16]
    moment.tracker.events += [*bar, 77, *bar]
    shares = [float(moment.shares(variety=v)[77]) for v in (0.0, 0.5, 1.0)]
    assert shares[0] > shares[1] > shares[2]
    # The odds of all others among each other stay.
    assert len(set(moment.shares(variety=1.0)[100:110].tolist())) == 1


def test_an_encoding_without_meaning_knows_only_variety_and_top_p() -> None:
    moment = Moment(BY_NAME["drum_kit"], 4)
    moment.steering = Steering(None, [1, 2, 3], 0, 3)
    plain = moment.shares()
    ignored = moment.shares(density=1.0, register_bias=-1.0, scale=1, lock=LOCK_RHYTHM)
    assert ignored.tolist() == plain.tolist()
    assert (moment.shares(top_p=0.5) > 0).sum() < 512
    moment.tracker.events += [1, 2, 3, 4, 5, 1, 2, 3, 4]
    assert moment.shares(variety=1.0)[5] < moment.shares()[5]


def test_a_group_that_has_nothing_left_loses_its_share() -> None:
    before = np.log(np.array([0.5, 0.2, 0.3]))
    after = np.array([-np.inf, before[1], -np.inf])
    result = np.exp(regrouped(before, after, np.array([0, 1, 1])))
    assert result == pytest.approx([0.0, 0.5, 0.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_logits_that_are_no_numbers_are_refused(bad: float) -> None:
    moment = Moment(BY_NAME["basic_rnn"], 1)
    moment.logits[3] = bad
    with pytest.raises(BundleInvalid):
        moment.shares(density=0.5)
