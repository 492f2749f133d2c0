"""From a folder of music to sequences that a model learns from, with a word about every file."""

from __future__ import annotations
