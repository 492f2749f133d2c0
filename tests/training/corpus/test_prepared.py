"""Music that is read by several, or was read before, is the same music."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.training.corpus.collect import Corpus, collect
from bridge.training.corpus.findings import Findings, Phrase
from bridge.training.corpus.one_file import FileToRead, Wanted, read_file
from bridge.training.corpus.prepared import Prepared
from bridge.training.kinds import encoding_of
from bridge.training.work.processes import Processes
from bridge.training.work.workers import HERE, Workers

PATTERN = 'pieces:\n  - {{name: {0}, kick: "{1}", hat: "x.x.x.x.x.x.x.x."}}\n'
KICKS = ("X...X...X...X...", "X.....x.X.......", "X.x.....X.x.....", "X...X...X...X...")
DRUMS = Wanted("drum_kit", "drums")


class InOrder:
    """Workers that finish in a given order, count, and may be cut off."""

    def __init__(self, order: Sequence[int] = (), cut_after: int = 1000) -> None:
        self._order, self._cut_after, self.done = order, cut_after, 0

    def each(
        self, task: Callable[[Any, Any], Any], common: Any, items: Sequence[Any]
    ) -> Iterator[tuple[int, Any]]:
        for place in self._order or range(len(items)):
            if self.done == self._cut_after:
                raise KeyboardInterrupt
            self.done += 1
            yield place, task(common, items[place])


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four patterns, the last the same as the first, an empty file, and one that is no music."""
    folder = tmp_path_factory.mktemp("music")
    for number, kick in enumerate(KICKS):
        (folder / f"{number}.yaml").write_text(PATTERN.format(number, kick))
    (folder / "empty.mid").write_bytes(b"")
    (folder / "odd.yaml").write_text("pieces: [nothing]")
    return folder


def read(music: Path, workers: Workers = HERE, prepared: Prepared | None = None) -> Corpus:
    return collect(music, encoding_of("drum_kit"), "drums", workers=workers, prepared=prepared)


def told(corpus: Corpus) -> tuple[object, ...]:
    sides = (corpus.train, corpus.validation, corpus.test)
    return *([(s.dtype, s.tobytes()) for s in side] for side in sides), corpus.files


def test_two_processes_read_what_one_reads(music: Path) -> None:
    assert told(read(music, Processes(2))) == told(read(music))


@given(st.permutations(range(6)))
def test_the_order_in_which_workers_finish_changes_nothing(music: Path, order: list[int]) -> None:
    corpus = read(music, InOrder(order))
    assert told(corpus) == told(read(music))
    assert corpus.files[3].words.startswith("the same as 0.yaml #1 0")


def test_a_reading_that_was_killed_goes_on_where_it_was(music: Path, tmp_path: Path) -> None:
    prepared = Prepared(tmp_path / "prepared")
    with pytest.raises(KeyboardInterrupt):
        read(music, InOrder(cut_after=4), prepared)
    rest = InOrder()
    assert told(read(music, rest, prepared)) == told(read(music))
    assert rest.done == 2
    again = InOrder()
    assert told(read(music, again, prepared)) == told(read(music))
    assert again.done == 0


def test_a_file_that_changed_is_read_again(music: Path, tmp_path: Path) -> None:
    prepared, folder = Prepared(tmp_path / "prepared"), tmp_path / "music"
    folder.mkdir()
    path = folder / "a.yaml"
    path.write_text(PATTERN.format("a", KICKS[0]))
    before = read(folder, prepared=prepared)
    path.write_text(PATTERN.format("a", KICKS[1]))
    assert told(read(folder, prepared=prepared)) == told(read(folder)) != told(before)
    path.rename(folder / "b.yaml")
    assert read(folder, prepared=prepared).files[0].name == "b.yaml"
    file = FileToRead(folder / "b.yaml", "b.yaml")
    assert prepared.load(DRUMS, file) is not None
    assert prepared.load(Wanted("one_drum", "drums"), file) is None


@given(damage=st.data())
def test_a_damaged_entry_is_read_again(
    music: Path, tmp_path_factory: pytest.TempPathFactory, damage: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("prepared")
    prepared, file = Prepared(folder), FileToRead(music / "0.yaml", "0.yaml")
    findings = read_file(DRUMS, file)
    prepared.save(DRUMS, file, findings)
    [entry] = folder.rglob("*.json")
    whole = entry.read_bytes()
    place = damage.draw(st.integers(0, len(whole) - 1))
    if damage.draw(st.booleans()):
        entry.write_bytes(whole[:place])
    else:
        flipped = whole[place] ^ damage.draw(st.integers(1, 255))
        entry.write_bytes(whole[:place] + bytes([flipped]) + whole[place + 1 :])
    assert prepared.load(DRUMS, file) is None
    prepared.save(DRUMS, file, findings)
    assert prepared.load(DRUMS, file) == findings


def test_what_is_kept_is_what_was_found(music: Path, tmp_path: Path) -> None:
    prepared, file = Prepared(tmp_path), FileToRead(music / "1.yaml", "1.yaml")
    found = read_file(DRUMS, file)
    odd = Findings(found.name, (*found.found, "a name with \udc80 in it"))
    prepared.save(DRUMS, file, odd)
    assert prepared.load(DRUMS, file) == odd
    assert isinstance(odd.found[0], Phrase)


def test_what_only_this_machine_could_not_read_is_not_kept(music: Path, tmp_path: Path) -> None:
    prepared, file = Prepared(tmp_path), FileToRead(music / "1.yaml", "1.yaml")
    prepared.save(DRUMS, file, Findings("1.yaml", ("it can't be opened: no such mount.",), False))
    assert prepared.load(DRUMS, file) is None


def test_a_file_that_is_gone_is_refused_in_words_and_not_kept(tmp_path: Path) -> None:
    prepared, file = Prepared(tmp_path / "prepared"), FileToRead(tmp_path / "gone.mid", "gone.mid")
    found = read_file(DRUMS, file)
    assert found.found == ("it can't be opened: No such file or directory.",)
    prepared.save(DRUMS, file, found)
    assert not (tmp_path / "prepared").exists()
