"""Small patches for tests of Max's rules: boxes by name, cords as text, and probes that listen.

patch, heard = sketch({"t": "t b i", "a": PROBE, "b": PROBE}, "t.0 > a.0", "t.1 > b.0")
patch.objects["t"].receive(0, (5,))
heard                                      # [("b", 5), ("a", "bang")]
"""

from __future__ import annotations

from typing import Any

from tests.device.maxpatch.atoms import Atom, Message
from tests.device.maxpatch.objects import MaxObject, max_class
from tests.device.maxpatch.patch import Patch, ScriptHost

PROBE = "test.probe"
Heard = list[tuple[Atom, ...]]


@max_class(PROBE)
class Probe(MaxObject):
    """Writes down what it hears, as its own name and the message."""

    inlets = 9

    def receive(self, inlet: int, message: Message) -> None:
        self.patch.heard.append((self.box.id, *message))  # type: ignore[attr-defined]
        self.patch.heard_at.append(self.patch.queues.now_ms)  # type: ignore[attr-defined]


class SketchedPatch(Patch):
    """A patch with probes.

    Attributes:
        heard: What the probes heard, in order.
        heard_at: When, in ms.
    """

    def __init__(self, data: dict[str, Any], **options: Any) -> None:
        self.heard: Heard = []
        self.heard_at: list[float] = []
        super().__init__(data, **options)

    def say(self, name: str, *message: Atom, inlet: int = 0, main_thread: bool = False) -> None:
        """Give a box a message, and let follow what follows."""
        box = self.objects[name]
        self.queues.run(lambda: box.receive(inlet, message), main_thread=main_thread)


def sketch(
    boxes: dict[str, str | dict[str, Any]],
    *cords: str,
    places: dict[str, tuple[int, int]] | None = None,
    transport: Any = None,
    script: ScriptHost | None = None,
    vector_ms: float = 0.0,
) -> tuple[SketchedPatch, Heard]:
    """A patch of boxes and cords (``"a.0 > b.1"``), loaded, and what its probes hear."""
    entries = []
    for number, (name, made) in enumerate(boxes.items()):
        box = _box(made)
        x, y = (places or {}).get(name, (0, 30 * number))
        entries.append({"box": {"id": name, "patching_rect": [x, y, 50, 20], **box}})
    lines = [{"patchline": _cord(cord)} for cord in cords]
    data = {"patcher": {"boxes": entries, "lines": lines}}
    patch = SketchedPatch(data, transport=transport, script=script, vector_ms=vector_ms)
    patch.load()
    return patch, patch.heard


def _box(made: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(made, dict):
        return made
    if made.startswith("message:"):
        return {"maxclass": "message", "text": made.removeprefix("message:")}
    return {"maxclass": "newobj", "text": made}


def _cord(cord: str) -> dict[str, Any]:
    source, target = (end.strip().rsplit(".", 1) for end in cord.split(">"))
    return {"source": [source[0], int(source[1])], "destination": [target[0], int(target[1])]}
