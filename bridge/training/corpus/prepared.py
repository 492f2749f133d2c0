"""Files that were read before: their findings are kept, so that no file is read twice.

An entry is named by a checksum of all that it follows from: the file's content and name, what is
looked for, and the code that reads, which is hashed so that nobody has to remember to count a
version up. It begins with a checksum of its own: a damaged one is as good as none.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bridge.errors import TrainingError
from bridge.training.code import checksum_of
from bridge.training.corpus.findings import Findings, Phrase
from bridge.training.corpus.one_file import FileToRead, Wanted
from bridge.training.corpus.readers import LARGEST_BYTES

CODE = ("core/**/*.py", "io/**/*.py", "training/**/*.py")
"""Code on which it depends what a file is read as."""
PACKAGES = ("mido", "note-seq", "pyyaml", "numpy")


class Prepared:
    """Findings of files in a folder.

    Args:
        folder: Where they are kept; made when there is something to keep.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, wanted: Wanted, file: FileToRead) -> Findings | None:
        """What was found in a file; None where it is not known or the entry is damaged."""
        path = self._path(wanted, file)
        if path is None:
            return None
        try:
            checksum, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        return _findings(json.loads(body)) if checksum == _checksum(body) else None

    def save(self, wanted: Wanted, file: FileToRead, findings: Findings) -> None:
        """Keep what was found in a file; of one that could not be read here, nothing.

        Raises:
            TrainingError: It can't be written.
        """
        path = self._path(wanted, file)
        if path is None or not findings.lasting:
            return
        body = json.dumps(_json(findings)).encode()
        half = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            half.write_bytes(_checksum(body) + b"\n" + body)
            half.replace(path)
        except OSError as error:
            raise TrainingError(
                f"{path} can't be written: {error.strerror}.", "Make room, and go on."
            ) from error

    def _path(self, wanted: Wanted, file: FileToRead) -> Path | None:
        try:
            if file.path.stat().st_size > LARGEST_BYTES:
                return None
            with file.path.open("rb") as opened:
                content = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError:
            return None
        told = (content, file.name, *astuple(wanted), _code_checksum())
        key = _checksum(json.dumps(told).encode()).decode()
        return self._folder / key[:2] / f"{key[2:]}.json"


def _json(findings: Findings) -> dict[str, Any]:
    found = [one if isinstance(one, str) else _phrase_json(one) for one in findings.found]
    return {"name": findings.name, "found": found}


def _phrase_json(phrase: Phrase) -> dict[str, Any]:
    keys = [[key, steps.dtype.name, steps.tolist()] for key, steps in phrase.keys.items()]
    return {"piece": phrase.piece, "bars": phrase.bars, "keys": keys}


def _findings(kept: dict[str, Any]) -> Findings:
    found = (one if isinstance(one, str) else _phrase(one) for one in kept["found"])
    return Findings(kept["name"], tuple(found))


def _phrase(kept: dict[str, Any]) -> Phrase:
    keys = {key: np.array(steps, np.dtype(dtype)) for key, dtype, steps in kept["keys"]}
    return Phrase(kept["piece"], kept["bars"], keys)


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


@cache
def _code_checksum() -> str:
    """A checksum of the code that reads, and the versions of the packages that it reads with."""
    return checksum_of(CODE, PACKAGES)
