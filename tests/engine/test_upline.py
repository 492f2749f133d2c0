"""The way up to the supervisor: it never waits, and what it can't say is made good."""

from __future__ import annotations

import multiprocessing
import sys

import pytest

from bridge.engine.upline import MOST_UNSAID, Upline

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="a pipe can't be asked for room there"
)


def test_a_supervisor_that_does_not_listen_holds_nobody_up():
    ours, theirs = multiprocessing.Pipe()
    upline = Upline(ours)
    lines = [f"{number:06d}" + "." * 1000 for number in range(3 * MOST_UNSAID)]
    for line in lines:
        upline.say(line)
    assert not upline.catch_up()

    heard = []
    recovered = False
    while not recovered:
        while theirs.poll():
            heard.append(theirs.recv())
        recovered = upline.catch_up()
    while theirs.poll():
        heard.append(theirs.recv())
    assert heard == sorted(heard)
    assert heard[-MOST_UNSAID:] == lines[-MOST_UNSAID:]
    assert len(heard) < len(lines)
    # It is told once that something was lost.
    upline.say("all is well")
    assert not upline.catch_up()
    assert theirs.recv() == "all is well"


def test_one_long_answer_fits():
    ours, theirs = multiprocessing.Pipe()
    upline = Upline(ours)
    upline.say(bytes(100_000))
    assert len(theirs.recv()) == 100_000


def test_a_supervisor_that_is_gone_is_noticed():
    ours, theirs = multiprocessing.Pipe()
    upline = Upline(ours)
    theirs.close()
    with pytest.raises(BrokenPipeError):
        upline.say("hello?")
