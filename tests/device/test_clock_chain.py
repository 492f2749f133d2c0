"""The patch's clock: what it tells of Live's transport, and how well the engine follows it."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.clocksample import clock_sample
from bridge.core.hostclock import HostClock
from bridge.demo.transport import SimulatedTransport
from tests.device.chains import DEVICE, EPOCH, REPLY_PORT, Chains

_END_S = 6.5
_NEAR_BEATS = 0.002
"""Half a tick and the stamp's rounding, at the tempos below."""


def linked(transport: SimulatedTransport) -> Chains:
    chains = Chains(transport)
    chains.bus("tell_clock", main_thread=True)
    return chains


def told(chains: Chains, name: str) -> list[tuple[float, int]]:
    """Moments and one value of every /clock."""
    return [(at_s, message.int_of(name)) for at_s, message in chains.sent("/clock")]


def test_a_new_link_is_told_three_times_then_once_a_second_while_the_song_stands():
    chains = linked(SimulatedTransport(tempo_qpm=93.0, signature=(7, 8), song_beats=5.0))
    chains.run(3.5)
    chains.close()
    clocks = chains.sent("/clock")
    assert len(clocks) == 3 + 3
    first = clocks[0][1]
    assert len({message.values for _, message in clocks[:3]}) == 1
    assert first.int_of("device") == DEVICE
    assert first.float_of("tempo_qpm") == pytest.approx(93.0)
    assert (first.int_of("numerator"), first.int_of("denominator")) == (7, 8)
    assert first.int_of("song_ticks") == 2400
    assert first.int_of("bar_offset_ticks") == 2400 % 1680
    assert first.int_of("flags") == 4


def test_a_playing_song_is_told_24_times_a_beat_on_the_ticks_themselves():
    transport = SimulatedTransport(tempo_qpm=120.0)
    transport.play(1.0)
    chains = linked(transport)
    chains.run(3.0)
    chains.close()
    playing = [message for at_s, message in chains.sent("/clock") if at_s > 1.01]
    ticks = [message.int_of("song_ticks") for message in playing]
    assert ticks == [20 * (index + 1) for index in range(len(ticks))]
    assert 94 <= len(ticks) <= 96
    numbers = [message.int_of("seq") for message in playing]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_starts_and_locates_count_epochs_a_loop_does_not():
    transport = SimulatedTransport(tempo_qpm=120.0)
    transport.set_loop(0.0, 2.0)
    transport.play(1.0)
    transport.stop(3.2)
    transport.play(4.0)
    transport.locate(4.55, 9.0)
    chains = linked(transport)
    chains.bus("loop", 0, 960)
    chains.run(6.0)
    chains.close()
    epochs = [epoch for epoch, _ in groupby(value for _, value in told(chains, "clock_epoch"))]
    assert epochs == list(range(epochs[0], epochs[0] + 4))
    at_s = {
        epoch: min(s for s, value in told(chains, "clock_epoch") if value == epoch)
        for epoch in epochs
    }
    assert at_s[epochs[1]] == pytest.approx(1.0, abs=0.021)
    assert at_s[epochs[2]] == pytest.approx(4.0, abs=0.021)
    assert at_s[epochs[3]] == pytest.approx(4.55, abs=0.021)
    assert all(
        message.int_of("loop_length_ticks") == 960 for _, message in chains.sent("/clock")[3:]
    )


@pytest.mark.parametrize("change", ["start", "stop", "tempo", "locate"])
def test_what_changes_is_told_three_times_with_one_number(change: str):
    transport = SimulatedTransport(tempo_qpm=100.0)
    if change != "start":
        transport.play(0.5)
    moments = {
        "start": transport.play,
        "stop": transport.stop,
        "tempo": lambda at_s: transport.set_tempo(at_s, 131.0),
        "locate": lambda at_s: transport.locate(at_s, 64.0),
    }
    moments[change](2.005)
    chains = linked(transport)
    chains.run(2.5)
    chains.close()
    after = [message for at_s, message in chains.sent("/clock") if at_s >= 2.004]
    repeats = [len(list(same)) for _, same in groupby(after, key=lambda m: m.values)]
    assert repeats[0] == 3
    assert set(repeats[1:]) <= {1}


def test_a_stop_silences_the_player():
    transport = SimulatedTransport(tempo_qpm=120.0)
    transport.play(0.0)
    transport.stop(1.5)
    chains = linked(transport)
    chains.run(1.0)
    chains.bus("n", 960, 60, 100, 0, 4800)
    chains.run(1.6)
    chains.close()
    on, off = chains.patch.midi
    assert (on[0], on[1][2]) == (1000.0, 100)
    assert off[0] == pytest.approx(1500.0, abs=20.0)


def test_a_jump_drops_what_waits_before_the_engine_can_say_so():
    transport = SimulatedTransport(tempo_qpm=120.0)
    transport.play(0.0)
    transport.locate(0.9, 64.0)
    chains = linked(transport)
    chains.run(0.6)
    chains.bus("n", 960, 60, 100, 0, 480)
    chains.run(1.6)
    chains.close()
    assert chains.patch.midi == []


def test_without_a_link_nothing_is_told_and_a_heartbeat_needs_no_script():
    transport = SimulatedTransport()
    transport.play(0.0)
    chains = Chains(transport)
    chains.bus("linked", 0)
    chains.run(2.5)
    before = len(chains.patch.datagrams)
    chains.bus("linked", 1)
    chains.run(5.5)
    chains.close()
    assert before == 0
    beats = chains.sent("/heartbeat")
    assert [at_s for at_s, _ in beats] == pytest.approx([3.0, 4.0, 5.0])
    assert {message.values for _, message in beats} == {(DEVICE, REPLY_PORT, EPOCH)}


_CHANGES = st.one_of(
    st.tuples(st.just("tempo"), st.floats(60, 240)),
    st.tuples(st.just("locate"), st.integers(0, 64)),
    st.tuples(st.just("pause"), st.floats(0.2, 0.6)),
)


@settings(max_examples=6, deadline=None)
@given(
    tempo_qpm=st.floats(60, 240),
    signature=st.sampled_from([(4, 4), (3, 4), (7, 8)]),
    change=_CHANGES,
    at_s=st.floats(2.0, 4.0),
    loop_beats=st.sampled_from([0, 0, 3, 8]),
)
def test_the_engine_knows_the_beat_before_and_after_any_change(
    tempo_qpm: float,
    signature: tuple[int, int],
    change: tuple[str, float],
    at_s: float,
    loop_beats: int,
):
    transport = SimulatedTransport(tempo_qpm=tempo_qpm, signature=signature)
    if loop_beats:
        transport.set_loop(0.0, float(loop_beats))
    transport.play(0.5)
    kind, value = change
    if kind == "tempo":
        transport.set_tempo(at_s, value)
    elif kind == "locate":
        transport.locate(at_s, float(value))
    else:
        transport.stop(at_s)
        transport.play(at_s + value)
    chains = linked(transport)
    chains.bus("loop", 0, loop_beats * 480)
    chains.run(_END_S)
    chains.close()

    clock = HostClock()
    checked = 0
    for sent_s, message in chains.sent("/clock"):
        clock.observe(clock_sample(message), sent_s)
        settled = not at_s - 0.1 < sent_s < at_s + 1.2
        if clock.playing and settled and sent_s > 0.7:
            state = transport.state_at(sent_s)
            song = clock.timeline.song_ticks_at(clock.run_beats_at(sent_s))
            apart = (song - state.song_ticks) / 480.0
            if loop_beats:
                apart = (apart + loop_beats / 2) % loop_beats - loop_beats / 2
            assert abs(apart) < _NEAR_BEATS
            checked += 1
    assert checked > 50
