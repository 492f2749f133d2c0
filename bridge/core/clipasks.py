"""Clips made to order for one device: what was asked for, what is made, what is told.

An ask is known by the device's own number of it. Datagrams get lost and come twice, so a device
repeats its ask until everything is there: what is new is begun, what is known is told again. The
model makes one clip of a device at a time, and only while no live answer is asked of it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from bridge.core.answering import controls_of
from bridge.core.clipdesk import ClipDesk
from bridge.core.notes import Note, Phrase
from bridge.core.outbox import Outbox
from bridge.core.protocol import (
    ASK_VARY,
    CLIP_IS_MADE,
    MAX_ASKED_BEATS,
    Message,
    outgoing,
)
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    ForgetPlayer,
    Likelihood,
    MakeClip,
    ModelFailed,
    background_player,
)
from bridge.core.seeds import SEED_LIMIT
from bridge.core.settings import PlayerSettings
from bridge.errors import (
    AskWithdrawn,
    BridgeError,
    ClipTransferFailed,
    NothingToAnswer,
    OutOfRange,
    TooManyAsks,
)

MAX_OPEN_ASKS = 4
ASKS_KEPT = 8
"""Asks that are remembered, open ones included, to answer their repetitions."""
BARS_FROM_NOTHING = 2
"""Length of a clip made from nothing, where none is asked for."""
EARLY_BEATS = 0.125
"""A note this little before the clip's start (a 32nd) was meant for it."""


@dataclass(frozen=True, slots=True)
class _Made:
    clip_id: int
    phrase: Phrase
    likelihood: Likelihood


@dataclass(slots=True)
class _Ask:
    """One ask.

    Args:
        number: The device's number of it.
        call: What the new clips follow.
        beats: Their length.
        bundle: Name of the model.
        controls: How each of them is made, seed included.
        bar_beats: Length of a bar.
        tempo_qpm: Tempo when it was asked.
        made: Those that are made.
        failed: Why no more will come, as a wire_code; 0 if they will.
    """

    number: int
    call: Phrase
    beats: float
    bundle: str
    controls: tuple[AnswerControls, ...]
    bar_beats: float
    tempo_qpm: float
    made: list[_Made] = field(default_factory=list)
    failed: int = 0

    @property
    def open(self) -> bool:
        return not self.failed and len(self.made) < len(self.controls)


class ClipAsks:
    """The asks of one device.

    Args:
        device: The device's number.
        desk: Where its clips come in and go out.
        outbox: Takes messages, requests and errors.
        seeds: Source of new seeds.
    """

    def __init__(self, device: int, desk: ClipDesk, outbox: Outbox, seeds: random.Random) -> None:
        self._device = device
        self._player = background_player(device)
        self._desk = desk
        self._outbox = outbox
        self._seeds = seeds
        self._asks: dict[int, _Ask] = {}
        self._job = 0
        self._at_work: _Ask | None = None
        self._notes: list[Note] = []

    def ask(
        self, message: Message, settings: PlayerSettings, bar_beats: float, tempo_qpm: float
    ) -> None:
        """Take a ``/clip/ask``, or a repetition of one.

        Raises:
            BridgeError: It can't be done; it is not remembered and may come again.
        """
        number = message.int_of("ask")
        known = self._asks.get(number)
        if known is not None:
            self._tell_all(known)
            return
        try:
            ask = self._taken(message, settings, bar_beats, tempo_qpm)
        except BridgeError as error:
            count = message.int_of("count")
            self._say("/clip/asked", number, 0, count, error.wire_code)
            raise
        self._asks[number] = ask
        for old in [each.number for each in self._asks.values() if not each.open][:-ASKS_KEPT]:
            del self._asks[old]
        self._tell(ask)
        self._work()

    def take(self, chunk: AnswerChunk) -> None:
        """Take what the model has made."""
        ask = self._at_work
        if ask is None or chunk.answer_id != self._job:
            return
        self._notes += chunk.notes
        if not chunk.done:
            return
        phrase, self._notes, self._at_work = Phrase.of(self._notes, ask.beats), [], None
        try:
            clip_id = self._desk.send(phrase, CLIP_IS_MADE)
        except ClipTransferFailed as error:
            self._fail(ask, error.wire_code)
            self._outbox.errors.append(error)
        else:
            ask.made.append(_Made(clip_id, phrase, chunk.likelihood))
            self._announce(ask, len(ask.made) - 1)
            self._tell(ask)
        self._work()

    def model_failed(self, failed: ModelFailed) -> None:
        """The model could not make a clip: no more of that ask will come."""
        ask = self._at_work
        if ask is None or failed.answer_id != self._job:
            return
        self._at_work, self._notes = None, []
        self._fail(ask, failed.wire_code)
        self._work()

    def withdraw(self) -> None:
        """Panic: nothing more is made of what was asked for."""
        was_at_work, self._at_work, self._notes = self._at_work, None, []
        for ask in self._asks.values():
            if ask.open:
                self._fail(ask, AskWithdrawn.wire_code)
        if was_at_work is not None:
            self._outbox.requests.append(ForgetPlayer(self._player))

    def forget(self) -> None:
        """The device is away, and asks again if it comes back."""
        if self._at_work is not None:
            self._outbox.requests.append(ForgetPlayer(self._player))
        self._at_work, self._notes = None, []
        self._asks.clear()

    def _taken(
        self, message: Message, settings: PlayerSettings, bar_beats: float, tempo_qpm: float
    ) -> _Ask:
        if sum(ask.open for ask in self._asks.values()) >= MAX_OPEN_ASKS:
            raise TooManyAsks(f"{MAX_OPEN_ASKS} wishes for clips are open already.")
        clip = self._source(message.int_of("clip"))
        beats = 0.0 if message.int_of("what") == ASK_VARY else message.float_of("length_beats")
        beats = beats or clip.length_beats or BARS_FROM_NOTHING * bar_beats
        if beats > MAX_ASKED_BEATS:
            raise OutOfRange(
                f"A clip of {beats:g} beats is too long to be made; the most is"
                f" {MAX_ASKED_BEATS:g}.",
                "Set a shorter loop, or ask for a shorter length.",
            )
        # Who asks for several chooses among them: nothing is chosen here.
        controls = replace(controls_of(settings, 0), candidates=1, beam_size=1, branch_factor=1)
        seeds = self._chosen_seeds(settings.seed, message.int_of("count"))
        return _Ask(
            number=message.int_of("ask"),
            call=clip if clip.notes else Phrase((), bar_beats),
            beats=beats,
            bundle=settings.bundle,
            controls=tuple(replace(controls, seed=seed) for seed in seeds),
            bar_beats=bar_beats,
            tempo_qpm=tempo_qpm,
        )

    def _source(self, clip_id: int) -> Phrase:
        if not clip_id:
            return Phrase((), 0.0)
        clip = self._desk.material(clip_id)
        if clip is None:
            raise NothingToAnswer(
                f"Clip {clip_id} is not here to be worked on.", "Send it with kind 2, then ask."
            )
        end = clip.length_beats
        inside = tuple(note for note in clip.notes if -EARLY_BEATS <= note.start_beats < end)
        return Phrase(inside, end)

    def _chosen_seeds(self, seed: int, count: int) -> list[int]:
        if seed < 0:
            return [self._seeds.randrange(SEED_LIMIT) for _ in range(count)]
        return [(seed + index) % SEED_LIMIT for index in range(count)]

    def _work(self) -> None:
        """Ask the model for the next clip, if it has none of ours to make."""
        if self._at_work is not None:
            return
        ask = next((ask for ask in self._asks.values() if ask.open), None)
        if ask is None:
            self._outbox.requests.append(ForgetPlayer(self._player))
            return
        self._job += 1
        self._at_work = ask
        controls = ask.controls[len(ask.made)]
        self._outbox.requests.append(
            MakeClip(
                self._player,
                self._job,
                ask.bundle,
                ask.call,
                ask.beats,
                controls,
                ask.bar_beats,
                ask.tempo_qpm,
            )
        )

    def _fail(self, ask: _Ask, wire_code: int) -> None:
        ask.failed = wire_code
        self._tell(ask)

    def _tell_all(self, ask: _Ask) -> None:
        for index, made in enumerate(ask.made):
            self._announce(ask, index)
            self._desk.send_again(made.clip_id, made.phrase, CLIP_IS_MADE)
        self._tell(ask)

    def _announce(self, ask: _Ask, index: int) -> None:
        made, controls = ask.made[index], ask.controls[index]
        head = ask.number, index, len(ask.controls), made.clip_id
        nats = made.likelihood.answer_nats_per_step
        self._say("/clip/made", *head, controls.seed, nats, controls.temperature)

    def _tell(self, ask: _Ask) -> None:
        self._say("/clip/asked", ask.number, len(ask.made), len(ask.controls), ask.failed)

    def _say(self, address: str, *values: int | float) -> None:
        self._outbox.messages.append(outgoing(address, self._device, *values))
