"""Keeps BLAS to one thread, without a dependency.

Two OpenBLAS threads beside anything else on a small machine stall single steps for up to seconds,
and a step is too small to gain from them. BLAS libraries read these variables once, when NumPy
loads them, so they must be set before that: for a child process the only safe moment is before it
is started, since it may load NumPy for reasons of its own (``spawn`` runs the parent's main file
again). This module imports no NumPy, and ``bridge`` and ``bridge.models`` import nothing at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def pin_blas_threads() -> None:
    """One BLAS thread in this process and its children; without effect once NumPy is loaded."""
    for variable in _VARIABLES:
        os.environ[variable] = "1"


@contextmanager
def children_with_one_blas_thread() -> Iterator[None]:
    """Processes started within have one BLAS thread; this process's settings stay as they were."""
    before = {variable: os.environ.get(variable) for variable in _VARIABLES}
    pin_blas_threads()
    try:
        yield
    finally:
        for variable, value in before.items():
            if value is None:
                del os.environ[variable]
            else:
                os.environ[variable] = value
