"""Ableton Push 2 as a surface of the jam, on its User port. Sans-IO.

`hardware` has the device's numbers and the bytes it takes, `heard` reads what it sends, `lamps`
keeps the picture on it true with few bytes, `ledclock` gives its animations the beat. What a
musician does with it is `surface`, and where: `grid`, `knobs`, `keys`.

All facts about the device are from Ableton's *Push 2 MIDI and Display Interface Manual*, revision
1.1, and the map published beside it.
"""
