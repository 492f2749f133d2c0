"""The page's own modules, run in Node: clock, stage, sound, keys, edits, colours."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from bridge.core.encodings.drum_classes import DRUM_CLASS_NAMES, DRUM_CLASS_PITCHES
from bridge.core.parameters import PARAMETERS
from tests.device.node_host import node_or_skip

HERE = Path(__file__).parent / "page"
STATIC = Path(__file__).resolve().parents[2] / "bridge" / "web" / "static"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))


@pytest.fixture(scope="module")
def node() -> str:
    return node_or_skip()


def evaluated(node: str, module: str, expression: str) -> object:
    """The value of an expression over a module of the page, as JSON."""
    address = (STATIC / "js" / module).as_uri()
    script = f"import * as page from '{address}'; console.log(JSON.stringify({expression}));"
    done = subprocess.run(
        [node, "--input-type=module", "--eval", script], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.stem)
def test_modules(node: str, file: Path) -> None:
    done = subprocess.run([node, "--test", str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^# pass (\d+)", done.stdout, re.MULTILINE)
    assert passed is None or int(passed.group(1)) > 0


def test_the_drum_lanes_are_those_that_the_models_know(node: str) -> None:
    lanes = evaluated(node, "stage/lanes.js", "page.DRUMS")
    assert isinstance(lanes, list)
    assert tuple(lane["name"] for lane in lanes) == DRUM_CLASS_NAMES
    assert [(lane["pitch"], set(lane["others"])) for lane in lanes] == [
        (pitches[0], set(pitches[1:])) for pitches in DRUM_CLASS_PITCHES
    ]


def test_every_parameter_has_a_name_and_a_place_on_the_page(node: str) -> None:
    """Also one that the page was not written for: its name is made up from the engine's."""
    asked = [[one.name, one.kind, one.meaning] for one in PARAMETERS.values()]
    asked.append(["swing_amount", "number", "How much it swings."])
    expression = f"{json.dumps(asked)}.map((one) => page.wordsFor(...one))"
    words = evaluated(node, "panel/words.js", expression)
    groups = evaluated(node, "panel/words.js", "page.GROUPS.map(([group]) => group)")
    assert isinstance(words, list) and isinstance(groups, list)
    assert len({one["label"] for one in words}) == len(asked)
    assert all(one["help"] for one in words)
    assert {one["group"] for one in words} <= {*groups, "main", "switch"}


def test_the_page_loads_nothing_from_elsewhere() -> None:
    addresses = re.compile(r"https?://[^\s'\"`)]+")
    allowed = {"http://www.w3.org/2000/svg"}
    files = [path for path in STATIC.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg"}]
    found = {hit for path in files for hit in addresses.findall(path.read_text(encoding="utf-8"))}
    assert len(files) > 20
    assert found <= allowed


def test_every_import_and_every_file_that_the_page_names_is_there() -> None:
    index = (STATIC / "index.html").read_text(encoding="utf-8")
    for name in re.findall(r"(?:src|href)=\"([^\"#]+)\"", index):
        assert (STATIC / name).is_file(), name
    for script in SCRIPTS:
        for name in re.findall(r"from '([^']+)'", script.read_text(encoding="utf-8")):
            assert (script.parent / name).is_file(), f"{script.name} imports {name}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_keep_to_the_house_style(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[0] == "// @ts-check"
    assert lines[1].startswith("/**"), "a module begins by saying what it is for"
    assert len(lines) <= 320
    assert max(map(len, lines)) <= 100
    assert "innerHTML" not in text, "text is text: nothing that the engine says is ever markup"
    assert "console." not in text
