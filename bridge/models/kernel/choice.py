"""Which library steps the networks of this process: none until one is engaged."""

from __future__ import annotations

import threading
from typing import Protocol
from weakref import WeakSet

from bridge.models.kernel.library import KernelLibrary


class Adopting(Protocol):
    """A network that can be stepped by a kernel."""

    def adopt(self, library: KernelLibrary) -> None:
        """Have the next steps done by the kernel, if it can do this network's."""
        ...


class _Choice:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.library: KernelLibrary | None = None
        self.networks: WeakSet[Adopting] = WeakSet()


_CHOICE = _Choice()


def engaged() -> KernelLibrary | None:
    """The kernel that steps this process's networks, or None where NumPy does."""
    return _CHOICE.library


def engage(library: KernelLibrary | None) -> None:
    """Have a kernel step the networks there are, between two of their steps, and all later ones.

    Args:
        library: The kernel; None leaves later networks to NumPy.
    """
    with _CHOICE.lock:
        _CHOICE.library = library
        networks = list(_CHOICE.networks)
    if library is not None:
        for network in networks:
            network.adopt(library)


def take_part(network: Adopting) -> None:
    """Give a new network to the engaged kernel, or to one that is engaged later."""
    with _CHOICE.lock:
        library = _CHOICE.library
        _CHOICE.networks.add(network)
    if library is not None:
        network.adopt(library)
