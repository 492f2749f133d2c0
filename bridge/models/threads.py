"""Keeps BLAS to one thread, without a dependency.

Two OpenBLAS threads beside anything else on a small machine stall single steps for up to seconds,
and a step is too small to gain from them. BLAS libraries read these variables once, when NumPy
loads them, so this must run before the first ``import numpy`` of the process: this module imports
nothing but ``os``, and ``bridge`` and ``bridge.models`` import nothing at all.
"""

from __future__ import annotations

import os

_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def pin_blas_threads() -> None:
    """One BLAS thread from now on; without effect once NumPy is loaded."""
    for variable in _VARIABLES:
        os.environ[variable] = "1"
