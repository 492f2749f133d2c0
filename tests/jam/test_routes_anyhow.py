"""Whatever is re-routed, struck, wired or unplugged: no note hangs, and none is made up."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.commands import Do, Key, SetParameter
from bridge.core.events import AnswerMade
from bridge.core.requests import AnswerChunk
from bridge.core.settings import PlayerSettings, PlayerSetup
from bridge.errors import BridgeError
from tests.fakes.ports import PortRoom

INS, OUTS = ("in 1", "in 2", "in 3"), ("out 1", "out 2", "out 3")
PLAYERS = 3
CALM = PlayerSettings(bundle="steady_drummer", feel=0.0, call_bars=1, answer_bars=2)

_player = st.integers(1, PLAYERS)
_turns = st.one_of(
    st.tuples(st.just("listen"), st.integers(0, PLAYERS)),
    st.tuples(st.sampled_from(["input_ports", "output_ports"]), st.integers(0, 7)),
    st.tuples(
        st.sampled_from(["mute", "solo", "mute_input", "passthrough", "overlap", "loop"]),
        st.integers(0, 1),
    ),
    st.tuples(st.sampled_from(["input_channel", "output_channel"]), st.integers(0, 2)),
)
_steps = st.one_of(
    st.tuples(st.just("turn"), _player, _turns),
    st.tuples(st.just("key"), st.sampled_from(INS), st.tuples(st.integers(36, 38), st.booleans())),
    st.tuples(st.just("page"), _player, st.tuples(st.integers(36, 38), st.booleans())),
    st.tuples(st.just("press"), _player, st.sampled_from(["panic", "go", "again", "mutate"])),
    st.tuples(st.sampled_from(["lose", "return"]), st.sampled_from(OUTS), st.none()),
    st.tuples(st.just("unplug"), st.sampled_from(INS), st.none()),
)
_cables = st.dictionaries(
    st.sampled_from(OUTS), st.tuples(st.sampled_from(INS), st.sampled_from([0.004, 0.03, 0.08]))
)


class Chaos:
    """A room of three players, and everybody's hands in it."""

    def __init__(self, folder: Path, cables: dict[str, tuple[str, float]]) -> None:
        players = tuple(PlayerSetup(f"p{n}", CALM, (INS[n],), (OUTS[n],)) for n in range(PLAYERS))
        self.room = PortRoom("steady_drummer", folder, players=players)
        self.cables = cables
        self.carried = self.by_hand = self.made = 0
        model = self.room.engine._timekeeper.model
        poll = model.poll

        def counted() -> list[object]:
            replies = poll()
            self.made += sum(len(one.notes) for one in replies if isinstance(one, AnswerChunk))
            return replies

        model.poll = counted  # type: ignore[method-assign, assignment]

    def run(self, until_s: float) -> None:
        room = self.room
        while room.clock.time_s < until_s:
            room.run(min(until_s, room.clock.time_s + 0.02))
            for at_s, name, data in room.ports.sent[self.carried :]:
                if name in self.cables:
                    port, way_s = self.cables[name]
                    room.at(at_s + way_s, data, port)
            self.carried = len(room.ports.sent)

    def step(self, what: str, where: object, how: object) -> None:
        room, now_s = self.room, self.room.clock.time_s
        if what == "key":
            pitch, down = how  # type: ignore[misc]
            self.by_hand += down
            room.at(now_s, bytes((0x90, pitch, 90 if down else 0)), str(where))
        elif what == "lose":
            room.ports.lose(str(where))
            # The engine sees it before it plays on: what it sends meanwhile would be owed twice.
            room.engine._timekeeper.watch_ports(now_s)
        elif what == "return":
            room.ports.give_back(str(where))
        elif what == "unplug":
            room.engine._timekeeper.port_jam.port_lost(str(where), output=False, now_s=now_s)
        else:
            self.command(what, where, how)

    def command(self, what: str, player: object, how: object) -> None:
        assert isinstance(player, int)
        if what == "turn":
            command = SetParameter(player, *how)  # type: ignore[misc]
        elif what == "press":
            command = Do(player, str(how))  # type: ignore[assignment]
        else:
            pitch, down = how  # type: ignore[misc]
            self.by_hand += down
            command = Key(player, pitch, 90 if down else 0)  # type: ignore[assignment]
        # "Again" before there was a call, and the like, is refused and changes nothing.
        with contextlib.suppress(BridgeError):
            self.room.engine._timekeeper.command(command, self.room.clock.time_s)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(st.tuples(st.sampled_from([0.0, 0.03, 0.31, 1.7]), _steps), max_size=30),
    cables=_cables,
    circle=st.sampled_from(["no", "listening", "wired"]),
)
def test_no_note_hangs_and_none_is_made_up(
    bundle_folder: Path, steps: list, cables: dict[str, tuple[str, float]], circle: str
) -> None:
    if circle == "wired":
        cables = {OUTS[n]: (INS[(n + 1) % PLAYERS], 0.03) for n in range(PLAYERS)}
    chaos = Chaos(bundle_folder, cables)
    room = chaos.room
    for player in range(1, PLAYERS + 1):
        if circle == "listening":
            chaos.step("turn", player, ("listen", player % PLAYERS + 1))
        if circle == "wired":
            chaos.step("turn", player, ("passthrough", 1))
    try:
        for wait_s, (what, where, how) in steps:
            chaos.run(room.clock.time_s + wait_s)
            chaos.step(what, where, how)
        chaos.run(room.clock.time_s + 6.0)
        for name in sorted(room.ports.gone):
            room.ports.give_back(name)
        chaos.run(room.clock.time_s + 0.2)
        assert room.engine._timekeeper.faults == 0
    finally:
        room.close()
    assert room.ports.sounding() == [], "a note was left hanging"
    looped = any(what == "turn" and how[0] == "loop" for _, (what, _, how) in steps)
    for port in OUTS:
        # A hand that is passed through sounds once for each player that hears it.
        most = chaos.made + PLAYERS * chaos.by_hand
        assert looped or len(room.ports.note_ons(port)) <= most, "notes that nobody has played"
    for event in room.events:
        if isinstance(event, AnswerMade):
            heard = len(event.call.notes)
            assert looped or heard <= chaos.made * PLAYERS + chaos.by_hand * (PLAYERS + 1)
