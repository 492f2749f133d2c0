"""What a check has to say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad it is."""

    FAULT = "fault"
    """Live or Max would refuse it, lose something, or do it at the wrong moment."""
    DOUBT = "doubt"
    """It may work; nobody who reads only the file can tell."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a device.

    Args:
        severity: How bad it is.
        where: The box, parameter or part of the file.
        text: What is wrong, as a sentence.
    """

    severity: Severity
    where: str
    text: str


def fault(where: str, text: str) -> Finding:
    """A finding that must be mended."""
    return Finding(Severity.FAULT, where, text)


def doubt(where: str, text: str) -> Finding:
    """A finding to look at."""
    return Finding(Severity.DOUBT, where, text)
