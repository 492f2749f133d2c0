"""The panel: whole pixels, 169 of them high, nothing over anything else, texts that fit."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from bridge import errors
from m4l_devices.magenta_jam import device as magenta_jam
from m4l_devices.magenta_jam.controls import _FACES
from m4l_devices.magenta_jam.panel import HEIGHT_PX, LABELS, PLACES, SCORE, STATUS, WIDTH_PX
from m4l_devices.magenta_jam.parameters import PARAMETERS
from tests.device.device_patch import device_graph

SHOWN = [box for box in device_graph().boxes.values() if box.get("presentation")]
JS = Path(magenta_jam.__file__).parent / "js"
LETTER_PX = 5.6
"""A letter of Live's font at 10 points, on average; capitals are wider, l and i narrower."""


def test_all_lies_on_the_panel_in_whole_pixels():
    assert HEIGHT_PX == 169
    for box in SHOWN:
        x, y, width, height = rect = box["presentation_rect"]
        assert all(isinstance(each, int) for each in rect)
        assert x >= 0
        assert y >= 0
        assert width > 0
        assert height > 0
        assert x + width <= WIDTH_PX
        assert y + height <= HEIGHT_PX


def test_nothing_lies_over_anything_else():
    for one, other in combinations(SHOWN, 2):
        x, y, width, height = one["presentation_rect"]
        x2, y2, width2, height2 = other["presentation_rect"]
        apart = x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
        assert apart, (one.get("varname", one.get("text")), other.get("varname", other.get("text")))


def test_every_parameter_has_its_place():
    assert set(PLACES) == {parameter.name for parameter in PARAMETERS}


@pytest.mark.parametrize("parameter", PARAMETERS, ids=[each.name for each in PARAMETERS])
def test_its_texts_fit(parameter):
    width = PLACES[parameter.name].width
    if parameter.box == "live.tab":
        assert max(map(len, parameter.items)) * LETTER_PX <= width / len(parameter.items)
    elif parameter.box == "live.menu":
        arrow_px = 14
        assert max(map(len, parameter.items)) * LETTER_PX <= width - arrow_px
    elif parameter.box == "live.text":
        assert len(_FACES.get(parameter.name, parameter.short)) * LETTER_PX <= width - 4
    elif parameter.box == "live.numbox":
        digits = max(len(str(int(parameter.low))), len(str(int(parameter.high))))
        assert digits * LETTER_PX <= width - 4
    else:
        assert len(parameter.short) * LETTER_PX <= width


def test_labels_and_the_longest_sentences_fit():
    for label in LABELS:
        assert len(label.text) * LETTER_PX <= label.rect.width
    source = "".join(path.read_text(encoding="utf-8") for path in JS.glob("*.js"))
    sentences = re.findall(r'"([A-Z][^"]{8,})"', source)
    assert len(sentences) > 25
    assert max(map(len, sentences)) * LETTER_PX <= STATUS.width
    score = "call -12.34 answer -12.34 nats/step seed 2147483647"
    assert len(score) * LETTER_PX <= SCORE.width


def test_every_error_with_a_sentence_of_its_own_is_one_the_engine_knows():
    table = (JS / "status.js").read_text(encoding="utf-8").split("var ERRORS = {")[1].split("}")[0]
    codes = {int(code) for code in re.findall(r"^\s+(\d+):", table, re.MULTILINE)}
    known = {
        each.wire_code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.BridgeError)
    }
    assert len(codes) > 10
    assert codes <= known
