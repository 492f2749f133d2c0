"""When things happen in Max: one rule, one small patch."""

from __future__ import annotations

import pytest

from bridge.demo.transport import SimulatedTransport
from tests.device.maxpatch.atoms import PatchError
from tests.device.sketch import PROBE, SketchedPatch, sketch


def at(patch: SketchedPatch) -> list[tuple[float, object]]:
    """Moments in ms and the last word of what was heard then."""
    return [(round(ms, 6), each[-1]) for ms, each in zip(patch.heard_at, patch.heard, strict=True)]


def test_a_delay_bangs_later_and_another_bang_starts_it_anew() -> None:
    patch, _ = sketch({"d": "delay 100", "p": PROBE}, "d.0 > p.0")
    patch.say("d", "bang")
    patch.queues.run_until(60.0)
    patch.say("d", "bang")
    patch.queues.run_until(500.0)
    assert at(patch) == [(160.0, "bang")]


def test_a_delay_can_be_stopped_and_set() -> None:
    patch, _ = sketch({"d": "delay 100", "p": PROBE}, "d.0 > p.0")
    patch.say("d", "bang")
    patch.say("d", "stop")
    patch.say("d", 30, inlet=1)
    patch.say("d", "bang")
    patch.queues.run_until(500.0)
    assert at(patch) == [(30.0, "bang")]


def test_pipe_keeps_each_note_with_the_delay_it_came_with() -> None:
    patch, heard = sketch({"x": "pipe 0 0 0.", "a": PROBE, "b": PROBE}, "x.0 > a.0", "x.1 > b.0")
    for pitch, velocity, delay in ((60, 100, 50.5), (62, 90, 20.0)):
        patch.say("x", delay, inlet=2)
        patch.say("x", velocity, inlet=1)
        patch.say("x", pitch)
    patch.queues.run_until(100.0)
    assert at(patch) == [(20.0, 90), (20.0, 62), (50.5, 100), (50.5, 60)]
    assert heard[0][0] == "b"


def test_a_pipe_of_no_delay_still_goes_through_the_scheduler() -> None:
    patch, heard = sketch(
        {"t": "t b i", "x": "pipe 0 0.", "late": PROBE, "now": PROBE},
        "t.1 > x.0",
        "x.0 > late.0",
        "t.0 > now.0",
    )
    patch.say("t", 1)
    assert heard == [("now", "bang"), ("late", 1)]


def test_clear_drops_what_waits_in_a_pipe_and_flush_sounds_it_at_once() -> None:
    patch, heard = sketch({"x": "pipe 0 100.", "p": PROBE}, "x.0 > p.0")
    patch.say("x", 1)
    patch.say("x", "clear")
    patch.queues.run_until(200.0)
    assert heard == []
    patch.say("x", 2)
    patch.say("x", "flush")
    assert at(patch) == [(200.0, 2)]


def makenote(text: str) -> SketchedPatch:
    boxes = {"m": text, "k": "pack 0 0", "p": PROBE}
    patch, _ = sketch(boxes, "m.1 > k.1", "m.0 > k.0", "k.0 > p.0")
    return patch


def played(patch: SketchedPatch) -> list[tuple[float, int, int]]:
    return [
        (ms, pitch, velocity)
        for ms, (_, pitch, velocity) in zip(patch.heard_at, patch.heard, strict=True)
    ]


def test_makenote_ends_a_note_after_its_duration() -> None:
    patch = makenote("makenote 100 250")
    patch.say("m", 60)
    patch.queues.run_until(300.0)
    assert played(patch) == [(0.0, 60, 100), (250.0, 60, 0)]


def test_makenote_stop_ends_what_sounds_and_clear_forgets_it() -> None:
    patch = makenote("makenote 100 250")
    patch.say("m", 60)
    patch.say("m", "stop")
    patch.say("m", 62)
    patch.say("m", "clear")
    patch.queues.run_until(1000.0)
    assert played(patch) == [(0.0, 60, 100), (0.0, 60, 0), (0.0, 62, 100)]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (0, [(0.0, 100), (100.0, 100), (250.0, 0), (350.0, 0)]),
        (1, [(0.0, 100), (100.0, 0), (100.0, 100), (350.0, 0)]),
        (2, [(0.0, 100), (100.0, 100), (350.0, 0)]),
    ],
    ids=["each its own end", "ends the first before it strikes again", "drops the first end"],
)
def test_makenote_s_repeatmode_decides_about_a_pitch_that_sounds_still(
    mode: int, expected: list[tuple[float, int]]
) -> None:
    patch = makenote(f"makenote 100 250 @repeatmode {mode}")
    patch.say("m", 60)
    patch.queues.run_until(100.0)
    patch.say("m", 60)
    patch.queues.run_until(1000.0)
    assert [(ms, velocity) for ms, _, velocity in played(patch)] == expected


def test_a_metro_in_ms_bangs_at_once_and_then_each_interval() -> None:
    patch, _ = sketch({"m": "metro 50", "p": PROBE}, "m.0 > p.0")
    patch.queues.run_until(20.0)
    patch.say("m", 1)
    patch.queues.run_until(130.0)
    patch.say("m", 0)
    patch.queues.run_until(500.0)
    assert [ms for ms, _ in at(patch)] == [20.0, 70.0, 120.0]


def tick_metro(transport: SimulatedTransport) -> SketchedPatch:
    boxes = {
        "m": "metro @interval 20 ticks @quantize 20 ticks @autostart 1 @active 1",
        "t": "transport",
        "p": PROBE,
    }
    patch, _ = sketch(boxes, "m.0 > t.0", "t.7 > p.0", transport=transport)
    return patch


def ticks(patch: SketchedPatch) -> list[float]:
    return [float(each[-1]) for each in patch.heard]


def test_a_tick_metro_is_silent_while_the_transport_stands() -> None:
    transport = SimulatedTransport(tempo_qpm=120.0)
    transport.play(1.0)
    transport.stop(1.1)
    patch = tick_metro(transport)
    patch.queues.run_until(5000.0)
    assert ticks(patch) == [0.0, 20.0, 40.0, 60.0, 80.0]
    assert round(patch.heard_at[0], 3) == 1000.0


def test_a_quantised_tick_metro_stays_on_the_grid_through_tempo_loop_and_jump() -> None:
    transport = SimulatedTransport(tempo_qpm=120.0)
    transport.set_loop(0.0, 1.0)
    transport.play(0.0)
    transport.set_tempo(0.01, 60.0)
    patch = tick_metro(transport)
    patch.queues.run_until(1100.0)
    grid = [20.0 * step for step in range(24)]
    assert ticks(patch) == [*grid, *grid[:3]]
    jumped = SimulatedTransport(tempo_qpm=120.0)
    jumped.play(0.0)
    jumped.locate(0.033, 4.02)
    patch = tick_metro(jumped)
    patch.queues.run_until(80.0)
    assert ticks(patch) == [0.0, 20.0, 1940.0, 1960.0]


def test_a_tick_metro_without_a_phase_is_an_error() -> None:
    with pytest.raises(PatchError, match="has no phase"):
        sketch({"m": "metro @interval 20 ticks @active 1"})


def test_ticks_typed_as_an_argument_are_an_error_as_max_promises_ms_there_only() -> None:
    with pytest.raises(PatchError, match="@interval"):
        sketch({"m": "metro 20 ticks @quantize 20 ticks @autostart 1 @active 1"})


def test_transport_puts_out_everything_from_right_to_left() -> None:
    transport = SimulatedTransport(tempo_qpm=96.0, signature=(7, 8), song_beats=4.25)
    boxes = {"t": "transport", **{f"o{n}": PROBE for n in range(9)}}
    patch, heard = sketch(boxes, *(f"t.{n} > o{n}.0" for n in range(9)), transport=transport)
    patch.say("t", "bang")
    assert heard == [
        ("o8", "internal"),
        ("o7", 2040.0),
        ("o6", 0),
        ("o5", 7, 8),
        ("o4", 96.0),
        ("o3", 480.0),
        ("o2", 120.0),
        ("o1", 2),
        ("o0", 2),
    ]


def test_with_signal_vectors_what_falls_due_in_one_is_done_at_its_end_in_its_order() -> None:
    boxes = {"a": "delay 7", "b": "delay 12", "c": "delay 9", "p": PROBE, "q": PROBE, "r": PROBE}
    patch, heard = sketch(boxes, "a.0 > p.0", "b.0 > q.0", "c.0 > r.0", vector_ms=5.0)
    for name in "bca":
        patch.say(name, "bang")
    assert patch.queues.next_due_ms() == 10.0
    patch.queues.run_until(20.0)
    assert [name for name, _ in heard] == ["p", "r", "q"]
    assert patch.heard_at == [10.0, 10.0, 15.0]
