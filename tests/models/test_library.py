from pathlib import Path

import pytest

from bridge.errors import BundleMissing
from bridge.models.library import BundleLibrary
from bridge.paths import data_folder
from tests.fakes.bundle_writer import SHAPES, Shape, random_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kit.mag").write_bytes(random_bundle("drum_kit"))
    (tmp_path / "cut.mag").write_bytes(random_bundle("one_drum")[:900])
    poly = random_bundle("polyphony", shape=Shape(259, 260))
    (tmp_path / "poly.mag").write_bytes(poly)
    (tmp_path / "notes.txt").write_text("no bundle")
    return tmp_path


def test_bundles_are_found_by_name_and_by_path(folder: Path) -> None:
    library = BundleLibrary.of(folder)
    for name in ("kit", "kit.mag", str(folder / "kit.mag"), str(folder / "kit")):
        assert library.find(name) == folder / "kit.mag"
    assert library.folders == (folder, data_folder("bundles"))


@pytest.mark.parametrize(
    "name", ["", "none", "none.mag", "notes.txt", "a\0b", ".", "..", "/", "x" * 9999]
)
def test_what_is_not_there_is_missing(folder: Path, name: str) -> None:
    with pytest.raises(BundleMissing):
        BundleLibrary((folder,)).find(name)


def test_the_callers_folder_wins(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "kit.mag").write_bytes(random_bundle("one_drum"))
    assert BundleLibrary((other, folder)).find("kit").parent == other
    assert BundleLibrary((other, folder)).entries()[1].generator_id == "one_drum"


def test_the_list_says_what_each_bundle_is_and_what_is_wrong(folder: Path) -> None:
    cut, kit, poly = BundleLibrary((folder, folder / "nowhere")).entries()
    assert (kit.name, kit.generator_id, kit.problem) == ("kit", "drum_kit", "")
    shape = SHAPES["drum_kit"]
    assert (kit.layers, kit.attention_length) == (shape.units, shape.attention)
    assert kit.size_bytes == (folder / "kit.mag").stat().st_size
    assert cut.problem
    assert poly.generator_id == "polyphony"
    assert "no model that this engine plays" in poly.problem
