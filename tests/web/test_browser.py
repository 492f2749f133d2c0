"""The page in a real browser, with the real engine: what a person sees, plays and turns."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mido import MidiFile

from bridge.web.queues import MOST_READERS
from tests.fakes.chromium import Tab, open_tab
from tests.web.browser import TEMPO_QPM, PageEngine, steady_jam

pytestmark = pytest.mark.real_time

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PLAYERS = "[{name: drums}, {name: keys, bundle: session_melody, call_bars: 0}]"
TOKEN = "a-secret-of-the-stage"
BEAT_S = 60.0 / TEMPO_QPM
MakeTab = Callable[..., Tab]


@pytest.fixture(scope="module")
def engine(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageEngine]:
    folder = tmp_path_factory.mktemp("engine")
    with pytest.MonkeyPatch.context() as environment:
        # Where presets and captured music are kept.
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_MUSIC_DIR"):
            environment.setenv(name, str(folder))
        started = PageEngine(folder, steady_jam(folder, PLAYERS))
        yield started
        started.stop()


@pytest.fixture
def make_tab(browser: Browser, engine: PageEngine) -> Iterator[MakeTab]:
    """Opens pages. At the end none of them may have complained on its console."""
    made: list[Tab] = []

    def make(**options: Any) -> Tab:
        made.append(open_tab(browser, engine.address, **options))
        return made[-1]

    yield make
    for tab in made:
        tab.close()
    assert [complaint for tab in made for complaint in tab.complaints] == []


def strike(tab: Tab, key: str) -> None:
    tab.page.keyboard.down(key)
    tab.page.keyboard.up(key)


def test_a_jam_from_the_keyboard(make_tab: MakeTab) -> None:
    """A kick is played by the computer's keyboard; the drummer answers on the next bar line.

    Every note of the answer is drawn before it sounds, and its edge is on the line at its beat: by
    a clock and a beat that are not the page's.
    """
    tab = make_tab()
    offset_s = tab.offset_s()
    tab.run(
        "(globalThis.frames = [], bridge.stage.view.probe = (frame) => {"
        " if (globalThis.frames.length < 4000) globalThis.frames.push(frame); }, true)"
    )
    strike(tab, "a")
    tab.wait("bridge.jam.roll.of(1).some((note) => note.kind === 'call')")
    call = tab.run("bridge.jam.roll.of(1).find((note) => note.kind === 'call')")
    assert call["pitch"] == 36

    tab.wait("bridge.jam.roll.of(1).filter((note) => note.kind === 'answer').length >= 12")
    answer = tab.run("bridge.jam.roll.of(1).filter((note) => note.kind === 'answer')")
    last = max(note["start"] for note in answer)
    tab.wait(f"bridge.jam.clockOf(1).at(bridge.engineS) > {last} + 0.5")
    frames = tab.run("globalThis.frames")
    clock = tab.run("bridge.jam.clockOf(1).now")

    def page_s(beats: float) -> float:
        engine_s = clock["time_s"] + (beats - clock["run_beats"]) * BEAT_S
        return float(engine_s - offset_s)

    first = min(note["start"] for note in answer)
    bar_line = clock["next_bar_line_beats"]
    assert (first - bar_line) % 4 == pytest.approx(0.0, abs=1e-6), "on the bar line"
    assert first > call["start"]
    assert all(note["seenS"] < page_s(note["start"]) for note in answer), "told before it sounds"
    for note in answer:
        crossing = crossed_at(frames, note["pitch"], note["start"])
        assert crossing == pytest.approx(page_s(note["start"]), abs=0.1 * BEAT_S)


def crossed_at(frames: list[dict[str, Any]], pitch: int, start: float) -> float:
    """When a note's edge was on the line of now, from the frames before and after, in seconds."""
    before: tuple[float, float] | None = None
    for frame in frames:
        for drawn in frame["drawn"]:
            if drawn["kind"] != "answer" or drawn["pitch"] != pitch or drawn["start"] != start:
                continue
            above_px = frame["nowY"] - drawn["y"]
            if above_px > 0:
                before = (frame["pageS"], above_px)
            elif before is not None:
                share = before[1] / (before[1] - above_px)
                return before[0] + share * float(frame["pageS"] - before[0])
            else:
                raise AssertionError(f"the note at {start} was first drawn below the line")
    raise AssertionError(f"the note at {start} never crossed the line")


def test_an_edit_reaches_the_engine_and_every_other_page(
    make_tab: MakeTab, engine: PageEngine
) -> None:
    one, other = make_tab(), make_tab()
    slider = one.page.locator("[data-parameter=temperature]")
    slider.focus()
    for _ in range(5):
        one.page.keyboard.press("ArrowRight")
    other.wait("Math.abs(bridge.jam.players.get(1).settings.temperature - 1.05) < 1e-6")
    assert engine.settings(1)["temperature"] == pytest.approx(1.05)
    other.page.get_by_role("button", name="Loop", exact=True).click()
    one.page.locator("[data-parameter=loop][aria-pressed=true]").wait_for()
    assert engine.settings(1)["loop"] is True
    one.wait("bridge.edits.edits.size === 0")
    other.page.keyboard.press("Space")
    one.page.locator("[data-parameter=loop][aria-pressed=false]").wait_for()
    assert other.page.locator("[data-parameter=temperature]").input_value() == "1.05"


def test_a_refusal_is_said_in_the_engines_words(make_tab: MakeTab) -> None:
    tab = make_tab()
    tab.run("bridge.choose(2)")
    tab.page.get_by_text("More", exact=True).click()
    chords = tab.page.locator("[data-parameter=chords]")
    chords.fill("C | Xyz")
    chords.press("Enter")
    said = tab.page.locator("#notes .bad")
    said.wait_for()
    assert "Xyz" in said.inner_text()
    # The browser itself writes every refused request to the console.
    tab.complaints[:] = [text for text in tab.complaints if "Failed to load resource" not in text]


def test_presets_are_kept_by_the_engine_for_every_page(
    make_tab: MakeTab, engine: PageEngine
) -> None:
    one, other = make_tab(), make_tab()
    one.run("bridge.edits.set(1, 'variety', 0.75, performance.now() / 1000)")
    one.wait("bridge.jam.players.get(1).settings.variety === 0.75")
    for tab in (one, other):
        tab.page.get_by_text("Presets", exact=True).click()
    one.page.get_by_label("Name of the preset").fill("busy")
    one.page.get_by_role("button", name="Save").click()
    one.page.locator("#presets option", has_text="busy").wait_for(state="attached")
    one.run("bridge.edits.set(1, 'variety', 0.0, performance.now() / 1000)")
    other.wait("bridge.jam.players.get(1).settings.variety === 0")
    other.run("bridge.presets.refresh()")
    other.page.locator("#presets option", has_text="busy").wait_for(state="attached")
    other.page.get_by_role("button", name="Load").click()
    one.wait("bridge.jam.players.get(1).settings.variety === 0.75")
    assert engine.settings(1)["variety"] == pytest.approx(0.75)
    other.page.on("dialog", lambda dialog: dialog.accept())
    other.page.get_by_role("button", name="Delete").click()
    other.page.locator("#presets option").wait_for(state="detached")
    one.run("bridge.edits.set(1, 'variety', 0.0, performance.now() / 1000)")
    one.wait("bridge.jam.players.get(1).settings.variety === 0")


def test_routes_name_the_ports(make_tab: MakeTab) -> None:
    """Each port is a button with its name; the sum of the chosen ones is the parameter."""
    tab = make_tab()
    tab.run(
        "(bridge.jam.ports = { output_ports: ['synth', 'drums'] },"
        " globalThis.sent = [], bridge.edits.send = async (player, name, value) => {"
        "  sent.push([player, name, value]);"
        "  bridge.jam.players.get(player).settings[name] = value; },"
        " bridge.stale.add('card'), true)"
    )
    tab.page.get_by_text("More", exact=True).click()
    routes = tab.page.get_by_role("group", name="Plays on")
    routes.get_by_role("button", name="drums").click()
    assert tab.run("globalThis.sent") == [[1, "output_ports", 2]]
    routes.locator("[aria-pressed=true]", has_text="drums").wait_for()
    routes.get_by_role("button", name="synth").click()
    tab.wait("globalThis.sent.length === 2")
    assert tab.run("globalThis.sent[1][2]") == 3
    assert tab.page.get_by_role("group", name="Hears").count() == 0, "there are no inputs"


def test_what_was_played_is_kept_as_a_midi_file(make_tab: MakeTab, engine: PageEngine) -> None:
    tab = make_tab()
    strike(tab, "a")
    tab.wait("bridge.jam.players.get(1).state === 'answering'")
    tab.page.get_by_role("button", name="Keep").click()
    tab.page.locator("#notes li", has_text="Captured").wait_for()
    (file,) = (engine.folder / "Magenta Bridge").glob("*.mid")
    struck = [
        m.note for t in MidiFile(file).tracks for m in t if m.type == "note_on" and m.velocity
    ]
    assert set(struck) == {36} and len(struck) > 1
    tab.run("bridge.press(1, 'panic')")


def test_a_hand_on_push_and_a_training_are_shown(make_tab: MakeTab) -> None:
    """What only other parts of the engine tell is given to the page as the stream would give it."""
    tab = make_tab()
    knob = {"player": 1, "parameter": "temperature", "text": "1.25", "share": 0.6, "touched": True}
    tab.run(f"bridge.hand.show({json.dumps(knob)})")
    hand = tab.page.locator("#hand")
    assert "Temperature" in hand.inner_text() and "1.25" in hand.inner_text()
    tab.run(f"bridge.hand.show({json.dumps({**knob, 'touched': False})})")
    assert not hand.is_visible()
    assert not tab.page.locator("#training").is_visible()
    held = [2.5, 1.5, 1.25, 1.5]
    epochs = [
        {"number": number, "training_nats": None, "validation_nats": nats}
        for number, nats in enumerate(held)
    ]
    curve = json.dumps({"epochs": epochs})
    tab.run(f"(bridge.jam.training = {curve}, bridge.stale.add('training'), true)")
    tab.page.locator("#training svg").wait_for()
    assert "lowest 1.25 at epoch 2" in tab.page.locator("#training").inner_text()


def test_the_stage_fills_the_screen(make_tab: MakeTab) -> None:
    tab = make_tab()
    before = tab.run("bridge.stage.view.canvas.clientHeight")
    tab.page.keyboard.press("v")
    tab.wait("document.fullscreenElement?.id === 'stage'")
    tab.wait(f"bridge.stage.view.layout.height > {before}")
    tab.page.keyboard.press("v")
    tab.wait("document.fullscreenElement === null")


def test_controls_by_keyboard_alone(make_tab: MakeTab, engine: PageEngine) -> None:
    """AI Jam's keys: bars by digits, the model by arrows; help opens and closes."""
    tab = make_tab()
    tab.page.keyboard.press("4")
    tab.page.keyboard.press("Shift+Digit2")
    tab.wait("bridge.jam.players.get(1).settings.answer_bars === 4")
    tab.wait("bridge.jam.players.get(1).settings.call_bars === 2")
    tab.page.keyboard.press("0")
    tab.page.keyboard.press("Shift+Digit1")
    tab.wait("bridge.jam.players.get(1).settings.call_bars === 1")
    tab.page.keyboard.press("x")
    tab.wait("bridge.jam.players.get(1).settings.mute_input")
    tab.page.keyboard.press("x")
    tab.wait("!bridge.jam.players.get(1).settings.mute_input")
    tab.page.keyboard.press("ArrowRight")
    tab.wait("bridge.jam.players.get(1).settings.bundle === 'session_melody'")
    tab.page.keyboard.press("ArrowRight")
    tab.wait("bridge.jam.players.get(1).bundle === 'steady_drummer'")
    tab.page.keyboard.press("?")
    assert tab.page.locator("#help").is_visible()
    tab.page.keyboard.press("Escape")
    assert not tab.page.locator("#help").is_visible()
    assert engine.settings(1)["answer_bars"] == 0


def test_a_held_key_is_let_go_where_it_was_struck(make_tab: MakeTab) -> None:
    """Another player is chosen, or the page is left, while a key is down."""
    watcher, tab = make_tab(), make_tab()
    first = tab.run("bridge.chosen")
    held = "bridge.jam.roll.of({}).filter((note) => note.end === null).length === {}"
    tab.page.keyboard.down("a")
    watcher.wait(held.format(first, 1))
    tab.page.keyboard.press("n")
    watcher.wait(held.format(first, 0))
    assert tab.run("bridge.chosen") != first
    tab.page.keyboard.up("a")
    second = tab.run("bridge.chosen")
    tab.page.keyboard.down("s")
    watcher.wait(held.format(second, 1))
    tab.run("globalThis.dispatchEvent(new Event('pagehide'))")
    watcher.wait(held.format(second, 0))
    tab.page.keyboard.up("s")
    watcher.run("bridge.press(0, 'panic')")


def test_a_page_that_crashes_leaves_no_key_down(make_tab: MakeTab) -> None:
    """It has no time to let go what it holds: the engine does."""
    from playwright.sync_api import Error

    watcher, tab = make_tab(), make_tab()
    held = "bridge.jam.roll.of(bridge.chosen).filter((note) => note.end === null).length === {}"
    tab.page.keyboard.down("d")
    watcher.wait(held.format(1))
    with tab.page.expect_event("crash"), suppress(Error):
        tab.page.goto("chrome://crash")
    watcher.wait(held.format(0))
    watcher.run("bridge.press(0, 'panic')")


def test_a_pad_is_played_without_a_pointer_too(make_tab: MakeTab) -> None:
    """A screen reader clicks: there is no pointer to go down or up."""
    tab = make_tab()
    kicks = "bridge.jam.roll.of(bridge.chosen).filter((note) => note.pitch === 36 && {}).length"
    calls, over = "note.kind === 'call'", "note.kind === 'call' && note.end !== null"
    before = tab.run(kicks.format(calls))
    tab.run("document.querySelector('[data-pitch=\"36\"]').click()")
    tab.wait(f"{kicks.format(over)} > {before}")


def test_pads_by_several_fingers(make_tab: MakeTab) -> None:
    """Two fingers hold two pads; each is let go by its own."""
    tab = make_tab(has_touch=True)
    tab.run(
        "[36, 38].forEach((pitch, finger) => {"
        " const pad = document.querySelector(`[data-pitch='${pitch}']`);"
        " const box = pad.getBoundingClientRect();"
        " globalThis.touch = globalThis.touch || ((kind, element, id, at) => element.dispatchEvent("
        "  new PointerEvent(kind, { pointerId: id, bubbles: true, cancelable: true,"
        "   pointerType: 'touch', clientX: at.x + at.width / 2, clientY: at.y + at.height / 2 })));"
        " document.getElementById('keys').setPointerCapture = () => {};"
        " globalThis.touch('pointerdown', pad, 11 + finger, box); })"
    )
    tab.wait("bridge.jam.roll.of(1).filter((note) => note.end === null).length === 2")
    tab.run(
        "globalThis.touch('pointerup', document.querySelector('[data-pitch=\"36\"]'), 11,"
        " { x: 0, y: 0, width: 0, height: 0 })"
    )
    tab.wait(
        "bridge.jam.roll.of(1).filter((note) => note.end === null)"
        ".map((note) => note.pitch).join() === '38'"
    )
    tab.run("bridge.instrument.release()")
    tab.wait("bridge.jam.roll.of(1).every((note) => note.end !== null)")
    tab.run("bridge.press(1, 'panic')")


def test_sound_comes_from_the_page_itself(make_tab: MakeTab) -> None:
    """Nine drums and a tone, rendered by the browser: each begins when it is due, and ends."""
    tab = make_tab()
    heard = tab.page.evaluate(
        """async () => {
          const { strike, whiteNoise } = await import('/js/sound/drumvoices.js');
          const { Tone } = await import('/js/sound/polysynth.js');
          const found = {};
          for (const pitch of [36, 38, 42, 46, 45, 48, 50, 49, 51, 100, 0]) {
            const context = new OfflineAudioContext(1, 3 * 44100, 44100);
            if (pitch > 0) {
              strike(context, context.destination, pitch, 100, 0.5, whiteNoise(context));
            } else {
              new Tone(context, context.destination, 60, 100, 0.5).end(1.0);
            }
            const samples = (await context.startRendering()).getChannelData(0);
            const loud = samples.map(Math.abs);
            found[pitch] = {
              onset: loud.findIndex((value) => value > 0.005) / 44100,
              peak: loud.reduce((most, value) => Math.max(most, value), 0),
              end: loud.findLastIndex((value) => value > 0.005) / 44100,
            };
          }
          return found;
        }"""
    )
    assert heard.pop("100")["peak"] == 0.0, "what is no drum is silent"
    for sound in heard.values():
        assert sound["onset"] == pytest.approx(0.5, abs=0.01)
        assert 0.03 < sound["peak"] < 2.0
        assert sound["end"] < 2.5


def test_answers_sound_in_the_page(make_tab: MakeTab) -> None:
    """The first key turns the sound on, as a browser allows; who turned it off has silence."""
    tab = make_tab()
    sound = tab.page.get_by_role("button", name="Sound", exact=True)
    strike(tab, "a")
    tab.wait("bridge.speaker.on")
    sound.click()
    tab.wait("!bridge.speaker.on")
    strike(tab, "a")
    assert not tab.run("bridge.speaker.on")
    sound.click()
    tab.wait("bridge.speaker.on")
    strike(tab, "a")
    tab.wait("bridge.speaker.sounding.some((one) => one.note.kind === 'answer')")
    tab.run("bridge.press(1, 'panic')")
    tab.wait("bridge.speaker.sounding.length === 0")


def test_less_motion_stands_still_and_a_phone_has_room(make_tab: MakeTab) -> None:
    """With less motion nothing is drawn between two steps; on a phone nothing is cut off."""
    tab = make_tab(reduced_motion="reduce", viewport={"width": 360, "height": 740})
    tab.run(
        "(globalThis.drawn = 0, bridge.stage.grid.draw = ((draw) => (...all) => {"
        " globalThis.drawn += 1; draw.apply(bridge.stage.grid, all); })(bridge.stage.grid.draw),"
        " globalThis.begun = bridge.jam.clockOf(1).at(bridge.engineS),"
        " bridge.stage.frames.reset(), true)"
    )
    tab.wait("bridge.jam.clockOf(1).at(bridge.engineS) > globalThis.begun + 4")
    drawn, frames = tab.run("[globalThis.drawn, bridge.stage.frames.gapsMs.length]")
    steps = 4 * (tab.beat() - tab.run("globalThis.begun"))
    assert 0 < drawn <= steps + 6
    assert frames > 0
    for view in ("stage", "controls", "readouts"):
        tab.page.locator(f"#views [data-view={view}]").click()
        assert tab.run("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_that_lies_on_its_side_the_stage_has_room_beside_the_pads(
    make_tab: MakeTab,
) -> None:
    tab = make_tab(has_touch=True, viewport={"width": 640, "height": 320})
    stage, pads = (tab.page.locator(one).bounding_box() for one in ("#stage", "#keys"))
    assert stage is not None and pads is not None
    assert stage["height"] > 150
    assert stage["x"] + stage["width"] <= pads["x"]
    assert pads["y"] + pads["height"] <= 320


def test_a_page_too_many_is_told_so_and_links_when_there_is_room(
    browser: Browser, engine: PageEngine
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        with ExitStack() as readers:
            for _ in range(MOST_READERS):
                reader = http.client.HTTPConnection("127.0.0.1", engine.web_port, timeout=20)
                readers.callback(reader.close)
                reader.request("GET", "/api/stream")
                readers.callback(reader.getresponse().close)
            page.goto(engine.address)
            page.get_by_text("too many pages").wait_for()
        page.locator("body[data-linked=true]").wait_for()


def test_everything_can_be_reached_and_has_a_name(make_tab: MakeTab) -> None:
    tab = make_tab()
    for summary in tab.page.locator("#controls summary").all():
        summary.click()
    nameless = tab.run(
        "[...document.querySelectorAll('button, input, select, canvas, section, [role]')]"
        ".filter((one) => !one.closest('[hidden]') && one.checkVisibility())"
        ".filter((one) => !(one.getAttribute('aria-label') || one.getAttribute('aria-labelledby')"
        " || one.labels?.length || one.textContent.trim()"
        " || one.getAttribute('role') === 'status'))"
        ".map((one) => one.outerHTML.slice(0, 120))"
    )
    assert nameless == []
    reached = set()
    for _ in range(140):
        tab.page.keyboard.press("Tab")
        reached.add(
            tab.run("document.activeElement.dataset.parameter || document.activeElement.id || ''")
        )
    turned = tab.run(
        "[...document.querySelectorAll('[data-parameter]')]"
        ".filter((one) => one.checkVisibility()).map((one) => one.dataset.parameter)"
    )
    assert len(set(turned)) > 20
    assert set(turned) <= reached
    assert {"sound", "full", "help-button"} <= reached


def test_the_page_links_again_after_the_engine_was_started_anew(
    browser: Browser, tmp_path: Path
) -> None:
    """The token is given once, by the address or by hand; what was said before is gone."""
    jam = steady_jam(tmp_path, "[{name: first}]")
    engine = PageEngine(tmp_path, jam, token=TOKEN)
    try:
        stranger = browser.new_context().new_page()
        stranger.goto(engine.address)
        stranger.get_by_label("Token").fill(TOKEN)
        stranger.get_by_label("Token").press("Enter")
        stranger.locator("body[data-linked=true]").wait_for()
        stranger.context.close()
        tab = open_tab(browser, f"{engine.address}#token={TOKEN}")
        assert TOKEN not in tab.page.url, "not left where others can see it"
        engine.stop()
        tab.page.locator("#banner").wait_for()
        assert "No engine" in tab.page.locator("#banner").inner_text()
        strike(tab, "a")
        engine.yaml = engine.yaml.replace("first", "second")
        engine.start()
        tab.wait("bridge.linked && bridge.jam.players.get(1)?.name === 'second'")
        tab.page.locator("#banner").wait_for(state="hidden")
        tab.wait("bridge.engineTime.pings.length > 2")
        strike(tab, "a")
        tab.wait("bridge.jam.roll.of(1).some((note) => note.kind === 'answer')")
        offline = (
            "ERR_CONNECTION_REFUSED",
            "ERR_INCOMPLETE_CHUNKED",
            "ERR_CONNECTION_RESET",
            "ERR_EMPTY_RESPONSE",
        )
        # That it can't reach the engine the browser itself writes to the console.
        left = [text for text in tab.complaints if not any(name in text for name in offline)]
        assert left == []
        tab.close()
    finally:
        engine.stop()
