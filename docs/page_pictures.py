"""Pictures of the page for `docs/page.md`: `python -m docs.page_pictures`.

Needs Chromium and Playwright. The real engine plays with the shipped models; a bar of drums and a
bar of melody are struck from the page, and the picture is taken while the answers fall. They are
not made anew by `docs/generate.py`: no two jams are the same.
"""

from __future__ import annotations

import select
import sys
import tempfile
from pathlib import Path

from tests.fakes.chromium import Tab, open_browser, open_tab
from tests.web.browser import PageEngine

REPOSITORY = Path(__file__).resolve().parents[1]
CONFIGURATION = """\
clock: {order: [internal], internal_tempo_qpm: 104}
engine: {horizon_beats: 4.0}
player: {call_bars: 1, answer_bars: 2, seed: 41}
players:
  - {name: drums, bundle: groove_drums, temperature: 1.1}
  - {name: melody, bundle: session_melody, candidates: 4}
"""
GROOVE = (
    (36, (0.0, 0.75, 2.5)),
    (38, (1.0, 3.0, 3.75)),
    (42, (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)),
    (46, (3.5,)),
)
TUNE = ((57, 0.0), (60, 0.5), (64, 1.0), (62, 2.0), (60, 2.5), (55, 3.0))
HELD_BEATS = 0.2
ROUNDS = 3
SHOT_AT_BEATS = 0.1
DESK = {"width": 1360, "height": 800}
PHONE = {"width": 390, "height": 780}


def strikes() -> list[tuple[float, int, int, int]]:
    """A bar of both hands: beat, player, pitch, velocity; in order."""
    drums = [(beat, 1, pitch, 70 + pitch % 40) for pitch, beats in GROOVE for beat in beats]
    tune = [(beat, 2, pitch, 84) for pitch, beat in TUNE]
    on = [*drums, *tune]
    off = [(beat + HELD_BEATS, player, pitch, 0) for beat, player, pitch, _ in on]
    return sorted([*on, *off])


def play_bar(tab: Tab, start: float) -> None:
    """Strike the bar, each key when its beat is there."""
    for beat, player, pitch, velocity in strikes():
        wait_for_beat(tab, start + beat)
        tab.run(
            f"bridge.send({{command: 'key', player: {player}, pitch: {pitch},"
            f" velocity: {velocity}}})"
        )


def wait_for_beat(tab: Tab, beat: float) -> None:
    """Wait until the page's beat is there."""
    while (left := beat - tab.beat()) > 0:
        select.select([], [], [], min(0.2, max(0.002, left * 0.5)))


def take(tab: Tab, name: str) -> None:
    """Write a picture."""
    path = REPOSITORY / "docs" / name
    tab.page.screenshot(path=str(path))
    sys.stdout.write(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size // 1024} KiB\n")


def main() -> int:
    """The command."""
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        engine = PageEngine(Path(folder), CONFIGURATION)
        try:
            desk = open_tab(browser, engine.address, viewport=DESK)
            phone = open_tab(browser, engine.address, viewport=PHONE, has_touch=True)
            still = open_tab(browser, engine.address, viewport=DESK, reduced_motion="reduce")
            start = 4.0 * (desk.beat() // 4.0 + 2.0)
            for _ in range(ROUNDS):
                play_bar(desk, start)
                start += 16.0
            wait_for_beat(desk, start - 12.0 + SHOT_AT_BEATS)
            take(desk, "page.png")
            take(phone, "page-phone.png")
            take(still, "page-still.png")
        finally:
            engine.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
