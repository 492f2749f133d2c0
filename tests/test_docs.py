"""The documentation says what the code does, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from bridge.cli import app

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("bridge", "benchmarks", "bundles", "configs", "docs", "m4l_devices", "tests")
PAGES = sorted([*ROOT.glob("*.md"), *(p for f in FOLDERS for p in (ROOT / f).rglob("*.md"))])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"magenta-bridge +([a-z][a-z-]*)(?: +([a-z][a-z-]*))?")


def _prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", _prose(page), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {text.strip().replace(" ", "-") for text in plain}


def _broken_links(page: Path) -> list[str]:
    broken = []
    for groups in LINK.findall(_prose(page)):
        link = next(filter(None, groups))
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    return broken


def _unknown_commands(page: Path) -> list[str]:
    commands = typer.main.get_command(app).commands
    unknown = []
    for piece in CODE.findall(page.read_text(encoding="utf-8")):
        for name, below in COMMAND.findall(piece):
            group = getattr(commands.get(name), "commands", None)
            if name not in commands or (group and below and below not in group):
                unknown.append(f"{name} {below}".strip())
    return unknown


def test_generated_pages_are_current():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_relative_link_leads_somewhere(page):
    assert _broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_that_a_page_names_exists(page):
    assert _unknown_commands(page) == []


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_index_names_every_page_of_the_docs():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    missing = [p.name for p in (ROOT / "docs").glob("*.md") if f"({p.name})" not in index]
    assert [name for name in missing if name != "README.md"] == []


def test_a_wrong_link_and_an_unknown_command_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](#here) [b](#there) [c](gone.md) `magenta-bridge dance`\n")
    assert _broken_links(page) == ["#there", "gone.md"]
    assert _unknown_commands(page) == ["dance"]
