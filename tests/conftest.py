"""What holds for every test: the environment, how much is tried, and that nothing is left behind.

`pytest` alone has several tests run at once, where pytest-xdist is there (`-n 0`: one by one).
Those of the mark `real_time` play by the clock on the wall, through ports, processes or a browser:
they never run beside each other.

With `BRIDGE_REQUIRE_MAGENTA=1` no test may skip for want of the real Magenta: where it is known to
be installed, parity may not quietly go unproved.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

# Before anything imports TensorFlow: magenta needs the Keras of its time.
os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Before anything imports NumPy: one thread of BLAS, as in the engine. Two wait for each other for
# most of a test's time on a busy machine.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

# A script that starts the tests in the background has them ignore Ctrl-C, and so would every engine
# that they start and end with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, max_examples=60, deadline=None)
settings.register_profile("long", max_examples=5000, deadline=None)
settings.load_profile("repeatable")

REQUIRE_MAGENTA = os.environ.get("BRIDGE_REQUIRE_MAGENTA", "") not in ("", "0")
PARTS = ("magenta", "note_seq", "tensorflow", "tf_keras")
MOST_WORKERS = 4
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
CHILD_EXIT_S = 2.0
_OPEN_FILES = Path("/proc/self/fd")
_UDP_TABLES = (Path("/proc/self/net/udp"), Path("/proc/self/net/udp6"))


def pytest_configure() -> None:
    """Refuse to start where Magenta is required and not there."""
    missing = [part for part in PARTS if importlib.util.find_spec(part) is None]
    if REQUIRE_MAGENTA and missing:
        raise pytest.UsageError(
            f"BRIDGE_REQUIRE_MAGENTA is set, and not installed: {', '.join(missing)};"
            " docs/install.md says how."
        )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Have the whole run share the processor's cores, unless somebody says how it is to run."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    worker = "PYTEST_XDIST_WORKER" in os.environ
    if worker or not whole or not config.pluginmanager.hasplugin("xdist"):
        return
    if config.option.numprocesses is None and not config.option.usepdb:
        config.option.numprocesses = min(MOST_WORKERS, os.cpu_count() or 1)
        config.option.dist = "loadgroup"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One worker has all that run in real time; other modules are not torn apart."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        alone = item.get_closest_marker("real_time") is not None
        group = "real_time" if alone else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skips for want of Magenta is an error where Magenta is required."""
    return _error_if_magenta_is_missed((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module."""
    return _error_if_magenta_is_missed((yield))


def _error_if_magenta_is_missed(report: Report) -> Report:
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    if REQUIRE_MAGENTA and report.skipped and any(part in reason.lower() for part in PARTS):
        report.outcome = "failed"
        report.longrepr = f"BRIDGE_REQUIRE_MAGENTA is set, and {report.nodeid} skipped: {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compiled kernels of the tests and their processes stay out of the user's cache."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a UDP socket open or a child process running."""
    sockets_before = _open_sockets()
    children_before = set(multiprocessing.active_children())
    yield
    for child in set(multiprocessing.active_children()) - children_before:
        child.join(CHILD_EXIT_S)
        if child.is_alive():
            child.kill()
            pytest.fail(f"The test left the process {child.name} running.")
    left = _open_sockets() - sockets_before
    if left and (udp := left & _udp_sockets()):
        pytest.fail(f"The test left {len(udp)} UDP socket(s) open.")


def _open_sockets() -> set[str]:
    """Inodes of this process's sockets; empty where the system doesn't list them."""
    if not _OPEN_FILES.is_dir():
        return set()
    targets = (_target(link) for link in _OPEN_FILES.iterdir())
    return {target[8:-1] for target in targets if target.startswith("socket:[")}


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # The descriptor with which the folder itself was read.
        return ""


def _udp_sockets() -> set[str]:
    rows = [row.split() for path in _UDP_TABLES if path.exists() for row in _rows(path)]
    return {row[9] for row in rows}


def _rows(path: Path) -> list[str]:
    return path.read_text().splitlines()[1:]
