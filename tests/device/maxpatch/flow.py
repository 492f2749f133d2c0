"""Objects that lead, hold and sort messages."""

from __future__ import annotations

from tests.device.maxpatch.atoms import (
    BANG,
    Atom,
    Message,
    PatchError,
    as_float,
    as_int,
    is_number,
    like,
    parse_atom,
)
from tests.device.maxpatch.objects import MaxObject, max_class


class Passing(MaxObject):
    """An object that takes every message in one place."""

    def receive(self, inlet: int, message: Message) -> None:
        self.take(inlet, message)

    def take(self, inlet: int, message: Message) -> None:
        self.refuse(inlet, message)


@max_class("comment", "panel", "live.comment", "live.line", "live.banks")
class Drawing(MaxObject):
    """What is only seen; a comment's text can be set."""

    known_attributes = ()

    def set_up(self) -> None:
        self.inlets, self.outlets = self.box.inlets, self.box.outlets
        self.text = str(self.box.json.get("text", ""))

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector == "set":
            self.text = " ".join(map(str, rest))
        elif selector not in ("textcolor", "bgcolor", "hidden"):
            self.refuse(inlet, (selector, *rest))


@max_class("t", "trigger")
class Trigger(Passing):
    """``t b i l``: from right to left, each outlet its own form of what came in."""

    def set_up(self) -> None:
        self.outlets = len(self.arguments) or 2

    def take(self, inlet: int, message: Message) -> None:
        for outlet in range(self.outlets - 1, -1, -1):
            self.out(outlet, *self._form(self.arguments[outlet], message))

    def _form(self, kind: Atom, message: Message) -> Message:
        if kind in ("b", "bang"):
            return BANG
        if kind in ("l", "list"):
            return message
        if kind in ("s", "symbol"):
            return message if isinstance(message[0], str) else self._wrong(message)
        if kind in ("i", "int", "f", "float"):
            if not is_number(message[0]):
                self._wrong(message)
            return (as_int(message[0]) if kind in ("i", "int") else as_float(message[0]),)
        return (kind,)

    def _wrong(self, message: Message) -> Message:
        self.refuse(0, message)
        return message


@max_class("route")
class Route(Passing):
    """Sends what follows its first word out of that word's outlet; an empty rest is a bang."""

    def set_up(self) -> None:
        self.outlets = self.inlets = len(self.arguments) + 1
        self.types = {"bang", "int", "float", "list", "symbol"} & set(map(str, self.arguments))
        if self.types - {"bang"}:
            raise PatchError(f"{self}: routing by type is not modelled.")

    def take(self, inlet: int, message: Message) -> None:
        if inlet:
            self.refuse(inlet, message)
        for outlet, wanted in enumerate(self.arguments):
            if _same(wanted, message[0]):
                self.out(outlet, *(message[1:] or BANG))
                return
        self.out(self.outlets - 1, *message)


def _same(wanted: Atom, found: Atom) -> bool:
    return type(wanted) is type(found) and wanted == found


@max_class("sel", "select")
class Select(Passing):
    """A bang out of the outlet of the value that came; all else out of the last."""

    def set_up(self) -> None:
        self.wanted = list(self.arguments)
        self.outlets = len(self.wanted) + 1
        self.inlets = 2 if len(self.wanted) == 1 else self.outlets

    def take(self, inlet: int, message: Message) -> None:
        if inlet:
            self.wanted[inlet - 1] = message[0]
            return
        if isinstance(message[0], float) and any(isinstance(each, int) for each in self.wanted):
            raise PatchError(f"{self} compares the float {message[0]} with an int.")
        for outlet, wanted in enumerate(self.wanted):
            if len(message) == 1 and _same(wanted, message[0]):
                self.out(outlet, "bang")
                return
        self.out(self.outlets - 1, *message)


@max_class("gate")
class Gate(Passing):
    """Lets messages at its right inlet through to the outlet of the number at its left."""

    inlets = 2

    def set_up(self) -> None:
        self.outlets = as_int(self.arguments[0]) if self.arguments else 1
        self.open = as_int(self.arguments[1]) if len(self.arguments) > 1 else 0

    def take(self, inlet: int, message: Message) -> None:
        if inlet == 0:
            self.open = as_int(message[0])
            if not 0 <= self.open <= self.outlets:
                self.refuse(inlet, message)
        elif self.open:
            self.out(self.open - 1, *message)


@max_class("change")
class Change(MaxObject):
    """Passes a number only if it is another than the last; it begins with 0."""

    outlets = 3

    def set_up(self) -> None:
        self.value: Atom = self.arguments[0] if self.arguments else 0

    def number(self, inlet: int, value: Atom) -> None:
        before, self.value = self.value, like(self.value, value)
        if self.value == before:
            return
        if self.value == 0:
            self.out(2, 1)
        if before == 0:
            self.out(1, 1)
        self.out(0, self.value)

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector != "set":
            self.refuse(inlet, (selector, *rest))
        self.value = like(self.value, rest[0])


@max_class("prepend")
class Prepend(Passing):
    """Puts words in front of a message."""

    def set_up(self) -> None:
        self.words = self.arguments

    def take(self, inlet: int, message: Message) -> None:
        if message == BANG:
            self.refuse(inlet, message)
        elif message[0] == "set":
            self.words = message[1:]
        elif message[0] in ("list", "symbol", "int", "float"):
            self.out(0, *self.words, *message[1:])
        else:
            self.out(0, *self.words, *message)


@max_class("message")
class MessageBox(Passing):
    """Sends its text; ``$1`` is the first word that came, commas part messages."""

    inlets = 2

    def set_up(self) -> None:
        self.words = self._split(str(self.box.json.get("text", "")))
        for words in self.words:
            if ";" in words:
                raise PatchError(f"{self}: messages to named receivers are not modelled.")

    def take(self, inlet: int, message: Message) -> None:
        if inlet == 1:
            self.words = [[str(atom) for atom in message]]
        elif message[0] == "set":
            self.words = [[str(atom) for atom in message[1:]]]
        elif message[0] in ("append", "prepend"):
            self.refuse(inlet, message)
        else:
            given = () if message == BANG else message
            for words in list(self.words):
                self.out(0, *(self._fill(word, given) for word in words))

    @staticmethod
    def _split(text: str) -> list[list[str]]:
        parts = text.replace("\\,", "\0").split(",")
        return [[w.replace("\0", ",") for w in part.split()] for part in parts if part.strip()]

    def _fill(self, word: str, given: Message) -> Atom:
        if not (word.startswith("$") and word[1:].isdigit()):
            return parse_atom(word)
        number = int(word[1:])
        return given[number - 1] if number <= len(given) else 0


@max_class("deferlow")
class Deferlow(Passing):
    """Passes a message in the main thread, after all that waits for it already."""

    def take(self, inlet: int, message: Message) -> None:
        self.patch.queues.low(lambda: self.out(0, *message))


@max_class("i", "int", "f", "float")
class Number(MaxObject):
    """Keeps a number: stored at the right inlet, sent on at the left or with a bang."""

    inlets = 2

    def set_up(self) -> None:
        whole = self.box.name in ("i", "int")
        given = self.arguments[0] if self.arguments else 0
        self.value: Atom = as_int(given) if whole else as_float(given)

    def number(self, inlet: int, value: Atom) -> None:
        self.value = like(self.value, value)
        if inlet == 0:
            self.out(0, self.value)

    def bang(self, inlet: int) -> None:
        if inlet:
            self.refuse(inlet, BANG)
        self.out(0, self.value)

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector != "set":
            self.refuse(inlet, (selector, *rest))
        self.value = like(self.value, rest[0])


@max_class("pack")
class Pack(MaxObject):
    """Makes a list; only the left inlet sends it. Arguments decide between int and float."""

    def set_up(self) -> None:
        self.values = list(self.arguments) or [0, 0]
        self.inlets = len(self.values)

    def number(self, inlet: int, value: Atom) -> None:
        self._store(inlet, value)
        if inlet == 0:
            self.out(0, *self.values)

    def list(self, inlet: int, values: Message) -> None:
        if inlet + len(values) > self.inlets:
            self.refuse(inlet, values)
        for offset, value in enumerate(values):
            self._store(inlet + offset, value)
        if inlet == 0:
            self.out(0, *self.values)

    def bang(self, inlet: int) -> None:
        if inlet:
            self.refuse(inlet, BANG)
        self.out(0, *self.values)

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector == "set":
            for offset, value in enumerate(rest):
                self._store(offset, value)
        elif not isinstance(self.values[inlet], str):
            self.refuse(inlet, (selector, *rest))
        else:
            self.list(inlet, (selector, *rest))

    def _store(self, inlet: int, value: Atom) -> None:
        self.values[inlet] = like(self.arguments[inlet] if self.arguments else 0, value)


@max_class("unpack")
class Unpack(Passing):
    """Takes a list apart, from right to left."""

    def set_up(self) -> None:
        self.kinds = self.arguments or (0, 0)
        self.outlets = len(self.kinds)

    def take(self, inlet: int, message: Message) -> None:
        if message == BANG:
            self.refuse(inlet, message)
        values = message[1:] if message[0] == "list" else message
        for outlet in range(min(len(values), self.outlets) - 1, -1, -1):
            kind = self.kinds[outlet]
            self.out(outlet, values[outlet] if kind == "s" else like(kind, values[outlet]))


@max_class("iter")
class Iter(MaxObject):
    """A list's numbers one by one, from left to right."""

    def number(self, inlet: int, value: Atom) -> None:
        self.out(0, value)

    def list(self, inlet: int, values: Message) -> None:
        for value in values:
            self.out(0, value)


@max_class("s", "send")
class Send(Passing):
    """Sends to every receive of its name."""

    outlets = 0

    def set_up(self) -> None:
        self.bus = bus_of(self)

    def take(self, inlet: int, message: Message) -> None:
        self.patch.send_named(self.bus, message)


@max_class("r", "receive")
class Receive(MaxObject):
    """Puts out what is sent to its name."""

    inlets = 0

    def set_up(self) -> None:
        self.bus = bus_of(self)


def bus_of(each: MaxObject) -> str:
    """A bus's name; only ``---`` keeps two instances of a device apart."""
    name = str(each.arguments[0])
    if not name.startswith("---"):
        raise PatchError(f"{each}: two instances of the device would share the bus {name!r}.")
    return name


@max_class("loadbang")
class Loadbang(MaxObject):
    """A bang when the patch is loaded."""

    def loaded(self) -> None:
        self.patch.queues.run(lambda: self.out(0, "bang"), main_thread=True)


@max_class("freebang")
class Freebang(MaxObject):
    """A bang when the patch is taken away."""

    def freed(self) -> None:
        self.patch.queues.run(lambda: self.out(0, "bang"), main_thread=True)
