"""Gets a kernel and puts it to work: from the cache, compiled if need be, in the background."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from bridge.errors import CompilerMissing, KernelUnavailable
from bridge.models.kernel import build
from bridge.models.kernel.choice import engage
from bridge.models.kernel.library import KernelLibrary
from bridge.models.kernel.proof import prove

_log = logging.getLogger(__name__)


def ready_kernel(folder: Path | None = None, *, may_compile: bool = True) -> KernelLibrary | None:
    """A kernel that has shown that it computes what NumPy does.

    Args:
        folder: Where libraries are kept; the user's cache if none is named.
        may_compile: Whether to compile it where the folder lacks it: about a second.

    Returns:
        The kernel; None only where the folder lacks it and it may not be compiled.

    Raises:
        CompilerMissing: There is none, and no C compiler either.
        KernelUnavailable: It can't be made or used; the message says why.
    """
    folder = folder if folder is not None else build.cache_folder()
    path = build.compiled(folder) if may_compile else build.cached(folder)
    if path is None:
        return None
    library = KernelLibrary(path)
    prove(library)
    return library


def engage_kernel(folder: Path | None = None, *, may_compile: bool = True) -> bool:
    """Have a kernel step this process's networks; whatever is in the way leaves them to NumPy.

    Args:
        folder: As for `ready_kernel`.
        may_compile: As for `ready_kernel`.

    Returns:
        Whether a kernel steps them now.
    """
    try:
        library = ready_kernel(folder, may_compile=may_compile)
    except KernelUnavailable as error:
        # Most machines without a compiler never had one; that is nothing to be warned of.
        level = logging.INFO if isinstance(error, CompilerMissing) else logging.WARNING
        _log.log(level, "NumPy plays, not the compiled kernel: %s", error)
        return False
    if library is None:
        return False
    engage(library)
    return True


def engage_in_background() -> None:
    """`engage_kernel` in a thread that ends with the process; nothing waits for it."""
    threading.Thread(target=engage_kernel, name="magenta-bridge-kernel", daemon=True).start()
