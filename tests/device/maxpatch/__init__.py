"""Runs a Max patch: the objects that the device uses, with Max's order, queues and clocks."""
