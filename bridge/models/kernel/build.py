"""Compiles the kernel once for this machine and keeps it in a private folder of the user.

A library's name holds two numbers: one of what it was made from (source, flags, processor) and one
of what is in the file. So nothing half-written, altered or made for another processor is ever
loaded; it is made anew instead.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from bridge.errors import CompilerMissing, KernelUnavailable

SOURCE = Path(__file__).with_name("step.c")
COMPILERS = ("cc", "gcc", "clang")

_PLAIN = (
    *("-std=c11", "-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"),
    *("-shared", "-fvisibility=hidden"),
    *(() if sys.platform == "win32" else ("-fPIC",)),
)
FLAGS = (
    (*_PLAIN, "-march=native", "-mprefer-vector-width=512"),
    (*_PLAIN, "-march=native"),
    (*_PLAIN, "-mcpu=native"),
    _PLAIN,
)
"""Tried in turn: not every compiler knows the processor's own instructions by the same word."""

COMPILE_S, PROOF_S = 60.0, 30.0
KEPT = 4
"""Libraries of other versions and machines that stay in the folder."""
_STALE_S = 3600.0
_SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


def cache_folder() -> Path:
    """The folder of this user in which compiled kernels are kept."""
    return Path(platformdirs.user_cache_dir("magenta-bridge", appauthor=False)) / "kernel"


def cached(folder: Path, source: Path = SOURCE) -> Path | None:
    """The library for this source and machine, if a whole one is there.

    Args:
        folder: Where libraries are kept.
        source: The C file.

    Raises:
        KernelUnavailable: The folder is not private, or a file can't be read.
    """
    try:
        if not folder.is_dir():
            return None
        _check_private(folder)
        for path in sorted(folder.glob(f"step-{_key(source)}-*{_SUFFIX}")):
            if path == _named(folder, source, path.read_bytes()):
                return path
    except OSError as error:
        raise _unusable(folder, error) from error
    return None


def compiled(folder: Path, source: Path = SOURCE) -> Path:
    """The library for this source and machine, from the folder or made now (about a second).

    Args:
        folder: Where libraries are kept.
        source: The C file.

    Raises:
        CompilerMissing: There is no C compiler.
        KernelUnavailable: It can't be compiled or kept, or computes something else than NumPy.
    """
    found = cached(folder, source)
    if found is not None:
        return found
    compiler = _compiler()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_private(folder)
        _tidy(folder)
        with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as building:
            made = Path(building) / f"step{_SUFFIX}"
            _compile(compiler, source, made)
            _prove(made)
            place = _named(folder, source, made.read_bytes())
            made.replace(place)
    except OSError as error:
        raise _unusable(folder, error) from error
    return place


def _compiler() -> list[str]:
    named = shlex.split(os.environ.get("CC", ""))
    for words in (named, *([name] for name in COMPILERS)):
        found = shutil.which(words[0]) if words else None
        if found is None:
            continue
        if sys.platform == "darwin" and found.startswith("/usr/bin/") and not _has_xcode():
            continue
        return [found, *words[1:]]
    raise CompilerMissing("There is no C compiler (cc, gcc or clang).")


def _has_xcode() -> bool:
    """Without its tools, macOS answers a call of ``cc`` with a window that offers them."""
    asked = subprocess.run(["/usr/bin/xcode-select", "-p"], capture_output=True, check=False)
    return asked.returncode == 0


def _compile(compiler: list[str], source: Path, target: Path) -> None:
    complaint = ""
    for flags in FLAGS:
        command = [*_gently(), *compiler, *flags, str(source), "-o", str(target)]
        done = _run(command, target.parent, COMPILE_S)
        if done.returncode == 0 and target.is_file():
            return
        complaint = (done.stderr or "it says nothing").strip().splitlines()[0]
    raise KernelUnavailable(f"{Path(compiler[0]).name} can't compile the kernel: {complaint}.")


def _prove(library: Path) -> None:
    """Run the library for the first time where a crash hurts nobody."""
    words = [sys.executable, "-m", "bridge.models.kernel.proof", str(library)]
    done = _run([*_gently(), *words], Path(__file__).parents[3], PROOF_S)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise KernelUnavailable(f"The kernel compiled here does not work: {lines[-1]}")


def _run(command: list[str], folder: Path, limit_s: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        program = Path(command[len(_gently())]).name
        raise KernelUnavailable(f"{program} took longer than {limit_s:.0f} s.") from error


def _gently() -> list[str]:
    """A jam may be running: everything else comes first."""
    nice = shutil.which("nice")
    return [nice, "-n", "19"] if nice else []


def _check_private(folder: Path) -> None:
    """Code is loaded from here, so nobody else may be able to put any in."""
    if sys.platform == "win32":
        return
    found = folder.stat()
    if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise KernelUnavailable(
            f"{folder} is not yours alone, so no compiled kernel is loaded from it.",
            "Remove that folder; it is made anew.",
        )


def _tidy(folder: Path) -> None:
    """Removes what was cut off, and libraries that are too old to be of use."""
    libraries = sorted(folder.glob(f"step-*{_SUFFIX}"), key=lambda path: -path.stat().st_mtime)
    for path in libraries[KEPT:]:
        path.unlink(missing_ok=True)
    for path in folder.glob("building-*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _STALE_S:
                shutil.rmtree(path, ignore_errors=True)


def _named(folder: Path, source: Path, content: bytes) -> Path:
    digest = hashlib.sha256(content).hexdigest()[:32]
    return folder / f"step-{_key(source)}-{digest}{_SUFFIX}"


def _key(source: Path) -> str:
    parts = [source.read_bytes(), repr(FLAGS).encode()]
    parts += [part.encode() for part in _machine()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _machine() -> Iterator[str]:
    """What the compiler's ``native`` means: a home folder may be shared by several machines."""
    yield sys.platform
    yield platform.machine()
    # "32bit" beside a 64-bit system: a library must fit the interpreter.
    yield platform.architecture()[0]
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            lines = file.read(65536).partition("\n\n")[0].splitlines()
    except OSError:
        yield platform.processor()
        yield platform.node()
    else:
        names = ("model name", "flags", "Features", "CPU part")
        yield from (line for line in lines if line.startswith(names))


def _unusable(folder: Path, error: OSError) -> KernelUnavailable:
    reason = error.strerror or str(error)
    return KernelUnavailable(
        f"Compiled kernels can't be kept in {folder}: {reason}.", "Make that folder writable."
    )
