"""A machine without a MIDI system: the engine goes on, and says which keys are no use there."""

from __future__ import annotations

import pytest

from bridge.core.settings import JamSettings, MidiSettings, PlayerSettings, PlayerSetup
from bridge.engine import timekeeper_process
from bridge.engine.timekeeper import EngineSetup
from bridge.errors import TransportError


def no_midi(*_ports: object) -> None:
    raise TransportError("This machine has no MIDI system.", "Start JACK.")


def test_the_keys_that_ask_for_ports_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeper_process, "MidiPorts", no_midi)
    own = PlayerSettings()
    players = (PlayerSetup("page", own), PlayerSetup("keys", own, ("in",), ("out",)))
    jam = JamSettings(players=players, midi=MidiSettings(clock_input="beat"))
    ports, problems = timekeeper_process.open_ports(EngineSetup("127.0.0.1", 0, jam, (), 1, 1))
    assert ports is None
    assert [str(problem) for problem in problems] == [
        "This machine has no MIDI system. No use without it:"
        " players.2.input, players.2.output, midi.clock_input. Start JACK."
    ]


def test_players_without_ports_ask_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeper_process, "MidiPorts", no_midi)
    jam = JamSettings(players=(PlayerSetup("page", PlayerSettings()),))
    setup = EngineSetup("127.0.0.1", 0, jam, (), 1, 1)
    assert timekeeper_process.open_ports(setup) == (None, [])
