"""Two real Link peers in a network of their own: run inside `unshare -n`, prints what it saw.

`python -m tests.fakes.link_peers` is one peer and starts the other, which obeys lines on its
standard input. It refuses to run where there is any interface but loopback.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.config import EngineConfig
from bridge.core.clockhub import ClockHub
from bridge.core.protocol import PROTOCOL_VERSION
from bridge.core.settings import ClockSettings
from bridge.core.units import TICKS_PER_BEAT
from bridge.demo.packets import packet
from bridge.io.link import LinkSession

PATIENCE_S = 15.0
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def raise_loopback() -> None:
    names = [name for _, name in socket.if_nameindex()]
    # The kernel may add tunnels of its own to a new network; those are down and lead nowhere.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        for name in names:
            flags = _flags(handle, name)
            if name != "lo" and flags & _UP:
                raise SystemExit(f"this is no private network: {name} is up")
        request = struct.pack("16sH14x", b"lo", _flags(handle, "lo") | _UP)
        fcntl.ioctl(handle, _SET_FLAGS, request)


def _flags(handle: socket.socket, name: str) -> int:
    reply = fcntl.ioctl(handle, _GET_FLAGS, struct.pack("16s16x", name.encode()))
    return int(struct.unpack_from("16sH", reply)[1])


def until(what: str, condition: Callable[[], bool]) -> float:
    """Seconds until something became so."""
    began_s = time.monotonic()
    while not condition():
        if time.monotonic() - began_s > PATIENCE_S:
            raise SystemExit(f"waited in vain: {what}")
        time.sleep(0.005)
    return time.monotonic() - began_s


class OtherPeer:
    """The peer in the other process."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.fakes.link_peers", "obey"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, *words: object) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)


def obey() -> None:
    session = LinkSession(tempo_qpm=97.0)
    session.join()
    for line in sys.stdin:
        word, *values = json.loads(line)
        if word == "tempo":
            session.set_tempo(values[0])
        elif word == "start":
            session.start()
        elif word == "stop":
            session.stop()
        state = session.state(values[0] if word == "at" else None)
        answer = {
            "beats": state.beats,
            "tempo": state.tempo_qpm,
            "playing": state.playing,
            "peers": state.peers,
        }
        print(json.dumps(answer), flush=True)
    session.leave()


def phase_errors_ms(session: LinkSession, other: OtherPeer, count: int) -> list[float]:
    """How far apart our beat line and the other peer put the same moments."""
    errors = []
    session.start()
    until("my start there", lambda: bool(other.ask("look")["playing"]))
    hub = ClockHub(ClockSettings(order=("link",), link=True))
    for turn in range(2 * count):
        state = session.state()
        hub.observe_link(state)
        hub.advance(state.at_s)
        # Between two looks at Link the line has to carry on by itself.
        time.sleep(0.01)
        at_s = time.monotonic()
        ours = hub.timeline.song_ticks_at(hub.run_beats_at(at_s)) / TICKS_PER_BEAT
        apart = ours - other.ask("at", at_s)["beats"]
        apart -= round(apart / state.quantum_beats) * state.quantum_beats
        if turn >= count:
            assert hub.active == "link", "the hub does not follow the session"
            errors.append(abs(apart) * 60.0 / state.tempo_qpm * 1000.0)
    return errors


def meet() -> dict[str, Any]:
    raise_loopback()
    session = LinkSession(tempo_qpm=120.0)
    session.join()
    other = OtherPeer()
    seen: dict[str, Any] = {}
    try:
        seen["discovery_s"] = until("peers", lambda: session.peers == 1)
        until("the other's peers", lambda: other.ask("look")["peers"] == 1)
        # Link rounds a beat to whole microseconds.
        until(
            "one tempo",
            lambda: abs(other.ask("look")["tempo"] - session.state().tempo_qpm) < 0.01,
        )
        seen["steady_ms"] = phase_errors_ms(session, other, 100)
        session.set_tempo(141.5)
        until("my tempo there", lambda: abs(other.ask("look")["tempo"] - 141.5) < 0.01)
        seen["after_my_tempo_ms"] = phase_errors_ms(session, other, 50)
        other.ask("tempo", 88.0)
        until("its tempo here", lambda: abs(session.state().tempo_qpm - 88.0) < 0.01)
        seen["after_its_tempo_ms"] = phase_errors_ms(session, other, 50)
        other.ask("stop")
        until("its stop here", lambda: not session.state().playing)
        beat = session.state().beats + 1.0
        seen["round_trip_beats"] = abs(session.state(session.time_at(beat)).beats - beat)
        session.leave()
        until("alone", lambda: other.ask("look")["peers"] == 0)
        seen["left"] = not session.joined
    finally:
        other.close()
    return seen


def watch_engine() -> dict[str, Any]:
    """A whole engine joins the session of another peer, which plays."""
    raise_loopback()
    other = OtherPeer()
    # It answers when it is there: of two sessions that meet, the older one's tempo holds.
    other.ask("tempo", 88.0)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "link.yaml")
        config.write_text("clock: {link: true, order: [link]}\n")
        engine = subprocess.Popen(
            [sys.executable, "-m", "bridge", "sync", "--json", "--config", str(config)],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert engine.stdout is not None
            for line in itertools.islice(engine.stdout, 30):
                report: dict[str, Any] = json.loads(line)
                if report["source"] == "link":
                    return {**report, "tempo_set_there": _set_tempo(133.0, other)}
                if report["link_peers"] == 1:
                    # Sessions of nearly one age are ranked by chance: it is said again. And who
                    # joins later does not hear of a start before.
                    other.ask("tempo", 88.0)
                    other.ask("start")
            raise SystemExit("the engine ended, or never followed")
        finally:
            engine.send_signal(signal.SIGINT)
            engine.communicate(timeout=PATIENCE_S)
            other.close()


def _set_tempo(tempo_qpm: float, other: OtherPeer) -> float:
    """Any OSC controller sets the engine's tempo; what the other peer then has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as controller:
        controller.bind(("127.0.0.1", 0))
        controller.connect(("127.0.0.1", EngineConfig().port))
        reply_port = controller.getsockname()[1]
        controller.send(packet("/hello", 5, PROTOCOL_VERSION, reply_port, 0))
        controller.send(packet("/tempo", 5, tempo_qpm))
        until(
            "the engine's tempo there", lambda: abs(other.ask("look")["tempo"] - tempo_qpm) < 0.01
        )
    return float(other.ask("look")["tempo"])


if __name__ == "__main__":
    if sys.argv[1:] == ["obey"]:
        obey()
    elif sys.argv[1:] == ["engine"]:
        print(json.dumps(watch_engine()))
    else:
        print(json.dumps(meet()))
