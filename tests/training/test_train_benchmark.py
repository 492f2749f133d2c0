"""`python -m benchmarks train`: both trainers get the same, and its rows can be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.train import PEER, task_rows
from benchmarks.train_ours import label_counts
from benchmarks.train_peer import write_examples
from benchmarks.train_task import KIND, Task, tasks, windows_of
from benchmarks.train_turns import BUNDLE, Trainer
from tests.fakes.turn_taker import LABELS, UPDATES

BAR = np.array([1, 0, 4, 0, 3, 0, 4, 0, 1, 1, 4, 0, 2, 0, 4, 8])
SONGS = [np.roll(np.tile(BAR, 5), 3 * turn) for turn in range(6)]


def small_task(turn: int = 10) -> Task:
    return Task("six songs", SONGS, SONGS[:1], SONGS[1:2], (8, 8), 16, 4, 1, turn, 1)


@given(st.lists(st.integers(2, 200), min_size=1, max_size=8), st.sampled_from([16, 32, 64]))
def test_every_label_is_in_one_window(lengths: list[int], steps: int) -> None:
    sequences = [np.arange(length) for length in lengths]
    windows = windows_of(sequences, steps)
    assert all(2 <= len(window) <= steps + 1 for window in windows)
    labels = np.concatenate([window[1:] for window in windows])
    assert np.array_equal(labels, np.concatenate([sequence[1:] for sequence in sequences]))


def test_a_task_survives_its_file(tmp_path: Path) -> None:
    task = small_task()
    task.save(tmp_path)
    found = Task.load(tmp_path)
    for split in ("train", "validation", "test"):
        for ours, theirs in zip(getattr(task, split), getattr(found, split), strict=True):
            assert np.array_equal(ours, theirs)
    assert (found.label, found.updates, found.sampler) == (task.label, task.updates, task.sampler)


def test_an_update_of_either_learns_from_as_many_labels() -> None:
    for task in [small_task(), *tasks(quick=True)]:
        windows = windows_of(task.train, task.steps)
        theirs = task.batch_of(windows) * np.mean([len(window) - 1 for window in windows])
        ours = np.mean(list(label_counts(task)))
        assert theirs == pytest.approx(ours, rel=0.15)


def test_a_trainer_works_only_when_it_is_its_turn(tmp_path: Path) -> None:
    with Trainer("tests.fakes.turn_taker", tmp_path) as trainer:
        left = []
        while trainer.left:
            trainer.take_turn()
            left.append(trainer.left)
        trainer.finish()
    assert left == [3, 1, 0]
    assert (tmp_path / BUNDLE).exists()
    assert trainer.labels == UPDATES * LABELS
    assert trainer.labels_per_s > 0 < trainer.labels_per_cpu_s


def test_a_trainer_ends_when_nobody_gives_it_turns(tmp_path: Path) -> None:
    with Trainer("tests.fakes.turn_taker", tmp_path) as trainer:
        trainer.take_turn()
        with pytest.raises(RuntimeError, match="The benchmark is gone"):
            trainer.finish()
    assert not (tmp_path / BUNDLE).exists()


def test_a_trainer_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with (
        Trainer("tests.fakes.nobody", tmp_path) as trainer,
        pytest.raises(RuntimeError, match="No module named"),
    ):
        trainer.take_turn()


@pytest.mark.magenta
def test_magentas_trainer_reads_what_magentas_encoder_would_have_written(
    magenta: object, tmp_path: Path
) -> None:
    import tensorflow.compat.v1 as tf
    from magenta.models.drums_rnn import drums_rnn_model
    from magenta.pipelines.pipelines_common import make_sequence_example
    from note_seq import DrumTrack

    windows = windows_of(SONGS, 16)
    write_examples(windows, tmp_path / "examples")
    found = [
        tf.train.SequenceExample.FromString(record)
        for record in tf.python_io.tf_record_iterator(str(tmp_path / "examples"))
    ]
    encoder = drums_rnn_model.default_configs[KIND.name].encoder_decoder
    pitches = (36, 38, 42, 46)
    for window, example in zip(windows, found, strict=True):
        track = DrumTrack(
            [frozenset(p for bit, p in enumerate(pitches) if step >> bit & 1) for step in window]
        )
        assert example == make_sequence_example(*encoder.encode(track))
    labels = sum(len(one.feature_lists.feature_list["labels"].feature) for one in found)
    assert labels == sum(len(song) - 1 for song in SONGS)


@pytest.mark.magenta
def test_both_trainers_work_to_the_end_by_turns(magenta: object) -> None:
    task = small_task()
    speed, cpu, labels, nats = list(task_rows(task))
    assert all(
        row.peer == PEER and row.value and row.peer_value for row in (speed, cpu, labels, nats)
    )
    assert labels.value == np.mean(list(label_counts(task)))
    assert labels.peer_value == pytest.approx(labels.value, rel=0.15)
    assert all(0.0 < value < np.log(512) + 0.2 for value in (nats.value, nats.peer_value))
    assert (speed.must, nats.must) == (speed.peer_value, nats.peer_value)
    assert task.label in speed.metric
