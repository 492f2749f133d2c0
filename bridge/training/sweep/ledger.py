"""What is finished of a sweep, so that nothing is trained twice."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from bridge.training.sweep.one_run import Result, Sweep, job_of
from bridge.training.sweep.settings import Run
from bridge.training.whole_file import written_whole


class Ledger:
    """The finished runs in a sweep's folder.

    Args:
        sweep: Whose.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep

    def bundle(self, run: Run) -> Path:
        """Where a run's bundle lies."""
        return job_of(self._sweep, run).out

    def load(self, run: Run) -> Result | None:
        """A finished run's result; None where it is not finished, or its files are damaged."""
        bundle = self.bundle(run)
        try:
            content = bundle.read_bytes()
            told = json.loads(bundle.with_suffix(".json").read_text(encoding="utf-8"))
            if told.pop("bundle_sha256") != hashlib.sha256(content).hexdigest():
                return None
            del told["run"]
            return Result(**told, bundle=content)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, run: Run, result: Result) -> None:
        """Keep a result; the state that was kept while it was trained goes.

        Raises:
            TrainingError: It can't be written.
        """
        job = job_of(self._sweep, run)
        told = asdict(result) | {
            "run": run.words(),
            "bundle_sha256": hashlib.sha256(result.bundle).hexdigest(),
        }
        del told["bundle"]
        with written_whole(job.out) as path:
            path.write_bytes(result.bundle)
        with written_whole(job.out.with_suffix(".json")) as path:
            path.write_text(json.dumps(told, indent=1), encoding="utf-8")
        with suppress(OSError):  # What is left of it does no harm.
            (job.folder / "state.npz").unlink(missing_ok=True)
