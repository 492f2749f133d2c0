"""The command in this process, in a folder of the test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.generate.arguments import main
from tests.generate.files import Call


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests, and files go to a folder of the test."""
    for name in list(os.environ):
        if name.startswith("BRIDGE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Does the command; returns its exit status, its output and its errors."""

    def do(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        out = capsys.readouterr()
        return status, out.out, out.err

    return do
