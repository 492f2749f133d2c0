"""What every object of a patch is, and how it is found by its class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tests.device.maxpatch.atoms import Atom, Message, PatchError, is_number

if TYPE_CHECKING:
    from tests.device.maxpatch.patch import Patch


NOT_SAID = -1
"""Inlets or outlets of a box of which the file doesn't tell the number."""


@dataclass(frozen=True, slots=True)
class BoxData:
    """A box as the patch file has it."""

    id: str
    name: str
    arguments: tuple[Atom, ...]
    attributes: dict[str, list[Atom]]
    rect: tuple[float, float]
    inlets: int
    outlets: int
    json: dict[str, Any]

    @property
    def text(self) -> str:
        """What is typed into it."""
        return str(self.json.get("text", self.name))


class MaxObject:
    """An object: messages in at inlets, messages out of outlets.

    Attributes:
        inlets: How many it has, given its arguments.
        outlets: The same.
        known_attributes: What may follow ``@`` in its box.
    """

    inlets = 1
    outlets = 1
    known_attributes: tuple[str, ...] = ()

    def __init__(self, patch: Patch, box: BoxData) -> None:
        self.patch = patch
        self.box = box
        self.arguments = box.arguments
        self.set_up()
        self._check()

    def set_up(self) -> None:
        """Read arguments and attributes."""

    def loaded(self) -> None:
        """All boxes and cords are there."""

    def freed(self) -> None:
        """The device is taken away."""

    def receive(self, inlet: int, message: Message) -> None:
        """Take a message."""
        first = message[0]
        if is_number(first):
            if len(message) == 1:
                self.number(inlet, first)
            else:
                self.list(inlet, message)
        elif message == ("bang",):
            self.bang(inlet)
        elif first == "list":
            self.list(inlet, message[1:])
        else:
            self.anything(inlet, str(first), message[1:])

    def bang(self, inlet: int) -> None:
        """Take a bang."""
        self.refuse(inlet, ("bang",))

    def number(self, inlet: int, value: Atom) -> None:
        """Take an int or a float."""
        self.refuse(inlet, (value,))

    def list(self, inlet: int, values: Message) -> None:
        """Take a list; most objects spread it over their inlets, the hot one last."""
        if inlet != 0 or self.inlets < 2 or len(values) > self.inlets:
            self.refuse(inlet, values)
        for number in range(len(values) - 1, -1, -1):
            self.receive(number, (values[number],))

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        """Take a message that begins with a word."""
        self.refuse(inlet, (selector, *rest))

    def refuse(self, inlet: int, message: Message) -> None:
        """The object does not understand: Max prints a line, here it is an error.

        Raises:
            PatchError: Always.
        """
        words = " ".join(map(str, message))
        raise PatchError(f"{self} does not understand {words!r} at inlet {inlet}.")

    def out(self, outlet: int, *message: Atom) -> None:
        """Send a message out of an outlet, to the end of all that follows from it."""
        self.patch.send_out(self, outlet, message)

    def attribute(self, name: str, default: Atom) -> Atom:
        """The first word of an attribute, or what it is where it is not given."""
        return self.box.attributes.get(name, [default])[0]

    def __str__(self) -> str:
        return f"[{self.box.text}] ({self.box.id})"

    def _check(self) -> None:
        unknown = sorted(set(self.box.attributes) - set(self.known_attributes))
        if unknown:
            raise PatchError(f"{self} has attributes that are not known: {', '.join(unknown)}.")
        said = (self.box.inlets, self.box.outlets)
        if NOT_SAID not in said and said != (self.inlets, self.outlets):
            raise PatchError(
                f"{self} has {self.inlets} inlets and {self.outlets} outlets;"
                f" the file says {self.box.inlets} and {self.box.outlets}."
            )


CLASSES: dict[str, type[MaxObject]] = {}
Made = TypeVar("Made", bound=type[MaxObject])


def max_class(*names: str) -> Callable[[Made], Made]:
    """Enter a class under its names in Max."""

    def enter(made: Made) -> Made:
        for name in names:
            CLASSES[name] = made
        return made

    return enter
