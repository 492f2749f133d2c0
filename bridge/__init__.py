"""Magenta Bridge: Magenta models that answer a musician in time with Ableton Live.

``bridge.core`` holds the rules of the jam and touches no socket, clock or file. ``bridge.models``
runs networks, ``bridge.io`` talks to the outside, ``bridge.engine`` wires them together.
"""

__version__ = "0.1.0"
