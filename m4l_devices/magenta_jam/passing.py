"""What comes in from the track: through to the instrument, and to the engine.

The way through has nothing in front of it but a gate that stands open, so that MIDI sounds with the
engine away and the script dead. Only when trigger keys are set do messages take the second way,
where the notes of those keys are held back; raw bytes, MPE and all, take the first.
"""

from __future__ import annotations

from m4l_devices.patcher import Box, Patch

_NOTE_STATUS = "($i1 & 224) != 128"
"""True for a status byte that is neither note-on nor note-off."""

_COMMAND_KEYS = ("go", "again", "mutate", "keep", "panic_button")
"""What the trigger keys do, from the lowest up; any further key is another go."""


def add_passing(patch: Patch) -> None:
    """The way through, the notes to the engine and the trigger keys."""
    patch.section("MIDI in")
    split = patch.obj("t i i")
    patch.chain(patch.obj("midiin"), split)
    patch.cord(split, 1, _add_way_through(patch), 1)
    _add_notes_to_engine(patch, split)


def _add_way_through(patch: Patch) -> Box:
    patch.section("through, whatever happens")
    ways = patch.obj("gate 2 1")
    flush = patch.obj("midiflush")
    patch.cord(ways, 0, flush)
    patch.chain(flush, patch.obj("midiout"))

    # Which way: 0 none (solo), 1 all, 2 all but the trigger keys. Keys held while it changes would
    # lose their note-off, so they end first.
    way = patch.obj("expr (1 + ($i1 > 0)) * ($i2 == 0)")
    solo = patch.obj("t b i")
    changed, order = patch.obj("change 1"), patch.obj("t i b")
    patch.chain(patch.receive("key_count"), way, changed, order, ways)
    patch.chain(patch.receive("solo"), solo, way)
    patch.cord(solo, 1, way, 1)
    patch.cord(order, 1, flush)
    patch.chain(patch.receive("end_through"), flush)

    patch.section("through, but for the trigger keys")
    event = patch.obj("midiparse")
    message = patch.obj("route midievent")
    twice, bytes_in = patch.obj("t l l"), patch.obj("unpack 0 0")
    passes = patch.obj(f"expr ({_NOTE_STATUS}) || ($i2 < $i3) || ($i2 >= $i3 + $i4)")
    gate = patch.obj("gate 1")
    patch.cord(ways, 1, event)
    patch.cord(event, 7, message)
    patch.chain(message, twice)
    patch.cord(twice, 1, bytes_in)
    patch.cord(bytes_in, 1, passes, 1)
    patch.chain(bytes_in, passes, gate)
    patch.cord(twice, 0, gate, 1)
    patch.chain(gate, patch.obj("iter"), flush)
    patch.cord(patch.receive("key_low"), 0, passes, 2)
    patch.cord(patch.receive("key_count"), 0, passes, 3)
    return ways


def _add_notes_to_engine(patch: Patch, midi: Box) -> None:
    patch.section("notes to the engine, with their song position")
    parse, note = patch.obj("midiparse"), patch.obj("t l b")
    patch.cord(midi, 0, parse)
    patch.chain(parse, note)
    at = patch.obj("expr int($f1 + 0.0005)")
    transport = patch.obj("transport")
    whole = patch.obj("pack 0 0 0 0 0")
    patch.cord(note, 1, transport)
    patch.cord(transport, 7, at)
    patch.cord(at, 0, whole, 4)
    channel = patch.obj("- 1")
    patch.cord(parse, 6, channel)
    patch.cord(channel, 0, whole, 3)

    pair, velocity, pitch = patch.obj("unpack 0 0"), patch.obj("t i i"), patch.obj("t i i i")
    patch.chain(note, pair, pitch)
    patch.cord(pair, 1, velocity)
    patch.cord(velocity, 1, whole, 2)
    patch.cord(pitch, 2, whole, 1)
    is_key = patch.obj("expr 1 + (($i1 >= $i2) && ($i1 < $i2 + $i3))")
    ways = patch.obj("gate 2 1")
    patch.cord(pitch, 1, is_key)
    patch.chain(is_key, ways)
    patch.cord(pitch, 0, ways, 1)
    patch.cord(patch.receive("key_low"), 0, is_key, 1)
    patch.cord(patch.receive("key_count"), 0, is_key, 2)

    # Closed while a launched clip is the call: the script has sent that clip already.
    hear, device = patch.obj("gate 1 1"), patch.obj("i")
    bang = patch.obj("t b")
    patch.chain(patch.receive("hear"), hear)
    patch.cord(ways, 0, hear, 1)
    patch.chain(hear, bang, device, whole, patch.obj("prepend /note/at"), patch.send("out"))
    patch.cord(patch.receive("device"), 0, device, 1)
    _add_trigger_keys(patch, ways, velocity)


def _add_trigger_keys(patch: Patch, ways: Box, velocity: Box) -> None:
    patch.section("trigger keys")
    struck, pressed = patch.obj("> 0"), patch.obj("gate 1")
    patch.chain(velocity, struck, pressed)
    patch.cord(ways, 1, pressed, 1)
    number = patch.obj("- 36")
    patch.cord(patch.receive("key_low"), 0, number, 1)
    which = patch.obj("sel " + " ".join(str(each) for each in range(len(_COMMAND_KEYS))))
    patch.chain(pressed, number, which)
    for outlet, command in enumerate(_COMMAND_KEYS):
        patch.cord(which, outlet, patch.send(command))
    other = patch.obj("t b")
    patch.cord(which, len(_COMMAND_KEYS), other)
    patch.chain(other, patch.send("go"))
