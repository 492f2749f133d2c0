"""Rows of the address book: what a player hears, where it sounds, and what some models do."""

from __future__ import annotations

from bridge.core.address_form import INT_MAX, ON, parameter, whole

_CHANNELS = "Channel 1 to 16; 0 = "
_PORTS = "Bit 0 for port 1 to bit 30 for port 31; 0 = "

ROUTE_SPECS = (
    parameter("mute", ON, "The player's answers do not sound; who listens to it hears them."),
    parameter("solo", ON, "While any player has it, only the answers of those that do sound."),
    parameter("mute_input", ON, "The player's own keys are not heard by its model."),
    parameter(
        "passthrough", ON, "The player's own keys sound at once on the MIDI ports that it plays on."
    ),
    parameter(
        "input_channel",
        whole("value", 0, 16, "MIDI channel", _CHANNELS + "all"),
        "Which of the player's own keys count.",
    ),
    parameter(
        "output_channel",
        whole("value", 0, 16, "MIDI channel", _CHANNELS + "that of the call"),
        "Where its answers, and keys that are passed through, sound.",
    ),
    parameter(
        "input_ports",
        whole("value", 0, INT_MAX, "", _PORTS + "its own; for a device none"),
        "The MIDI inputs that it hears.",
    ),
    parameter(
        "output_ports",
        whole("value", 0, INT_MAX, "", _PORTS + "its own; for a device none"),
        "The MIDI outputs that it plays on, a device beside its own track.",
    ),
)

FAMILY_SPECS = (
    parameter("condition_on_primer", ON, "Polyphony alone: the model hears the call."),
    parameter(
        "inject_primer", ON, "Polyphony alone: the call sounds along in the answer, harmonised."
    ),
)
