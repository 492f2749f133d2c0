"""docs/session.md, made from the session's transition table."""

from __future__ import annotations

from tables import GENERATED, code, table

from bridge.core.session import EVENT_MEANING, STATE_MEANING, TRANSITIONS, Event, State

ANYWHERE = tuple(event for event in Event if all((state, event) in TRANSITIONS for state in State))
"""Events that every state takes; the diagram shows them in words instead of in arrows."""


def session_page() -> str:
    """The page."""
    parts = [
        GENERATED,
        "# The session\n",
        "What a player may do next is one table, `TRANSITIONS` in `bridge/core/session.py`; this"
        " page is made from it. An event that a state does not list is refused and changes"
        " nothing. What leads to an event is described in [jamming.md](jamming.md).\n",
        _diagram(),
        f"Not drawn: {_names(ANYWHERE)} lead from every state to `{State.IDLE.name}`, and events"
        " that leave the state as it is.\n",
        "## States\n",
        table(
            ["number", "state", "what the player does"],
            ((int(state), code(state.name), STATE_MEANING[state]) for state in State),
        ),
        "The number is what [`/state`](protocol.md#state) carries.\n",
        "## Events\n",
        table(["event", "what happened"], ((event.value, EVENT_MEANING[event]) for event in Event)),
        "## What ends a call\n",
        _ends(),
        "## All transitions\n",
        table(["event \\ state", *(state.name.lower() for state in State)], _matrix()),
        "A dash: the event makes no sense there and is refused.\n",
    ]
    return "\n".join(parts)


def _diagram() -> str:
    arrows: dict[tuple[State, State], list[str]] = {}
    for (state, event), following in TRANSITIONS.items():
        if event not in ANYWHERE and following is not state:
            arrows.setdefault((state, following), []).append(event.value)
    lines = [
        f"    {state.name.lower()} --> {following.name.lower()}: {', '.join(events)}"
        for (state, following), events in arrows.items()
    ]
    first = f"    [*] --> {State.IDLE.name.lower()}"
    return "\n".join(["```mermaid", "stateDiagram-v2", first, *lines, "```\n"])


def _names(events: tuple[Event, ...]) -> str:
    return " and ".join(f"*{event.value}*" for event in events)


def _matrix() -> list[list[str]]:
    return [
        [event.value, *(_cell(TRANSITIONS.get((state, event))) for state in State)]
        for event in Event
    ]


def _cell(state: State | None) -> str:
    return "-" if state is None else state.name.lower()


def _ends() -> str:
    rows = (
        (
            "silence (default)",
            "after `silence_bars` whole bars without a note",
            "the bars up to the last one that sounded; the silent ones are not part of it",
        ),
        ("length", "when `call_bars` bars are over", "exactly these bars"),
        ("`/end_call` or `/go`", "at the next bar line", "all bars up to that line"),
    )
    return (
        table(["by", "the answer starts", "the call is"], rows)
        + "\nThe earliest of them counts. A note in the bar that would have been the silent one"
        " takes the end back (*call goes on*), up to the last moment before the bar line."
        " Panic, a stopped transport, and a jump after which the bar lines lie elsewhere drop the"
        " call without an answer.\n"
    )
