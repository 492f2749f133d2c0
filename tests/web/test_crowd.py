"""Many connections that ask without end: who else asks is answered all the same."""

from __future__ import annotations

import asyncio
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import pytest

from bridge.web.crowd import MEMORY_S, MOST_CONNECTIONS, Address, Crowd
from tests.fakes.page import PATIENCE_S, Page, until

PAGE: Address = ("127.0.0.1", 1)


class Line:
    """A connection, as far as the crowd looks at it."""

    def __init__(self) -> None:
        self.aborted = False

    def get_extra_info(self, _name: str) -> Line:
        return self

    def setsockopt(self, *_option: object) -> None:
        pass

    def abort(self) -> None:
        self.aborted = True


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def crowded(count: int, most: int = MOST_CONNECTIONS) -> tuple[Crowd, dict[Address, Line], Clock]:
    """A crowd of so many, the page among them as the newest."""
    clock = Clock()
    crowd = Crowd(most, clock)
    lines = {("127.0.0.1", 1000 + number): Line() for number in range(count)} | {PAGE: Line()}
    for client, line in lines.items():
        crowd.came(client, cast("Any", line))
    return crowd, lines, clock


def test_who_asked_least_is_next() -> None:
    async def play() -> list[Address]:
        crowd, lines, _ = crowded(20)
        order: list[Address] = []

        async def one(client: Address) -> None:
            await crowd.turn(client)
            order.append(client)

        others = [client for client in lines if client != PAGE]
        await asyncio.gather(*(one(client) for client in [*others * 3, PAGE]))
        return order

    order = asyncio.run(play())
    assert len(order) == 61
    # It asked last, and only first requests, which came before it, are begun before it.
    assert order.index(PAGE) == 20


def test_what_was_asked_long_ago_does_not_count() -> None:
    async def play() -> list[Address]:
        crowd, _, clock = crowded(2)
        order: list[Address] = []

        async def one(client: Address) -> None:
            await crowd.turn(client)
            order.append(client)

        other = ("127.0.0.1", 1000)
        for _ in range(5):
            await one(PAGE)
        await asyncio.gather(one(PAGE), one(other))
        clock.now_s += MEMORY_S
        await asyncio.gather(one(PAGE), one(other))
        return order[5:]

    assert asyncio.run(play()) == [("127.0.0.1", 1000), PAGE, PAGE, ("127.0.0.1", 1000)]


def test_one_who_waits_and_leaves_holds_up_nobody() -> None:
    async def play() -> None:
        crowd, _, _ = crowded(2)
        gone = asyncio.create_task(crowd.turn(PAGE))
        stays = asyncio.create_task(crowd.turn(("127.0.0.1", 1000)))
        await asyncio.sleep(0)
        gone.cancel()
        await stays

    asyncio.run(play())


def test_of_too_many_the_one_that_asked_most_is_cut_and_no_reader_of_the_stream() -> None:
    async def play() -> None:
        crowd, lines, _ = crowded(3, most=4)
        greedy, reader, quiet = (("127.0.0.1", 1000 + number) for number in range(3))
        for client, times in ((reader, 9), (greedy, 5), (quiet, 1)):
            for _ in range(times):
                await crowd.turn(client)
        crowd.reads(reader, True)
        for number, cut in ((7, greedy), (8, quiet), (9, PAGE)):
            newest = Line()
            crowd.came(("127.0.0.1", number), cast("Any", newest))
            assert lines[cut].aborted
            assert not newest.aborted
        assert not lines[reader].aborted

    asyncio.run(play())


class Flood:
    """Connections that each ask many times at once, and a thread that takes the answers."""

    def __init__(self, page: Page, connections: int, requests: int) -> None:
        one = f"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n\r\n".encode()
        self.total = connections * requests
        self.answered = 0
        self.open = connections
        self._stack = ExitStack()
        self._selector = selectors.DefaultSelector()
        for _ in range(connections):
            line = socket.create_connection(("127.0.0.1", page.port), timeout=PATIENCE_S)
            self._stack.callback(line.close)
            line.sendall(one * requests)
            self._selector.register(line, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self) -> None:
        while self.open and self.answered < self.total:
            for key, _ in self._selector.select(0.1):
                try:
                    data = cast("socket.socket", key.fileobj).recv(65536)
                except ConnectionError:
                    data = b""
                self.answered += data.count(b"HTTP/1.1 404")
                if not data:
                    self._selector.unregister(key.fileobj)
                    self.open -= 1

    def close(self) -> None:
        self.open = 0
        self._thread.join(PATIENCE_S)
        self._selector.close()
        self._stack.close()


@contextmanager
def flood(page: Page, connections: int, requests: int) -> Iterator[Flood]:
    found = Flood(page, connections, requests)
    try:
        yield found
    finally:
        found.close()


def test_a_page_is_answered_while_others_ask_without_end(page: Page) -> None:
    with flood(page, 100, 100) as others:
        until(lambda: others.answered > 0)
        before = others.answered
        for _ in range(10):
            assert page.ask("POST", "/api/ping", {}).status == 200
        with page.stream() as events:
            assert events.next()[0] == "hello"
        assert others.answered < others.total, "it did not have to wait for all of theirs"
        # Taking turns would be a hundred for each of its own.
        assert others.answered - before < 11 * 50
        until(lambda: others.answered == others.total)


@pytest.mark.parametrize("requests", [0, 40])
def test_where_all_connections_are_taken_a_page_still_gets_in(page: Page, requests: int) -> None:
    with page.stream() as events:
        events.next()
        with flood(page, MOST_CONNECTIONS + 20, requests):
            for _ in range(3):
                assert page.ask("POST", "/api/ping", {}).status == 200
            with page.stream() as more:
                assert more.next()[0] == "hello"
            page.engine.run(0.1)
            assert events.wait_for("beat"), "who reads is not cut"
