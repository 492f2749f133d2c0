"""Prints what Magenta Bridge sends to programs that make pictures (docs/vj.md).

magenta-bridge run --config jam.yaml      # with: feed: {enabled: true}
python docs/vj_example.py                 # listens on 127.0.0.1:17690
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

from pythonosc.osc_message import OscMessage

PORT = 17690


def messages(port: int = PORT) -> Iterator[tuple[str, list[object]]]:
    """Address and values of everything that comes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", port))
        while True:
            message = OscMessage(ear.recv(65536))
            yield message.address, list(message.params)


def line(address: str, values: list[object]) -> str:
    """A message as a line; a note that sounds is a bar as long as it is loud."""
    if address == "/bridge/on":
        player, pitch, velocity = (int(str(value)) for value in values)
        return f"player {player}  pitch {pitch:3d}  {'#' * (velocity // 4)}"
    shown = (f"{value:.3f}" if isinstance(value, float) else str(value) for value in values)
    return f"{address:20s} {' '.join(shown)}"


if __name__ == "__main__":
    for address, values in messages(int(sys.argv[1]) if len(sys.argv) > 1 else PORT):
        if address != "/bridge/beat":
            print(line(address, values), flush=True)
