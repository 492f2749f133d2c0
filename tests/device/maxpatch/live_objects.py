"""Objects of Max for Live: the device's life, its parameters, and its script."""

from __future__ import annotations

from typing import Any

from tests.device.maxpatch.atoms import BANG, Atom, Message, PatchError, as_float, as_int
from tests.device.maxpatch.flow import Passing
from tests.device.maxpatch.objects import MaxObject, max_class

_FLOAT, _INT, _ENUM, _BLOB = 0, 1, 2, 3
_LOOKS = ("active", "hidden", "ignoreclick", "bgcolor", "activebgcolor", "textcolor", "bgoncolor")


@max_class("live.thisdevice")
class ThisDevice(MaxObject):
    """Bangs when the device is ready, and tells whether it is switched on."""

    outlets = 3

    def ready(self) -> None:
        """The device is loaded, or a preset is."""
        self.out(1, 1)
        self.out(0, "bang")

    def switched(self, on: bool) -> None:
        """The device's switch."""
        self.out(1, int(on))


class Parameter(MaxObject):
    """What Live saves, automates and shows on Push.

    Attributes:
        value: What it stands at.
    """

    def set_up(self) -> None:
        self.inlets, self.outlets = 1, self.parameter_outlets()
        saved = self.box.json.get("saved_attribute_attributes", {})
        self.settings: dict[str, Any] = saved.get("valueof", {})
        self.enabled = bool(self.box.json.get("parameter_enable", 0))
        self.kind = as_int(self.settings.get("parameter_type", _FLOAT))
        self.items = [str(each) for each in self.settings.get("parameter_enum", [])]
        self.value: Atom = self._initial()

    def parameter_outlets(self) -> int:
        """How many outlets it has."""
        return 2

    @property
    def long_name(self) -> str:
        """By which Live saves it."""
        return str(self.settings.get("parameter_longname", self.box.json.get("varname", "")))

    def restore(self, value: Atom | None = None) -> None:
        """Live sets the value it has saved, and the object puts it out."""
        self.value = self._initial() if value is None else self.fit(value)
        self.put_out()

    def fit(self, value: Atom) -> Atom:
        """A value within the range and of the kind."""
        if isinstance(value, str):
            if value not in self.items:
                raise PatchError(f"{self} has no item {value!r}.")
            return self.items.index(value)
        low, high = self._range()
        held = min(max(value, low), high)
        return float(held) if self.kind == _FLOAT else round(held)

    def put_out(self) -> None:
        """The value, from right to left: raw, then as it is meant."""
        self.out(1, as_float(self.value))
        self.out(0, self.value)

    def number(self, inlet: int, value: Atom) -> None:
        self.value = self.fit(value)
        self.put_out()

    def bang(self, inlet: int) -> None:
        self.put_out()

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector == "set":
            self.value = self.fit(rest[0])
        elif selector == "_parameter_range":
            self.items = [str(each) for each in rest]
        elif selector == "outputvalue":
            self.put_out()
        elif selector == "init":
            self.restore()
        elif selector not in _LOOKS:
            self.refuse(inlet, (selector, *rest))

    def _range(self) -> tuple[float, float]:
        if self.kind == _ENUM:
            return 0, max(0, len(self.items) - 1)
        default = 127.0 if self.kind == _FLOAT else 127
        return (
            self.settings.get("parameter_mmin", 0.0),
            self.settings.get("parameter_mmax", default),
        )

    def _initial(self) -> Atom:
        initial: list[Atom] = self.settings.get("parameter_initial", [])
        if not initial or not self.settings.get("parameter_initial_enable", 0):
            return self.fit(self._range()[0])
        return self.fit(initial[0])


@max_class("live.dial", "live.numbox", "live.slider")
class Knob(Parameter):
    """A number."""


@max_class("live.menu", "live.tab")
class Choice(Parameter):
    """One of several: its number, its name, and the raw value."""

    def parameter_outlets(self) -> int:
        return 3

    def put_out(self) -> None:
        self.out(2, as_float(self.value))
        number = as_int(self.value)
        if number < len(self.items):
            self.out(1, self.items[number])
        self.out(0, number)


@max_class("live.text", "live.toggle", "live.button")
class Button(Parameter):
    """A switch (0 or 1), or a button that bangs."""

    def set_up(self) -> None:
        super().set_up()
        name = self.box.name
        self.bangs = name == "live.button" or (name == "live.text" and not self._mode())
        self.text = str(self.box.json.get("text", ""))
        if name != "live.text":
            self.outlets = 1

    def restore(self, value: Atom | None = None) -> None:
        if not self.bangs:
            super().restore(value)

    def press(self) -> None:
        """A click, or a mapped pad."""
        if self.bangs:
            self.out(0, "bang")
        else:
            self.value = 0 if self.value else 1
            self.put_out()

    def put_out(self) -> None:
        if self.outlets == 2:
            self.out(1, as_float(self.value))
        self.out(0, as_int(self.value))

    def number(self, inlet: int, value: Atom) -> None:
        if self.bangs:
            self.out(0, "bang")
        else:
            super().number(inlet, value)

    def bang(self, inlet: int) -> None:
        self.press()

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector == "outputvalue":
            # A button has no value to put out, and must not be pressed by being asked.
            if not self.bangs:
                self.put_out()
        elif selector in ("text", "texton"):
            self.text = " ".join(map(str, rest))
        else:
            super().anything(inlet, selector, rest)

    def _range(self) -> tuple[float, float]:
        return 0, 1

    def _mode(self) -> int:
        return as_int(self.box.json.get("mode", 1))


@max_class("pattr")
class Pattr(Passing):
    """A value that the Set keeps, where it is a parameter that is stored."""

    outlets = 3
    known_attributes = ("bindto", "autorestore", "parameter_enable", "default_active", "invisible")

    def set_up(self) -> None:
        saved = self.box.json.get("saved_attribute_attributes", {})
        self.settings: dict[str, Any] = saved.get("valueof", {})
        self.enabled = bool(self.box.json.get("parameter_enable", 0))
        initial: list[Atom] = self.settings.get("parameter_initial", [])
        self.initial: Message = tuple(initial)
        self.value: Message = self.initial

    @property
    def long_name(self) -> str:
        """By which Live saves it."""
        return str(self.settings.get("parameter_longname", self.arguments[0]))

    def restore(self, value: Message | None = None) -> None:
        """Live sets the value it has saved."""
        self.value = self.initial if value is None else value
        if self.value:
            self.out(0, *self.value)

    def take(self, inlet: int, message: Message) -> None:
        if message != BANG:
            self.value = message[1:] if message[0] == "set" else message
        if message[0] != "set" and self.value:
            self.out(0, *self.value)


@max_class("js")
class Script(Passing):
    """The device's script, in Node; it is reached from the main thread only."""

    def set_up(self) -> None:
        self.inlets, self.outlets = self.box.inlets, self.box.outlets
        self.file = str(self.arguments[0])

    def loaded(self) -> None:
        made = self.patch.load_script(self.file, self.arguments[1:], self.spoke)
        if made != (self.inlets, self.outlets):
            raise PatchError(f"{self}: the script has {made} inlets and outlets.")

    def spoke(self, outlet: int, message: Message) -> None:
        """The script has put something out."""
        if not message:
            raise PatchError(f"{self} put out nothing.")
        self.out(outlet, *message)

    def take(self, inlet: int, message: Message) -> None:
        if not self.patch.queues.main_thread:
            words = " ".join(map(str, message))
            raise PatchError(f"{self} got {words!r} from the scheduler; put a deferlow there.")
        self.patch.to_script(inlet, message)
