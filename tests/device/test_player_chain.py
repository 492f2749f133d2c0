"""The patch's player chain: the notes of an answer, by Max's scheduler, at their song ticks.

The simulated device's player says what must come out; the patch's objects must play the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.demo.note_player import NotePlayer
from bridge.demo.transport import SimulatedTransport
from tests.device.chains import Chains

_LATE_LIMIT_MS = 10.0


@dataclass(frozen=True)
class Sent:
    """A note as the engine sends it."""

    at_s: float
    ahead_ticks: int
    pitch: int
    channel: int
    duration: int


_SENT = st.builds(
    Sent,
    at_s=st.floats(1.0, 4.0),
    ahead_ticks=st.integers(0, 470),
    pitch=st.integers(60, 63),
    channel=st.sampled_from([0, 0, 9]),
    duration=st.integers(10, 900),
)


def on_and_off(chains: Chains) -> list[tuple[float, int, int, bool]]:
    """Moment in ms, pitch, channel, on or off."""
    return [
        (at_ms, data[1], data[0] & 15, data[0] >> 4 == 9 and data[2] > 0)
        for at_ms, data in chains.patch.midi
    ]


def target_of(transport: SimulatedTransport, at_s: float, ahead: int) -> int:
    """The song position that lies so many ticks ahead, round the loop where there is one."""
    state = transport.state_at(at_s)
    target = round(state.song_ticks + 0.5) + ahead
    if state.loop is not None and state.song_ticks < state.loop.end_ticks <= target:
        target -= state.loop.length_ticks
    return target


@settings(max_examples=40, deadline=None)
@given(
    notes=st.lists(_SENT, max_size=12),
    tempo_qpm=st.floats(40, 300),
    loop_beats=st.sampled_from([0, 0, 4, 7]),
)
def test_what_is_sent_ahead_sounds_as_the_simulated_player_plays_it(
    notes: list[Sent], tempo_qpm: float, loop_beats: int
):
    transport = SimulatedTransport(tempo_qpm=tempo_qpm)
    if loop_beats:
        transport.set_loop(0.0, float(loop_beats))
    transport.play(0.5)
    chains, player = Chains(transport, clock=False), NotePlayer(transport)
    chains.bus("loop", 0, loop_beats * 480)
    for note in sorted(notes, key=lambda each: each.at_s):
        chains.run(note.at_s)
        while player.next_event_s() <= note.at_s:
            player.play_next()
        target = target_of(transport, note.at_s, note.ahead_ticks)
        values = (target, note.pitch, 100, note.channel, note.duration)
        chains.bus("n", *values)
        assert player.take(target, note.pitch, 100, note.channel, note.duration, note.at_s) == []
    while player.next_event_s() <= 9.0:
        player.play_next()
    chains.run(9.0)
    chains.close()
    expected = sorted((e.pitch, e.channel, e.velocity > 0, e.at_s * 1000.0) for e in player.midi)
    played = sorted((p, c, on, at) for at, p, c, on in on_and_off(chains))
    assert [each[:3] for each in played] == [each[:3] for each in expected]
    assert [each[3] for each in played] == pytest.approx([each[3] for each in expected], abs=0.01)


@pytest.fixture
def chains() -> Chains:
    transport = SimulatedTransport(tempo_qpm=120.0)
    transport.play(0.0)
    transport.stop(4.0)
    made = Chains(transport)
    made.run(1.0)
    yield made
    made.close()


@pytest.mark.parametrize(("late_ms", "sounds"), [(9.0, True), (11.0, False)])
def test_a_little_late_is_played_at_once_and_more_is_left_out(
    chains: Chains, late_ms: float, sounds: bool
):
    # 960 ticks a second at 120 to the minute: the song is at tick 960.
    chains.run(1.0 + late_ms / 1000.0)
    chains.bus("n", 960, 60, 100, 0, 100)
    assert [event[3] for event in on_and_off(chains)] == ([True] if sounds else [])
    assert _LATE_LIMIT_MS == 10.0


def test_what_lies_more_than_a_beat_ahead_is_from_before_a_jump(chains: Chains):
    chains.bus("n", 960 + 481, 60, 100, 0, 100)
    chains.bus("n", 960 + 480, 61, 100, 0, 100)
    chains.run(3.0)
    assert [event[1] for event in on_and_off(chains) if event[3]] == [61]


def test_while_the_song_stands_still_nothing_is_played(chains: Chains):
    chains.run(4.5)
    chains.bus("n", 3840, 60, 100, 0, 100)
    chains.run(6.0)
    assert on_and_off(chains) == []


def test_clear_drops_what_waits_and_lets_the_sounding_note_end(chains: Chains):
    chains.bus("n", 960, 60, 100, 0, 480)
    chains.bus("n", 1200, 62, 100, 0, 480)
    chains.bus("clear")
    chains.run(3.0)
    assert on_and_off(chains) == [(1000.0, 60, 0, True), (1500.0, 60, 0, False)]


def test_panic_ends_everything_at_once_on_its_own_channel(chains: Chains):
    chains.bus("n", 960, 60, 100, 0, 4800)
    chains.bus("n", 960, 36, 100, 9, 4800)
    chains.bus("n", 1200, 62, 100, 0, 480)
    chains.run(1.1)
    chains.bus("panic")
    chains.run(8.0)
    events = on_and_off(chains)
    assert [event[1:] for event in events[:2]] == [(60, 0, True), (36, 9, True)]
    assert {event[1:] for event in events[2:]} == {(60, 0, False), (36, 9, False)}
    assert all(event[0] <= 1100.0 for event in events)


def test_before_the_link_stands_no_note_is_played(chains: Chains):
    chains.bus("linked", 0)
    gates = [
        each
        for each in chains.patch.objects.values()
        if each.box.text == "route /n /n/clear /flush"
    ]
    [route] = gates
    chains.patch.queues.run(
        lambda: route.receive(0, ("/n", 960, 60, 100, 0, 100)), main_thread=False
    )
    chains.run(2.0)
    assert on_and_off(chains) == []
