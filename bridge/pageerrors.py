"""Errors of the page and of programs that speak to its server; `bridge.errors` has them all."""

from __future__ import annotations

from bridge.errorbase import BridgeError


class PageError(BridgeError):
    """The page, or a program that speaks to its server, asked for what it can't have."""

    code = "page"
    wire_code = 380
    default_hint = "docs/web.md says what the server takes."


class RequestRefused(PageError):
    """A request that a page of another origin, or no browser at all, may have made up."""

    code = "request-refused"
    wire_code = 382


class LoginNeeded(PageError):
    """The token is missing, or not the right one."""

    code = "login-needed"
    wire_code = 383
    default_hint = "Open the page with #token=... at the end of its address, or send the token."


class RequestMalformed(PageError):
    """A request's content is not what its address takes."""

    code = "request-malformed"
    wire_code = 384


class RequestTooLarge(PageError):
    """A request's content is larger than any may be."""

    code = "request-too-large"
    wire_code = 385


class TooManyReaders(PageError):
    """As many read the stream as may."""

    code = "too-many-readers"
    wire_code = 386
    default_hint = "Close another page."


class PageGone(PageError):
    """A key was struck by a page that does not read the stream."""

    code = "page-gone"
    wire_code = 390
    default_hint = "Read GET /api/stream, and send the name in its hello as X-Magenta-Page."


class PresetMissing(PageError):
    """There is no preset of that name."""

    code = "preset-missing"
    wire_code = 387
    default_hint = "GET /api/presets names those that are there."


class PresetExists(PageError):
    """There is a preset of that name already."""

    code = "preset-exists"
    wire_code = 388
    default_hint = "Choose another name, or say that it is to be replaced."


class PresetUnusable(PageError):
    """A preset's name or content is wrong, or its file can't be written."""

    code = "preset-unusable"
    wire_code = 389
