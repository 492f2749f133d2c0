"""``magenta-bridge generate``: MIDI files without a jam.

It stands apart from the other commands because it is called for one file at a time, often by
scripts: what they import (the terminal's tables, the check of configurations) would take longer
than making two bars of music.
"""
