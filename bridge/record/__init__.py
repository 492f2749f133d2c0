"""Recordings of jams: what is in one, how it is written, and how it is read.

This package knows the file; `bridge.engine.taped` makes what is in it, `bridge.replay` plays it.
"""
