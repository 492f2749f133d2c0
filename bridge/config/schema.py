"""Every key of the configuration with its range, and what the engine gets from it.

The defaults are those of `bridge.core.settings`; ``configs/default.yaml`` says the same to people,
and a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bridge.config import conditions
from bridge.config.controllers import ControlsSection, MetronomeSection, control_settings
from bridge.config.players import check_ports
from bridge.config.push2 import check_apart, encoders, push2_settings
from bridge.config.web import FeedSettings, WebSettings, is_loopback
from bridge.core.address_book import INT_MAX, MAX_MEMORY_BARS, MAX_NAME_CHARACTERS, MAX_PLAYERS
from bridge.core.chord_chart import parse_chart
from bridge.core.modes import Mode, mode_number
from bridge.core.scales import scale_mask
from bridge.core.settings import (
    ClockSettings,
    JamSettings,
    MidiSettings,
    PlayerSettings,
    PlayerSetup,
    Push2Settings,
)
from bridge.errors import ChordInvalid, ConfigError
from bridge.paths import bundle_folders

LogLevel = Literal["debug", "info", "warning", "error"]
KernelMode = Literal["auto", "off"]
ModelEngine = Literal["native", "magenta"]

MAX_PORTS = 31
"""As many as an int32 has bits for."""

_JAM = JamSettings()
_PLAYER = PlayerSettings()
_CLOCK = ClockSettings()
_MIDI = MidiSettings()
_WEB = WebSettings()
_PUSH2 = Push2Settings()
_FEED = FeedSettings()

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Field(strict=False, min_length=1, max_length=128)]
Source = Literal["device", "link", "midi", "bars", "internal"]
Sources = Annotated[tuple[Source, ...], Field(strict=False, min_length=1, max_length=5)]
MaybeName = Annotated[str, Field(max_length=200)]
Encoders = Annotated[
    tuple[Name, ...], Field(strict=False, min_length=1, max_length=16), AfterValidator(encoders)
]


def _scale(value: object) -> int:
    try:
        return scale_mask(value)
    except ConfigError as error:
        # What pydantic catches; `bridge.config.load` unpacks it again.
        raise ValueError(error) from error


def _mode(value: object) -> int:
    try:
        return mode_number(value)
    except ConfigError as error:
        raise ValueError(error) from error


def _chart(text: str) -> str:
    try:
        parse_chart(text)
    except ChordInvalid as error:
        raise ValueError(error) from ConfigError(error.message, error.hint)
    return text


def _ports(value: object) -> object:
    """One name is a list of one, and none is no list."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


PlayerName = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARACTERS)]
Ports = Annotated[
    tuple[Name, ...], Field(strict=False, max_length=MAX_PORTS), BeforeValidator(_ports)
]
ChartText = Annotated[str, AfterValidator(_chart)]
Scale = Annotated[int, BeforeValidator(_scale), Field(ge=0, le=4095)]
ModeNumber = Annotated[int, BeforeValidator(_mode), Field(ge=0, le=max(Mode))]
Densities = Annotated[
    tuple[float, ...], BeforeValidator(conditions.for_pydantic(conditions.notes_per_second))
]
Histogram = Annotated[
    tuple[float, ...], BeforeValidator(conditions.for_pydantic(conditions.pitch_class_histogram))
]
Switches = Annotated[
    tuple[bool, ...], BeforeValidator(conditions.for_pydantic(conditions.disable_conditioning))
]
Folders = Annotated[tuple[Name, ...], Field(strict=False, max_length=32)]


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """All that the engine is told when it starts.

    Args:
        host: Address on which it listens; 127.0.0.1 is this machine alone.
        port: UDP port on which it listens, 1024 to 65535.
        jam: Settings of the jam and its players, the token included.
        bundle_folders: Where bundles are looked for, first found wins.
        log_level: debug, info, warning or error.
        model_process: Run the models in a process of their own, so that they never delay a note.
        kernel: auto: that process compiles its networks' steps where it can. off: NumPy.
        model_engine: Who plays them: native, or magenta, the real package in a process of its own.
        web: Where the page is served, if it is.
        feed: Where the jam is sent to as OSC, if it is.
    """

    host: str = "127.0.0.1"
    port: int = 17600
    jam: JamSettings = field(default_factory=JamSettings)
    bundle_folders: tuple[Path, ...] = field(default_factory=lambda: bundle_folders(()))
    log_level: LogLevel = "info"
    model_process: bool = True
    model_engine: ModelEngine = "native"
    kernel: KernelMode = "auto"
    web: WebSettings = field(default_factory=WebSettings)
    feed: FeedSettings = field(default_factory=FeedSettings)


def _word(value: object) -> object:
    """YAML reads a bare ``off`` as false."""
    return "off" if value is False else value


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class OscSection(_Section):
    """Where the engine listens."""

    host: Name = "127.0.0.1"
    port: int = Field(default=17600, ge=1024, le=65535)
    token: int = Field(default=_JAM.token, ge=0, le=INT_MAX)


class EngineSection(_Section):
    """How the engine works."""

    max_devices: int = Field(default=_JAM.max_devices, ge=1, le=64)
    lookahead_ms: float = Field(default=_JAM.lookahead_ms, ge=10.0, le=500.0)
    horizon_beats: float = Field(default=_JAM.horizon_beats, ge=0.25, le=8.0)
    model_process: bool = True
    kernel: Annotated[KernelMode, BeforeValidator(_word)] = "auto"
    model_engine: ModelEngine = "native"
    log_level: LogLevel = "info"


class BundlesSection(_Section):
    """Which models there are."""

    offer: Names = _JAM.bundles
    folders: Folders = ()


class ClockSection(_Section):
    """Where the beat comes from for players without a device."""

    order: Sources = ("device", "link", "midi", "bars", "internal")
    internal_tempo_qpm: float = Field(default=_CLOCK.internal_tempo_qpm, ge=20.0, le=999.0)
    link: bool = _CLOCK.link


class MidiSection(_Section):
    """MIDI clock, and what holds for all MIDI ports."""

    more_inputs: Ports = _MIDI.more_inputs
    more_outputs: Ports = _MIDI.more_outputs
    clock_input: MaybeName = _MIDI.clock_input
    clock_output: MaybeName = _MIDI.clock_output
    latency_offset_ms: float = Field(default=_MIDI.latency_offset_ms, ge=-500.0, le=500.0)


class PlayerSection(_Section):
    """What a newly linked device starts with, and a player of the list that says nothing else."""

    bundle: Name = _PLAYER.bundle
    temperature: float = Field(default=_PLAYER.temperature, ge=0.1, le=2.0)
    answer_bars: int = Field(default=_PLAYER.answer_bars, ge=0, le=32)
    call_bars: int = Field(default=_PLAYER.call_bars, ge=0, le=32)
    call_min_bars: int = Field(default=_PLAYER.call_min_bars, ge=0, le=32)
    call_max_bars: int = Field(default=_PLAYER.call_max_bars, ge=0, le=32)
    silence_bars: int = Field(default=_PLAYER.silence_bars, ge=1, le=8)
    loop: bool = _PLAYER.loop
    overlap: bool = _PLAYER.overlap
    mode: ModeNumber = _PLAYER.mode
    feel: float = Field(default=_PLAYER.feel, ge=0.0, le=1.0)
    seed: int = Field(default=_PLAYER.seed, ge=-1, le=INT_MAX)
    density: float = Field(default=_PLAYER.density, ge=-1.0, le=1.0)
    register_bias: float = Field(default=_PLAYER.register_bias, ge=-1.0, le=1.0)
    variety: float = Field(default=_PLAYER.variety, ge=0.0, le=1.0)
    top_p: float = Field(default=_PLAYER.top_p, ge=0.05, le=1.0)
    scale: Scale = _PLAYER.scale
    lock: int = Field(default=_PLAYER.lock, ge=0, le=2)
    candidates: int = Field(default=_PLAYER.candidates, ge=1, le=32)
    notes_per_second: Densities = _PLAYER.notes_per_second
    pitch_class_histogram: Histogram = _PLAYER.pitch_class_histogram
    disable_conditioning: Switches = _PLAYER.disable_conditioning
    memory_bars: int = Field(default=_PLAYER.memory_bars, ge=0, le=MAX_MEMORY_BARS)
    listen: int = Field(default=_PLAYER.listen, ge=0, le=MAX_PLAYERS)
    mute: bool = _PLAYER.mute
    solo: bool = _PLAYER.solo
    mute_input: bool = _PLAYER.mute_input
    passthrough: bool = _PLAYER.passthrough
    input_channel: int = Field(default=_PLAYER.input_channel, ge=0, le=16)
    output_channel: int = Field(default=_PLAYER.output_channel, ge=0, le=16)
    input_ports: int = Field(default=_PLAYER.input_ports, ge=0, le=INT_MAX)
    output_ports: int = Field(default=_PLAYER.output_ports, ge=0, le=INT_MAX)
    chords: ChartText = _PLAYER.chords
    condition_on_primer: bool = _PLAYER.condition_on_primer
    inject_primer: bool = _PLAYER.inject_primer
    wake_bars: int = Field(default=_PLAYER.wake_bars, ge=0, le=32)
    same_answers: int = Field(default=_PLAYER.same_answers, ge=0, le=16)
    max_notes_per_beat: int = Field(default=_PLAYER.max_notes_per_beat, ge=0, le=64)


class PlayerEntry(PlayerSection):
    """A player of the list ``players``: every key of the section player, and these."""

    name: PlayerName = "Player"
    input: Ports = ()
    output: Ports = ()
    output_offset_ms: float = Field(default=0.0, ge=-500.0, le=500.0)

    def set_up(self) -> PlayerSetup:
        """What the engine gets."""
        own = {"name", "input", "output", "output_offset_ms"}
        settings = PlayerSettings(**self.model_dump(exclude=own))
        return PlayerSetup(self.name, settings, self.input, self.output, self.output_offset_ms)


class WebSection(_Section):
    """The page."""

    enabled: bool = _WEB.enabled
    host: Name = _WEB.host
    port: int = Field(default=_WEB.port, ge=1024, le=65535)
    token: Annotated[str, Field(max_length=200)] = _WEB.token
    training_curve: Annotated[str, Field(max_length=1000)] = _WEB.training_curve


class Push2Section(_Section):
    """Push 2 as a surface."""

    input: MaybeName = _PUSH2.input
    output: MaybeName = _PUSH2.output
    encoders: Encoders = _PUSH2.encoders
    enter_user_mode: bool = _PUSH2.enter_user_mode


class FeedSection(_Section):
    """OSC for programs that make pictures."""

    enabled: bool = _FEED.enabled
    host: Name = _FEED.host
    port: int = Field(default=_FEED.port, ge=1024, le=65535)


class Configuration(_Section):
    """The whole file."""

    osc: OscSection = OscSection()
    engine: EngineSection = EngineSection()
    bundles: BundlesSection = BundlesSection()
    player: PlayerSection = PlayerSection()
    clock: ClockSection = ClockSection()
    midi: MidiSection = MidiSection()
    controls: ControlsSection = ControlsSection()
    metronome: MetronomeSection = MetronomeSection()
    players: Annotated[tuple[PlayerEntry, ...], Field(strict=False, max_length=MAX_PLAYERS)] = ()
    web: WebSection = WebSection()
    push2: Push2Section = Push2Section()
    feed: FeedSection = FeedSection()

    def with_a_bundle_on_offer(self) -> Configuration:
        """Who offers bundles of his own and names none to begin with begins with the first."""
        first = {"bundle": self.bundles.offer[0]}

        def unnamed(one: PlayerSection) -> bool:
            return "bundle" not in one.model_fields_set and one.bundle not in self.bundles.offer

        player = self.player.model_copy(update=first) if unnamed(self.player) else self.player
        players = tuple(
            one.model_copy(update=first) if unnamed(one) else one for one in self.players
        )
        return self.model_copy(update={"player": player, "players": players})

    def engine_config(self) -> EngineConfig:
        """What the engine gets.

        Raises:
            ConfigError: Two keys don't fit together.
        """
        self._check_openness()
        self._check_bundles()
        web = WebSettings(**self.web.model_dump())
        web.check()
        feed = FeedSettings(**self.feed.model_dump())
        feed.check()
        jam = JamSettings(
            bundles=self.bundles.offer,
            player=PlayerSettings(**self.player.model_dump()),
            max_devices=self.engine.max_devices,
            lookahead_ms=self.engine.lookahead_ms,
            horizon_beats=self.engine.horizon_beats,
            token=self.osc.token,
            clock=ClockSettings(**self.clock.model_dump()),
            midi=MidiSettings(**self.midi.model_dump()),
            players=tuple(entry.set_up() for entry in self.players),
            controls=control_settings(self.controls, self.metronome, self.bundles.offer),
            push2=push2_settings(
                self.push2.input,
                self.push2.output,
                self.push2.encoders,
                enter_user_mode=self.push2.enter_user_mode,
            ),
        )
        check_ports(jam, MAX_PORTS)
        check_apart(jam)
        return EngineConfig(
            host=self.osc.host,
            port=self.osc.port,
            jam=jam,
            bundle_folders=bundle_folders(self.bundles.folders),
            log_level=self.engine.log_level,
            model_process=self.engine.model_process,
            kernel=self.engine.kernel,
            model_engine=self.engine.model_engine,
            web=web,
            feed=feed,
        )

    def _check_bundles(self) -> None:
        named = {"player": self.player.bundle}
        named |= {f"players.{number}": one.bundle for number, one in enumerate(self.players, 1)}
        for key, bundle in named.items():
            if bundle not in self.bundles.offer:
                raise ConfigError(
                    f"{key}.bundle is {bundle!r}, which bundles.offer lacks:"
                    f" {', '.join(self.bundles.offer)}.",
                    "Add it to bundles.offer, or choose one that is offered.",
                )

    def _check_openness(self) -> None:
        host = self.osc.host
        if not is_loopback("osc.host", host) and not self.osc.token:
            raise ConfigError(
                f"osc.host is {host}, which other machines can reach, and osc.token is 0.",
                "Set osc.token to a number of your own here and in the device,"
                " or use 127.0.0.1 for this machine alone.",
            )
