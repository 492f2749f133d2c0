"""The timekeeper's priority, with and without the right to it. Each test asks in a process of its
own, so that the tests' own process stays as it is."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from bridge.io.realtime import SLICE_NS

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's priorities")

_ASK = """
import ctypes, os, resource, struct
from bridge.io.realtime import raise_priority
resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
if os.geteuid() == 0:
    os.setuid(65534)
priority = raise_priority()
attributes = ctypes.create_string_buffer(48)
number = {"x86_64": 315, "aarch64": 275}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, attributes, 48, 0)
slice_ns = struct.unpack("IIQiIQQQ", attributes.raw)[5]
print(priority.granted, os.sched_getscheduler(0) == os.SCHED_OTHER, slice_ns, priority.text)
print(priority.hint)
"""


def _asked_without_the_right() -> tuple[list[str], str]:
    command = [sys.executable, "-c", _ASK]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    first, hint = done.stdout.splitlines()
    return first.split(maxsplit=3), hint


@linux_only
def test_without_the_right_it_says_so_and_how_to_get_it() -> None:
    (granted, ordinary, _, text), hint = _asked_without_the_right()
    assert (granted, ordinary) == ("False", "True")
    assert text.startswith("Real-time priority is not allowed.")
    assert "rtprio" in hint


def _kernel() -> tuple[int, ...]:
    return tuple(int(part) for part in platform.release().split(".")[:2])


@linux_only
@pytest.mark.skipif(
    sys.platform.startswith("linux") and _kernel() < (6, 12), reason="time slices are Linux 6.12's"
)
def test_without_the_right_it_takes_short_turns() -> None:
    (_, _, slice_ns, text), _ = _asked_without_the_right()
    assert int(slice_ns) == SLICE_NS
    assert "short time slice" in text


@linux_only
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root is always allowed")
def test_with_the_right_it_goes_first() -> None:
    code = (
        "import os; from bridge.io.realtime import raise_priority as ask;"
        "print(ask().granted, os.sched_getscheduler(0) == os.SCHED_FIFO)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["True", "True"]
