"""What all errors of the tree in `bridge.errors` have in common."""

from __future__ import annotations

from typing import ClassVar


class BridgeError(Exception):
    """Base of all errors that this project raises on purpose.

    Args:
        message: One sentence: what happened.
        hint: One sentence: what to do. The class's own hint is used where none is given.
    """

    code: ClassVar[str] = "bridge"
    wire_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = "Run `magenta-bridge doctor` and read its report."

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint if hint is not None else self.default_hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[type[BridgeError], tuple[str, str]]:
        return type(self), (self.message, self.hint)
