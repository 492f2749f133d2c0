"""`python -m benchmarks [name ...] [--quick] [--json]`."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
import time
import traceback

from rich.console import Console

from benchmarks.rows import Row, show

NAMES = (
    "inference",
    "sync",
    "osc",
    "jam",
    "record",
    "players",
    "loop",
    "soak",
    "web",
    "train",
    "page",
    "install",
)
"""Each is a module of this package with ``rows(quick: bool) -> Iterable[Row]``."""
FAILED = "failed, see stderr"


def available() -> list[str]:
    """The names whose modules are there."""
    return [name for name in NAMES if importlib.util.find_spec(f"benchmarks.{name}") is not None]


def measure(name: str, *, quick: bool) -> list[Row]:
    """Run one benchmark, and say on stderr how long it took.

    Returns:
        Its rows; the ones before the trouble, and one without a value, if it failed.
    """
    began = time.monotonic()
    found: list[Row] = []
    try:
        module = importlib.import_module(f"benchmarks.{name}")
        found.extend(module.rows(quick=quick))
    except Exception:  # One that fails must not cost the figures of all others.
        traceback.print_exc()
        found.append(Row(f"{name}: {FAILED}", None, ""))
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found


def main() -> int:
    """Measure and print; 1 if a number misses what it must reach, 2 if a benchmark failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", default=["all"], metavar="|".join((*NAMES, "all")))
    parser.add_argument("--quick", action="store_true", help="within a minute for each name")
    parser.add_argument("--json", action="store_true", help="a list of rows instead of a table")
    arguments = parser.parse_args()
    names = available() if "all" in arguments.names else arguments.names
    unknown = [name for name in names if name not in available()]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(available())}")
    found = [row for name in names for row in measure(name, quick=arguments.quick)]
    if arguments.json:
        print(json.dumps([row.as_json() for row in found], indent=2))
    else:
        show(found, Console(width=None if sys.stdout.isatty() else 160))
    if any(row.metric.endswith(FAILED) for row in found):
        return 2
    return int(any(row.met == "no" for row in found))


if __name__ == "__main__":
    sys.exit(main())
