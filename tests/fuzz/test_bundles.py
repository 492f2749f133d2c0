"""A bounded number of the fuzzer's cases, and hostile claims under a hard limit of memory."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.errors import BundleInvalid
from bridge.models.bundle import parse_bundle
from tests.fakes.bundle_writer import MAGIC, blob, number, random_bundle, varint
from tests.fuzz.bundles import case, check, originals, reseal

SEED, CASES = 2017, 60
HUGE = varint(2**62)
XML_PAGE = (
    b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>No access"
    b"</Message><Details>Callers do not have storage.objects.get access.</Details></Error>"
).ljust(214)

LIMITED = """
import resource, sys
from pathlib import Path
from bridge.errors import ModelError
from bridge.models.inspection import inspect_bundle
import bridge.models.library
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 96 * 2**20,) * 2)
for name in sys.argv[1:]:
    try:
        (problem,) = inspect_bundle("x", Path(name)).problems
    except ModelError as error:
        problem = str(error)
    print(Path(name).name, problem)
"""


@pytest.mark.parametrize("first", range(0, CASES, 20))
def test_damaged_bundles_are_refused_or_played(first: int, tmp_path: Path) -> None:
    for index in range(first, first + 20):
        check(case(SEED, index), tmp_path)


def test_the_undamaged_ones_are_played(tmp_path: Path) -> None:
    for data in originals()[::4]:
        assert check(data, tmp_path)


def test_damage_can_get_past_the_checksums() -> None:
    original = originals()[0]
    data = bytearray(original.replace(b"fully_connected/biases", b"gully_connected/biases"))
    with pytest.raises(BundleInvalid, match="checksum"):
        parse_bundle(bytes(data))
    reseal(original, data)
    assert "gully_connected/biases" in parse_bundle(bytes(data)).tensors


def hostile_files() -> dict[str, bytes]:
    whole = random_bundle("one_drum")
    tensor = blob(1, blob(1, "w") + blob(2, blob(2, number(1, 2**40)) * 2) + number(3, 1))
    return {
        "empty": b"",
        "xml_page": XML_PAGE,
        "huge_checkpoint": varint(2 << 3 | 2) + HUGE,
        "huge_blocks": blob(2, b"\0" * 60 + HUGE + HUGE + MAGIC) + blob(3, b""),
        "huge_shape": blob(2, tensor * 50 + MAGIC) + blob(3, b""),
        "deep": blob(3, b"\x0a" * 100_000) + blob(2, MAGIC),
        "many_fields": struct.pack("<B", 0x08) * 2_000_000,
        "cut": whole[: len(whole) // 2],
        "zeros": bytes(3_000_000),
    }


@pytest.mark.skipif(sys.platform != "linux", reason="limits and reads its memory as Linux does")
def test_hostile_claims_are_one_clear_error_within_96_megabytes(tmp_path: Path) -> None:
    files = hostile_files()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(300 * 2**30)
    (tmp_path / "folder").mkdir()
    names = [*files, "sparse", "folder"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert list(told) == names
    assert all(problem.endswith(".") for problem in told.values()), told
    assert "web page" in told["xml_page"] and "empty" in told["empty"]
    assert "larger than any bundle" in told["sparse"] and "not a file" in told["folder"]
