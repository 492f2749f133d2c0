"""What the musical controls do to a distribution, whoever's it is."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bridge.core.encodings.meaning import OCTAVE, IntArray
from bridge.models.weights import FloatArray

MIN_TOP_P = 0.05
ALL_PITCH_CLASSES = (1 << OCTAVE) - 1

Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def regrouped(before: Scores, after: Scores, groups: IntArray) -> Scores:
    """``after``, with the share that each group of classes had ``before``.

    A group that has nothing left loses its share to the others.

    Args:
        before: Log shares, shape (classes,), all finite.
        after: The same once they were shaped; -inf where a class may not be drawn.
        groups: The group of each class.
    """
    result = after.copy()
    for group in set(groups.tolist()):
        members = groups == group
        now = _log_sum(after[members])
        if now > -math.inf:
            result[members] += _log_sum(before[members]) - now
    return result


def _log_sum(scores: Scores) -> float:
    most = float(np.maximum.reduce(scores))
    if most == -math.inf:
        return most
    return most + math.log(np.add.reduce(np.exp(scores - most)))


def top_shares(scores: Scores, top_p: float) -> FloatArray:
    """Log shares of the likeliest classes that share ``top_p``; -inf for all others.

    Args:
        scores: Log shares up to a constant, shape (classes,), some of them finite.
        top_p: 1.0 or more: all.
    """
    with np.errstate(divide="ignore"):
        kept: FloatArray = np.log(nucleus(scores, top_p)).astype(np.float32)
    return kept


def scale_has(scale: int, pitches: IntArray) -> Mask:
    """Which pitches a scale has; all where it has none.

    Args:
        scale: Pitch classes as bits, bit 0 for C.
        pitches: MIDI pitches.
    """
    wanted = scale & ALL_PITCH_CLASSES or ALL_PITCH_CLASSES
    return np.asarray(wanted >> pitches % OCTAVE & 1, np.bool_)


def nucleus(scores: Scores, top_p: float) -> Scores:
    """Shares of the likeliest classes that have ``top_p`` together, at least one; 0 for all others.

    Args:
        scores: Log shares up to a constant, shape (classes,), some of them finite.
        top_p: 1.0 or more: all.
    """
    shares: Scores = np.exp(scores - np.maximum.reduce(scores))
    shares /= np.add.reduce(shares)
    if top_p < 1.0:
        shares = _likeliest(shares, within(top_p, MIN_TOP_P, 1.0))
    return shares


def _likeliest(shares: Scores, top_p: float) -> Scores:
    """Only the likeliest classes that share ``top_p``, at least one."""
    order = np.argsort(-shares, kind="stable")
    kept = int(np.searchsorted(np.cumsum(shares[order]), top_p * (1.0 - 1e-9))) + 1
    result = np.zeros_like(shares)
    result[order[:kept]] = shares[order[:kept]]
    result /= np.add.reduce(result)
    return result


def within(value: float, low: float, high: float) -> float:
    """The value kept within limits; what is not a number counts as the middle of nothing: 0."""
    if math.isnan(value):
        return max(low, 0.0)
    return min(high, max(low, value))
