"""The bundles in ``bundles/`` load and generate in stock Magenta."""

from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]

BUNDLES = Path(__file__).parents[2] / "bundles"
LARGEST_BYTES = 12_000_000
CASES = {
    "groove_drums": ("drum_kit", 36),
    "groove_taps": ("one_drum", 36),
    "drum_kit_breaks": ("drum_kit", 36),
    "session_melody": ("lookback_rnn", 64),
    "session_attention": ("attention_rnn", 64),
    "game_bass": ("lookback_rnn", 40),
    "songbook_chords": ("chord_pitches_improv", 64),
    "chorale_voices": ("polyphony", 60),
}
OURS_ALONE = ("groove_lookback",)
"""In an encoding that Magenta does not have."""


@pytest.fixture(scope="module")
def magenta():
    """The installed Magenta, or a skip."""
    pytest.importorskip("tensorflow", reason="needs the [magenta] extra: TensorFlow is absent")
    from bridge.training.bundle_writer import prepare_tensorflow

    prepare_tensorflow()
    return pytest.importorskip(
        "magenta", reason="needs Magenta itself (docs/install.md): it is absent"
    )


@pytest.fixture(params=CASES)
def shipped(magenta, request):
    return request.param


def call_of(pitch: int, length_s: float):
    """One bar of quarter notes at 120 beats a minute, over C, then two bars of F and G."""
    from note_seq.protobuf import music_pb2

    sequence = music_pb2.NoteSequence(total_time=length_s)
    sequence.tempos.add(qpm=120.0)
    for beat in range(4):
        sequence.notes.add(
            pitch=pitch,
            velocity=90,
            is_drum=pitch == 36,
            start_time=beat * 0.5,
            end_time=beat * 0.5 + 0.25,
        )
    for bar, symbol in enumerate(("C", "F", "G")):
        chord = sequence.text_annotations.add(time=bar * 2.0, text=symbol)
        chord.annotation_type = music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL
    return sequence


def test_every_shipped_bundle_is_looked_at():
    shipped = {path.stem for path in BUNDLES.glob("*.mag")}
    assert shipped == {*CASES, *OURS_ALONE}


@pytest.mark.parametrize("name", OURS_ALONE)
def test_magenta_says_that_it_does_not_know_our_own_encoding(magenta, name):
    from magenta.models.drums_rnn import drums_rnn_sequence_generator
    from magenta.models.shared import sequence_generator_bundle

    bundle = sequence_generator_bundle.read_bundle_file(str(BUNDLES / f"{name}.mag"))
    assert bundle.generator_details.id not in drums_rnn_sequence_generator.get_generator_map()


def test_bundle_loads_and_answers(shipped):
    from magenta.models.shared import sequence_generator_bundle
    from note_seq.protobuf import generator_pb2

    from bridge.training.bundle_writer import magenta_generator

    generator_id, pitch = CASES[shipped]
    path = BUNDLES / f"{shipped}.mag"
    assert path.stat().st_size < LARGEST_BYTES
    bundle = sequence_generator_bundle.read_bundle_file(str(path))
    assert bundle.generator_details.id == generator_id
    options = generator_pb2.GeneratorOptions()
    options.generate_sections.add(start_time=2.0, end_time=6.0)
    options.args["temperature"].float_value = 1.0
    with magenta_generator(generator_id, checkpoint=None, bundle=bundle) as generator:
        (inputs,) = generator._model._session.graph.get_collection("inputs")
        assert inputs.shape[0] == 1, "a larger batch computes sequences that nobody asked for"
        np.random.seed(1)  # Magenta draws from NumPy's global state
        # Over chords, Magenta wants those of the answer in the call.
        answer = generator.generate(
            call_of(pitch, 6.0 if "improv" in generator_id else 2.0), options
        )
    answered = [note for note in answer.notes if note.start_time >= 2.0]
    assert answered
    assert all(note.start_time < 6.0 for note in answered)
