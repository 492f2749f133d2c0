"""The table from magenta_midi to here: every old flag has its row, and what a row names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bridge.config import load_config
from bridge.core.controls import ROLES
from bridge.core.settings import PlayerSettings
from bridge.paths import data_folder

PAGE = (Path(__file__).parents[1] / "docs" / "from-magenta-midi.md").read_text(encoding="utf-8")
CONFIGS = data_folder("configs")
FLAGS = [
    "list_ports",
    "input_ports",
    "output_ports",
    "passthrough",
    "bundle_files",
    "generator_select_control_number",
    "qpm",
    "tempo_control_number",
    "clock_control_number",
    "end_call_control_number",
    "panic_control_number",
    "mutate_control_number",
    "min_listen_ticks_control_number",
    "max_listen_ticks_control_number",
    "response_ticks_control_number",
    "temperature_control_number",
    "loop_control_number",
    "state_control_number",
    "allow_overlap",
    "enable_metronome",
    "metronome_channel",
    "playback_channel",
    "playback_offset",
    "learn_controls",
    "log",
]
AI_JAM = ("state text", "call length", "response length", "loop", "solo", "mute input", "stop")
AI_JAM += ("mutate", "temperature", "RNN choice", "metronome volume", "piano or drums")
TWELVE = {
    "clock": 1,
    "end_call": 2,
    "call_min_bars": 3,
    "call_max_bars": 4,
    "answer_bars": 5,
    "temperature": 6,
    "tempo": 7,
    "bundle": 8,
    "state": 9,
    "loop": 10,
    "panic": 11,
    "mutate": 12,
}


def old_words() -> str:
    """The left column of the page's tables."""
    return "\n".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| "))


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_has_a_row(flag: str) -> None:
    assert f"`{flag}`" in old_words()


@pytest.mark.parametrize("control", AI_JAM)
def test_every_control_of_ai_jam_has_a_row(control: str) -> None:
    assert control in old_words()


def test_every_role_and_parameter_that_is_named_exists() -> None:
    roles = set(re.findall(r"roles? `(\w+)`", PAGE)) | set(re.findall(r"and `(call_\w+)`", PAGE))
    assert roles >= set(TWELVE)
    assert roles <= set(ROLES)
    for name in re.findall(r"`(\w+)` of (?:a|the) player", PAGE):
        assert hasattr(PlayerSettings(), name)
    for section, key in re.findall(r"`(midi|clock|bundles|engine)\.(\w+)`", PAGE):
        assert key in yaml.safe_load((CONFIGS / "default.yaml").read_text("utf-8"))[section]


def test_the_preset_has_the_old_twelve_numbers() -> None:
    bound = load_config(CONFIGS / "magenta_midi_compat.yaml").engine.jam.controls.bindings
    assert {one.role: one.controller for one in bound} == TWELVE


def test_the_pages_preset_has_the_numbers_that_the_page_sends() -> None:
    bound = load_config(CONFIGS / "ai_jam_page.yaml").engine.jam.controls.bindings
    numbers = {one.role: one.controller for one in bound}
    assert numbers.items() <= TWELVE.items()
    assert set(TWELVE) - set(numbers) == {"end_call", "tempo", "state"}
