"""What ties the parts together: the link to the engine, the script, the device's own life."""

from __future__ import annotations

from m4l_devices.patcher import Patch

FIRST_REPLY_PORT = 17601
ENGINE_PORT = 17600
SCRIPT = "magenta_jam.js"

_COMMANDS = ("go", "again", "mutate")

_BUSES = {
    "status": "status",
    "score": "score",
    "models": "models",
    "player": "player",
    "receive_port": "receive_port",
    "proof_port": "proof_port",
    "proof": "proof",
    "hear": "hear",
    "linked": "linked",
    "tell_clock": "tell_clock",
    "clear": "clear",
    "loop_ticks": "loop",
    "flush": "panic",
    "dial": "dial",
}
"""First word of what the script says to the bus that takes it."""


def add_wiring(patch: Patch) -> None:
    """Sockets, script, buttons' messages, life and death."""
    _add_sockets(patch)
    _add_script(patch)
    _add_commands(patch)
    _add_life(patch)


def _add_sockets(patch: Patch) -> None:
    patch.section("from the engine")
    receive = patch.obj(f"udpreceive {FIRST_REPLY_PORT}")
    patch.chain(patch.receive("receive_port"), patch.obj("prepend port"), receive)
    timed = patch.obj("route /n /n/clear /flush")
    patch.chain(receive, timed)
    notes = patch.obj("gate 1")
    patch.cord(timed, 0, notes, 1)
    patch.chain(patch.receive("linked"), notes)
    patch.chain(notes, patch.send("n"))
    patch.cord(timed, 1, patch.send("clear"))
    patch.cord(timed, 2, patch.send("panic"))
    other = patch.obj("prepend osc")
    patch.cord(timed, 3, other)
    patch.chain(other, patch.send("script"))

    patch.section("to the engine: what is timed")
    linked, send = patch.obj("gate 1"), patch.obj(f"udpsend 127.0.0.1 {ENGINE_PORT}")
    patch.chain(patch.receive("linked"), linked)
    patch.cord(patch.receive("out"), 0, linked, 1)
    patch.chain(linked, send)
    patch.chain(patch.receive("send_to"), send)

    patch.section("the port proves itself")
    proof = patch.obj(f"udpsend 127.0.0.1 {FIRST_REPLY_PORT}")
    patch.chain(patch.receive("proof_port"), patch.obj("prepend port"), proof)
    patch.chain(patch.receive("proof"), patch.obj("prepend /port_proof"), proof)


def _add_script(patch: Patch) -> None:
    patch.section("the script: always by way of deferlow")
    script = patch.obj(f"js {SCRIPT}", filename=SCRIPT, parameter_enable=0)
    patch.chain(patch.receive("script"), patch.obj("deferlow"), script)
    control = patch.obj(f"udpsend 127.0.0.1 {ENGINE_PORT}")
    patch.chain(script, control)
    patch.chain(patch.receive("send_to"), control)

    patch.section("what the script says")
    words = (*_BUSES, "send_to", "identity")
    said = patch.obj("route " + " ".join(words))
    patch.cord(script, 1, said)
    for index, bus in enumerate(_BUSES.values()):
        patch.cord(said, index, patch.send(bus))

    # send_to HOST PORT, as udpsend takes it: the port first.
    where, to = patch.obj("unpack s 0"), patch.send("send_to")
    patch.cord(said, words.index("send_to"), where)
    patch.chain(where, patch.obj("prepend host"), to)
    port = patch.obj("prepend port")
    patch.cord(where, 1, port)
    patch.chain(port, to)

    # identity DEVICE PORT EPOCH, for the heartbeat.
    identity, life = patch.obj("unpack 0 0 0"), patch.obj("pack 0 0 0")
    patch.cord(said, words.index("identity"), identity)
    patch.chain(identity, patch.send("device"))
    patch.cord(identity, 1, life, 1)
    patch.cord(identity, 2, life, 2)
    device = patch.obj("i")
    patch.cord(patch.receive("device"), 0, device, 1)
    beat = patch.obj("prepend /heartbeat")
    patch.chain(patch.receive("life"), device, life, beat, patch.send("out"))


def _add_commands(patch: Patch) -> None:
    patch.section("buttons that go straight to the engine")
    for command in _COMMANDS:
        device = patch.obj("i")
        patch.cord(patch.receive("device"), 0, device, 1)
        named = patch.obj(f"prepend /{command}")
        patch.chain(patch.receive(command), device, named, patch.send("out"))
    panic, device = patch.obj("t b b b"), patch.obj("i")
    patch.chain(patch.receive("panic_button"), panic, device)
    patch.cord(panic, 2, patch.send("panic"))
    patch.cord(panic, 1, patch.send("end_through"))
    patch.cord(patch.receive("device"), 0, device, 1)
    patch.chain(device, patch.obj("prepend /panic"), patch.send("out"))
    patch.chain(patch.receive("keep"), patch.message("button keep"), patch.send("script"))


def _add_life(patch: Patch) -> None:
    patch.section("life: loaded, switched off, removed")
    life, loaded, enabled = patch.obj("live.thisdevice"), patch.obj("t b b"), patch.obj("t i i")
    patch.chain(life, patch.obj("deferlow"), loaded)
    ask = patch.message("outputvalue")
    patch.cord(loaded, 1, ask)
    patch.chain(ask, patch.send("ask"))
    patch.chain(loaded, patch.message("init"), patch.send("script"))
    patch.cord(life, 1, enabled)
    patch.chain(enabled, patch.obj("prepend enabled"), patch.send("script"))
    off, panic = patch.obj("sel 0"), patch.obj("t b b")
    patch.cord(enabled, 1, off)
    patch.chain(off, panic, patch.send("end_through"))
    patch.cord(panic, 1, patch.send("panic"))

    gone, device = patch.obj("t b b b"), patch.obj("i")
    patch.chain(patch.obj("freebang"), gone, device)
    patch.cord(gone, 2, patch.send("panic"))
    patch.cord(gone, 1, patch.send("end_through"))
    patch.cord(patch.receive("device"), 0, device, 1)
    patch.chain(device, patch.obj("prepend /goodbye"), patch.send("out"))
