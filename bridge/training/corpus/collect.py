"""A folder of music to sequences: found, read by whoever works, put together, and divided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.core.encodings.catalog import ModelEncoding
from bridge.errors import CorpusEmpty
from bridge.training.corpus.findings import Findings
from bridge.training.corpus.merge import Example, divided, merged
from bridge.training.corpus.one_file import FileToRead, Wanted, read_file
from bridge.training.corpus.prepared import Prepared
from bridge.training.corpus.readers import SUFFIXES
from bridge.training.corpus.report import FileReport
from bridge.training.encode import Steps
from bridge.training.work.workers import HERE, Workers

PART_NAMES = ("drums", "melody", "bass", "voices")


@dataclass(frozen=True, slots=True)
class Corpus:
    """What became of a folder.

    Args:
        train: Sequences to learn from.
        validation: Sequences to choose the best epoch by.
        test: Sequences to measure the finished model with.
        files: What became of every file, in the folder's order.
    """

    train: list[Steps]
    validation: list[Steps]
    test: list[Steps]
    files: list[FileReport]

    def check_learnable(self) -> None:
        """See that there is something to learn from and something to tell when to stop.

        Raises:
            CorpusEmpty: One of the two is missing.
        """
        if not self.train or not self.validation:
            raise CorpusEmpty(
                "Only one piece can be used: one is needed to learn from, and another to tell when"
                " to stop.",
                "Give more pieces, or cut it into two files.",
            )

    def check_measurable(self) -> None:
        """See that there is something for the baselines to learn from and something held out.

        Raises:
            CorpusEmpty: One of the two is missing.
        """
        if not self.train or not self.validation + self.test:
            raise CorpusEmpty(
                "Only one piece can be used: baselines learn from one, and another is measured.",
                "Give more pieces, or cut it into two files.",
            )


def collect(
    folder: Path,
    encoding: ModelEncoding,
    part: str,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    transpositions: Sequence[int] = (0,),
    workers: Workers = HERE,
    prepared: Prepared | None = None,
) -> Corpus:
    """Everything in a folder, and in the folders in it, that a model can learn from.

    Args:
        folder: The folder, or a single file.
        encoding: The model's; one that says what its classes mean.
        part: What the model learns: one of `PART_NAMES`.
        progress: Is called after each file with how many are done and how many there are.
        transpositions: Semitones by which what is learnt from is transposed; what is held out
            stays in its own key.
        workers: Who reads the files; the result is the same whoever does.
        prepared: Files that were read before, which are not read again; None: all are read.

    Raises:
        CorpusEmpty: There are no files of a known kind, or none of them can be used.
        TrainingError: A worker was lost, or what is prepared can't be kept.
    """
    examples, reports = read_examples(
        folder, encoding, part, progress, transpositions, workers, prepared
    )
    return Corpus(*divided(examples), reports)


def read_examples(
    folder: Path,
    encoding: ModelEncoding,
    part: str,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    transpositions: Sequence[int] = (0,),
    workers: Workers = HERE,
    prepared: Prepared | None = None,
    in_other_keys: bool = True,
) -> tuple[list[Example], list[FileReport]]:
    """All that can be used of a folder, not divided yet, and what became of every file.

    The arguments and errors are those of `collect`, but for one: ``in_other_keys`` says whether the
    same music in another key is left out. Who divides by intervals need not.
    """
    paths, base = music_files(folder)
    # Workers of an engine that runs already are at home in another folder.
    files = [FileToRead(path.absolute(), path.relative_to(base).as_posix()) for path in paths]
    wanted = Wanted(encoding.name, part, tuple(transpositions))
    found = _findings(files, wanted, progress, workers, prepared)
    in_order = [found[place] for place in range(len(files))]
    reports, examples = merged(in_order, encoding, in_other_keys)
    if not examples:
        lines = "; ".join(f"{report.name}: {report.words}" for report in reports[:3])
        raise CorpusEmpty(f"None of the {len(files)} files can be learnt from. {lines}")
    return examples, reports


def music_files(folder: Path) -> tuple[list[Path], Path]:
    """The files of music in a folder and in all folders in it, and what their names are told from.

    Args:
        folder: The folder, or a single file.

    Raises:
        CorpusEmpty: There are no files of a known kind.
    """
    if folder.is_file():
        return [folder], folder.parent
    paths = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not path.is_dir()
    )
    if not paths:
        raise CorpusEmpty(
            f"{folder} holds no file that ends with {', '.join(SUFFIXES)}.",
            "Give the folder that your music lies in.",
        )
    return paths, folder


def _findings(
    files: list[FileToRead],
    wanted: Wanted,
    progress: Callable[[int, int], None],
    workers: Workers,
    prepared: Prepared | None,
) -> dict[int, Findings]:
    """The findings of each file by its place; those that are not prepared come from workers."""
    found: dict[int, Findings] = {}
    missing: list[int] = []
    for place, file in enumerate(files):
        known = prepared.load(wanted, file) if prepared is not None else None
        if known is None:
            missing.append(place)
            continue
        found[place] = known
        progress(len(found), len(files))
    for number, one in workers.each(read_file, wanted, [files[place] for place in missing]):
        place = missing[number]
        if prepared is not None:
            prepared.save(wanted, files[place], one)
        found[place] = one
        progress(len(found), len(files))
    return found
