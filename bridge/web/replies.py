"""Errors as HTTP has them."""

from __future__ import annotations

from starlette.responses import JSONResponse

from bridge.errors import (
    BridgeError,
    EngineBusy,
    LoginNeeded,
    PageGone,
    PresetExists,
    PresetMissing,
    RequestMalformed,
    RequestRefused,
    RequestTooLarge,
    TooManyReaders,
)

_STATUS: dict[type[BridgeError], int] = {
    RequestMalformed: 400,
    LoginNeeded: 401,
    RequestRefused: 403,
    PresetMissing: 404,
    PageGone: 409,
    PresetExists: 409,
    RequestTooLarge: 413,
    TooManyReaders: 503,
    EngineBusy: 503,
}
CANT_BE_DONE = 409
"""The command makes sense, and can't be carried out now."""


def error_response(error: BridgeError, status: int | None = None, **more: object) -> JSONResponse:
    """An error as a reply.

    Args:
        error: What went wrong.
        status: HTTP status, where it doesn't follow from the error.
        **more: Fields beside the error.
    """
    code = status if status is not None else _STATUS.get(type(error), 400)
    told = {"code": error.code, "message": error.message, "hint": error.hint}
    return JSONResponse({"error": told, **more}, code)
