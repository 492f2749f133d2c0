"""What the jam tells the people who watch it: the console, the demo, the page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bridge.core.bindings import Learnt
from bridge.core.chronicle import Played
from bridge.core.notes import Phrase
from bridge.core.requests import Choice, Likelihood
from bridge.core.stage_events import StageEvent
from bridge.core.views import PlayerGone, PlayerView
from bridge.errors import BridgeError


class Level(Enum):
    """How much a notice matters."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the console and the log."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class AnswerMade:
    """An answer is complete (it may still be playing).

    Args:
        device: The device's number; below 0 where the player has none.
        answer_id: Counts the answers of the player.
        bundle: Name of the model's bundle.
        seed: Seed of the answer.
        temperature: As it was when the answer was begun.
        drums: Whether the model plays drums.
        call: What it answers.
        answer: What it plays.
        start_beats: Its bar line, in run beats.
        likelihood: Of both, at temperature 1.
        choice: Which of the candidates it is; None where there was only one.
        player: The player's number, 1 to 64.
    """

    device: int
    answer_id: int
    bundle: str
    seed: int
    temperature: float
    drums: bool
    call: Phrase
    answer: Phrase
    start_beats: float
    likelihood: Likelihood
    choice: Choice | None = None
    player: int = 0


class Guard(Enum):
    """What a player is guarded against (`bridge.core.guards`)."""

    SILENCE = "silence"
    SAMENESS = "sameness"
    DENSITY = "density"


@dataclass(frozen=True, slots=True)
class GuardActed:
    """A guard has stepped in.

    Args:
        player: The player's number.
        guard: Which.
        answer_id: The answer that it is about; 0 where it is about none.
        text: What the player does instead, and why, as the rest of a sentence that begins with it.
    """

    player: int
    guard: Guard
    answer_id: int
    text: str


@dataclass(frozen=True, slots=True)
class CommandDone:
    """A command from another process was carried out, or was not.

    Args:
        ticket: The sender's number for it.
        error: Why nothing was done; None where all is well.
    """

    ticket: int
    error: BridgeError | None


@dataclass(frozen=True, slots=True)
class ReadOut:
    """A hand is on a knob of a surface, and this is what the knob says.

    Args:
        player: The player whose parameter it is.
        parameter: The parameter's name.
        text: Its value for people.
        share: Where the value lies in its range, 0.0 to 1.0.
        touched: Whether the hand is still there.
    """

    player: int
    parameter: str
    text: str
    share: float
    touched: bool


@dataclass(frozen=True, slots=True)
class Captured:
    """What was just played was asked for (`bridge.core.score.just_played` lays it out).

    Args:
        stamp: The asker's number for it.
        bars: Only so many bars; 0 for all.
        lanes: All that is remembered.
    """

    stamp: int
    bars: int
    lanes: tuple[Played, ...]


JamEvent = (
    Notice
    | AnswerMade
    | GuardActed
    | PlayerView
    | PlayerGone
    | CommandDone
    | Captured
    | ReadOut
    | Learnt
    | StageEvent
)
