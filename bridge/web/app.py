"""The server's addresses and what each of them does."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from bridge.core.commands import EVERYBODY, Command, Key, SetParameter
from bridge.errors import BridgeError, LoginNeeded, PlayerUnknown, RequestMalformed
from bridge.web.broadcast import Broadcast
from bridge.web.files import PageFiles
from bridge.web.guard import PAGE_HEADER, Door, Guard, same
from bridge.web.held import HeldKeys
from bridge.web.presets import Presets
from bridge.web.replies import CANT_BE_DONE, error_response
from bridge.web.requests import read_body, read_commands, read_fields
from bridge.web.stream import Stream
from bridge.web.tickets import Tickets

STREAM = "/api/stream"
DONE_S = 2.0
"""How long a command's answer waits for the engine."""

_log = logging.getLogger(__name__)


class Engine(Protocol):
    """What the server asks of the engine (`bridge.engine.running.RunningEngine`)."""

    def command(self, command: Command) -> int:
        """Send a command down; returns the number under which its result is told."""
        ...


class PageApp:
    """Everything behind the server's addresses.

    Args:
        engine: Takes commands.
        broadcast: Tells what happens.
        tickets: Tells what became of a command.
        presets: The user's.
        door: What the server is.
        abort: Cuts the connection of a client's address.
        files: The page's.
    """

    def __init__(
        self,
        engine: Engine,
        broadcast: Broadcast,
        tickets: Tickets,
        presets: Presets,
        door: Door,
        abort: Callable[[tuple[str, int] | None], None],
        files: PageFiles,
    ) -> None:
        self._engine = engine
        self._broadcast = broadcast
        self._tickets = tickets
        self._presets = presets
        self._door = door
        self._held = HeldKeys(engine.command)
        api = [
            Route("/stream", Stream(broadcast, abort, self._held)),
            Route("/commands", self._commands, methods=["POST"]),
            Route("/ping", self._ping, methods=["POST"]),
            Route("/login", self._login, methods=["POST"]),
            Route("/presets", self._presets_there, methods=["GET"]),
            Route("/presets/save", self._save, methods=["POST"]),
            Route("/presets/load", self._load, methods=["POST"]),
            Route("/presets/delete", self._delete, methods=["POST"]),
        ]
        routes = [
            Mount("/api", Router(api, redirect_slashes=False)),
            Route("/{path:path}", files.serve, methods=["GET"]),
        ]
        app = Starlette(
            routes=routes,
            exception_handlers={
                BridgeError: _refused,
                HTTPException: _http_error,
                Exception: _mistake,
            },
        )
        app.router.redirect_slashes = False
        self.asgi: ASGIApp = Guard(app, door)

    async def _commands(self, request: Request) -> Response:
        page = self._page_of(request)
        commands = read_commands(await read_body(request), time.monotonic())
        return await self._carry_out(commands, page)

    def _page_of(self, request: Request) -> str:
        page = request.headers.get(PAGE_HEADER, "")
        self._held.heard(page)
        return page

    async def _carry_out(self, commands: list[Command], page: str = "") -> Response:
        done = 0
        for command in commands:
            try:
                if isinstance(command, Key):
                    self._held.key(page, command)
                error = await self._tickets.wait(self._engine.command(command), DONE_S)
            except TimeoutError:
                return JSONResponse({"done": done}, 202)
            except BridgeError as refused:
                return error_response(refused, done=done)
            if error is not None:
                return error_response(error, CANT_BE_DONE, done=done)
            done += 1
        return JSONResponse({"done": done})

    async def _ping(self, request: Request) -> Response:
        now_s = time.monotonic()
        self._page_of(request)
        read_fields(await read_body(request), needed=())
        return JSONResponse({"time_s": now_s})

    async def _login(self, request: Request) -> Response:
        token = read_fields(await read_body(request), needed=("token",))["token"]
        if not isinstance(token, str) or not same(token, self._door.token):
            raise LoginNeeded("That is not the token of web.token.")
        reply = Response(status_code=204)
        if self._door.token:
            reply.set_cookie(
                self._door.cookie, self._door.session, httponly=True, samesite="strict", path="/"
            )
        return reply

    async def _presets_there(self, _request: Request) -> Response:
        return JSONResponse({"presets": await run_in_threadpool(self._presets.names)})

    async def _save(self, request: Request) -> Response:
        fields = read_fields(await read_body(request), needed=("name", "player"), more=("replace",))
        settings = self._broadcast.settings_of(_player(fields["player"]))
        if settings is None:
            raise PlayerUnknown(f"There is no player {fields['player']}.")
        replace = fields.get("replace", False) is True
        name = _name(fields["name"])
        await run_in_threadpool(self._presets.save, name, settings, replace=replace)
        return await self._presets_there(request)

    async def _load(self, request: Request) -> Response:
        fields = read_fields(await read_body(request), needed=("name", "player"))
        number = _player(fields["player"])
        wanted = await run_in_threadpool(self._presets.load, _name(fields["name"]))
        commands: list[Command] = []
        for player in self._broadcast.players if number == EVERYBODY else (number,):
            settings = self._broadcast.settings_of(player)
            if settings is None:
                raise PlayerUnknown(f"There is no player {player}.")
            commands += [
                SetParameter(player, name, value)
                for name, value in wanted.items()
                if settings.get(name) != value
            ]
        return await self._carry_out(commands)

    async def _delete(self, request: Request) -> Response:
        fields = read_fields(await read_body(request), needed=("name",))
        await run_in_threadpool(self._presets.delete, _name(fields["name"]))
        return await self._presets_there(request)


def _player(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise RequestMalformed("player must be a whole number.")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise RequestMalformed("name must be a text.")
    return value


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, BridgeError):
        raise error
    return error_response(error)


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    method = error.status_code == 405
    told = {
        "code": "wrong-method" if method else "http",
        "message": f"{request.method} is not for this address." if method else str(error.detail),
        "hint": "docs/web.md says what the server takes.",
    }
    return JSONResponse({"error": told}, error.status_code, dict(error.headers or {}))


async def _mistake(request: Request, error: Exception) -> Response:
    """A bug of ours: it is logged, and the server goes on."""
    _log.error("A mistake in the page's server, at %s", request.scope["path"], exc_info=error)
    told = {
        "code": "bridge",
        "message": "The server made a mistake.",
        "hint": "The engine's terminal shows more.",
    }
    return JSONResponse({"error": told}, 500)
