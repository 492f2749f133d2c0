"""The address book: every OSC message between a device and the engine, as one table.

`bridge.core.protocol` checks each message against it in both directions, and `docs/protocol.md` is
generated from it (`python docs/generate.py`). Rules that hold for all of it:

* Arguments are int32 and float32 only. A string would stay in Live's symbol table for ever.
* Ticks are Live's: 480 a beat, int32. A float32 can't hold a song position well enough.
* A datagram is at most `MAX_DATAGRAM_BYTES`.
* A device names itself by ``device``, because Max sends from several source ports.
"""

from __future__ import annotations

from bridge.core.address_form import DEVICE as _DEVICE
from bridge.core.address_form import INT_MAX, INT_MIN, Argument, Direction, MessageSpec
from bridge.core.address_form import ON as _ON
from bridge.core.address_form import parameter as _parameter
from bridge.core.address_form import real as _float
from bridge.core.address_form import whole as _int
from bridge.core.address_routes import FAMILY_SPECS, ROUTE_SPECS

__all__ = ["INT_MAX", "INT_MIN", "Argument", "Direction", "MessageSpec"]

PROTOCOL_VERSION = 1
MAX_DATAGRAM_BYTES = 1400
CLIP_NOTES_PER_CHUNK = 48
MAX_CLIP_CHUNKS = 62
"""A bitmap of two non-negative int32 acknowledges this many chunks: 2,976 notes."""
MAX_PLAYERS = 64
MAX_NAME_CHARACTERS = 64
MAX_MEMORY_BARS = 64
MAX_CLIPS_ASKED = 16
MAX_ASKED_BEATS = 1024.0
"""The longest clip that is made to order: 256 bars of 4/4."""

DIALS = (
    "temperature",
    "density",
    "feel",
    "register_bias",
    "variety",
    "top_p",
    "bundle",
    "answer_bars",
    "memory_bars",
    "listen",
    "call_bars",
    "silence_bars",
    "lock",
    "candidates",
    "seed",
)
"""Parameters that a device shows one by one, so that it can be told of them (``/told``)."""

_PORT = _int("reply_port", 1024, 65535, "", "UDP port on which the device has proved that it hears")
_EPOCH = _int("engine_epoch", 0, INT_MAX, "", "Number of this run of the engine; 0 = not known")
_PITCH = _int("pitch", 0, 127, "MIDI pitch", "60 is Live's C3")
_CHANNEL = _int("channel", 0, 15, "MIDI channel", "0 to 15")
_VELOCITY = _int("velocity", 0, 127, "MIDI velocity", "0 is a note-off")
_CLIP_ID = _int("clip", 0, INT_MAX, "", "Number of the clip, from 1 again after each /welcome")
_SONG = _int("song_ticks", INT_MIN, INT_MAX, "ticks", "Position in the song")
_ASK = _int("ask", 1, INT_MAX, "", "The device's own number of this wish, a new one for each")

FLAG_PLAYING, FLAG_LOOP, FLAG_TIMESTAMP = 1, 2, 4
CLIP_IS_CALL, CLIP_IS_ANSWER, CLIP_IS_MATERIAL, CLIP_IS_MADE = 0, 1, 2, 3
ASK_CONTINUE, ASK_VARY = 0, 1
TICK_FRACTIONS = 1000
"""The clock's sub-tick unit: a song position is ``song_ticks + tick_fraction / 1000``."""

_IN, _OUT, _BOTH = Direction.TO_ENGINE, Direction.TO_DEVICE, Direction.BOTH


def _command(name: str, meaning: str) -> MessageSpec:
    return MessageSpec(f"/{name}", _IN, (_DEVICE,), meaning)


SPECS: tuple[MessageSpec, ...] = (
    # --- link -------------------------------------------------------------------------------
    MessageSpec(
        "/hello",
        _IN,
        (
            _DEVICE,
            _int("protocol", 0, 9999, "", "Version of this table that the device was built with"),
            _PORT,
            _int("token", 0, INT_MAX, "", "Shared secret; 0 where the engine is on this machine"),
        ),
        "Ask for a link. Sent once a second until /welcome comes.",
    ),
    MessageSpec(
        "/welcome",
        _OUT,
        (
            _DEVICE,
            _int("engine_epoch", 1, INT_MAX, "", "Number of this run of the engine"),
            _int("protocol", 0, 9999, "", "Version of this table that the engine speaks"),
            _int("player", 1, MAX_PLAYERS, "", "Number of the device's player, for /param/listen"),
        ),
        "The link stands. The device now sends all its parameters and its clock.",
    ),
    MessageSpec(
        "/heartbeat",
        _BOTH,
        (_DEVICE, _PORT, _EPOCH),
        "Once a second from the device, echoed by the engine with its own epoch. Three missing: "
        "the peer is away. A strange epoch: say /hello again.",
    ),
    _command("goodbye", "The device is being removed."),
    MessageSpec(
        "/bundle",
        _OUT,
        (
            _int("bundle", 0, 127, "", "Place in the list of bundles"),
            _int("steps_per_quarter", 1, 96, "steps", "Grid of the model"),
            _int("drums", 0, 1, "", "1 plays drums, 0 plays pitches"),
        ),
        "The player's model is loaded and ready.",
    ),
    MessageSpec(
        "/bundle/name",
        _OUT,
        (
            _int("bundle", 0, 127, "", "Place in the list of bundles"),
            _int("count", 1, 128, "", "Length of the list"),
            _int("drums", -1, 1, "", "1 plays drums, 0 pitches, -1 not known before it is loaded"),
        ),
        "The name of a bundle on offer: one for each after /welcome, and again for /bundles.",
        group=(_int("char", 32, 65535, "", "A character of the name (UTF-16)"),),
        max_groups=MAX_NAME_CHARACTERS,
    ),
    _command("bundles", "Send the names of the bundles again: one was lost."),
    # --- time -------------------------------------------------------------------------------
    MessageSpec(
        "/clock",
        _IN,
        (
            _DEVICE,
            _int("clock_epoch", 0, INT_MAX, "", "Counts starts, locates and device loads"),
            _int("seq", 0, INT_MAX, "", "Counts the clock messages of an epoch"),
            _SONG,
            _int("tick_fraction", 0, TICK_FRACTIONS - 1, "1/1000 tick", "Added to song_ticks"),
            _float("tempo_qpm", 20.0, 999.0, "quarters/min", "Live's tempo now"),
            _int("sent_hi", 0, 2**24 - 1, "2^24 µs", "Sender's own clock, upper 24 bits"),
            _int("sent_lo", 0, 2**24 - 1, "µs", "Sender's own clock, lower 24 bits"),
            _int("flags", 0, 7, "", "1 playing + 2 loop on + 4 the time stamp is valid"),
            _int("loop_start_ticks", INT_MIN, INT_MAX, "ticks", "Start of Live's loop"),
            _int("loop_length_ticks", 0, INT_MAX, "ticks", "Length of Live's loop"),
            _int("numerator", 1, 99, "", "Time signature"),
            _int("denominator", 1, 16, "", "Time signature: 1, 2, 4, 8 or 16"),
            _int("bar_offset_ticks", 0, INT_MAX, "ticks", "How far into its bar the song is"),
        ),
        "Live's transport: 24 times a beat while playing, once a second while stopped, and three "
        "times at once (same seq) on start, stop, locate and tempo change.",
    ),
    MessageSpec(
        "/tempo",
        _IN,
        (_DEVICE, _float("tempo_qpm", 20.0, 999.0, "quarters/min", "The new tempo")),
        "Set the tempo of the engine's own clock, of its MIDI beat clock, and of the Link session. "
        "Live's own tempo is Live's.",
    ),
    # --- playing ----------------------------------------------------------------------------
    MessageSpec(
        "/note",
        _IN,
        (_DEVICE, _PITCH, _VELOCITY, _CHANNEL),
        "A key was struck or (velocity 0) released. The engine stamps it on arrival.",
    ),
    MessageSpec(
        "/note/at",
        _IN,
        (_DEVICE, _PITCH, _VELOCITY, _CHANNEL, _SONG),
        "The same, stamped by the device with its own transport.",
    ),
    _command("go", "Answer at the next bar line: what was played so far, or the last call again."),
    _command("end_call", "The call ends at the next bar line."),
    _command("again", "Answer the last call once more with a new seed."),
    _command("mutate", "Take the last answer as the call of a new one of the same length."),
    _command("panic", "Silence everything now and go idle."),
    # --- parameters -------------------------------------------------------------------------
    _parameter(
        "temperature",
        _float("value", 0.1, 2.0, "", "1 is the model's own; below it is safer, above it wilder"),
        "How adventurous the answer is.",
    ),
    _parameter("answer_bars", _int("value", 0, 32, "bars", "0 = as long as the call"), "Length."),
    _parameter(
        "call_bars",
        _int("value", 0, 32, "bars", "0 = until silence, /end_call or /go"),
        "Length at which a call ends by itself.",
    ),
    _parameter(
        "call_min_bars",
        _int("value", 0, 32, "bars", "0 = any"),
        "A shorter call that ends by silence is forgotten.",
    ),
    _parameter(
        "call_max_bars",
        _int("value", 0, 32, "bars", "0 = any"),
        "Length at which a call ends that silence has not ended.",
    ),
    _parameter(
        "silence_bars",
        _int("value", 1, 8, "bars", "Whole bars without a note"),
        "Silence that ends a call.",
    ),
    _parameter("loop", _ON, "Repeat the answer, each time its whole length, until turned off."),
    _parameter("overlap", _ON, "Listen for the next call while an answer plays."),
    _parameter(
        "mode",
        _int("value", 0, 3, "", "0 reply, 1 trade, 2 continuous, 3 accompany"),
        "How the player takes part.",
    ),
    _parameter("feel", _float("value", 0.0, 1.0, "", "0 = flat on the grid"), "The call's feel."),
    _parameter(
        "seed",
        _int("value", -1, INT_MAX, "", "-1 = a new one for each answer"),
        "Same seed, bundle, call and parameters: same notes.",
    ),
    _parameter(
        "density",
        _float("value", -1.0, 1.0, "", "0 = the model's own; below fewer notes, above more"),
        "How much is played.",
    ),
    _parameter(
        "register_bias",
        _float("value", -1.0, 1.0, "", "0 = the model's own; below lower, above higher"),
        "How high it is played.",
    ),
    _parameter(
        "variety",
        _float("value", 0.0, 1.0, "", "0 = the model's own; 1 = avoid what was just played"),
        "How little the answer repeats itself.",
    ),
    _parameter(
        "top_p",
        _float("value", 0.05, 1.0, "", "1 = all events; below only the likeliest are drawn"),
        "Share of the probability that is drawn from.",
    ),
    _parameter(
        "scale",
        _int("value", 0, 4095, "", "Bit 0 for C to bit 11 for B; 0 = all"),
        "Pitch classes that may sound. Drums ignore it.",
    ),
    _parameter(
        "lock",
        _int("value", 0, 2, "", "0 nothing, 1 the call's rhythm, 2 the call's pitches"),
        "What the answer keeps of the call.",
    ),
    _parameter(
        "candidates",
        _int("value", 1, 32, "answers", "1 = the first that comes"),
        "How many answers are made to choose the best from.",
    ),
    _parameter(
        "memory_bars",
        _int("value", 0, MAX_MEMORY_BARS, "bars", "0 = each call alone"),
        "Bars of the conversation before the call that the model hears too.",
    ),
    _parameter(
        "listen",
        _int("value", 0, MAX_PLAYERS, "", "0 = the own notes alone; n = player n's answers too"),
        "Whose playing is the call.",
    ),
    _parameter("wake_bars", _int("value", 0, 32, "bars", "0 = never"), "Silence is ended after."),
    _parameter("same_answers", _int("value", 0, 16, "answers", "0 = never"), "Circles are left."),
    _parameter(
        "max_notes_per_beat",
        _int("value", 0, 64, "notes", "0 = any number"),
        "What is more than this does not sound.",
    ),
    _parameter(
        "bundle", _int("value", 0, 127, "", "Place in the list of bundles"), "Choose the model."
    ),
    *ROUTE_SPECS,
    *FAMILY_SPECS,
    MessageSpec(
        "/told",
        _OUT,
        (
            _DEVICE,
            _int("dial", 0, len(DIALS) - 1, "", "Which one: " + ", ".join(DIALS)),
            _float("value", -1.0, 2.0**31, "", "Its value, as in the /param/ of that name"),
        ),
        "Somebody else has turned a parameter of the device's player: its dial follows, silently.",
    ),
    # --- answers ----------------------------------------------------------------------------
    MessageSpec(
        "/n",
        _OUT,
        (
            _int("target_ticks", INT_MIN, INT_MAX, "ticks", "Song position at which it sounds"),
            _PITCH,
            _int("velocity", 1, 127, "MIDI velocity", "Never 0"),
            _CHANNEL,
            _int("duration_ticks", 1, INT_MAX, "ticks", "Length"),
        ),
        "A note of the answer, sent a little ahead; the device's scheduler plays it.",
    ),
    MessageSpec("/n/clear", _OUT, (), "Drop the notes that wait; let sounding ones end."),
    MessageSpec("/flush", _OUT, (), "Drop the notes that wait and end the sounding ones now."),
    MessageSpec(
        "/state",
        _OUT,
        (
            _int("state", 0, 9, "", "Session state (docs/session.md)"),
            _int("bar", 0, INT_MAX, "bars", "Bar of the call or answer, from 1; 0 when idle"),
            _int("bars", 0, INT_MAX, "bars", "Its length; 0 = open"),
        ),
        "What the player does, on every change and every bar.",
    ),
    MessageSpec(
        "/score",
        _OUT,
        (
            _int("answer", 0, INT_MAX, "", "Number of the answer"),
            _int("seed", 0, INT_MAX, "", "Its seed"),
            _float("call_nats_per_step", -1e9, 0.0, "nats/step", "Mean ln p of the call"),
            _float("answer_nats_per_step", -1e9, 0.0, "nats/step", "Mean ln p of the answer"),
            _float("running_total_nats", -1e9, 0.0, "nats", "Both sums, as the 2017 show printed"),
        ),
        "How likely the model finds call and answer, at temperature 1.",
    ),
    # --- clips ------------------------------------------------------------------------------
    MessageSpec(
        "/clip/chunk",
        _BOTH,
        (
            _DEVICE,
            _CLIP_ID,
            _int(
                "kind",
                0,
                3,
                "",
                "To the engine: 0 a call, 2 a clip to work on (/clip/ask). To the device: 1 the"
                " answer just played, 3 a clip that was asked for",
            ),
            _int("index", 0, MAX_CLIP_CHUNKS - 1, "", "Number of this chunk"),
            _int("count", 1, MAX_CLIP_CHUNKS, "", "Number of chunks of the clip"),
            _float("length_beats", 0.0, 65536.0, "beats", "Length of the clip"),
            _int("crc", INT_MIN, INT_MAX, "", "CRC-32 of all note bytes, as a signed integer"),
        ),
        "A part of a clip, in any order, as often as needed. Complete when all parts are there "
        "and the CRC agrees.",
        group=(
            _PITCH,
            _float("velocity", 1.0, 127.0, "MIDI velocity", "Live keeps fractions"),
            _float("start_beats", -65536.0, 65536.0, "beats", "From the start of the clip"),
            _float("duration_beats", 0.0, 65536.0, "beats", "Length"),
            _CHANNEL,
        ),
        max_groups=CLIP_NOTES_PER_CHUNK,
    ),
    MessageSpec(
        "/clip/ack",
        _BOTH,
        (
            _DEVICE,
            _CLIP_ID,
            _int("have_lo", 0, INT_MAX, "", "Bitmap of the chunks 0 to 30 that arrived"),
            _int("have_hi", 0, INT_MAX, "", "Bitmap of the chunks 31 to 61 that arrived"),
        ),
        "Which chunks are there; the sender repeats the others.",
    ),
    MessageSpec(
        "/clip/ask",
        _IN,
        (
            _DEVICE,
            _ASK,
            _int("clip", 0, INT_MAX, "", "A clip sent before with kind 2; 0 = from nothing"),
            _int("what", 0, 1, "", "0 what follows the clip, 1 a variation of it"),
            _int("count", 1, MAX_CLIPS_ASKED, "clips", "How many"),
            _float("length_beats", 0.0, MAX_ASKED_BEATS, "beats", "0 = as long as the clip"),
        ),
        "Make new clips with the player's model and parameters; Live need not play. To be repeated,"
        " once a second, until all is there: nothing is made twice, and what is made is announced"
        " again.",
    ),
    MessageSpec(
        "/clip/asked",
        _OUT,
        (
            _DEVICE,
            _ASK,
            _int("made", 0, MAX_CLIPS_ASKED, "clips", "How many are made by now"),
            _int("count", 1, MAX_CLIPS_ASKED, "clips", "How many were asked for"),
            _int("failed", 0, INT_MAX, "", "0, or the wire_code of why no more will come"),
        ),
        "How a /clip/ask stands: on each /clip/ask, and on every change.",
    ),
    MessageSpec(
        "/clip/made",
        _OUT,
        (
            _DEVICE,
            _int("ask", 0, INT_MAX, "", "The /clip/ask it belongs to; 0 = the answer just played"),
            _int("index", 0, MAX_CLIPS_ASKED - 1, "", "Which of its clips"),
            _int("count", 1, MAX_CLIPS_ASKED, "", "How many it has"),
            _int("clip", 1, INT_MAX, "", "Number under which its chunks come"),
            _int("seed", 0, INT_MAX, "", "Its seed"),
            _float("nats_per_step", -1e9, 0.0, "nats/step", "Mean ln p of the clip"),
            _float("temperature", 0.1, 2.0, "", "With which it was begun"),
        ),
        "A clip is made; its chunks follow, with kind 3, or kind 1 where it is an answer.",
    ),
    # --- trouble ----------------------------------------------------------------------------
    MessageSpec(
        "/error",
        _OUT,
        (
            _int("code", 0, INT_MAX, "", "wire_code of the error (list below)"),
            _int("count", 0, INT_MAX, "", "How many such errors since the link stands"),
        ),
        "What was refused and why; the jam goes on.",
    ),
)
