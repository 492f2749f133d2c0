"""Who may ask for what: checked before anything else looks at a request.

Any page that a browser has open can send requests to this machine's own addresses. So a request is
refused unless its ``Host`` is an address of ours (a name that was made to point here is none: DNS
rebinding), its ``Origin``, if it has one, is our own page, and, where it changes something, it has
a content type and a header that a page of another origin can't send unasked. On other machines'
reach a token is needed too.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.errors import LoginNeeded, PageError, RequestRefused, RequestTooLarge
from bridge.web.replies import error_response

MAX_BODY_BYTES = 65536
OWN_HEADER = b"x-magenta-bridge"
PAGE_HEADER = "x-magenta-page"
"""The name that the stream's hello gave the page that sends this."""
API = "/api/"
LOGIN = "/api/login"

_SECURITY_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        b" form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"midi=(self), camera=(), microphone=(), geolocation=()"),
)


@dataclass(frozen=True, slots=True)
class Door:
    """What the guard knows of the server.

    Args:
        host: Address on which it listens.
        port: TCP port.
        token: What a browser must know; empty: nothing.
    """

    host: str
    port: int
    token: str = ""

    @property
    def session(self) -> str:
        """What the cookie of a browser that knew the token holds; it does not tell the token."""
        return hmac.new(self.token.encode(), b"magenta-bridge page", hashlib.sha256).hexdigest()

    @property
    def cookie(self) -> str:
        """Name of that cookie: browsers don't tell one port's cookies from another's."""
        return f"magenta_bridge_{self.port}"

    def knows(self, host: str) -> bool:
        """Whether a ``Host`` header names this server."""
        name, port = _split(host)
        if port != self.port:
            return False
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            own = socket.gethostname().lower()
            return name == "localhost" or (self.token != "" and name in (own, f"{own}.local"))
        # An address can't be rebound; on loopback no other is ours.
        return address.is_loopback or not is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own, for itself alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """Lets through what may come in, with security headers on all that goes out.

    Args:
        app: What is behind it.
        door: What it knows of the server.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        if scope["type"] != "http":
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                cache = b"no-store" if scope["path"].startswith(API) else b"no-cache"
                own = (*_SECURITY_HEADERS, (b"cache-control", cache))
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        try:
            self._check(scope)
        except PageError as error:
            await error_response(error)(scope, receive, send_safely)
            return
        await self._app(scope, _bounded(receive), send_safely)

    def _check(self, scope: Scope) -> None:
        headers = _Headers(scope)
        host = headers.one("host")
        if host is None or not self._door.knows(host):
            raise RequestRefused(
                "The request is for another host.", "Open the address that the engine printed."
            )
        origin = headers.one("origin")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            raise RequestRefused("The request comes from a page of another origin.")
        is_api = scope["path"].startswith(API)
        site = headers.one("sec-fetch-site")
        if is_api and site is not None and site not in ("same-origin", "none"):
            raise RequestRefused("The request comes from a page of another site.")
        if scope["method"] == "POST":
            _check_post(headers)
        if is_api and scope["path"] != LOGIN and self._door.token:
            self._check_token(headers)

    def _check_token(self, headers: _Headers) -> None:
        shown = (headers.one("authorization") or "").removeprefix("Bearer ")
        if same(shown, self._door.token) or same(
            headers.cookie(self._door.cookie), self._door.session
        ):
            return
        raise LoginNeeded("The page needs the token of web.token.")


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing of where they differ."""
    # JSON may hold half a surrogate pair, which UTF-8 has no bytes for.
    return hmac.compare_digest(
        one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass")
    )


class _Headers:
    """A request's headers; one that stands there twice is refused, whatever it says."""

    def __init__(self, scope: Scope) -> None:
        self._found: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            self._found.setdefault(name.decode("latin-1").lower(), []).append(
                value.decode("latin-1")
            )

    def one(self, name: str) -> str | None:
        found = self._found.get(name, [])
        if len(found) > 1:
            raise RequestRefused(f"The request has {len(found)} headers {name}.")
        return found[0] if found else None

    def cookie(self, name: str) -> str:
        try:
            found = SimpleCookie("; ".join(self._found.get("cookie", []))).get(name)
        except CookieError:
            return ""
        return found.value if found is not None else ""


def _check_post(headers: _Headers) -> None:
    kind = (headers.one("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestRefused("The request's content is not JSON.", "Send application/json.")
    if headers.one(OWN_HEADER.decode()) != "1":
        raise RequestRefused("The header X-Magenta-Bridge is missing.", "Send it with the value 1.")
    length = headers.one("content-length")
    if length is not None and (not length.isdigit() or int(length) > MAX_BODY_BYTES):
        raise _too_large()


def _bounded(receive: Receive) -> Receive:
    """The same, but for bodies that turn out to be too large."""
    seen = 0

    async def receive_bounded() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > MAX_BODY_BYTES:
                raise _too_large()
        return message

    return receive_bounded


def _too_large() -> RequestTooLarge:
    return RequestTooLarge(f"The request's content has more than {MAX_BODY_BYTES} bytes.")


def _split(host: str) -> tuple[str, int]:
    """Name and port of a ``Host`` header; 80 where none is given, -1 where it makes no sense."""
    name, colon, port = host.lower().rpartition(":")
    if not colon or host.endswith("]"):
        name, port = host.lower(), "80"
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    return name, int(port) if port.isascii() and port.isdigit() and len(port) < 6 else -1
