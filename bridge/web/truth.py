"""Everything that a new reader of the stream is told first, kept as the engine tells it.

Each piece of news becomes a `Telling`: the event's name, its fields, and whether a slow reader may
skip it. The truth keeps the newest of what may be skipped, and bounded histories of the rest.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from bridge import __version__
from bridge.core.events import AnswerMade, Level, ReadOut
from bridge.core.notes import Note
from bridge.core.parameters import PARAMETERS
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from bridge.core.stage_events import BeatNow, KeyHeard, NotesComing, NotesTakenBack
from bridge.core.syncstats import LATENESS_EDGES_MS, SyncReport
from bridge.core.views import PlayerGone, PlayerView
from bridge.engine.loadmeter import EngineLoad
from bridge.engine.onstage import JAM_CLOCK
from bridge.engine.report import EngineEvent
from bridge.errors import BridgeError
from bridge.web.curve import TrainingCurve
from bridge.web.plain import plain

API = 1
HISTORY = 200
"""Answers, and lines of the log, that a new reader is told."""
MOST_NOTES = 2048
"""Notes to come that are kept for each player."""

Fields = dict[str, object]
_Pending = tuple[int, Note]


@dataclass(frozen=True, slots=True)
class Telling:
    """One event of the stream.

    Args:
        name: Its name.
        fields: Its fields, plain values.
        key: Of several with the same key only the newest need be told; None: all must be.
    """

    name: str
    fields: Fields
    key: Hashable | None = None


class Truth:
    """What is known of the engine. Not safe for several threads: whoever holds it locks.

    Args:
        bundles: Names on offer.
        settings: What a new player starts with.
        ports: Names of MIDI ports, by the parameter whose bits stand for them.
        now_s: The engine's clock.
    """

    def __init__(
        self,
        bundles: tuple[str, ...],
        settings: PlayerSettings | None = None,
        ports: Mapping[str, tuple[str, ...]] | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bundles = bundles
        self._defaults = settings or PlayerSettings()
        self._ports = dict(ports or {})
        self._now_s = now_s
        self._players: dict[int, Fields] = {}
        self._clocks: dict[str, Fields] = {}
        self._sync: Fields | None = None
        self._load: Fields | None = None
        self._training: Fields | None = None
        self._answers: deque[Fields] = deque(maxlen=HISTORY)
        self._log: deque[Fields] = deque(maxlen=HISTORY)
        self._lines = 0
        self._pending: dict[tuple[int, str], deque[_Pending]] = {}

    def hello(self) -> Telling:
        """What a new reader is told first."""
        return Telling(
            "hello",
            {
                "api": API,
                "version": __version__,
                "time_s": self._now_s(),
                "bundles": list(self._bundles),
                "ports": {name: list(ports) for name, ports in self._ports.items()},
                "parameters": _parameters(self._defaults),
                "clocks": list(self._clocks.values()),
                "players": [self._players[number] for number in sorted(self._players)],
                "notes": self._coming(),
                "answers": list(self._answers),
                "log": list(self._log),
                "sync": self._sync,
                "load": self._load,
                "training": self._training,
            },
        )

    def take(self, said: object) -> tuple[Telling, ...]:
        """Take what the engine says; returns what readers are to be told of it."""
        if isinstance(said, BeatNow):
            return (self._beat(said),)
        if isinstance(said, NotesComing):
            return (self._notes(said),)
        if isinstance(said, NotesTakenBack):
            return (self._taken_back(said),)
        if isinstance(said, KeyHeard):
            return (Telling("key", _fields(said)),)
        if isinstance(said, EngineEvent):
            answer = (self._answer(said.answer),) if said.answer is not None else ()
            return (*answer, self.log(said.level, said.text))
        if isinstance(said, BridgeError):
            return (self.log(Level.WARNING, str(said)),)
        return self._seldom(said)

    def log(self, level: Level, text: str) -> Telling:
        """A line for the log."""
        self._lines += 1
        line: Fields = {
            "number": self._lines,
            "time_s": self._now_s(),
            "level": level.value,
            "text": text,
        }
        self._log.append(line)
        return Telling("log", line)

    def settings_of(self, player: int) -> Fields | None:
        """A player's parameters, as plain values; None if it is not there."""
        fields = self._players.get(player)
        settings = fields["settings"] if fields is not None else None
        return settings if isinstance(settings, dict) else None

    @property
    def players(self) -> tuple[int, ...]:
        """Numbers of the players that are there."""
        return tuple(sorted(self._players))

    def _seldom(self, said: object) -> tuple[Telling, ...]:
        if isinstance(said, PlayerView):
            fields = _fields(said)
            fields["state"] = State(said.state).name.lower()
            fields["listens_to"] = said.listens_to
            fields["clock"] = JAM_CLOCK if said.kind == "port" else f"player {said.number}"
            self._players[said.number] = fields
            return (Telling("player", fields, ("player", said.number)),)
        if isinstance(said, PlayerGone):
            self._players.pop(said.number, None)
            self._clocks.pop(f"player {said.number}", None)
            for key in [key for key in self._pending if key[0] == said.number]:
                del self._pending[key]
            return (Telling("player_left", {"number": said.number}),)
        if isinstance(said, SyncReport):
            self._sync = _fields(said) | {"lateness_edges_ms": list(LATENESS_EDGES_MS)}
            return (Telling("sync", self._sync, "sync"),)
        if isinstance(said, TrainingCurve):
            self._training = _fields(said)
            return (Telling("training", self._training, "training"),)
        if isinstance(said, EngineLoad):
            self._load = _fields(said)
            return (Telling("load", self._load, "load"),)
        if isinstance(said, ReadOut):
            return (Telling("readout", _fields(said), "readout"),)
        return ()

    def _beat(self, beat: BeatNow) -> Telling:
        fields = self._clocks[beat.clock] = _fields(beat)
        for (_, clock), notes in self._pending.items():
            while clock == beat.clock and notes and notes[0][1].end_beats < beat.run_beats:
                notes.popleft()
        return Telling("beat", fields, ("beat", beat.clock))

    def _notes(self, coming: NotesComing) -> Telling:
        kept = self._pending.setdefault((coming.player, coming.clock), deque(maxlen=MOST_NOTES))
        kept.extend((coming.answer_id, note) for note in coming.notes)
        return Telling("notes", _fields(coming))

    def _taken_back(self, back: NotesTakenBack) -> Telling:
        kept = self._pending.get((back.player, back.clock), deque())
        stay = [
            one for one in kept if one[0] != back.answer_id or one[1].start_beats < back.from_beats
        ]
        kept.clear()
        kept.extend(stay)
        return Telling("taken_back", _fields(back))

    def _coming(self) -> list[Fields]:
        groups: dict[tuple[int, str, int], list[Fields]] = {}
        for (player, clock), notes in self._pending.items():
            for answer_id, note in notes:
                groups.setdefault((player, clock, answer_id), []).append(_fields(note))
        return [
            {"player": player, "clock": clock, "answer_id": answer_id, "notes": notes}
            for (player, clock, answer_id), notes in groups.items()
        ]

    def _answer(self, answer: AnswerMade) -> Telling:
        likelihood = answer.likelihood
        fields: Fields = {
            "player": answer.player,
            "answer_id": answer.answer_id,
            "bundle": answer.bundle,
            "seed": answer.seed,
            "temperature": answer.temperature,
            "drums": answer.drums,
            "start_beats": answer.start_beats,
            "length_beats": answer.answer.length_beats,
            "notes": len(answer.answer.notes),
            "call_nats_per_step": plain(likelihood.call_nats_per_step),
            "answer_nats_per_step": plain(likelihood.answer_nats_per_step),
            "running_total_nats": plain(likelihood.running_total_nats),
            "choice": plain(answer.choice),
        }
        self._answers.append(fields)
        return Telling("answer", fields)


def _fields(said: object) -> Fields:
    found = plain(said)
    if not isinstance(found, dict):
        raise TypeError(f"{type(said).__name__} has no fields")
    return found


def _parameters(defaults: PlayerSettings) -> list[Fields]:
    return [
        _fields(one) | {"default": plain(getattr(defaults, one.name))}
        for one in PARAMETERS.values()
    ]
