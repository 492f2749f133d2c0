"""The replay: each turn of the wheel once more, its decisions held against the recorded ones."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bridge.core.chronicle import Played
from bridge.engine.timekeeper import EngineSetup, Timekeeper
from bridge.errors import BridgeError, RecordingInvalid
from bridge.io.midi_ports import Arrival, PortChange
from bridge.io.osc_udp import Datagram
from bridge.record.file import Line, Recording
from bridge.record.header import Header
from bridge.record.lines import CALLS, DECISIONS, line_of
from bridge.record.tape import Entry, Tape
from bridge.replay.edges import ReplayDatagrams, ReplayLink, ReplayModel, ReplayPorts
from bridge.replay.models import ModelTalk

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay first decides otherwise.

    Args:
        line: Line of the file, counted from 1; where a decision is missing, that of its turn.
        now_s: The moment of that turn.
        recorded: The line as it was recorded.
        replayed: What it is now.
    """

    line: int
    now_s: float
    recorded: str
    replayed: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a replay.

    Args:
        turns: Turns of the wheel that were replayed.
        decisions: Decisions that came out the same.
        seconds: From the first turn to the last, in the recording's time.
        difference: The first one, where the replay ends; None if there is none.
        cut: Whether the file breaks off.
        ended: Why the recording ends, in its own words; "" if it says nothing.
        lost: Entries that are missing in the middle; the replay ends before them.
        lanes: What was played, up to the end of the replay.
    """

    turns: int
    decisions: int
    seconds: float
    difference: Difference | None
    cut: bool
    ended: str
    lost: int = 0
    lanes: tuple[Played, ...] = ()


@dataclass(slots=True)
class Step:
    """One call of the wheel and what belongs to it.

    Args:
        line: Where the call stands.
        call: The call.
        observed: What came in during it.
        decided: What went out.
        whole: Whether all of it is known to be there: something follows it in the file.
    """

    line: int
    call: Entry
    observed: list[Entry] = field(default_factory=list)
    decided: list[Line] = field(default_factory=list)
    whole: bool = False


class Replay:
    """A timekeeper on the edges of a recording.

    Args:
        header: The recording's header.
        begin: Its ``begin`` entry.
        tape: Takes down what comes out of it; None: nobody wants to know.
    """

    def __init__(self, header: Header, begin: Entry, tape: Tape | None) -> None:
        _, has_ports, has_link = begin
        self.tape = tape
        self._datagrams, self._model = ReplayDatagrams(), ReplayModel()
        self._ports = ReplayPorts() if has_ports else None
        self._link = ReplayLink() if has_link else None
        host, port = self._datagrams.address
        setup = EngineSetup(host, port, header.jam, (), header.engine_epoch, header.seed)
        edges = self._datagrams, self._model, self._ports, self._link
        self.timekeeper = Timekeeper(setup, *edges, tape=self.tape)
        self.timekeeper.jam.chronicle.bars = None
        self.now_s = 0.0

    def observe(self, entry: Entry) -> None:
        """Let something that was observed wait for the next call."""
        kind, values = entry[0], entry[1:]
        if kind == "heard":
            host, port, age_s, data = values
            self._datagrams.waiting.append(Datagram(data, (host, port), age_s))
        elif kind == "replied":
            self._model.waiting.append(values[0])
        elif kind == "midi" and self._ports is not None:
            self._ports.waiting.append(Arrival(*values))
        elif kind == "port" and self._ports is not None:
            self._ports.changes.append(PortChange(*values))
        elif kind == "link" and self._link is not None:
            self._link.waiting.append(values[0])

    def call(self, entry: Entry) -> None:
        """Turn the wheel as it was turned."""
        kind = entry[0]
        if kind == "turn":
            self.now_s = entry[1]
            self.timekeeper.turn(self.now_s, kernel_stamps=entry[2])
        elif kind == "watch":
            self.timekeeper.watch_ports(entry[1])
        elif kind == "command":
            with contextlib.suppress(BridgeError):
                self.timekeeper.command(entry[2], entry[1])
        elif kind == "obey":
            self.timekeeper.obey(entry[2], entry[3], entry[1])
        elif kind == "anew":
            self.timekeeper.show_anew()
        elif kind == "close":
            self.timekeeper.close()
        self.timekeeper.take_events()

    def decisions(self) -> list[Entry]:
        """What was decided since this was last called."""
        entries = self.tape.take() if self.tape is not None else ()
        return [entry for entry in entries if entry[0] in DECISIONS]


def replay(recording: Recording, talk: ModelTalk | None = None) -> Outcome:
    """Replay a recording until its end or the first difference.

    Args:
        recording: The recording.
        talk: Takes what was asked of the models and what they said, if that is wanted.

    Raises:
        RecordingInvalid: It is damaged, or does not begin with the engine.
    """
    if not recording.header.whole:
        raise RecordingInvalid(
            f"{recording.path} does not begin with its engine, so it can't be replayed.",
            "It can be read: docs/recording.md says what its lines mean.",
        )
    reader = Steps(recording)
    machine: Replay | None = None
    turns = decisions = 0
    first_s = last_s = 0.0
    difference: Difference | None = None
    for step in reader:
        if machine is None:
            machine = Replay(recording.header, step.call, Tape())
        for entry in step.observed:
            machine.observe(entry)
        machine.call(step.call)
        if step.call[0] == "turn":
            last_s = machine.now_s
            first_s = first_s if turns else last_s
            turns += 1
        made = machine.decisions()
        same, difference = _compared(step, made, machine.now_s)
        decisions += same
        if talk is not None:
            talk.hear(made, step.observed)
        if difference is not None:
            break
    return Outcome(
        turns=turns,
        decisions=decisions,
        seconds=last_s - first_s,
        difference=difference,
        cut=recording.cut,
        ended=reader.ended,
        lost=reader.lost,
        lanes=machine.timekeeper.jam.lanes(last_s) if machine is not None else (),
    )


def _compared(step: Step, decided: Sequence[Entry], now_s: float) -> tuple[int, Difference | None]:
    """How many decisions of a step are the same, and the first that is not."""
    made = [line_of(entry) for entry in decided]
    for place, (line, now) in enumerate(zip(step.decided, made, strict=False)):
        if line.text != now:
            return place, Difference(line.number, now_s, line.text, now)
    same = min(len(made), len(step.decided))
    if len(step.decided) > same:
        missing = step.decided[same]
        return same, Difference(missing.number, now_s, missing.text, NOTHING)
    # Of the last step of a file that breaks off nobody knows what else there was.
    if len(made) > same and step.whole:
        return same, Difference(step.line, now_s, NOTHING, made[same])
    return same, None


class Steps:
    """The steps of a recording, one after the other.

    Args:
        recording: The recording.

    Attributes:
        ended: Why the recording ends; "" if it says nothing.
        lost: Entries that are missing in the middle; the steps end before them.
    """

    def __init__(self, recording: Recording) -> None:
        self.ended = ""
        self.lost = 0
        self._recording = recording

    def __iter__(self) -> Iterator[Step]:
        step: Step | None = None
        for line in self._recording.lines():
            kind = line.entry[0]
            if kind == "lost":
                self.lost = line.entry[1]
                break
            if kind in CALLS or kind == "end":
                if step is not None:
                    step.whole = True
                    yield step
                step = Step(line.number, line.entry)
                if kind == "end":
                    self.ended = line.entry[1]
                    return
            elif step is None:
                raise _out_of_place(self._recording, line)
            elif kind in DECISIONS:
                step.decided.append(line)
            elif kind != "trace":
                step.observed.append(line.entry)
        if step is not None:
            yield step


def _out_of_place(recording: Recording, line: Line) -> RecordingInvalid:
    return RecordingInvalid(
        f"{recording.path}, line {line.number}: {line.entry[0]!r} belongs to no turn."
    )
