"""A key that a page holds is let go when the page is gone, however it went."""

from __future__ import annotations

import json
import socket
import struct
from pathlib import Path

import pytest

from bridge.core.commands import Command, Key
from bridge.errors import EngineAway, EngineBusy, PageGone
from bridge.web.held import SILENT_S, HeldKeys
from tests.fakes.page import OWN, PATIENCE_S, Page, served, until
from tests.fakes.room import KICK, steady_drummer

DOWN, UP = Key(1, KICK, 100), Key(1, KICK, 0)


class Sent(list[Command]):
    """What the engine was sent; it may be busy."""

    error: Exception | None = None

    def __call__(self, command: Command) -> int:
        if self.error is not None:
            raise self.error
        self.append(command)
        return len(self)


class Clock:
    now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


def test_the_end_of_a_stream_lets_go_what_its_page_holds_and_nothing_else() -> None:
    sent = Sent()
    held = HeldKeys(sent)
    for page in ("one", "two"):
        held.opened(page)
    held.key("one", DOWN)
    held.key("two", Key(1, 60, 90))
    held.key("two", DOWN)
    held.key("one", Key(2, 61, 90, 3))
    held.key("one", Key(1, 62, 90))
    held.key("one", Key(1, 62, 0))
    held.closed("one")
    assert sent == [Key(2, 61, 0, 3)], "the other page holds the kick too"
    held.closed("two")
    assert sent[1:] == [UP, Key(1, 60, 0)]
    held.closed("two")
    assert len(sent) == 3


def test_a_page_that_is_silent_for_long_holds_nothing() -> None:
    """The line was cut, or its machine has gone to sleep: no end of its stream arrives."""
    sent, clock = Sent(), Clock()
    held = HeldKeys(sent, clock)
    held.opened("one")
    held.key("one", DOWN)
    clock.now_s += SILENT_S - 1.0
    held.heard("one")
    clock.now_s += SILENT_S - 1.0
    held.look("one")
    assert sent == []
    clock.now_s += 2.0
    held.look("one")
    held.look("one")
    assert sent == [UP]


def test_an_engine_that_is_busy_is_asked_again() -> None:
    sent = Sent()
    held = HeldKeys(sent)
    for page in ("one", "two"):
        held.opened(page)
    held.key("one", DOWN)
    sent.error = EngineBusy("512 commands wait.")
    held.closed("one")
    held.look("two")
    sent.error = None
    held.look("two")
    held.look("two")
    assert sent == [UP]
    held.key("two", DOWN)
    sent.error = EngineAway("It is gone.")
    held.closed("two")
    sent.error = None
    held.heard("three")
    assert sent == [UP], "an engine that is gone holds no key"


def test_who_reads_no_stream_may_strike_no_key_in_its_name() -> None:
    held = HeldKeys(Sent())
    with pytest.raises(PageGone):
        held.key("one", DOWN)
    held.key("one", UP)
    held.key("", DOWN)  # A program that is no page.


def strike(page: Page, name: str, velocity: int, pitch: int = KICK) -> int:
    told = {"command": "key", "player": 1, "pitch": pitch, "velocity": velocity}
    return page.ask("POST", "/api/commands", json.dumps(told).encode(), mine(name)).status


def mine(name: str) -> dict[str, str]:
    return {**OWN, "X-Magenta-Page": name}


class Browser:
    """A browser's sockets, which its death cuts without a word."""

    def __init__(self, page: Page) -> None:
        self.line = socket.create_connection(("127.0.0.1", page.port), timeout=PATIENCE_S)
        host = f"127.0.0.1:{page.port}"
        self.line.sendall(f"GET /api/stream HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        found = b""
        while b'"page":"' not in found or found.count(b'"', found.index(b'"page":"')) < 4:
            found += self.line.recv(65536)
        self.name = found.partition(b'"page":"')[2].partition(b'"')[0].decode()

    def die(self) -> None:
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.line.close()


def test_a_browser_that_dies_leaves_no_key_down(page: Page) -> None:
    dying, other = Browser(page), Browser(page)
    assert dying.name != other.name
    assert strike(page, dying.name, 100) == 200
    assert strike(page, dying.name, 90, 60) == 200
    assert strike(page, other.name, 80, 62) == 200
    with page.stream() as events:
        events.next()
        dying.die()
        released = {events.wait_for("key", lambda key: not key["velocity"])["pitch"] for _ in "ab"}
    assert released == {KICK, 60}
    assert UP in page.engine.commands
    assert strike(page, dying.name, 100) == 409, "nobody could let it go"
    assert strike(page, dying.name, 0) == 200
    assert strike(page, other.name, 0, 62) == 200
    other.die()


def test_a_page_whose_line_was_cut_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stream stays open, and nothing comes from it any more, not even a ping."""
    with served(tmp_path, steady_drummer(tmp_path)) as page:
        browser = Browser(page)
        assert strike(page, browser.name, 100) == 200
        assert page.ask("POST", "/api/ping", {}, mine(browser.name)).status == 200
        assert UP not in page.engine.commands
        monkeypatch.setattr("bridge.web.held.SILENT_S", 0.0)

        def missed() -> bool:
            page.engine.run(0.1)  # The jam goes on, and is told.
            return UP in page.engine.commands

        until(missed)
        browser.die()
