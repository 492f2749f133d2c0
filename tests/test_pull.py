"""``magenta-bridge bundles pull`` from a real web server on this machine, well-behaved or not."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.cli import app
from bridge.cli import pull as pulling
from bridge.io import download
from tests.fakes.bundle_writer import random_bundle

WHOLE = random_bundle("attention_rnn")
XML_PAGE = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code></Error>".ljust(214)


class Server(ThreadingHTTPServer):
    """What it does is set by the test; it notes what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.manner, self.breaks_after = WHOLE, "good", [0]
        self.ranges: list[str] = []
        self.paths: list[str] = []
        self.over = threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.ranges.append(wanted)
        self.server.paths.append(self.path)
        content, start = self.server.content, 0
        if self.server.manner == "loop":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()
            return
        if self.server.manner == "gone":
            self.send_error(404)
            return
        if self.server.manner == "moved" and not self.path.startswith("/there/"):
            self.send_response(301)
            self.send_header("Location", f"/there{self.path}")
            self.end_headers()
            return
        if self.server.manner == "silent":
            self.server.over.wait()
            return
        if wanted and self.server.manner != "no ranges":
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content) and start:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            told = 0 if self.server.manner == "wrong range" else start
            self.send_header("Content-Range", f"bytes {told}-{len(content) - 1}/{len(content)}")
        if self.server.manner != "no length":
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        breaks = self.server.breaks_after.pop(0) if self.server.breaks_after else 0
        self.wfile.write(content[start : start + breaks] if breaks else content[start:])
        if breaks and self.server.manner == "reset":
            # Closed without lingering, a connection is not ended but reset.
            self.wfile.flush()
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def pull(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    addresses = tmp_path / "addresses.yaml"
    addresses.write_text(f"place: http://127.0.0.1:{server.server_port}/\nnames: [tune]\n")

    def do(name: str = "tune"):
        arguments = ["bundles", "pull", name, "--to", str(tmp_path / "mine")]
        return CliRunner().invoke(app, [*arguments, "--addresses", str(addresses)])

    return do


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "mine").iterdir())


def test_a_bundle_is_fetched_and_its_checksum_recorded(pull, server, tmp_path) -> None:
    result = pull()
    assert result.exit_code == 0, result.output
    assert (tmp_path / "mine" / "tune.mag").read_bytes() == WHOLE
    assert files(tmp_path) == ["checksums.json", "tune.mag"]
    assert pull().exit_code == 0 and len(server.ranges) == 1, "what is there is not fetched again"


@pytest.mark.parametrize("manner", ["good", "no ranges", "wrong range"])
def test_a_broken_connection_is_gone_on_from(pull, server, tmp_path, manner: str) -> None:
    server.manner, server.breaks_after = manner, [5000, 0]
    assert pull().exit_code == 0
    # Where the server goes on from another place than it was asked for, all is fetched anew.
    anew = [""] if manner == "wrong range" else []
    assert server.ranges == ["", "bytes=5000-", *anew]
    assert (tmp_path / "mine" / "tune.mag").read_bytes() == WHOLE


def test_a_connection_that_is_reset_is_an_interruption_like_others(pull, server, tmp_path) -> None:
    server.manner, server.breaks_after = "reset", [5000, 0]
    result = pull()
    assert result.exit_code == 0, result.output
    assert (tmp_path / "mine" / "tune.mag").read_bytes() == WHOLE


def test_a_bundle_that_was_moved_is_followed_also_when_it_is_gone_on_with(
    pull, server, tmp_path
) -> None:
    server.manner, server.breaks_after = "moved", [5000, 0]
    assert pull().exit_code == 0
    assert server.paths == ["/tune.mag", "/there/tune.mag"] * 2
    assert server.ranges[-1] == "bytes=5000-"
    assert (tmp_path / "mine" / "tune.mag").read_bytes() == WHOLE


def test_a_server_that_says_nothing_is_given_up(
    pull, server, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT_S", 0.05)
    server.manner = "silent"
    result = pull()
    assert result.exit_code == 2 and "timed out" in result.output
    assert len(server.ranges) == download.TRIES and files(tmp_path) == []


def test_a_connection_that_breaks_every_time_is_gone_on_from_the_next_day(
    pull, server, tmp_path
) -> None:
    server.breaks_after = [1000, 1000, 1000]
    result = pull()
    assert result.exit_code == 2 and "3000 bytes are there" in result.output
    assert files(tmp_path) == ["tune.mag.part"]
    assert pull().exit_code == 0 and server.ranges[-1] == "bytes=3000-"
    assert (tmp_path / "mine" / "tune.mag").read_bytes() == WHOLE


def test_another_file_at_the_same_address_is_refused(pull, server, tmp_path) -> None:
    assert pull().exit_code == 0
    kept = (tmp_path / "mine" / "checksums.json").read_text()
    (tmp_path / "mine" / "tune.mag").unlink()
    server.content = random_bundle("lookback_rnn")
    result = pull()
    assert result.exit_code == 2 and "not the file that was pulled before" in result.output
    assert files(tmp_path) == ["checksums.json"]
    assert (tmp_path / "mine" / "checksums.json").read_text() == kept and len(json.loads(kept)) == 1


def test_a_page_that_says_there_is_none_is_no_bundle(pull, server, tmp_path) -> None:
    server.content = XML_PAGE
    result = pull()
    assert result.exit_code == 2 and "a web page, not a bundle" in result.output
    assert files(tmp_path) == []


@pytest.mark.parametrize("manner", ["good", "no length"])
def test_a_file_larger_than_any_bundle_is_refused(
    pull, server, tmp_path, monkeypatch: pytest.MonkeyPatch, manner: str
) -> None:
    monkeypatch.setattr(pulling, "MAX_BUNDLE_BYTES", 4000)
    server.manner = manner
    result = pull()
    assert result.exit_code == 2 and "larger than 4000 bytes" in result.output
    assert files(tmp_path) == []


@pytest.mark.parametrize(("manner", "words"), [("loop", "302"), ("gone", "404")])
def test_a_server_that_refuses_is_told(pull, server, tmp_path, manner: str, words: str) -> None:
    server.manner = manner
    result = pull()
    assert result.exit_code == 2 and words in result.output
    assert files(tmp_path) == []


def test_without_a_network_it_says_what_to_do(pull, server, tmp_path) -> None:
    server.shutdown()
    server.server_close()
    result = pull()
    assert result.exit_code == 2
    assert "can't be fetched" in result.output and "online" in result.output


def test_an_unknown_name_lists_the_known_ones(pull) -> None:
    result = pull("trombone")
    assert result.exit_code == 2 and "Known: tune." in result.output
    shipped = CliRunner().invoke(app, ["bundles", "pull", "trombone"])
    assert "drum_kit_rnn" in shipped.output
