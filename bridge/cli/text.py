"""Words that may be shown to anybody."""

from __future__ import annotations

from pathlib import Path


def at_home(text: object) -> str:
    """The text with this user's home folder as ``~``: it names the user."""
    home = str(Path.home())
    return str(text).replace(home, "~") if len(home) > 1 else str(text)
