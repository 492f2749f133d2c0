"""Where work is done: here, in processes of this machine, or on a ray cluster that runs already."""

from __future__ import annotations
