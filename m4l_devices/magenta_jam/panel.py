"""What is seen of the device in Live: a panel of 169 px, and where each control lies on it."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH_PX, HEIGHT_PX = 684, 169
_ROW_PX, _FIELD_PX = 21, 15


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in whole pixels, from the panel's upper left corner."""

    x: int
    y: int
    width: int
    height: int

    def as_list(self) -> list[int]:
        """As Max writes it."""
        return [self.x, self.y, self.width, self.height]


@dataclass(frozen=True, slots=True)
class Label:
    """A word beside a control that does not show its name itself."""

    text: str
    rect: Rect


STATUS = Rect(6, 6, 374, 16)
SCORE = Rect(384, 6, 294, 16)
PLAYER = Rect(510, 149, 168, 16)

_DIALS = ("temperature", "density", "feel", "register_bias", "variety")
_BUTTON_ROWS = (("go", "again", "mutate", "keep"), ("extend", "vary", "solo", "panic"))
_COLUMNS = (
    (
        262,
        44,
        92,
        (
            ("bundle", "Model"),
            ("answer_bars", "Answer"),
            ("memory_bars", "Memory"),
            ("listen", "Listen"),
            ("scale", "Scale"),
            ("lock", "Lock"),
        ),
    ),
    (
        406,
        44,
        52,
        (
            ("call_bars", "Call"),
            ("silence_bars", "Silence"),
            ("candidates", "Best of"),
            ("seed", "Seed"),
            ("count", "Clips"),
        ),
    ),
    (
        510,
        40,
        56,
        (("key_low", "Key"), ("key_count", "Keys"), ("port", "Port"), ("token", "Token")),
    ),
)
"""Of each column of fields: its left edge, width of the labels and of the fields, the fields."""

_TOP_PX = 30


def _fields() -> tuple[dict[str, Rect], list[Label]]:
    places: dict[str, Rect] = {}
    labels: list[Label] = []
    for x, label_px, field_px, fields in _COLUMNS:
        for row, (name, text) in enumerate(fields):
            y = _TOP_PX + row * _ROW_PX
            labels.append(Label(text, Rect(x, y, label_px, _FIELD_PX)))
            places[name] = Rect(x + label_px, y, field_px, _FIELD_PX)
    return places, labels


def _places() -> tuple[dict[str, Rect], tuple[Label, ...]]:
    places, labels = _fields()
    for index, name in enumerate(_DIALS):
        places[name] = Rect(6 + 50 * index, 27, 46, 48)
    places["mode"] = Rect(6, 82, 246, 20)
    for row, names in enumerate(_BUTTON_ROWS):
        for index, name in enumerate(names):
            places[name] = Rect(6 + 62 * index, 109 + 28 * row, 60, 22)
    places["top_p"] = Rect(614, 27, 46, 48)
    places["clips"] = Rect(614, 82, 64, 22)
    host_y = _TOP_PX + 4 * _ROW_PX
    labels.append(Label("Engine", Rect(510, host_y, 40, _FIELD_PX)))
    for index in range(4):
        places[f"host{index + 1}"] = Rect(550 + 32 * index, host_y, 31, _FIELD_PX)
    return places, tuple(labels)


PLACES, LABELS = _places()
"""Where each parameter lies, by name; and the words between them."""
