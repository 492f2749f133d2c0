"""The keys of the page and of the feed for other programs."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from bridge.errors import ConfigError

SHORTEST_TOKEN = 12
_TOKEN = re.compile(r"[A-Za-z0-9_-]{12,200}")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the page is served.

    Args:
        enabled: Whether it is.
        host: IPv4 address to listen on, or localhost.
        port: TCP port; 0 for any free one.
        token: What a browser must know; empty: nothing.
        training_curve: The training that the page shows: its folder, or its curve's file; empty:
            the one that this user began last.
    """

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = 17680
    token: str = ""
    training_curve: str = ""

    def check(self) -> None:
        """Say what is wrong.

        Raises:
            ConfigError: The host is no address, the token is none, or one is missing.
        """
        loopback = is_loopback("web.host", self.host)
        if self.token and not _TOKEN.fullmatch(self.token):
            raise ConfigError(
                f"web.token must be {SHORTEST_TOKEN} to 200 letters, digits, - and _.",
                'python -c "import secrets; print(secrets.token_urlsafe())" makes a good one.',
            )
        if not loopback and not self.token:
            raise ConfigError(
                f"web.host is {self.host}, which other machines can reach, and web.token is empty.",
                f"Set web.token to a secret of {SHORTEST_TOKEN} characters or more, or use"
                " 127.0.0.1 for this machine alone.",
            )


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Where the jam is sent to as OSC, for programs that make pictures.

    Args:
        enabled: Whether it is.
        host: IPv4 address to send to, or localhost.
        port: Its UDP port.
    """

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = 17690

    def check(self) -> None:
        """Say what is wrong.

        Raises:
            ConfigError: The host is no address.
        """
        is_loopback("feed.host", self.host)


def is_loopback(key: str, host: str) -> bool:
    """Whether a host is this machine alone.

    Raises:
        ConfigError: It is neither localhost nor an IPv4 address.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        raise ConfigError(
            f"{key} is {host!r}; it must be an IPv4 address or localhost.",
            "Use 127.0.0.1 for this machine alone.",
        ) from None
