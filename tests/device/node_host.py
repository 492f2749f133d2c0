"""Live and Max's js objects, in one Node process: the shipped script, a fake Max and a fake Live.

The scripts run in Node's ``vm`` with the library of ECMAScript 5 and Max's globals; the Set is a
small model that refuses what Live refuses (host/README.md lists it). All time is virtual.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Atom = int | float | str
OnOutlet = Callable[[int, tuple[Atom, ...]], None]
OnNamed = Callable[[str, tuple[Atom, ...]], None]

HOST = Path(__file__).parent / "host" / "host.js"
REQUIRE_NODE = os.environ.get("BRIDGE_REQUIRE_NODE", "") not in ("", "0")
_OLDEST_NODE = 18
_END_S = 10.0


class ScriptFailed(Exception):
    """The script, or the request, threw: in Max a red line, here the end of the test."""


def node_or_skip() -> str:
    """Node's path; without Node the test skips, or fails with ``BRIDGE_REQUIRE_NODE=1``."""
    node = shutil.which("node") or shutil.which("nodejs")
    why = "Node is not installed, and the device's script runs in it here (apt install nodejs)"
    if node is not None:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
        if int(version.stdout.strip("v\n").split(".")[0]) >= _OLDEST_NODE:
            return node
        why = f"Node {version.stdout.strip()} is older than {_OLDEST_NODE}"
    if REQUIRE_NODE:
        pytest.fail(f"BRIDGE_REQUIRE_NODE is set: {why}")
    pytest.skip(why)


class FakeLive:
    """A Set with its devices' scripts.

    Args:
        node: Path of Node.
        description: Its tracks, slots and clips; see ``host/live_set.js``.

    Attributes:
        posts: Every line that scripts posted.
        complaints: Everything that Live refused, and every ``error()``.
        unknown: Properties that were asked for and do not exist, as ``Type.name``.
        due_ms: When each device's next Task is due; None where none waits.
    """

    def __init__(self, node: str, description: dict[str, Any] | None = None) -> None:
        self._process = subprocess.Popen(
            [node, "--expose-internals", str(HOST)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="ascii",
        )
        self.posts: list[str] = []
        self.complaints: list[str] = []
        self.unknown: set[str] = set()
        self.due_ms: dict[int, float | None] = {}
        self._outlets: dict[int, OnOutlet] = {}
        self._named: dict[int, OnNamed] = {}
        self._song: dict[str, Any] = {}
        self.request("open", set=description or {})

    def __enter__(self) -> FakeLive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    # --- the devices' scripts -----------------------------------------------------------------

    def load(
        self,
        device: int,
        source: str,
        on_outlet: OnOutlet,
        *,
        on_named: OnNamed | None = None,
        file: str = "magenta_jam.js",
        arguments: Sequence[Atom] = (),
        track: int = 0,
        racks: int = 0,
    ) -> tuple[int, int]:
        """Put a device on a track, inside racks; returns its script's inlets and outlets."""
        self._outlets[device] = on_outlet
        if on_named is not None:
            self._named[device] = on_named
        done = self.request(
            "load",
            device=device,
            source=source,
            file=file,
            arguments=list(arguments),
            track=track,
            racks=racks,
        )
        return done["inlets"], done["outlets"]

    def live_ready(self, device: int) -> None:
        """live.thisdevice has banged: from here on LiveAPI objects are alive."""
        self.request("live_ready", device=device)

    def message(self, device: int, *atoms: Atom, now_ms: float = 0.0, inlet: int = 0) -> None:
        """A message at the script's inlet."""
        self.request("message", device=device, inlet=inlet, message=list(atoms), now_ms=now_ms)

    def run_tasks(self, device: int, now_ms: float) -> None:
        """Run the Tasks that are due."""
        self.request("tasks", device=device, now_ms=now_ms)

    def unload(self, device: int) -> None:
        """Take the device off its track."""
        self.request("unload", device=device)

    def symbols(self, device: int) -> int:
        """How many different strings the script has put into Max's symbol table."""
        return int(self.request("symbols", device=device))

    # --- the person and the Set ---------------------------------------------------------------

    def user(self, name: str, *args: Any, now_ms: float | None = None) -> None:
        """Something that a person does in Live, or Live by itself (``host/user.js``)."""
        self.request("user", name=name, args=list(args), now_ms=now_ms)

    def tell_song(self, now_ms: float, **values: Any) -> None:
        """The transport's state; only what has changed travels."""
        changed = {k: v for k, v in values.items() if self._song.get(k) != v}
        if changed:
            self._song.update(changed)
            self.request("user", name="song", args=[changed], now_ms=now_ms)

    def look(self) -> dict[str, Any]:
        """The Set as it stands."""
        return dict(self.request("look"))

    def clip(self, track: int, scene: int) -> dict[str, Any] | None:
        """A clip as it stands, or None where the slot is empty."""
        clip: dict[str, Any] | None = self.look()["tracks"][track]["slots"][scene]["clip"]
        return clip

    # --- lines --------------------------------------------------------------------------------

    def request(self, do: str, **fields: Any) -> Any:
        """Ask the process for something, and serve the script's outlets meanwhile.

        Raises:
            ScriptFailed: The script threw, or the request is wrong.
        """
        self._write({"do": do, **{k: v for k, v in fields.items() if v is not None}})
        while True:
            reply = self._read()
            if "outlet" in reply:
                self._outlets[reply["device"]](reply["outlet"], tuple(reply["message"]))
            elif "messnamed" in reply:
                self._named[reply["device"]](reply["messnamed"], tuple(reply["message"]))
            else:
                return self._finish(reply)
            self._write({"do": "return"})

    def _finish(self, reply: dict[str, Any]) -> Any:
        self.posts += reply["posts"]
        self.complaints += reply["complaints"]
        self.unknown |= set(reply["unknown"])
        self.due_ms = {int(number): due for number, due in reply["due_ms"].items()}
        if "failed" in reply:
            raise ScriptFailed(reply["failed"])
        return reply["done"]

    def _write(self, value: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ScriptFailed("Node ended; its words are above.")
        reply: dict[str, Any] = json.loads(line)
        return reply
