"""What the jam may be told: plain values, already checked.

`bridge.config` reads them from YAML; the device changes the player's own while it plays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.core.bindings import ControlSettings


@dataclass(frozen=True, slots=True)
class PlayerSettings:
    """One player's parameters.

    Args:
        bundle: Name of the model's bundle.
        temperature: 0.1 to 2.0.
        answer_bars: Length of the answer, 0 to 32; 0 = as long as the call.
        call_bars: Length at which a call ends by itself, 0 to 32; 0 = by silence or on command.
        call_min_bars: A call that silence ends before this many bars is forgotten, 0 to 32.
        call_max_bars: Length at which a call ends that silence has not ended, 0 to 32; 0 = never.
        silence_bars: Whole bars of silence that end a call, 1 to 8.
        loop: Repeat the answer until told otherwise.
        overlap: Listen for the next call while an answer plays.
        mode: How the player takes part: 0 reply, 1 trade, 2 continuous, 3 accompany
            (`bridge.core.modes`).
        feel: Share of the call's velocities and timing in the answer, 0.0 to 1.0.
        seed: Seed of every answer, 0 to 2**31 - 1; -1 = a new one each time.
        density: Fewer (-1.0) or more (1.0) notes than the model would play; 0.0 = its own.
        register_bias: Lower (-1.0) or higher (1.0) pitches or drums than it would; 0.0 = its own.
        variety: How much what was just played is avoided, 0.0 (not at all) to 1.0.
        top_p: Only the likeliest events that share this much probability are drawn, 0.05 to 1.0.
        scale: Pitch classes that may sound, bit 0 for C to bit 11 for B; 0 = all. Drums ignore it.
        lock: What the answer keeps of the call: 0 nothing, 1 its rhythm, 2 its pitches.
        candidates: How many answers are made to choose the best from, 1 to 32.
        notes_per_second: For performance models that are told it: how dense the music should be,
            0.0 to 200.0, for each of 1 to 64 stretches of call and answer together.
        pitch_class_histogram: For performance models that are told it: twelve weights from C to B,
            0.0 or more, for each of up to 64 stretches; none at all = even.
        disable_conditioning: For performance models that have the choice: whether they choose both
            by themselves, for each of 1 to 64 stretches.
        memory_bars: Bars of the conversation before the call that the model hears too, 0 to 64.
        mute: Its answers do not sound; who listens to it hears them all the same.
        solo: While any player has it, only the answers of those that do sound.
        mute_input: Its own keys are not heard by its model.
        passthrough: Its own keys sound at once on the MIDI ports that it plays on.
        input_channel: Only own keys of this channel count, 1 to 16; 0 = of all.
        output_channel: Channel of what it plays, 1 to 16; 0 = that of the call.
        input_ports: MIDI inputs that it hears, bit 0 for the first of the jam's (`JamSettings`) to
            bit 30; 0 = its own, which a device has none of.
        output_ports: MIDI outputs that it plays on, likewise.
        listen: Whose answers are this player's call, 1 to 64; 0 = nobody's, its own notes alone.
        chords: The song's chords, one entry a bar, repeated: ``C | Am7 | F | G7``
            (`bridge.core.chord_chart`); "" = none. For models that know chords.
        condition_on_primer: With polyphony, whether the model hears the call.
        inject_primer: With polyphony, whether the call sounds along in the answer.
        wake_bars: After so many quiet bars in a row it plays by itself, 1 to 32; 0 = never
            (`bridge.core.guards`).
        same_answers: After so many answers in a row that are the same it takes more chances, 2 to
            16; 0 = never.
        max_notes_per_beat: What is more than so many notes a beat does not sound, 1 to 64; 0 = all
            does (`bridge.core.crowd`).
    """

    bundle: str = "groove_lookback"
    temperature: float = 1.0
    answer_bars: int = 0
    call_bars: int = 0
    call_min_bars: int = 0
    call_max_bars: int = 0
    silence_bars: int = 1
    loop: bool = False
    overlap: bool = False
    mode: int = 0
    feel: float = 1.0
    seed: int = -1
    density: float = 0.0
    register_bias: float = 0.0
    variety: float = 0.0
    top_p: float = 1.0
    scale: int = 0
    lock: int = 0
    candidates: int = 1
    notes_per_second: tuple[float, ...] = (15.0,)
    pitch_class_histogram: tuple[float, ...] = ()
    disable_conditioning: tuple[bool, ...] = (False,)
    memory_bars: int = 0
    listen: int = 0
    mute: bool = False
    solo: bool = False
    mute_input: bool = False
    passthrough: bool = False
    input_channel: int = 0
    output_channel: int = 0
    input_ports: int = 0
    output_ports: int = 0
    chords: str = ""
    condition_on_primer: bool = True
    inject_primer: bool = False
    wake_bars: int = 0
    same_answers: int = 0
    max_notes_per_beat: int = 0

    def sounding_channel(self, channel: int) -> int:
        """On which MIDI channel, 0 to 15, it answers what was struck on this one."""
        return self.output_channel - 1 if self.output_channel else channel


LOCK_NOTHING, LOCK_RHYTHM, LOCK_PITCHES = 0, 1, 2


SOURCES = ("device", "link", "midi", "bars", "internal")
"""Where the beat can come from."""


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """Where the beat comes from for players that have no device of their own.

    Args:
        order: Sources, best first; the first one that is alive is followed.
        internal_tempo_qpm: Tempo of the internal clock, 20 to 999.
        link: Whether to join an Ableton Link session (needs the [link] extra).
    """

    order: tuple[str, ...] = SOURCES
    internal_tempo_qpm: float = 120.0
    link: bool = False


@dataclass(frozen=True, slots=True)
class MidiSettings:
    """MIDI clock, and what holds for all MIDI ports.

    Args:
        clock_input: Port that brings MIDI beat clock; empty: none.
        clock_output: Port on which beat clock is sent; empty: none.
        latency_offset_ms: Added to the moment of every note sent, -500 to 500 ms; below 0 notes
            leave early, which makes up for what an instrument or an interface takes.
        more_inputs: Ports that no player listens on at first; players may be led to them.
        more_outputs: Ports that no player plays on at first.
    """

    clock_input: str = ""
    clock_output: str = ""
    latency_offset_ms: float = 0.0
    more_inputs: tuple[str, ...] = ()
    more_outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlayerSetup:
    """A player of the configuration: it is there from the start and needs no device.

    Args:
        name: What people call it; unique.
        settings: What it starts with.
        inputs: Ports it listens on; made if the system can make ports and none has that name, else
            the existing one is used. None: its keys come by command.
        outputs: Ports it answers on. None: its notes are told, and sound nowhere.
        output_offset_ms: Added to the moment of every note it sends, beside the common offset,
            -500 to 500 ms.
    """

    name: str
    settings: PlayerSettings
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    output_offset_ms: float = 0.0


PUSH2_ENCODERS = (
    "temperature",
    "answer_bars",
    "density",
    "feel",
    "register_bias",
    "variety",
    "memory_bars",
    "bundle",
    "call_bars",
    "silence_bars",
    "top_p",
    "lock",
    "candidates",
    "mode",
    "listen",
    "overlap",
)
"""What Push 2's encoders set, eight to a bank, unless the configuration says otherwise."""


@dataclass(frozen=True, slots=True)
class Push2Settings:
    """Push 2 as a surface of the jam.

    Args:
        input: The device's User port to listen on; empty: no Push 2.
        output: The same port to send to; empty if ``input`` is.
        encoders: Parameters of its eight encoders, 1 to 16, eight to a bank.
        enter_user_mode: Whether to switch the device to its User port when it comes; else Live and
            the User button do that.
    """

    input: str = ""
    output: str = ""
    encoders: tuple[str, ...] = PUSH2_ENCODERS
    enter_user_mode: bool = False


@dataclass(frozen=True, slots=True)
class JamSettings:
    """Settings of the whole jam.

    Args:
        bundles: Names of the bundles on offer; ``/param/bundle`` counts them from 0.
        player: What a newly linked device starts with.
        max_devices: Devices that may be linked at once, 1 to 64.
        lookahead_ms: How long before it sounds a note is sent, 10 to 500 ms.
        horizon_beats: How far ahead of the playhead the answer is generated, 0.25 to 8 beats. A
            knob turned during an answer is heard after this long at the latest.
        token: Shared secret that /hello must carry; 0 = none asked for.
        clock: Where the beat comes from.
        midi: MIDI clock and latency.
        players: The players that are there without a device; their numbers are 1, 2, 3 …
        controls: Controllers and the metronome.
        push2: Push 2 as a surface.
    """

    bundles: tuple[str, ...] = (
        "groove_lookback",
        "session_melody",
        "game_bass",
        "songbook_chords",
        "chorale_voices",
        "groove_taps",
        "drum_kit_breaks",
        "groove_drums",
        "session_attention",
    )
    player: PlayerSettings = field(default_factory=PlayerSettings)
    max_devices: int = 16
    lookahead_ms: float = 60.0
    horizon_beats: float = 1.0
    token: int = 0
    clock: ClockSettings = field(default_factory=ClockSettings)
    midi: MidiSettings = field(default_factory=MidiSettings)
    push2: Push2Settings = field(default_factory=Push2Settings)
    players: tuple[PlayerSetup, ...] = ()
    controls: ControlSettings = field(default_factory=ControlSettings)

    @property
    def input_ports(self) -> tuple[str, ...]:
        """Names of the ports that players may hear, each once: port 1, 2 … of ``input_ports``."""
        names = (name for one in self.players for name in one.inputs)
        return tuple(dict.fromkeys((*names, *self.midi.more_inputs)))

    @property
    def output_ports(self) -> tuple[str, ...]:
        """Names of the ports that players may play on, each once: 1, 2 … of ``output_ports``."""
        names = (name for one in self.players for name in one.outputs)
        return tuple(dict.fromkeys((*names, *self.midi.more_outputs)))
