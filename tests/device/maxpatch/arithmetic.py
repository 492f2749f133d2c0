"""Operators and ``expr``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable

from tests.device.maxpatch.atoms import BANG, Atom, Message, PatchError, as_float, as_int, like
from tests.device.maxpatch.objects import MaxObject, max_class

Number = int | float


def _divide(a: Number, b: Number) -> Number:
    if b == 0:
        return 0 if isinstance(a, int) and isinstance(b, int) else 0.0
    return math.trunc(a / b) if isinstance(a, int) and isinstance(b, int) else a / b


def _remainder(a: Number, b: Number) -> Number:
    """As in C: the sign is that of ``a``."""
    if b == 0:
        return 0
    found = math.fmod(a, b)
    return int(found) if isinstance(a, int) and isinstance(b, int) else found


_SAME: dict[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
    "maximum": max,
    "minimum": min,
}
_BITS: dict[str, Callable[[int, int], int]] = {
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
}
_TRUTH: dict[str, Callable[[Number, Number], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    "&&": lambda a, b: bool(a) and bool(b),
    "||": lambda a, b: bool(a) or bool(b),
}


@max_class(*_SAME, *_TRUTH)
class Operator(MaxObject):
    """Two numbers; the left inlet makes it count. A float argument makes it count in floats."""

    inlets = 2

    def set_up(self) -> None:
        self.right: Atom = self.arguments[0] if self.arguments else 0
        self.left = like(self.right, 0)
        self.outlets = 2 if self.box.name in ("maximum", "minimum") else 1

    def number(self, inlet: int, value: Atom) -> None:
        if inlet:
            self.right = like(self.right, value)
            return
        self.left = like(self.right, value)
        self.bang(0)

    def bang(self, inlet: int) -> None:
        if inlet or isinstance(self.left, str) or isinstance(self.right, str):
            self.refuse(inlet, BANG)
        elif self.box.name in _TRUTH:
            self.out(0, int(_TRUTH[self.box.name](self.left, self.right)))
        else:
            if self.outlets == 2:
                self.out(1, int(_SAME[self.box.name](self.left, self.right) != self.left))
            self.out(0, like(self.right, _SAME[self.box.name](self.left, self.right)))


_INPUT = re.compile(r"\$([if])(\d)")
_LEXER = re.compile(
    r"\s*(?:(\d+\.\d*|\.\d+|\d+)|([A-Za-z_]\w*)|(\$[if]\d)"
    r"|(\|\||&&|<<|>>|[<>=!]=|[-+*/%<>()!,&|^]))"
)
_LEVELS = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", ">", "<=", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_FUNCTIONS: dict[str, Callable[..., Number]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "int": lambda a: math.trunc(a),
    "float": lambda a: float(a),
    "pow": pow,
    "floor": lambda a: float(math.floor(a)),
    "ceil": lambda a: float(math.ceil(a)),
}


class Expression:
    """A formula of ``expr``, with C's order of operators and C's ints.

    Raises:
        PatchError: It is no formula.
    """

    def __init__(self, text: str) -> None:
        self._tokens = self._lex(text.replace("\\", ""))
        self._at = 0
        self._values: dict[str, Number] = {}

    def value(self, values: dict[str, Number]) -> Number:
        """Its value for inputs by name, as ``$i1``."""
        self._at, self._values = 0, values
        result = self._level(0)
        if self._at != len(self._tokens):
            raise PatchError(f"expr: {self._tokens[self._at :]} is left over.")
        return result

    @staticmethod
    def _lex(text: str) -> list[str]:
        tokens, at = [], 0
        text = text.rstrip()
        while at < len(text):
            match = _LEXER.match(text, at)
            if match is None:
                raise PatchError(f"expr: {text[at:]!r} is not understood.")
            tokens.append(match.group().strip())
            at = match.end()
        return tokens

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _level(self, level: int) -> Number:
        if level == len(_LEVELS):
            return self._factor()
        value = self._level(level + 1)
        while self._peek() in _LEVELS[level]:
            name = self._next()
            right = self._level(level + 1)
            value = self._combine(name, value, right)
        return value

    @staticmethod
    def _combine(name: str, left: Number, right: Number) -> Number:
        if name in _TRUTH:
            return int(_TRUTH[name](left, right))
        if name not in _BITS:
            return _SAME[name](left, right)
        if isinstance(left, float) or isinstance(right, float):
            raise PatchError(f"expr: {name} of a float.")
        return _BITS[name](left, right)

    def _factor(self) -> Number:
        token = self._next()
        if token == "-":
            return -self._factor()
        if token == "!":
            return int(not self._factor())
        if token == "(":
            value = self._level(0)
            self._expect(")")
            return value
        if token.startswith("$"):
            return self._values[token]
        if token in _FUNCTIONS:
            return _FUNCTIONS[token](*self._arguments())
        if token[:1].isdigit() or token.startswith("."):
            return float(token) if "." in token else int(token)
        raise PatchError(f"expr: {token!r} is not understood.")

    def _arguments(self) -> list[Number]:
        self._expect("(")
        found = [self._level(0)]
        while self._peek() == ",":
            self._next()
            found.append(self._level(0))
        self._expect(")")
        return found

    def _expect(self, wanted: str) -> None:
        if (token := self._next()) != wanted:
            raise PatchError(f"expr: {token!r} where {wanted!r} should be.")


@max_class("expr")
class Expr(MaxObject):
    """A formula of its inlets; the left one makes it count."""

    def set_up(self) -> None:
        formula = self.box.text.split(None, 1)[1]
        kinds = {int(number): kind for kind, number in _INPUT.findall(formula)}
        self.inlets = max(kinds, default=1)
        self.kinds = [kinds.get(number + 1, "i") for number in range(self.inlets)]
        self.values: list[Number] = [0 if kind == "i" else 0.0 for kind in self.kinds]
        self.expression = Expression(formula)

    def number(self, inlet: int, value: Atom) -> None:
        self.values[inlet] = as_int(value) if self.kinds[inlet] == "i" else as_float(value)
        if inlet == 0:
            self.bang(0)

    def bang(self, inlet: int) -> None:
        if inlet:
            self.refuse(inlet, BANG)
        names = (f"${kind}{number}" for number, kind in enumerate(self.kinds, 1))
        self.out(0, self.expression.value(dict(zip(names, self.values, strict=True))))

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        self.refuse(inlet, (selector, *rest))
