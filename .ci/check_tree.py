"""Checks of the tree that need nothing but Python and git: sizes, and what may never be in it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_LINES = 450
MAX_BYTES = 12 * 2**20
SOURCE = re.compile(r"^(bridge/.*\.py|m4l_devices/.*\.(py|js))$")
FORBIDDEN = {
    "a host of a package registry": re.compile(
        r"(pypi|pythonhosted|npmjs|debian)[.](org|com)|(files|registry|deb)[.](python|npm|debian)"
    ),
    "an absolute path of a machine": re.compile(r"(?<![\w.])/(root|work|farm|home)/[A-Za-z.]"),
}


def tracked() -> list[Path]:
    """Files that git knows, or would if they were added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := Path(name)).is_file()]


def complaints(path: Path) -> Iterator[str]:
    """What is wrong with a file."""
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        yield f"{path} has {len(data)} bytes; {MAX_BYTES} is the most"
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return
    if SOURCE.match(path.as_posix()) and len(lines) > MAX_LINES:
        yield f"{path} has {len(lines)} lines; {MAX_LINES} is the most: split it by duty"
    for number, line in enumerate(lines, 1):
        for what, pattern in FORBIDDEN.items():
            if pattern.search(line):
                yield f"{path}:{number} names {what}"


def main() -> int:
    """The command."""
    files = tracked()
    found = [complaint for path in files for complaint in complaints(path)]
    for complaint in found:
        print(complaint, file=sys.stderr)
    source = [path for path in files if SOURCE.match(path.as_posix())]
    sizes = [len(path.read_text(encoding="utf-8").splitlines()) for path in source]
    print(f"{len(files)} files; {len(source)} of source, the longest {max(sizes)} lines")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
