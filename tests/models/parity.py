"""What every bundle must show beside the real Magenta; used for made-up and shipped bundles."""

from __future__ import annotations

import random
from pathlib import Path
from statistics import median

import numpy as np

from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerControls, StartAnswer
from bridge.models.bundle import read_bundle
from bridge.models.loading import LoadedModel, load_model
from bridge.models.performer import RnnPerformer
from bridge.models.sampling import Sampler, softmax
from bridge.models.stack import stack_weights
from tests.models.chord_cases import changes, conditions, random_symbols
from tests.models.magenta_oracle import MagentaPlayer, StepNote
from tests.models.plain_network import PlainNetwork, dense_inputs

MAX_SOFTMAX_DIFFERENCE = 2e-5
"""design.md §8: and no more than three times TensorFlow's own distance from float64."""
ROUNDING = 2e-6
"""Below this both are the rounding of long float32 sums, and which of the two lies nearer to
float64 is the processor's doing: with OpenBLAS made to use the kernels of five processors, one
random drum_kit lay 0.2e-6 to 4.7e-6 from TensorFlow, and TensorFlow 0.1e-6 to 5.5e-6 from
float64."""
EVENT_SEEDS = 3
"""One sequence in a few wakes a random network's chaos; the median one is a fair judge."""

STEPS = 300
PRIMER_OPTIONS = ((True, False), (False, True), (True, True), (False, False))
"""Polyphony: whether the call is heard, and whether it sounds along."""


def musical_events(model: LoadedModel, seed: int, count: int = STEPS) -> list[int]:
    """Events that the model itself plays: nonsense would take a network where it never was."""
    network, tracker = model.network, model.encoding.inputs.tracker()
    state, sampler = network.start(), Sampler(seed, 1)
    tracker.push(model.encoding.silence)
    rows = conditions(model.encoding, random_symbols(count, seed))
    while len(tracker.events) < count:
        condition = rows[len(tracker.events) - 1]
        class_index, _ = sampler.draw(network.step(state, (tracker.rows() + condition,))[0], 1.0)
        tracker.push(tracker.event_of(class_index))
    return tracker.events


def softmax_distances(path: Path, player: MagentaPlayer, seed: int) -> tuple[float, float]:
    """Largest distance of our softmaxes from TensorFlow's, and of TensorFlow's from float64."""
    model = load_model(path.stem, path)
    encoding, network = model.encoding, model.network
    events = musical_events(model, seed)
    rows = conditions(encoding, random_symbols(len(events), seed))
    inputs = dense_inputs(encoding.inputs, events, rows)
    theirs = player.softmaxes(inputs)
    exact = PlainNetwork(stack_weights(read_bundle(path))).softmaxes(inputs)
    state, tracker, ours = network.start(), encoding.inputs.tracker(), []
    for event, condition in zip(events, rows, strict=True):
        tracker.push(event)
        ours.append(softmax(network.step(state, (tracker.rows() + condition,))[0]))
    return float(np.abs(np.array(ours) - theirs).max()), float(np.abs(theirs - exact).max())


def check_softmax(path: Path, player: MagentaPlayer, *, trained: bool = False) -> None:
    """The gate of design.md: for trained weights in every sequence, for made-up ones in the median.

    Large random weights are chaotic in TensorFlow too (it was once 1.4e-4 from float64); a mistake
    in a network shows in every sequence.
    """
    pairs = [softmax_distances(path, player, seed) for seed in range(1, EVENT_SEEDS + 1)]
    for ours, theirs in pairs:
        print(f"{path.stem}: ours - TensorFlow {ours:.1e}, TensorFlow - float64 {theirs:.1e}")
    if trained:
        assert max(ours for ours, _ in pairs) <= MAX_SOFTMAX_DIFFERENCE
    ours, theirs = (median(column) for column in zip(*pairs, strict=True))
    assert ours <= MAX_SOFTMAX_DIFFERENCE
    assert ours <= max(3 * theirs, ROUNDING)


def step_call(choice: random.Random, steps: int, drums: bool) -> list[StepNote]:
    notes = []
    for _ in range(choice.randrange(0, 16)):
        pitch = choice.choice([36, 38, 42, 46, 49]) if drums else choice.randrange(40, 90)
        begin = choice.randrange(steps)
        notes.append(StepNote(pitch, begin, begin + choice.randrange(1, 9)))
    return notes


def our_answer(
    player: RnnPerformer,
    notes: list[StepNote],
    call_steps: int,
    answer_steps: int,
    *,
    seed: int,
    temperature: float,
    beam: tuple[int, int, int] = (1, 1, 1),
    chords: list[str] | None = None,
    primer: tuple[bool, bool] = (True, False),
) -> list[StepNote]:
    per_quarter = player.steps_per_quarter
    call = Phrase.of(
        [
            Note(n.pitch, 90, n.start_step / per_quarter, (n.end_step - n.start_step) / per_quarter)
            for n in notes
        ],
        call_steps / per_quarter,
    )
    beats = answer_steps / per_quarter
    size, branches, steps = beam
    controls = AnswerControls(
        temperature,
        seed,
        0.0,
        beam_size=size,
        branch_factor=branches,
        steps_per_iteration=steps,
        chords=changes(chords or [], per_quarter, -call_steps),
        condition_on_primer=primer[0],
        inject_primer=primer[1],
    )
    chunk = player.start(StartAnswer(1, seed, call, beats, controls, beats))
    return sorted(
        (
            StepNote(n.pitch, round(n.start_beats * per_quarter), round(n.end_beats * per_quarter))
            for n in chunk.notes
        ),
        key=lambda note: (note.start_step, note.pitch, note.end_step),
    )


def equal_answers(
    path: Path,
    player: MagentaPlayer,
    *,
    runs: int,
    answer_steps: int,
    beam: tuple[int, int, int] = (1, 1, 1),
) -> int:
    """How many of so many answers are Magenta's own, note for note."""
    model = load_model(path.stem, path)
    ours = RnnPerformer(1, model)
    per_bar = 4 * model.encoding.steps_per_quarter
    equal = 0
    for seed in range(runs):
        choice = random.Random(seed)
        steps = per_bar * choice.choice([1, 2, 4])
        notes = step_call(choice, steps, model.encoding.drums)
        temperature = choice.choice([1.0, 0.5, 1.4])
        controls = {"seed": seed, "temperature": temperature, "beam": beam}
        if not model.encoding.one_event_a_step:
            controls["primer"] = PRIMER_OPTIONS[seed % len(PRIMER_OPTIONS)]
            # Magenta's injection takes the square of the length, and hot steps have many notes.
            controls["temperature"] = choice.choice([1.0, 0.7])
            steps, answer_steps = per_bar, min(answer_steps, 8)
            notes = [note for note in notes if note.start_step < steps]
            # A call of nothing is silent steps to Magenta, and no call at all here.
            notes.append(StepNote(60, 0, 2))
        if model.encoding.chord_rows is not None:
            # Magenta fails where a melody begins after the first bar, or not at all.
            notes.append(StepNote(60, 0, 2))
            controls["chords"] = random_symbols(steps + answer_steps, seed)
        theirs = player.answer(notes, steps, answer_steps, **controls)
        equal += our_answer(ours, notes, steps, answer_steps, **controls) == theirs
    return equal
