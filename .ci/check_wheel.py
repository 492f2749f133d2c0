"""Checks that a wheel has what an installed engine needs, and nothing of the checkout besides."""

from __future__ import annotations

import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

NEEDED = (
    "bridge/__main__.py",
    "bridge/_data/bundles/README.md",
    *(
        f"bridge/_data/bundles/{name}.{ending}"
        for name in (
            "chorale_voices",
            "drum_kit_breaks",
            "game_bass",
            "groove_drums",
            "groove_lookback",
            "groove_taps",
            "session_attention",
            "session_melody",
            "songbook_chords",
        )
        for ending in ("mag", "md")
    ),
    "bridge/_data/configs/default.yaml",
    "bridge/_data/m4l_devices/Magenta Jam.amxd",
    "bridge/_data/m4l_devices/README.md",
    "bridge/demo/performances/*.mid",
    "bridge/demo/performances/ATTRIBUTION.md",
    "bridge/web/static/index.html",
    "bridge/web/static/js/main.js",
    "*.dist-info/licenses/LICENSE",
)


def main() -> int:
    """The command; its one argument is the wheel."""
    path = Path(sys.argv[1])
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
    missing = [wanted for wanted in NEEDED if not any(fnmatch(name, wanted) for name in names)]
    strange = [
        name for name in names if not name.startswith("bridge/") and ".dist-info/" not in name
    ]
    for name in missing:
        print(f"the wheel lacks {name}", file=sys.stderr)
    for name in strange:
        print(f"the wheel has {name}, which belongs to the checkout", file=sys.stderr)
    print(f"{path.name}: {len(names)} files, {path.stat().st_size / 1e6:.1f} MB")
    return 1 if missing or strange else 0


if __name__ == "__main__":
    sys.exit(main())
