"""Whatever people, transports and networks do: no crash, no stuck note, nothing refused."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from tests.effort import tried
from tests.fakes.room import BadClockNetwork, Room

MakeRoom = Callable[..., Room]

beats = st.floats(0.0, 40.0, width=32)
keys = st.tuples(st.just("key"), beats, st.sampled_from([36, 38, 42, 127]), st.integers(0, 127))
buttons = st.tuples(
    st.just("button"),
    beats,
    st.sampled_from(["/go", "/end_call", "/again", "/mutate", "/panic"]),
    st.just(0),
)
knobs = st.one_of(
    st.tuples(st.just("knob"), beats, st.just("/param/loop"), st.integers(0, 1)),
    st.tuples(st.just("knob"), beats, st.just("/param/overlap"), st.integers(0, 1)),
    st.tuples(st.just("knob"), beats, st.just("/param/call_bars"), st.integers(0, 3)),
    st.tuples(st.just("knob"), beats, st.just("/param/answer_bars"), st.integers(0, 3)),
    st.tuples(
        st.just("knob"), beats, st.just("/param/temperature"), st.floats(0.125, 2.0, width=32)
    ),
)
hands = st.one_of(
    st.tuples(st.just("stop"), beats, st.none(), st.floats(0.1, 3.0)),
    st.tuples(st.just("locate"), beats, st.none(), st.floats(0.0, 64.0)),
    st.tuples(st.just("tempo"), beats, st.none(), st.floats(40.0, 240.0)),
    st.tuples(
        st.just("metre"), beats, st.none(), st.sampled_from([(3, 4), (7, 8), (4, 4), (5, 16)])
    ),
    st.tuples(st.just("loop"), beats, st.none(), st.floats(0.25, 16.0)),
)
doings = st.lists(st.one_of(keys, buttons, knobs, hands), min_size=1, max_size=25)


def do(room: Room, what: str, beat: float, target: object, value: object) -> None:
    at_s, device, transport = room.at_beat(beat), room.device, room.transport
    if what == "key":
        device.key(at_s, target, value)  # type: ignore[arg-type]
    elif what == "button":
        device.command(target, at_s=at_s)  # type: ignore[arg-type]
    elif what == "knob":
        device.command(target, value, at_s=at_s)  # type: ignore[arg-type]
    elif what == "stop":
        transport.stop(at_s)
        transport.play(at_s + value)  # type: ignore[operator]
    elif what == "locate":
        transport.locate(at_s, value)  # type: ignore[arg-type]
    elif what == "tempo":
        transport.set_tempo(at_s, value)  # type: ignore[arg-type]
    elif what == "metre":
        transport.set_signature(at_s, value)  # type: ignore[arg-type]
    else:
        transport.set_loop(0.0, value, at_s=at_s)  # type: ignore[arg-type]


@settings(max_examples=tried(12, 40), deadline=None, suppress_health_check=list(HealthCheck))
@given(doings=doings, bad=st.booleans(), slow=st.sampled_from([0.0, 0.3]))
def test_anything_goes(
    make_room: MakeRoom, doings: list[tuple[str, float, object, object]], bad: bool, slow: float
) -> None:
    network = BadClockNetwork(0.05, 0.05, 0.05, 2.0) if bad else BadClockNetwork()
    room = make_room(network=network, model_delay_s=slow, player=PlayerSettings(seed=1))
    for doing in doings:
        do(room, *doing)
    room.run(until_s=room.at_beat(44.0))
    room.device.command("/panic")
    room.run(until_s=room.at_beat(44.0) + 0.5)
    assert room.device.sounding == ()
    assert room.device.states[-1][1:] == (State.IDLE, 0, 0)
    assert room.device.refused == []
    room.close()
