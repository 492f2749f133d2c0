"""The engine's real processes, two pages and a device over UDP: one truth for all of them."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage

from bridge.config import EngineConfig
from bridge.config.web import WebSettings
from bridge.core.address_book import DIALS
from bridge.core.protocol import PROTOCOL_VERSION
from bridge.core.settings import ClockSettings, JamSettings, PlayerSettings, PlayerSetup
from bridge.demo.packets import packet
from bridge.engine import RunningEngine
from bridge.web.server import PageServer
from tests.fakes.engine_process import free_port
from tests.fakes.page import OWN, PATIENCE_S, Events
from tests.fakes.room import KICK, steady_drummer

pytestmark = pytest.mark.real_time

DEVICE = 4242


@dataclass
class Whole:
    engine: RunningEngine
    server: PageServer

    def post(self, command: object) -> object:
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE_S)
        with contextlib.closing(line):
            line.request("POST", "/api/commands", json.dumps(command), OWN)
            return json.loads(line.getresponse().read())

    @contextlib.contextmanager
    def stream(self) -> Iterator[Events]:
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE_S)
        line.request("GET", "/api/stream")
        events = Events(line.getresponse())
        try:
            yield events
        finally:
            if line.sock is not None:
                line.sock.shutdown(socket.SHUT_RDWR)
            line.close()
            events.thread.join(PATIENCE_S)


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    bundle = steady_drummer(tmp_path)
    player = PlayerSettings(bundle=bundle, call_bars=1, feel=0.0)
    jam = JamSettings(
        bundles=(bundle,),
        player=player,
        clock=ClockSettings(order=("internal",), internal_tempo_qpm=240.0),
        players=(PlayerSetup("pads", player),),
    )
    config = EngineConfig(
        port=free_port(), jam=jam, bundle_folders=(tmp_path,), web=WebSettings(port=0)
    )
    engine = RunningEngine(config, sync_reports=True)
    server = PageServer(engine, config, presets=tmp_path / "presets")
    server.start()
    engine.start()
    yield Whole(engine, server)
    engine.end()
    server.stop()


def test_a_newcomer_jams_in_the_browser_and_the_notes_are_seen_before_they_sound(whole: Whole):
    with whole.stream() as events:
        events.wait_for("log", lambda line: line["text"].startswith("ready"))
        beat = events.wait_for("beat", lambda beat: beat["playing"])
        assert beat["tempo_qpm"] == 240.0
        assert whole.post(
            [
                {"command": "key", "player": 1, "pitch": KICK, "velocity": 90},
                {"command": "key", "player": 1, "pitch": KICK, "velocity": 0},
            ]
        ) == {"done": 2}
        beats, ahead = 0.0, []
        while True:
            name, fields = events.next()
            if name == "beat":
                beats = fields["run_beats"]
            elif name == "notes":
                ahead += [note["start_beats"] - beats for note in fields["notes"]]
            elif name == "answer":
                break
        assert fields["notes"] == 16
        assert len(ahead) >= 12
        # Beats are told ten times a second, 0.4 beats apart: the last one told is at most so old.
        assert min(ahead) > -0.4
        assert events.wait_for("sync")["tempo_qpm"] == 240.0
        assert 0.0 < events.wait_for("load")["share"] < 1.0


def test_an_edit_of_a_device_and_one_of_a_page_reach_everybody_once(whole: Whole):
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with ear, whole.stream() as one, whole.stream() as other, contextlib.ExitStack() as stack:
        ear.bind(("127.0.0.1", 0))
        pages = (one, other)
        for events in pages:
            assert events.next()[0] == "hello"
        there = ("127.0.0.1", whole.engine.config.port)
        one.wait_for("log", lambda line: line["text"].startswith("ready"))
        ear.sendto(packet("/hello", DEVICE, PROTOCOL_VERSION, ear.getsockname()[1], 0), there)
        stack.enter_context(_heart(ear, there))
        for events in pages:
            told = events.wait_for("player", lambda fields: fields["number"] == 2)
            assert (told["kind"], told["clock"]) == ("device", "player 2")
        ear.sendto(packet("/param/density", DEVICE, 0.25), there)
        for events in pages:
            events.wait_for(
                "player", lambda told: told["number"] == 2 and told["settings"]["density"] == 0.25
            )
        change = {"command": "set", "player": 2, "name": "temperature", "value": 1.5}
        assert whole.post(change) == {"done": 1}
        assert whole.post({"command": "do", "player": 1, "action": "mutate"})["done"] == 0  # type: ignore[index]
        for events in pages:
            events.wait_for(
                "player",
                lambda told: told["number"] == 2 and told["settings"]["temperature"] == 1.5,
            )
            # What was refused is told to all as a line; by then no echo of the edit has come.
            names = []
            while not (names and names[-1][0] == "log"):
                names.append(events.next())
            assert "answer yet" in names[-1][1]["text"]
            assert not any(n == "player" and f["number"] == 2 for n, f in names)
        # The device is told of the page's edit, once, and never of its own.
        assert list(_dials_told(ear)) == [[DEVICE, DIALS.index("temperature"), 1.5]]


@contextlib.contextmanager
def _heart(ear: socket.socket, there: tuple[str, int]) -> Iterator[None]:
    """A device says that it is there, as long as the test takes."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(0.5):
            ear.sendto(packet("/heartbeat", DEVICE, ear.getsockname()[1], 0), there)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _dials_told(ear: socket.socket) -> Iterator[list[object]]:
    """What the engine told the device of its dials until now: all that waits at its socket."""
    ear.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            message = OscMessage(ear.recv(65536))
            if message.address == "/told":
                yield list(message.params)


def test_the_engine_that_dies_is_told_and_the_page_is_still_served(whole: Whole):
    with whole.stream() as events:
        events.wait_for("log", lambda line: line["text"].startswith("ready"))
        whole.engine.end()
        assert events.wait_for("gone")["reason"] == "engine"
    with whole.stream() as events:
        assert events.next()[0] == "hello"
