"""The page's files: a fixed table of what there is, so that no path leads anywhere else."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

FOLDER = Path(__file__).resolve().parent / "static"
INDEX = "index.html"

_KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


class PageFiles:
    """The files of a folder, looked up when it is made.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        self._files = {
            f"/{path.relative_to(folder).as_posix()}": path
            for path in files
            if path.suffix in _KINDS and path.resolve().is_relative_to(folder.resolve())
        }
        if f"/{INDEX}" in self._files:
            self._files["/"] = self._files[f"/{INDEX}"]

    @property
    def names(self) -> tuple[str, ...]:
        """Paths that are served."""
        return tuple(self._files)

    async def serve(self, request: Request) -> Response:
        """A file by its exact name."""
        path = self._files.get(request.url.path)
        if path is None:
            told = {
                "code": "not-found",
                "message": "There is nothing at this address.",
                "hint": "docs/web.md names what is there.",
            }
            return JSONResponse({"error": told}, 404)
        return FileResponse(path, media_type=_KINDS[path.suffix])
