"""`python -m benchmarks.train_peer FOLDER`: Magenta's own trainer does the task, by turns.

It is `events_rnn_train.run_training` as `drums_rnn_train` calls it, with its defaults (Adam at
0.001, half of each layer's outputs dropped, gradients of each variable clipped) and the task's
layer sizes, batch and number of updates, without attention. Two things are done to it: the name
that TensorFlow took away is put back, and a hook stops it between turns.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.train_task import KIND, SEED, Task, windows_of
from benchmarks.train_turns import BUNDLE, Turns
from bridge.training.bundle_writer import prepare_tensorflow
from bridge.training.encode import Steps

EXAMPLES = "examples.tfrecord"
LENGTHS = "lengths"


def write_examples(windows: Sequence[Steps], path: Path) -> None:
    """The windows as Magenta's training examples: its dense input vectors, and the labels."""
    import tensorflow.compat.v1 as tf
    from magenta.pipelines.pipelines_common import make_sequence_example

    coding = KIND.coding()
    with tf.python_io.TFRecordWriter(str(path)) as writer:
        for window in windows:
            encoded = coding.encode(window)
            vectors = encoded.vectors(coding.table).tolist()
            example = make_sequence_example(vectors, encoded.labels.tolist())
            writer.write(example.SerializeToString())


def train(task: Task, folder: Path) -> None:
    """Train, and write the last checkpoint as a bundle."""
    prepare_tensorflow(task.threads)
    import tensorflow.compat.v1 as tf
    from tensorflow.python.framework import indexed_slices, ops

    ops.IndexedSlices = indexed_slices.IndexedSlices  # tf_slim looks for it where it was
    tf.disable_v2_behavior()
    from magenta.models.drums_rnn import drums_rnn_model
    from magenta.models.shared import events_rnn_graph, events_rnn_train

    windows, examples = windows_of(task.train, task.steps), folder / EXAMPLES
    write_examples(windows, examples)
    config = drums_rnn_model.default_configs[KIND.name]
    config.hparams.batch_size = task.batch_of(windows)
    config.hparams.rnn_layer_sizes = list(task.layer_sizes)
    config.hparams.attn_length = 0
    build = events_rnn_graph.get_build_graph_fn("train", config, [str(examples)])

    def seeded() -> None:
        tf.set_random_seed(SEED)
        build()

    _count_labels()
    _stop_between_turns(Turns(task.turn, task.updates))
    checkpoints = str(folder / "checkpoints")
    events_rnn_train.run_training(seeded, checkpoints, task.updates)
    _write_bundle(config, tf.train.latest_checkpoint(checkpoints), folder / BUNDLE)


def _count_labels() -> None:
    """Keep the tensor of a batch's lengths where the hook finds it."""
    import magenta.common
    import tensorflow.compat.v1 as tf

    batches = magenta.common.get_padded_batch

    def noted(*places: Any, **names: Any) -> Any:
        found = batches(*places, **names)
        tf.add_to_collection(LENGTHS, tf.reduce_sum(found[2]))
        return found

    magenta.common.get_padded_batch = noted


def _stop_between_turns(turns: Turns) -> None:
    """Give Magenta's training loop one hook more."""
    import tensorflow.compat.v1 as tf
    import tf_slim

    class TurnHook(tf.train.SessionRunHook):  # type: ignore[misc]
        """Asks each update for its labels, and stops after the last one of a turn."""

        def after_create_session(self, session: Any, coord: Any) -> None:
            del coord
            (self._labels,) = session.graph.get_collection(LENGTHS)
            turns.begin()

        def before_run(self, run_context: Any) -> Any:
            del run_context
            return tf.train.SessionRunArgs(self._labels)

        def after_run(self, run_context: Any, run_values: Any) -> None:
            del run_context
            turns.updated(lambda: int(run_values.results))

    loop = tf_slim.training.train

    def hooked(*, hooks: list[Any], **names: Any) -> Any:
        return loop(hooks=[*hooks, TurnHook()], **names)

    tf_slim.training.train = hooked


def _write_bundle(config: Any, checkpoint: str, path: Path) -> None:
    from magenta.models.drums_rnn import drums_rnn_sequence_generator

    config.hparams.batch_size = 1
    generator = drums_rnn_sequence_generator.get_generator_map()[KIND.name](checkpoint=checkpoint)
    generator.initialize()
    generator.create_bundle_file(str(path), "a benchmark")
    generator.close()


if __name__ == "__main__":
    where = Path(sys.argv[1])
    train(Task.load(where), where)
