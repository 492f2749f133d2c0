"""Magenta Jam: a MIDI effect that lets a Magenta model answer what is played."""
