"""Several settings of one kind of model tried on the same music, and the best of them kept."""

from __future__ import annotations
