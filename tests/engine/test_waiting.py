"""Waiting for a datagram and for a pipe at once, in the two ways that systems allow."""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Callable, Iterator

import pytest

from bridge.engine.waiting import _wait_in_slices, wait_for

Wait = Callable[..., list]


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        yield one


@pytest.mark.parametrize("wait", [wait_for, _wait_in_slices])
def test_a_datagram_wakes_and_is_not_eaten(wait: Wait, ear: socket.socket) -> None:
    ours, theirs = multiprocessing.Pipe()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.sendto(b"/go\0,\0\0\0", ear.getsockname())
        assert wait([ear], [ours], 10.0) == []
    assert ear.recv(100) == b"/go\0,\0\0\0"
    ours.close()
    theirs.close()


@pytest.mark.parametrize("wait", [wait_for, _wait_in_slices])
def test_a_message_and_a_broken_pipe_wake_too(wait: Wait, ear: socket.socket) -> None:
    ours, theirs = multiprocessing.Pipe()
    theirs.send("stop")
    assert wait([ear], [ours], 10.0) == [ours]
    assert ours.recv() == "stop"
    theirs.close()
    assert wait([ear], [ours], 10.0) == [ours]
    ours.close()


@pytest.mark.parametrize("wait", [wait_for, _wait_in_slices])
def test_nothing_to_read_is_the_end_of_the_wait(wait: Wait, ear: socket.socket) -> None:
    ours, theirs = multiprocessing.Pipe()
    assert wait([ear], [ours], 0.0) == []
    assert wait([ear], [ours], 0.01) == []
    ours.close()
    theirs.close()
