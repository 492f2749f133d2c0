"""The compiled kernel for the tests that want one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from bridge.models.kernel import build
from bridge.models.kernel.choice import engage
from bridge.models.kernel.engage import ready_kernel
from bridge.models.kernel.library import KernelLibrary


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> KernelLibrary:
    """A kernel compiled here, or a skip with the reason."""
    if not any(shutil.which(name) for name in build.COMPILERS):
        pytest.skip("there is no C compiler (cc, gcc or clang)")
    library = ready_kernel(tmp_path_factory.mktemp("kernel") / "cache")
    assert library is not None
    return library


@pytest.fixture
def engaged_kernel(kernel: KernelLibrary) -> Iterator[KernelLibrary]:
    """The kernel steps every network made during the test."""
    engage(kernel)
    yield kernel
    engage(None)
