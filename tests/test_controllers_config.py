"""The sections controls and metronome of a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.config import load_config
from bridge.core.bindings import Binding, ControlSettings, MetronomeSettings
from bridge.core.bindingtext import yaml_line
from bridge.errors import ConfigError


def loaded(folder: Path, text: str) -> ControlSettings:
    file = folder / "jam.yaml"
    file.write_text(text)
    return load_config(file).engine.jam.controls


def test_bindings_ports_and_metronome_are_read(tmp_path: Path) -> None:
    text = """
controls:
  inputs: [knobs]
  output: lamps
  bindings:
    - {role: temperature, player: 2, controller: 6, channel: 1, low: 0.5, high: 1.5}
    - {role: go, note: 36, channel: 10, port: pads}
    - {role: state, player: 1, controller: 9}
metronome: {output: clicks, channel: 2, velocity: 0}
"""
    assert loaded(tmp_path, text) == ControlSettings(
        inputs=("knobs",),
        output="lamps",
        bindings=(
            Binding("temperature", 2, controller=6, channel=0, low=0.5, high=1.5),
            Binding("go", note=36, channel=9, port="pads"),
            Binding("state", controller=9),
        ),
        metronome=MetronomeSettings("clicks", 1, 0),
    )


@pytest.mark.parametrize(
    "binding",
    [
        Binding("temperature", 2, controller=6, channel=0, low=0.5, high=1.5),
        Binding("panic", 0, note=127, channel=15, port='a "port" \\ of mine'),
        Binding("clock", controller=1),
        Binding("bundle", controller=8, bundles=("session_melody", "groove_drums")),
    ],
)
def test_the_line_that_is_told_after_learning_gives_the_same_binding(
    tmp_path: Path, binding: Binding
) -> None:
    text = f"controls:\n  bindings:\n    {yaml_line(binding)}\n"
    assert loaded(tmp_path, text).bindings == (binding,)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("{role: go, controller: 200}", "controller is 200; it must be a whole number"),
        ("{role: go, controller: 2, channel: 0}", "channel is 0; it must be a whole number from 1"),
        ("{role: dance, controller: 2}", "role is 'dance', which is no role"),
        ("{controller: 2}", "entry 1 has no role"),
        ("{role: go, contoller: 2}", "entry 1 has no key contoller"),
        ("{role: go}", "must name either a controller or a note"),
        ("{role: go, controller: 2, note: 3}", "must name either a controller or a note"),
        ("{role: bundle, note: 3}", "a note has no position"),
        ("{role: loop, player: 0, controller: 3}", "only buttons know"),
        ("{role: go, controller: 3, low: 0, high: 1}", "go has no range"),
        ("{role: temperature, controller: 3, low: 0.5}", "both low and high"),
        ("{role: temperature, controller: 3, low: 0, high: 1}", "low is 0; for temperature"),
        ("{role: go, controller: 3, bundles: [groove_drums]}", "chooses no bundle"),
        ("{role: bundle, controller: 3, bundles: [nowhere]}", "chooses 'nowhere'"),
        ("{role: state, controller: 3}", "has no port for it"),
        ("go", "entry 1 is 'go'"),
    ],
)
def test_a_mistake_is_told_with_the_entry(tmp_path: Path, entry: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, f"controls:\n  bindings:\n    - {entry}\n")
    assert sentence in caught.value.message
    assert "controls.bindings" in caught.value.message
    assert caught.value.hint


def test_no_list_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="list of 0 to 512"):
        loaded(tmp_path, "controls:\n  bindings: 5\n")
