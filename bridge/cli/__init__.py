"""The command line: the only part that prints."""

from bridge.cli.app import app, main

__all__ = ["app", "main"]
