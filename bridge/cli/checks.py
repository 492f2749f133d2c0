"""What `magenta-bridge doctor` looks at: each check gives findings and what to do about them."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from bridge import __version__
from bridge.cli.probe import engine_epoch_at, loopback_ms, port_holder, port_is_free
from bridge.cli.text import at_home, size_text
from bridge.config import EngineConfig
from bridge.config.controllers import binding_warnings
from bridge.errors import CompilerMissing, KernelUnavailable
from bridge.io.realtime import may_raise
from bridge.models.kernel.engage import ready_kernel
from bridge.models.library import BundleLibrary
from bridge.paths import data_folder

DISTRIBUTION = "magenta-bridge"
_PYTHONS = ((3, 11), (3, 13))
_OPTIONAL = {
    "tensorflow": "training and checks against Magenta",
    "tf-keras": "training and checks against Magenta",
    "magenta": "training and checks against Magenta",
    "note-seq": "training and checks against Magenta",
    "LinkPython-extern": "Ableton Link",
}
_SLOW_LOOPBACK_MS = 5.0


class Verdict(Enum):
    """How a finding stands."""

    GOOD = "ok"
    NOTE = "note"
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        verdict: Good, worth knowing, or broken.
        text: What was found.
        advice: What to do; "" where nothing.
    """

    verdict: Verdict
    text: str
    advice: str = ""


def check_python() -> Iterator[Finding]:
    """The interpreter and the machine."""
    here = sys.version_info[:2]
    first, last = (".".join(map(str, version)) for version in _PYTHONS)
    good = _PYTHONS[0] <= here <= _PYTHONS[1]
    yield Finding(
        Verdict.GOOD if good else Verdict.BROKEN,
        f"Python {platform.python_version()} ({platform.python_implementation()})",
        "" if good else f"Use Python {first} to {last}.",
    )
    cores = os.cpu_count() or 1
    yield Finding(
        Verdict.GOOD if cores > 1 else Verdict.NOTE,
        f"{platform.system()} {platform.release()} on {platform.machine()}, {cores} cores",
        "" if cores > 1 else "With one core the model and the notes compete; expect late notes.",
    )


def check_packages() -> Iterator[Finding]:
    """What the engine needs, and what it may use; nothing is imported."""
    yield Finding(Verdict.GOOD, f"{DISTRIBUTION} {__version__}")
    for name in _required():
        version = _version_of(name)
        if version is None:
            yield Finding(Verdict.BROKEN, f"{name} is not installed", f"pip install {DISTRIBUTION}")
        else:
            yield Finding(Verdict.GOOD, f"{name} {version}")
    for name, purpose in _OPTIONAL.items():
        version = _version_of(name)
        text = f"{name} {version}" if version else f"{name} absent; needed only for {purpose}"
        yield Finding(Verdict.GOOD, text)


def check_network(config: EngineConfig) -> Iterator[Finding]:
    """The engine's port, and datagrams on this machine."""
    host, port = config.host, config.port
    if port_is_free(host, port):
        yield Finding(Verdict.GOOD, f"UDP port {port} on {host} is free")
    elif engine_epoch_at(host, port) is not None:
        yield Finding(Verdict.GOOD, f"UDP port {port} on {host}: an engine of ours answers")
    else:
        holder = port_holder(port)
        text = f"UDP port {port} on {host} can't be used"
        yield Finding(
            Verdict.BROKEN,
            f"{text}: {holder} holds it" if holder else text,
            "Stop that program, or choose another port with --port and in the device.",
        )
    took_ms = loopback_ms()
    if took_ms is None:
        yield Finding(
            Verdict.BROKEN,
            "Datagrams on 127.0.0.1 don't arrive",
            "A firewall is in the way; allow local connections for Python.",
        )
    else:
        slow = took_ms > _SLOW_LOOPBACK_MS
        yield Finding(
            Verdict.NOTE if slow else Verdict.GOOD,
            f"A datagram on 127.0.0.1 goes there and back in {took_ms:.2f} ms",
            "The machine is very busy; close other programs before a show." if slow else "",
        )


def check_bundles(config: EngineConfig) -> Iterator[Finding]:
    """The models: which can be played, and whether the chosen ones are there."""
    entries = {entry.name: entry for entry in BundleLibrary(config.bundle_folders).entries()}
    for entry in entries.values():
        if entry.problem:
            yield Finding(
                Verdict.NOTE,
                f"bundle {entry.name} in {at_home(entry.path.parent)}: {entry.problem}",
                "Remove the file, or get it again.",
            )
        else:
            text = f"bundle {entry.name}: {entry.generator_id}, {size_text(entry.size_bytes)}"
            yield Finding(Verdict.GOOD, text)
    for name in config.jam.bundles:
        # A path may be named too; the library decides only when it is loaded.
        if name not in entries and not Path(name).is_file():
            yield Finding(
                Verdict.BROKEN,
                f"bundles.offer names {name}, which is in none of the folders",
                f"Put {name}.mag into one of "
                + ", ".join(at_home(folder) for folder in config.bundle_folders),
            )


def check_controllers(config: EngineConfig) -> Iterator[Finding]:
    """Whether what is bound is bound to somebody."""
    warnings = binding_warnings(config.jam)
    for warning in warnings:
        advice = "Give the entry another player, or list that player in players."
        yield Finding(Verdict.NOTE, warning, advice)
    if not warnings:
        yield Finding(Verdict.GOOD, f"{len(config.jam.controls.bindings)} binding(s)")


def check_kernel(config: EngineConfig) -> Iterator[Finding]:
    """Who computes the models' steps; compiles the kernel as the engine would."""
    if config.kernel == "off":
        yield Finding(Verdict.GOOD, "NumPy plays the models: engine.kernel is off")
        return
    if not config.model_process:
        text = "NumPy plays the models: the kernel needs engine.model_process"
        yield Finding(Verdict.GOOD, text)
        return
    try:
        kernel = ready_kernel()
    except KernelUnavailable as error:
        normal = isinstance(error, CompilerMissing)
        verdict = Verdict.GOOD if normal else Verdict.NOTE
        yield Finding(verdict, f"NumPy plays the models: {error.message}", error.hint)
    else:
        where = at_home(kernel.path.parent) if kernel else ""
        yield Finding(Verdict.GOOD, f"The compiled kernel plays the models ({where})")


def check_devices() -> Iterator[Finding]:
    """The shipped Max for Live devices."""
    folder = data_folder("m4l_devices")
    count = len(list(folder.glob("*.amxd")))
    if count:
        yield Finding(Verdict.GOOD, f"{count} Max for Live device(s) in {at_home(folder)}")
    else:
        yield Finding(Verdict.NOTE, f"There is no Max for Live device in {at_home(folder)}")


def check_real_time() -> Iterator[Finding]:
    """Whether the system would let the timekeeper go first."""
    found = may_raise()
    yield Finding(Verdict.GOOD if found.granted else Verdict.NOTE, found.text, found.hint)


def check_folder(folder: Path) -> Iterator[Finding]:
    """Whether the demo and recordings can be written here."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding(
            Verdict.NOTE,
            f"The folder {at_home(folder)} can't be written: {error.strerror or error}",
            "Work in another folder, or use --out.",
        )
    else:
        yield Finding(Verdict.GOOD, f"The folder {at_home(folder)} can be written")


def _required() -> list[str]:
    """What a plain install brings on this Python and this system."""
    try:
        lines = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []
    wanted = [Requirement(line) for line in lines]
    here = {"extra": ""}
    return sorted(one.name for one in wanted if one.marker is None or one.marker.evaluate(here))


def _version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
