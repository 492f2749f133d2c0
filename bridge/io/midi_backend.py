"""The two packages that bring RtMidi to Python, made one. Nothing else imports either.

RtMidi's own errors become `TransportError`; what its C libraries print on the error stream while
they look for a MIDI system is kept from the terminal.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bridge.errors import TransportError

CLIENT = "magenta-bridge"
_WANTED = ("core", "alsa", "jack", "winmm")
"""In this order, where there are several."""

OnMessage = Callable[[Sequence[int]], None]


class InPort:
    """An open input.

    Args:
        client: The package's object.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def close(self) -> None:
        """Close it; a port that was made is gone."""
        _discard(self._client)
        self._client = None


class OutPort:
    """An open output.

    Args:
        client: The package's object.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, data: bytes) -> None:
        """Send a message.

        Raises:
            TransportError: The port is not there any more.
        """
        try:
            self._client.send_message(data)
        except (RuntimeError, OSError, _rtmidi_error()) as error:
            raise TransportError(f"A MIDI message can't be sent: {error}.", "") from error

    def close(self) -> None:
        """Close it; a port that was made is gone."""
        _discard(self._client)
        self._client = None


class Backend:
    """One MIDI system of this machine.

    Args:
        module: The package.
        api: The system's number in it.
        makes_ports: Whether it can make ports.

    Raises:
        TransportError: It does not run.
    """

    def __init__(self, module: Any, api: Any, makes_ports: bool) -> None:
        self._module, self._api = module, api
        self.makes_ports = makes_ports
        with _errors_told("This machine has no MIDI system that runs"), _quiet():
            self._listers = {False: module.MidiIn(api), True: module.MidiOut(api)}

    def names(self, *, output: bool) -> list[str]:
        """The ports there are to play on (``output``) or to listen on."""
        try:
            with _quiet():
                return [str(name) for name in self._listers[output].get_ports()]
        except (RuntimeError, OSError, _rtmidi_error()):
            return []

    def close(self) -> None:
        """Let the system go."""
        for lister in self._listers.values():
            _discard(lister)
        self._listers.clear()

    def open_input(
        self, name: str, index: int | None, on_message: OnMessage, *, sysex: bool = False
    ) -> InPort:
        """Listen on the port of this number in `names`, or make one; system exclusive if wanted.

        Raises:
            TransportError: It can't be opened.
        """
        with _errors_told("It can't be opened"), _quiet():
            client = self._module.MidiIn(self._api, CLIENT)
            # RtMidi leaves beat clock and system exclusive out unless told otherwise.
            client.ignore_types(not sysex, False, True)
            client.set_callback(_as_callback(self._module, on_message))
            _open(client, name, index)
        return InPort(client)

    def open_output(self, name: str, index: int | None) -> OutPort:
        """Play on the port of this number in `names`, or make one.

        Raises:
            TransportError: It can't be opened.
        """
        with _errors_told("It can't be opened"), _quiet():
            client = self._module.MidiOut(self._api, CLIENT)
            _open(client, name, index)
        return OutPort(client)


def open_backend() -> Backend:
    """The machine's MIDI system.

    Raises:
        TransportError: There is none that runs, or RtMidi is not installed.
    """
    module = _module()
    listed = getattr(module, "get_compiled_api", None) or module.get_compiled_apis
    apis = {module.get_api_name(api): api for api in listed()}
    problems: list[str] = []
    for name in _WANTED:
        if name in apis:
            try:
                return Backend(module, apis[name], name != "winmm")
            except TransportError:
                problems.append(name)
    tried = ", ".join(problems) or "none"
    raise TransportError(
        f"This machine has no MIDI system that runs (tried: {tried}).",
        "The engine goes on without MIDI ports. On Linux load snd-seq or start JACK.",
    )


def _module() -> Any:
    for name in ("rtmidi", "supriya_midi"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    raise TransportError(
        "RtMidi is not installed.",
        "pip install magenta-bridge brings it; the engine goes on without MIDI ports.",
    )


def _rtmidi_error() -> type[Exception]:
    module = _module()
    error: type[Exception] = getattr(module, "RtMidiError", RuntimeError)
    return error


def _as_callback(module: Any, on_message: OnMessage) -> Callable[..., None]:
    """python-rtmidi calls with (message, seconds) and data, supriya-midi with three arguments."""
    if module.__name__ == "rtmidi":

        def of_event(event: tuple[Sequence[int], float], _data: object = None) -> None:
            on_message(event[0])

        return of_event

    def of_message(message: Sequence[int], _seconds: float, _data: object = None) -> None:
        on_message(tuple(message))

    return of_message


def _open(client: Any, name: str, index: int | None) -> None:
    if index is None:
        client.open_virtual_port(name)
    else:
        # Our end of the cable has a name of its own: a device whose input and output are called
        # alike must not seem to be there because we are.
        client.open_port(index, f"{name} ({CLIENT})")


def _discard(client: Any) -> None:
    if hasattr(client, "cancel_callback"):
        client.cancel_callback()
    with contextlib.suppress(RuntimeError, OSError, _rtmidi_error()):
        client.close_port()
    # Only then is a port that was made gone; python-rtmidi and supriya-midi name it alike.
    client.delete()


@contextlib.contextmanager
def _errors_told(what: str) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, OSError, NotImplementedError, _rtmidi_error()) as error:
        raise TransportError(f"{what} ({error}).") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """ALSA and JACK write to the terminal when they are not there; once is not even needed."""
    if not sys.platform.startswith("linux"):
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
