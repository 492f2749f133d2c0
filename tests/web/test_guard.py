"""Who is refused: other hosts and origins, wrong content, strangers without the token."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.config.web import WebSettings
from bridge.web.files import PageFiles
from bridge.web.guard import MAX_BODY_BYTES, Door
from tests.fakes.page import OWN, PATIENCE_S, Page, served
from tests.fakes.room import steady_drummer

TOKEN = "correct-horse-battery"
GO = b'{"command": "do", "player": 0, "action": "panic"}'


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Page]:
    """A server with a token, that listens on loopback all the same: tests reach nothing else."""
    with served(tmp_path, steady_drummer(tmp_path), web=WebSettings(token=TOKEN)) as one:
        yield one


def request(page: Page, *lines: str, method: str = "GET", path: str = "/api/presets") -> bytes:
    """A request as bytes; ``{port}`` in a line is the server's."""
    told = [f"{method} {path} HTTP/1.1", *lines, "Connection: close", "", ""]
    return "\r\n".join(told).replace("{port}", str(page.port)).encode("latin-1")


def post(page: Page, *lines: str, body: bytes = GO, path: str = "/api/commands") -> bytes:
    length = f"Content-Length: {len(body)}"
    return request(page, *lines, length, method="POST", path=path) + body


HOST = "Host: 127.0.0.1:{port}"
JSON = "Content-Type: application/json"
MINE = "X-Magenta-Bridge: 1"


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_the_own_addresses_are_served(page: Page, host: str):
    assert page.status_of(request(page, f"Host: {host}")) == 200


@pytest.mark.parametrize(
    "lines",
    [
        ("Host: evil.example:{port}",),
        ("Host: 127.0.0.1.evil.example:{port}",),
        ("Host: 127.0.0.1",),
        ("Host: 127.0.0.1:1",),
        ("Host: 192.168.1.5:{port}",),
        ("Host: localhost.:{port}",),
        ("Host: [::1",),
        ("Host: 127.0.0.1:{port}:{port}",),
        ("Host: 127.0.0.1:99999999999999999999",),
        ("Host: user@127.0.0.1:{port}",),
        ("Host: \xe9:{port}",),
    ],
)
def test_a_request_for_another_host_is_refused(page: Page, lines: tuple[str, ...]):
    assert page.status_of(request(page, *lines)) == 403


def test_no_host_and_two_hosts_are_refused(page: Page):
    assert page.status_of(request(page)) == 400
    assert page.status_of(request(page, HOST, "Host: evil.example")) == 400
    old = f"GET /api/presets HTTP/1.0\r\nX: {page.port}\r\n\r\n".encode()
    assert page.status_of(old) == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:1",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "",
    ],
)
def test_a_page_of_another_origin_is_refused(page: Page, origin: str):
    line = f"Origin: {origin}"
    assert page.status_of(request(page, HOST, line, path="/api/stream")) == 403
    assert page.status_of(post(page, HOST, line, JSON, MINE)) == 403
    assert page.engine.commands[1:] == []


def test_the_own_page_is_not(page: Page):
    own = "Origin: http://127.0.0.1:{port}"
    assert page.status_of(post(page, HOST, own, JSON, MINE)) == 200
    assert page.status_of(post(page, HOST, own, JSON, MINE, "Sec-Fetch-Site: same-origin")) == 200
    assert page.status_of(post(page, HOST, JSON, MINE, "Sec-Fetch-Site: cross-site")) == 403
    assert page.status_of(request(page, HOST, "Sec-Fetch-Site: same-site")) == 403


@pytest.mark.parametrize(
    "lines",
    [
        (JSON,),
        (MINE,),
        (MINE, "Content-Type: text/plain"),
        (MINE, "Content-Type: application/x-www-form-urlencoded"),
        (JSON, "X-Magenta-Bridge: 2"),
        (JSON, JSON, MINE),
    ],
)
def test_what_a_form_of_another_site_could_send_is_refused(page: Page, lines: tuple[str, ...]):
    before = len(page.engine.commands)
    assert page.status_of(post(page, HOST, *lines)) == 403
    assert len(page.engine.commands) == before


def test_other_origins_are_never_told_that_they_may(page: Page):
    asks = request(
        page,
        HOST,
        "Origin: http://127.0.0.1:{port}",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: x-magenta-bridge",
        method="OPTIONS",
        path="/api/commands",
    )
    reply = page.raw(asks)
    assert reply.startswith(b"HTTP/1.1 405")
    assert b"access-control" not in reply.lower()


def test_bodies_that_are_too_large_are_refused(page: Page):
    large = b" " * MAX_BODY_BYTES + GO
    assert page.status_of(post(page, HOST, JSON, MINE, body=large)) == 413
    chunk = b"%x\r\n%s\r\n" % (len(large), large)
    chunked = request(
        page, HOST, JSON, MINE, "Transfer-Encoding: chunked", method="POST", path="/api/commands"
    )
    assert page.status_of(chunked + chunk + b"0\r\n\r\n") == 413
    lied = request(page, HOST, JSON, MINE, "Content-Length: -5", method="POST", path="/api/ping")
    assert page.status_of(lied) in (400, 413)
    exact = GO + b" " * (MAX_BODY_BYTES - len(GO))
    assert page.status_of(post(page, HOST, JSON, MINE, body=exact)) == 200


def test_heads_that_are_too_large_are_refused(page: Page):
    for data in (
        request(page, HOST, "X: " + "y" * 2_000_000),
        request(page, HOST, path="/" + "y" * 2_000_000),
    ):
        # The refusal may be lost: it is said before all has come.
        assert page.raw(data)[9:12] in (b"", b"400")
    assert page.ask("GET", "/api/presets").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/js/../../secret.txt",
        "/js/..%5c..%5csecret.txt",
        "//secret.txt",
        "/./index.html",
        "/index.html/",
        "/index.html%00.js",
        "/secret.txt",
        "/js",
        "/link.txt",
        "/api",
        "/api/",
        "/api/nothing",
        "/API/presets",
        "/api//presets",
        "/api/presets/",
    ],
)
def test_no_path_leads_out_of_the_pages_folder(tmp_path: Path, path: str):
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "static"
    (folder / "js").mkdir(parents=True)
    (folder / "index.html").write_text("<p>page</p>")
    (folder / "js" / "main.js").write_text("1")
    files = PageFiles(folder)
    with served(tmp_path, steady_drummer(tmp_path), files=files) as page:
        reply = page.raw(request(page, HOST, path=path))
        assert reply.startswith(b"HTTP/1.1 404")
        assert b"secret\r\n" not in reply and not reply.endswith(b"secret")
        assert page.ask("GET", "/").body == b"<p>page</p>"
        assert page.ask("GET", "/js/main.js").headers["content-type"].startswith("text/javascript")


def test_a_link_that_leads_out_of_the_folder_is_not_served(tmp_path: Path):
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert PageFiles(folder).names == ()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "POST"])
def test_wrong_methods_are_refused(page: Page, method: str):
    for path in ("/", "/api/stream", "/api/presets"):
        line = request(page, HOST, JSON, MINE, "Content-Length: 0", method=method, path=path)
        assert page.status_of(line) == 405
    assert page.status_of(request(page, HOST, path="/api/commands")) == 405


def test_what_is_no_http_is_refused_and_the_server_goes_on(page: Page):
    for data in (b"\x16\x03\x01\x00\xff", b"GET\r\n\r\n", b"\0" * 200):
        assert page.status_of(data) == 400
    upgrade = ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==")
    assert page.status_of(request(page, HOST, *upgrade)) == 200
    assert page.ask("GET", "/api/presets").status == 200


def test_every_reply_has_the_headers_that_keep_a_page_to_itself(page: Page):
    for reply in (
        page.ask("GET", "/api/presets"),
        page.ask("GET", "/nothing"),
        page.ask("GET", "/", headers={"Host": "evil.example"}),
        page.ask("POST", "/api/ping", {}),
    ):
        policy = reply.headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "server" not in reply.headers
    assert page.ask("GET", "/api/presets").headers["cache-control"] == "no-store"


def test_without_the_token_nothing_is_told_or_done(guarded: Page):
    before = len(guarded.engine.commands)
    for reply in (
        guarded.ask("GET", "/api/stream"),
        guarded.ask("GET", "/api/presets"),
        guarded.ask("POST", "/api/commands", GO),
        guarded.ask("POST", "/api/ping", {}),
        guarded.ask("POST", "/api/presets/delete", {"name": "x"}),
        guarded.ask("POST", "/api/ping", {}, OWN | {"Authorization": f"Bearer {TOKEN}x"}),
        guarded.ask("POST", "/api/ping", {}, OWN | {"Authorization": "Bearer "}),
        guarded.ask("POST", "/api/ping", {}, OWN | {"Cookie": "magenta_bridge=1; ;;=="}),
    ):
        assert (reply.status, reply.code) == (401, "login-needed")
    assert len(guarded.engine.commands) == before
    # The page itself holds no secret: it asks for the token.
    assert guarded.ask("GET", "/nothing").status == 404


def test_the_token_opens_the_door_as_a_header(guarded: Page):
    shown = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.ask("POST", "/api/ping", {}, OWN | shown).status == 200
    with guarded.stream(shown) as events:
        assert events.next()[0] == "hello"


def test_the_token_opens_the_door_as_a_cookie_that_does_not_tell_it(guarded: Page):
    assert guarded.ask("POST", "/api/login", {"token": TOKEN + "x"}).status == 401
    assert guarded.ask("POST", "/api/login", {"token": ""}).status == 401
    assert guarded.ask("POST", "/api/login", {"token": 5}).status == 401
    assert guarded.ask("POST", "/api/login", {"token": "\ud800"}).status == 401
    reply = guarded.ask("POST", "/api/login", {"token": TOKEN})
    assert reply.status == 204
    told = reply.headers["set-cookie"]
    assert "HttpOnly" in told and "samesite=strict" in told.lower()
    assert TOKEN not in told
    cookie = told.split(";")[0]
    with guarded.stream({"Cookie": cookie}) as events:
        assert events.next()[0] == "hello"
    # A restarted engine with the same token knows it; one with another does not.
    door = Door("127.0.0.1", guarded.port, TOKEN)
    assert cookie == f"{door.cookie}={door.session}"
    assert replace(door, token=TOKEN + "x").session != door.session


def test_where_no_token_is_set_logging_in_gives_nothing(page: Page):
    reply = page.ask("POST", "/api/login", {"token": ""})
    assert reply.status == 204
    assert "set-cookie" not in reply.headers


def test_on_a_network_only_addresses_and_the_own_name_are_hosts():
    door = Door("0.0.0.0", 17680, TOKEN)
    assert door.knows("192.168.1.5:17680")
    assert door.knows("10.0.0.1:17680")
    assert door.knows("127.0.0.1:17680")
    assert door.knows(f"{socket.gethostname()}:17680")
    assert not door.knows("evil.example:17680")
    assert not door.knows("192.168.1.5")


def test_who_keeps_a_request_to_himself_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bridge.web.server.REQUEST_S", 0.05)
    with served(tmp_path, steady_drummer(tmp_path)) as page:
        for data in (b"", b"GET /api/presets HTTP/1.1\r\nHost: 127", b"GET"):
            with socket.create_connection(("127.0.0.1", page.port), timeout=PATIENCE_S) as line:
                line.sendall(data)
                try:
                    assert line.recv(1) == b""
                except ConnectionResetError:
                    continue
