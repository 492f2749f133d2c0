"""Words that may be shown to anybody."""

from __future__ import annotations

from pathlib import Path


def at_home(text: object) -> str:
    """The text with this user's home folder as ``~``: it names the user."""
    home = str(Path.home())
    return str(text).replace(home, "~") if len(home) > 1 else str(text)


def size_text(size_bytes: int) -> str:
    """A file's size for people."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1e3:.0f} kB" if size_bytes < 1e6 else f"{size_bytes / 1e6:.1f} MB"


def printable(text: str) -> str:
    """Text from a stranger's file without what would steer a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
