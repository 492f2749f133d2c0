"""``magenta-bridge`` and ``python -m bridge``."""

from __future__ import annotations

import sys


def main() -> None:
    """Do the command that was typed."""
    if sys.argv[1:2] == ["generate"]:
        # It needs nothing of what the other commands import.
        from bridge.generate.arguments import main as generate

        sys.exit(generate(sys.argv[2:]))
    from bridge.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
