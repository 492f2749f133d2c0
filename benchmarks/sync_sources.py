"""The sources of the beat: what a hand-over costs, and eight hours of each.

Virtual time, seeded; the networks are models.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.rows import Row
from bridge.core.clockhub import ClockHub
from bridge.core.settings import ClockSettings
from tests.fakes import eight_hours
from tests.fakes.beatclock import Stage
from tests.fakes.network import GAUSS_2_MS, LOSSY_10, STALLS, Jitter, Network
from tests.fakes.song import ScriptedSong

CABLE = Network(loss=0.01, jitter=Jitter(exponential_s=0.001))
NETWORKS = {"gauss 2 ms": GAUSS_2_MS, "stalls": STALLS, "10 % loss, stalls": LOSSY_10}
BEFORE_S, AFTER_S = 1.0, 6.0
HAND_OVER_MUST_MS = 5.0


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure everything."""
    seeds = range(5000, 5000 + (2 if quick else 10))
    for name, network in NETWORKS.items():
        for way in ("device to MIDI clock", "MIDI clock to device"):
            worst = max(_hand_over_ms(way, network, seed) for seed in seeds)
            metric = f"hand-over, worst error, {way}, {name}, cable loses 1 %"
            yield Row(metric, worst, "ms", must=HAND_OVER_MUST_MS)
    yield from _long_rows()


def _hand_over_ms(way: str, network: Network, seed: int) -> float:
    """Worst error from a second before the device dies or comes to six seconds after."""
    song = ScriptedSong(120.0)
    song.play(60)
    stage = Stage(ClockHub(ClockSettings()))
    dies = way == "device to MIDI clock"
    stage.device(song, network, seed=seed, silent=lambda t_s: (t_s > 20.3) == dies)
    stage.midi(song, CABLE, seed=seed)
    show = stage.run(song, song.now_s)
    wanted = ["device", "midi"] if dies else ["midi", "device"]
    if show.changes != wanted:
        raise RuntimeError(f"followed {show.changes} instead of {wanted}")
    return float(show.errors(20.3 - BEFORE_S, 20.3 + AFTER_S).max())


def _long_rows() -> Iterator[Row]:
    runs = {
        "device": eight_hours.device(stamped=True),
        "device without stamps": eight_hours.device(stamped=False),
        "MIDI clock": eight_hours.midi(),
        "Link": eight_hours.link(),
        "internal": eight_hours.internal(),
    }
    for name, run in runs.items():
        label = f"8 hours, 100 ppm, 1 % loss, {name}" if name != "internal" else "8 hours, internal"
        missed = abs(run.bars - run.true_bars)
        # Who counts ticks alone is short of every one that was lost.
        counted = run.lost / 24.0 / eight_hours.BAR_BEATS if run.lost else None
        peer = "counting ticks" if run.lost else ""
        yield Row(f"{label}: bars missed", missed, "bars", peer, counted, must=0.01, moonshot=0.0)
        yield Row(f"{label}: worst error at a bar line", run.worst_ms, "ms")
        yield Row(f"{label}: last hour's median against the first's", abs(run.drift_ms), "ms")
