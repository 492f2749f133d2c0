"""The device and the address book: each says what the other knows, in the right direction."""

from __future__ import annotations

import re
from pathlib import Path

from bridge.core.address_book import PROTOCOL_VERSION, SPECS, Direction
from m4l_devices.magenta_jam import device as magenta_jam
from m4l_devices.magenta_jam.script import script_text
from m4l_devices.magenta_jam.wiring import ENGINE_PORT
from tests.device.device_patch import device_graph

UNUSED = {
    "/note": "the device stamps its notes with the song position: /note/at",
    "/end_call": "Go ends a call too, and does more",
    "/param/call_min_bars": "for controllers of old sets; the device has what players need",
    "/param/call_max_bars": "the same",
    "/param/mode": "the device's modes are made of other knobs; this one is set elsewhere",
    "/param/wake_bars": "a guard: set in a configuration, by a command or on the page",
    "/param/same_answers": "a guard",
    "/param/max_notes_per_beat": "a guard",
    **dict.fromkeys(
        (
            "/param/mute",
            "/param/solo",
            "/param/mute_input",
            "/param/passthrough",
            "/param/input_channel",
            "/param/output_channel",
            "/param/input_ports",
            "/param/output_ports",
        ),
        "Live mutes, solos and routes tracks by itself; these are for jams with MIDI ports",
    ),
    "/param/condition_on_primer": "for polyphony alone: set elsewhere",
    "/param/inject_primer": "the same",
    "/tempo": "the tempo of Live is Live's; the message is for jams without it",
}
"""Messages to the engine that this device never sends, and why."""
OWN = {"/port_proof"}
"""What the device sends to itself."""

JS = Path(magenta_jam.__file__).parent / "js"
SCRIPT = script_text()
GRAPH = device_graph()
BOOK = {spec.address: spec.direction for spec in SPECS}


def of_script() -> set[str]:
    """Addresses that the script sends to the engine."""
    found = set(re.findall(r'toEngine\("(/[^"]+)"', SCRIPT)) - {"/param/"}
    table = SCRIPT.split("function parameters()")[1].split("return {")[1].split("};")[0]
    return found | {f"/param/{name}" for name in re.findall(r"^ {8}(\w+):", table, re.MULTILINE)}


def of_patch() -> set[str]:
    """Addresses that the patch sends to the engine."""
    texts = [GRAPH.text(name) for name in GRAPH.boxes]
    return {text.split()[1] for text in texts if text.startswith("prepend /")} - OWN


def heard() -> set[str]:
    """Addresses that the patch or the script takes."""
    [timed] = [GRAPH.text(name) for name in GRAPH.boxes if GRAPH.text(name).startswith("route /")]
    main = (JS / "main.js").read_text(encoding="utf-8")
    return (set(timed.split()[1:]) | set(re.findall(r'(?<!toEngine\()"(/[^"]+)"', main))) - OWN


def test_every_message_to_the_engine_is_sent_or_unused_for_a_reason():
    to_engine = {address for address, way in BOOK.items() if way is not Direction.TO_DEVICE}
    assert of_script() | of_patch() == to_engine - set(UNUSED)


def test_every_message_to_the_device_is_taken():
    assert heard() == {address for address, way in BOOK.items() if way is not Direction.TO_ENGINE}


def test_no_other_address_stands_anywhere():
    written = set(re.findall(r'"(/[a-z][^"]*)"', SCRIPT)) - {"/param/"}
    assert written <= set(BOOK) | OWN


def test_the_constants_are_the_engines():
    assert f"var PROTOCOL = {PROTOCOL_VERSION};" in SCRIPT
    senders = [GRAPH.text(name) for name in GRAPH.of_class("udpsend")]
    assert senders.count(f"udpsend 127.0.0.1 {ENGINE_PORT}") == 2


def test_the_clock_has_its_fourteen_values_and_the_stamped_note_its_five():
    texts = [GRAPH.text(name) for name in GRAPH.boxes]
    counts = {
        address: len(next(spec for spec in SPECS if spec.address == address).arguments)
        for address in ("/clock", "/note/at", "/n", "/heartbeat")
    }
    packs = [len(text.split()) - 1 for text in texts if text.startswith("pack ")]
    assert {counts["/clock"], counts["/note/at"], counts["/heartbeat"]} <= set(packs)
    assert f"unpack{' 0' * counts['/n']}" in texts
