"""A wiring over real MIDI ports that no passing through may turn into a storm."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.config import EngineConfig
from bridge.core.cables import CABLE_S
from bridge.core.settings import ClockSettings, JamSettings, PlayerSettings, PlayerSetup
from tests.engine.conftest import OpenStage
from tests.fakes.engine_process import free_port
from tests.fakes.port_stage import IN, IN_2, OUT, OUT_2, TEMPO_QPM
from tests.fakes.room import steady_drummer
from tests.fakes.take import Take

pytestmark = pytest.mark.real_time

TRIES = 4
"""JACK may take longer on a busy machine than any cable: one quick one is enough."""


def connect(source: str, target: str) -> None:
    """A cable between two ports of the JACK server, by the ends of their names."""
    listed = subprocess.run(["jack_lsp", "-p"], capture_output=True, text=True, check=True).stdout
    lines = listed.splitlines()
    ways = {
        (name.partition(":")[2], way.split()[1].split(",")[0]): name for name, way in pairs(lines)
    }
    ends = ways[source, "output"], ways[target, "input"]
    subprocess.run(["jack_connect", *ends], check=True)


def pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each port with the line of its properties."""
    return zip(lines[::2], lines[1::2], strict=True)


def two_that_pass_through(folder: Path) -> EngineConfig:
    passing = PlayerSettings(bundle=steady_drummer(folder), passthrough=True, mute=True)
    jam = JamSettings(
        bundles=(passing.bundle,),
        player=passing,
        players=(
            PlayerSetup("A", passing, (IN,), (OUT,)),
            PlayerSetup("B", passing, (IN_2,), (OUT_2,)),
        ),
        clock=ClockSettings(("internal",), TEMPO_QPM),
    )
    # Compiling a kernel can take longer than all of this, on a busy machine.
    return EngineConfig(port=free_port(), jam=jam, bundle_folders=(folder,), kernel="off")


def test_two_that_pass_through_wired_in_a_circle_come_to_rest(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    if shutil.which("jack_connect") is None:
        pytest.skip("jack_connect is not installed")
    config = two_that_pass_through(tmp_path)
    for _ in range(TRIES):
        stage = open_stage(config)
        connect(OUT, IN_2)
        connect(OUT_2, IN)
        begin_s = time.monotonic()
        for key in range(8):
            on_s = begin_s + 0.15 * key
            stage.play(bytes((0x90, 48 + key, 100)), on_s)
            stage.play(bytes((0x80, 48 + key, 0)), on_s + 0.05)
        stage.rest()
        take = stage.end()
        assert take.unpaired() == []
        if longest_way_s(take) < CABLE_S:
            counts = [len(take.notes(port, 0.0, float("inf"))) for port in (OUT, OUT_2)]
            assert counts == [8, 0], "no key goes round"
            return
    # What takes longer than a cable is a hand's, for all that can be known: it did come to rest.


def longest_way_s(take: Take) -> float:
    """The longest that a note took from A's output to B's input."""
    left_s = {one.data: one.left_s for one in reversed(take.sent) if one.port == OUT}
    ways = [at_s - left_s[data] for port, data, at_s in take.arrived if port == IN_2]
    return max(ways, default=float("inf"))
