"""Writes the pages of this folder that are made from the code's own tables.

    python docs/generate.py            writes what is out of date
    python docs/generate.py --check    says which of them is out of date, and fails if one is

The pages are pure functions of `bridge.core.address_book.SPECS`, `bridge.errors.all_errors()` and
`bridge.core.session.TRANSITIONS`, the pictures those of picture.py, of the device file and of Push
2's lights: no clock, no environment, the same bytes each time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))  # The tables of this checkout, installed or not.

from device_picture import dark_picture, light_picture
from picture import picture
from protocol_page import protocol_page
from push2_picture import push2_picture
from session_page import session_page

PAGES: dict[str, Callable[[], str]] = {
    "magenta-jam-dark.svg": dark_picture,
    "magenta-jam-light.svg": light_picture,
    "picture.svg": picture,
    "protocol.md": protocol_page,
    "push2.svg": push2_picture,
    "session.md": session_page,
}


def outdated() -> list[str]:
    """Names of the pages whose file differs from what the tables say."""
    return [name for name, page in PAGES.items() if _text_of(FOLDER / name) != page()]


def write() -> list[str]:
    """Write the pages that are out of date; returns their names."""
    names = outdated()
    for name in names:
        (FOLDER / name).write_text(PAGES[name](), encoding="utf-8", newline="\n")
    return names


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Write or check the generated pages.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if out of date")
    if parser.parse_args().check:
        names = outdated()
        for name in names:
            print(f"docs/{name} is out of date: run python docs/generate.py", file=sys.stderr)
        return 1 if names else 0
    for name in write():
        print(f"wrote docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
