"""What all commands share: the terminal, and how an error is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from bridge.errors import BridgeError

if TYPE_CHECKING:
    # A tenth of a second, which a command that prints plain lines needn't wait for.
    from rich.console import Console

EXIT_ERROR = 2


def console() -> Console:
    """Standard output. Highlighting is off: numbers in a sentence are no decoration."""
    from rich.console import Console

    return Console(highlight=False)


@contextmanager
def errors_told(verbose: bool) -> Iterator[None]:
    """Tell an error in two lines, what happened and what to do, and exit with 2.

    Args:
        verbose: Show the traceback too.
    """
    try:
        yield
    except BridgeError as error:
        from rich.console import Console

        out = Console(stderr=True, highlight=False)
        if verbose:
            out.print_exception()
        out.print(error.message, style="bold red", markup=False, soft_wrap=True)
        out.print(error.hint, markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_ERROR) from None
