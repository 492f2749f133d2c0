"""What a player has to say, and the words it says it in."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.core.answer import Answer
from bridge.core.events import AnswerMade, JamEvent
from bridge.core.notes import Note
from bridge.core.now import BarLines
from bridge.core.protocol import Message, outgoing
from bridge.core.requests import ModelRequest
from bridge.core.units import beats_to_ticks
from bridge.errors import BridgeError

MOST_KEYS = 256
"""Keys that are kept for people who watch."""

OwnKey = tuple[int, int, int, float]
StruckKey = tuple[int, int, int, float, bool]


@dataclass(slots=True)
class Outbox:
    """What a player has to say, to be fetched after each call of it.

    Args:
        messages: For its device, in order.
        requests: For the model, in order.
        events: For the people who watch.
        errors: What went wrong without anybody having asked just now.
        own_keys: Keys of its own, not of a player that it hears, for the chronicle: pitch, velocity
            (0 releases), channel, run beat.
        keys: Keys struck and released, for people who watch: pitch, velocity, channel, run beat,
            and whether a call heard it. None: nobody watches.
    """

    messages: list[Message] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    events: list[JamEvent] = field(default_factory=list)
    errors: list[BridgeError] = field(default_factory=list)
    own_keys: list[OwnKey] = field(default_factory=list)
    keys: list[StruckKey] | None = None

    def answer_made(self, device: int, player: int, drums: bool, answer: Answer) -> None:
        """Tell of a complete answer: its score to the device, all of it to people who watch.

        Args:
            device: The device's number; below 0 where the player has none.
            player: The player's number.
            drums: Whether its model plays drums.
            answer: The answer.
        """
        self.messages.append(_score_message(answer))
        self.events.append(
            AnswerMade(
                device=device,
                answer_id=answer.answer_id,
                bundle=answer.bundle,
                seed=answer.seed,
                temperature=answer.controls.temperature,
                drums=drums,
                call=answer.call,
                answer=answer.phrase(),
                start_beats=answer.start_beats,
                likelihood=answer.likelihood,
                choice=answer.choice,
                player=player,
            )
        )

    def key_struck(
        self, pitch: int, velocity: int, channel: int, at_beats: float, heard: bool
    ) -> None:
        """Note a key for people who watch, if there are any."""
        if self.keys is not None and len(self.keys) < MOST_KEYS:
            self.keys.append((pitch, velocity, channel, at_beats, heard))


def note_message(note: Note, bars: BarLines, channel: int) -> Message:
    """A note of an answer, its start in run beats, to sound at its song position on a channel."""
    target_ticks = bars.run_beats_to_target_ticks(note.start_beats)
    duration_ticks = max(1, beats_to_ticks(note.duration_beats))
    return outgoing("/n", target_ticks, note.pitch, note.velocity, channel, duration_ticks)


def _score_message(answer: Answer) -> Message:
    """How likely the model finds the answer and its call."""
    likelihood = answer.likelihood
    return outgoing(
        "/score",
        answer.answer_id,
        answer.seed,
        likelihood.call_nats_per_step,
        likelihood.answer_nats_per_step,
        likelihood.running_total_nats,
    )
