"""Ableton Link with real peers, in a network of their own that reaches nobody."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import DeviceNotFound
from bridge.io.link import LinkSession

pytestmark = pytest.mark.real_time

ROOT = Path(__file__).resolve().parents[2]
WAYS = (["unshare", "-n"], ["unshare", "-rn"])
BOUND_MS = 2.0


def own_network() -> list[str] | None:
    """The words before a command that give it a network of its own, or None."""
    if shutil.which("unshare") is None:
        return None
    for way in WAYS:
        if subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0:
            return way
    return None


def why_not() -> str | None:
    if importlib.util.find_spec("link") is None:
        return "LinkPython-extern is not installed (the [link] extra)"
    if own_network() is None:
        return "unshare can't make a network of its own here"
    return None


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What two peers saw of each other."""
    return in_own_network()


def in_own_network(*arguments: str) -> dict[str, Any]:
    """What `tests.fakes.link_peers` prints."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    way = own_network()
    assert way is not None
    done = subprocess.run(
        [*way, sys.executable, "-m", "tests.fakes.link_peers", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    heard: dict[str, Any] = json.loads(done.stdout)
    return heard


@pytest.mark.parametrize("when", ["steady_ms", "after_my_tempo_ms", "after_its_tempo_ms"])
def test_another_peer_and_our_beat_line_put_the_same_phase_at_the_same_moment(seen, when) -> None:
    errors = sorted(seen[when])
    assert errors[len(errors) // 2] < BOUND_MS, errors


def test_tempo_start_and_stop_are_seen_on_the_other_side_and_who_leaves_is_gone(seen) -> None:
    # The script waits for each and fails where one never comes.
    assert seen["left"]
    assert seen["discovery_s"] < 15.0


def test_the_moment_of_a_beat_has_that_beat(seen) -> None:
    assert seen["round_trip_beats"] < 1e-3


def test_a_whole_engine_joins_the_session_follows_it_and_sets_its_tempo() -> None:
    report = in_own_network("engine")
    assert report["playing"] and report["locked"]
    assert report["tempo_qpm"] == pytest.approx(88.0, abs=0.01)
    assert report["tempo_set_there"] == pytest.approx(133.0, abs=0.01)


def test_without_the_package_the_error_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "link", None)
    with pytest.raises(DeviceNotFound) as caught:
        LinkSession()
    assert "pip install" in caught.value.hint and "LinkPython-extern" in caught.value.hint
