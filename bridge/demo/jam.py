"""The demo's jam: a recorded human trades bars with a model, Live being simulated.

The human plays some bars, the model answers as many, and so on. Everything between them is real:
the engine, its model, its sockets and its protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from bridge.config import EngineConfig
from bridge.core.events import AnswerMade, Level, Notice
from bridge.core.notes import Note, Phrase
from bridge.core.settings import JamSettings, PlayerSettings
from bridge.core.units import TICKS_PER_BEAT, ticks_to_beats
from bridge.demo.driver import Driver, RealClock, SteeredClock, VirtualClock
from bridge.demo.live import SimulatedDevice
from bridge.demo.note_player import SoundedNote
from bridge.demo.performance import Performance, load_melody, load_performance
from bridge.demo.transport import SimulatedTransport
from bridge.engine import LocalEngine
from bridge.errors import ModelFault, PeerLost
from bridge.models.library import BundleLibrary
from bridge.models.worker import InProcessModel, ModelProcess
from bridge.reference import require_magenta
from bridge.reference.child import desk_in_this_process
from bridge.reference.child import serve as serve_magenta

DEFAULT_SEED = 2017
_LINK_LIMIT_S = 120.0
"""The real Magenta takes its time to be imported."""
_START_AFTER_S = 0.5
_EARLY_BEATS = 0.125


@dataclass(frozen=True, slots=True)
class JamOptions:
    """How the demo jams.

    Args:
        bars: Length of the whole jam, in bars; rounded up to whole turns.
        trade_bars: Length of each call and of each answer, 1 to 8 bars.
        seed: Seed of the answers' seeds: the same gives the same jam.
        temperature: 0.1 to 2.0.
        bundle: Name or path of the model's bundle.
        realtime: Play in real time instead of virtual time.
        model_engine: Who plays the model: native, or magenta, the real package.
    """

    bars: int = 16
    trade_bars: int = 2
    seed: int = DEFAULT_SEED
    temperature: float = 1.0
    bundle: str = "groove_lookback"
    realtime: bool = False
    model_engine: str = "native"


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before the first bar.

    Args:
        performance: What the human plays from.
        drums: Whether the model plays drums.
    """

    performance: Performance
    drums: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A call and its answer.

    Args:
        number: From 1.
        call_start_beats: The call's bar line, in beats from the start of the song.
        call: What the human played.
        answer_start_beats: The bar line at which an answer was to begin.
        answer: What the device sounded in the answer's bars, as it sounded.
        made: What the engine said about its answer; None where it made none.
        notes: The sounded notes with their ticks.
    """

    number: int
    call_start_beats: float
    call: Phrase
    answer_start_beats: float
    answer: Phrase
    made: AnswerMade | None
    notes: tuple[SoundedNote, ...]

    @property
    def start_error_ticks(self) -> float | None:
        """How far from its bar line the engine began the answer; None where it made none."""
        if self.made is None:
            return None
        return (self.made.start_beats - self.answer_start_beats) * TICKS_PER_BEAT

    @property
    def first_note_error_ticks(self) -> float | None:
        """How far its first note sounded from where the answer has it; None without notes.

        Up to half a tick is the rounding of the wire.
        """
        if self.made is None or not self.made.answer.notes or not self.notes:
            return None
        wanted_beats = self.answer_start_beats + self.made.answer.notes[0].start_beats
        return self.notes[0].song_ticks - wanted_beats * TICKS_PER_BEAT


@dataclass(frozen=True, slots=True)
class JamResult:
    """What came of it.

    Args:
        performance: What the human played from.
        drums: Whether the model plays drums.
        turns: In order.
        bars: Length of the jam.
        device: The simulated device with all its logs.
        elapsed_s: Length of the jam in the time it was played in.
    """

    performance: Performance
    drums: bool
    turns: tuple[Turn, ...]
    bars: int
    device: SimulatedDevice
    elapsed_s: float


@dataclass(slots=True)
class _Script:
    """What is to happen: bar lines in seconds and beats."""

    options: JamOptions
    performance: Performance
    start_s: float
    calls: list[Phrase] = field(default_factory=list)

    @property
    def turn_count(self) -> int:
        return max(1, -(-self.options.bars // (2 * self.options.trade_bars)))

    @property
    def trade_beats(self) -> float:
        return self.options.trade_bars * self.performance.bar_beats

    def at_s(self, beats: float) -> float:
        return self.start_s + beats * 60.0 / self.performance.tempo_qpm


def run_jam(
    config: EngineConfig,
    options: JamOptions,
    on_turn: Callable[[Turn], None],
    on_opening: Callable[[Opening], None] = lambda opening: None,
    tell: Callable[[str], None] = lambda text: None,
) -> JamResult:
    """Jam, and tell each turn as it ends.

    Args:
        config: Where bundles lie; its player settings are replaced by the options.
        options: How to jam.
        on_turn: Called with each turn as it ends.
        on_opening: Called once the model is loaded, before the first turn.
        tell: Called with what the real Magenta says while it starts, in virtual time.

    Raises:
        BridgeError: The bundle is missing, the sockets don't work, or Magenta is wanted and absent.
    """
    clock: SteeredClock = RealClock() if options.realtime else VirtualClock()
    with _stage(config, options, clock, tell) as (driver, transport):
        drums = _link(driver)
        performance = load_performance() if drums else load_melody()
        on_opening(Opening(performance, drums))
        start_s = driver.now_s() + _START_AFTER_S
        script = _Script(options, performance, start_s)
        _write_script(script, driver.device, transport)
        turns = []
        for number in range(script.turn_count):
            driver.run_until(script.at_s((2 * number + 2) * script.trade_beats))
            turns.append(_turn(script, number, driver))
            on_turn(turns[-1])
        driver.run_until(driver.now_s() + _START_AFTER_S)
        bars = script.turn_count * 2 * options.trade_bars
        elapsed_s = driver.now_s() - start_s
        return JamResult(performance, drums, tuple(turns), bars, driver.device, elapsed_s)


@contextmanager
def _stage(
    config: EngineConfig, options: JamOptions, clock: SteeredClock, tell: Callable[[str], None]
) -> Iterator[tuple[Driver, SimulatedTransport]]:
    # Before anything is started: a missing bundle is the newcomer's most likely mistake.
    library = BundleLibrary(config.bundle_folders)
    library.find(options.bundle)
    player = PlayerSettings(bundle=options.bundle, temperature=options.temperature)
    jam = JamSettings(bundles=(options.bundle,), player=player)
    local = replace(config, host="127.0.0.1", jam=jam)
    model = _model(config, options, library, tell)
    engine = LocalEngine(local, clock, port=0, model=model, seed=options.seed)
    try:
        transport = SimulatedTransport()
        with Driver(engine, clock, transport) as driver:
            driver.device.parameters.update(
                call_bars=options.trade_bars,
                answer_bars=options.trade_bars,
                temperature=options.temperature,
            )
            yield driver, transport
    finally:
        engine.close()


def _model(
    config: EngineConfig,
    options: JamOptions,
    library: BundleLibrary,
    tell: Callable[[str], None],
) -> ModelProcess | InProcessModel:
    """In real time a network in this process would hold up the notes; in virtual time it can't."""
    if options.model_engine == "magenta":
        require_magenta()
        if options.realtime:
            return ModelProcess(library, serve_magenta)
        return InProcessModel(library, desk=desk_in_this_process(library, tell))
    if options.realtime:
        return ModelProcess(library, use_kernel=config.kernel == "auto")
    return InProcessModel(library)


def _link(driver: Driver) -> bool:
    """Wait for the link and the model; whether it plays drums."""
    device = driver.device
    limit_s = driver.now_s() + _LINK_LIMIT_S
    driver.run_while(lambda: not device.models and not device.errors, limit_s)
    if device.errors and not device.models:
        told = [
            event.text
            for event in driver.events
            if isinstance(event, Notice) and event.level is Level.WARNING
        ]
        raise ModelFault(
            told[-1] if told else f"The engine reports error {device.errors[0][0]}.",
            "`magenta-bridge bundles list` shows which bundles can be played.",
        )
    if not device.models:
        raise PeerLost("The engine and the simulated Live did not link.")
    return bool(device.models[-1][2])


def _write_script(script: _Script, device: SimulatedDevice, transport: SimulatedTransport) -> None:
    performance, options = script.performance, script.options
    transport.set_tempo(script.start_s, performance.tempo_qpm)
    transport.set_signature(script.start_s, performance.signature)
    transport.play(script.start_s)
    for number in range(script.turn_count):
        call = performance.call(number, options.trade_bars)
        script.calls.append(call)
        for note in call.notes:
            start = max(0.0, 2 * number * script.trade_beats + note.start_beats)
            device.key(script.at_s(start), note.pitch, note.velocity, note.channel)
            end = max(start, 2 * number * script.trade_beats + note.end_beats)
            device.key(script.at_s(end), note.pitch, 0, note.channel)
    transport.stop(script.at_s(script.turn_count * 2 * script.trade_beats))


def _turn(script: _Script, number: int, driver: Driver) -> Turn:
    call_start = 2 * number * script.trade_beats
    start = call_start + script.trade_beats
    sounded = tuple(
        note
        for note in driver.device.sounded
        if start <= ticks_to_beats(note.target_ticks) + _EARLY_BEATS < start + script.trade_beats
    )
    notes = (
        Note(
            note.pitch,
            note.velocity,
            ticks_to_beats(note.song_ticks) - start,
            ticks_to_beats(note.duration_ticks),
            note.channel,
        )
        for note in sounded
    )
    answer = Phrase.of(notes, script.trade_beats)
    made = [event for event in driver.events if isinstance(event, AnswerMade)]
    mine = next((each for each in made if abs(each.start_beats - start) < script.trade_beats), None)
    return Turn(number + 1, call_start, script.calls[number], start, answer, mine, sounded)
