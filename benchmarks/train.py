"""Our trainer beside Magenta's own, and what it takes to fine-tune a bundle on a few bars.

Both trainers learn from the same sequences, with networks of the same size, as many labels an
update and as many updates, each as its makers have set it; `train_task.py` says how that is made
equal. They work by turns. One and the same evaluator, the engine, scores both bundles.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.rows import Better, Row
from benchmarks.train_fine_tuning import fine_tuning_rows
from benchmarks.train_task import KIND, Task, tasks
from benchmarks.train_turns import BUNDLE, Trainer
from bridge.models.loading import LoadedModel, load_model
from bridge.training.baselines import count_classes, nats_per_step, position
from bridge.training.evaluate import as_baseline, native_softmax

PEER = "Magenta's trainer"
MODULES = ("benchmarks.train_ours", "benchmarks.train_peer")
MOONSHOT_FASTER = 2.0
CLEARLY_NATS = 0.01
"""A held-out figure that is lower by less is no lower."""
DRUM_SETS = 512


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    if importlib.util.find_spec("tensorflow") is None or not has_magenta():
        # Our trainer needs both too: without them there is nothing to measure.
        yield Row("trainer, steps learnt a second", None, "steps/s", PEER, better=Better.HIGHER)
        yield Row("trainer, held-out nats a step", None, "nats", PEER)
        return
    for task in tasks(quick=quick):
        yield from task_rows(task)
    yield from fine_tuning_rows(quick=quick)


def has_magenta() -> bool:
    """Whether Magenta and what its trainer is made of are installed."""
    return all(importlib.util.find_spec(name) for name in ("magenta", "tf_slim"))


def task_rows(task: Task) -> Iterator[Row]:
    """Both trainers do a task by turns, and the engine scores their bundles."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folders = [Path(name) / module for module in MODULES]
        trainers = []
        for module, folder in zip(MODULES, folders, strict=True):
            folder.mkdir()
            task.save(folder)
            trainers.append(stack.enter_context(Trainer(module, folder)))
        while any(trainer.left for trainer in trainers):
            for trainer in trainers:
                trainer.take_turn()
        for trainer in trainers:
            trainer.finish()
        yield from _speed_rows(task, *trainers)
        ours, theirs = (held_out_nats(folder / BUNDLE, task) for folder in folders)
    yield Row(
        f"trainer, held-out nats a step after {task.updates} updates, {task.label}",
        ours,
        "nats",
        PEER,
        theirs,
        must=theirs,
        moonshot=theirs - CLEARLY_NATS,
    )


def _speed_rows(task: Task, ours: Trainer, theirs: Trainer) -> Iterator[Row]:
    peer = theirs.labels_per_s
    yield Row(
        f"trainer, steps learnt a second, {task.label}",
        ours.labels_per_s,
        "steps/s",
        PEER,
        peer,
        must=peer,
        moonshot=MOONSHOT_FASTER * peer,
        better=Better.HIGHER,
    )
    for what, unit, mine, other in (
        ("a second of CPU time", "steps/s", ours.labels_per_cpu_s, theirs.labels_per_cpu_s),
        ("an update", "steps", ours.labels / task.updates, theirs.labels / task.updates),
    ):
        metric = f"trainer, steps learnt {what}, {task.label}"
        yield Row(metric, mine, unit, PEER, other, better=Better.HIGHER)


def held_out_nats(bundle: Path, task: Task) -> float:
    """Nats a step of a bundle over the task's test sequences, as the engine plays it."""
    model, bar = load_model(bundle.stem, bundle), task.sampler.steps_per_bar
    assert isinstance(model, LoadedModel)
    first = position(count_classes(task.train, DRUM_SETS, bar))
    softmax = native_softmax(model, KIND.coding())
    predict = as_baseline(softmax, KIND.encoding, KIND.coding(), first)
    return nats_per_step(predict, task.test)
