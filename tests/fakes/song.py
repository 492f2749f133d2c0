"""A host whose song is played by a script: the clock messages it sends, and the truth.

song = ScriptedSong(tempo_qpm=120.0)
song.play(beats=16)
song.set_tempo(140.0)
song.play(beats=16)
song.messages        # [(time, ClockSample)]
song.run_beats_at(3.0)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from bridge.core.timebase import COMMON_TIME, ClockSample, LoopBounds, TimeSignature

GRID = 20
REPEATS = 3


@dataclass
class ScriptedSong:
    """Live's transport with the device's clock, in virtual time.

    Args:
        tempo_qpm: Tempo to begin with.
        song_ticks: Song position to begin with.
        now_s: Time to begin with.
        sender_zero_s: What the sender's clock shows at time 0, or None for no time stamps.
        sender_ppm: How much faster than ours the sender's clock is.
        tells_tempo: Whether the messages carry the tempo.
        stamps_every_s: Length of the audio buffers at whose ends messages are stamped and leave;
            0 if each has its own time.
    """

    tempo_qpm: float = 120.0
    song_ticks: float = 0.0
    now_s: float = 1.0
    sender_zero_s: float | None = 77.0
    sender_ppm: float = -100.0
    tells_tempo: bool = True
    stamps_every_s: float = 0.0
    loop: LoopBounds | None = None
    signature: TimeSignature = COMMON_TIME
    bar_start_ticks: float = 0.0
    epoch: int = 1
    seq: int = 0
    playing: bool = False
    run_ticks: float = 0.0
    messages: list[tuple[float, ClockSample]] = field(default_factory=list)
    truth: list[tuple[float, float, float, float]] = field(default_factory=list)

    def start(self) -> None:
        self.playing = True
        self.epoch += 1
        self._mark()
        self._send(REPEATS)

    def stop(self, rest_s: float) -> None:
        """Stop, and rest with a message a second."""
        self.playing = False
        self._mark()
        self._send(REPEATS)
        until_s = self.now_s + rest_s
        while self.now_s + 1.0 < until_s:
            self.now_s += 1.0
            self._send()
        self.now_s = until_s

    def locate(self, song_ticks: float) -> None:
        self.song_ticks = song_ticks
        self.epoch += 1
        self._mark()
        self._send(REPEATS)

    def set_tempo(self, tempo_qpm: float) -> None:
        self.tempo_qpm = tempo_qpm
        self._mark()
        if self.tells_tempo:
            self._send(REPEATS)

    def drop_out(self, seconds: float) -> None:
        """Live's audio stalls: time passes, the song does not move, and nobody says so."""
        tempo, self.tempo_qpm = self.tempo_qpm, 0.0
        self._mark()
        self.now_s += seconds
        self.tempo_qpm = tempo
        self._mark()

    def set_signature(self, signature: TimeSignature) -> None:
        """A new time signature from here on."""
        self.signature = signature
        self.bar_start_ticks = self.song_ticks

    def reload_device(self, zero_s: float, epoch: int) -> None:
        """The device is loaded anew: its clock and its counters begin again."""
        self.sender_zero_s = zero_s - self.now_s
        self.epoch, self.seq = epoch, 0

    def play(self, beats: float) -> None:
        if not self.playing:
            self.start()
        left = beats * 480.0
        while left > 1e-9:
            to_grid = (math.floor(self.song_ticks / GRID + 1e-9) + 1) * GRID - self.song_ticks
            steps = [left, to_grid]
            to_wrap = math.inf
            if self.loop is not None and self.song_ticks < self.loop.end_ticks:
                to_wrap = self.loop.end_ticks - self.song_ticks
                steps.append(to_wrap)
            step = min(steps)
            self._pass(step)
            left -= step
            if step >= to_wrap - 1e-9 and self.loop is not None:
                self.song_ticks = self.loop.start_ticks
                self._mark()
            elif step == to_grid:
                self.song_ticks = float(round(self.song_ticks / GRID) * GRID)
            if abs(self.song_ticks / GRID - round(self.song_ticks / GRID)) < 1e-9:
                self._send()

    def run_beats_at(self, t_s: float | np.ndarray) -> np.ndarray:
        """True run beats at times."""
        return self._true(t_s)[0]

    def tempo_at(self, t_s: float | np.ndarray) -> np.ndarray:
        """True tempo at times."""
        return self._true(t_s)[1]

    def song_ticks_at(self, t_s: float) -> float:
        """True song position at a time."""
        return float(self._true(t_s)[2])

    def _true(self, t_s: float | np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        marks = np.array(self.truth)
        t = np.asarray(t_s, dtype=float)
        index = np.maximum(np.searchsorted(marks[:, 0], t, side="right") - 1, 0)
        tempo = marks[index, 2]
        ticks = (t - marks[index, 0]) * tempo * 8.0
        return (marks[index, 1] + ticks) / 480.0, tempo, marks[index, 3] + ticks

    def _pass(self, ticks: float) -> None:
        self.song_ticks += ticks
        self.run_ticks += ticks
        self.now_s += ticks / (self.tempo_qpm * 8.0)

    def _mark(self) -> None:
        tempo = self.tempo_qpm if self.playing else 0.0
        self.truth.append((self.now_s, self.run_ticks, tempo, self.song_ticks))

    def _send(self, copies: int = 1) -> None:
        self.seq += 1
        at_s = self.now_s
        if self.stamps_every_s:
            at_s += self.stamps_every_s - at_s % self.stamps_every_s
        sent_s = None
        if self.sender_zero_s is not None:
            sent_s = self.sender_zero_s + at_s * (1.0 + 1e-6 * self.sender_ppm)
        bar = self.signature.bar_ticks
        sample = ClockSample(
            epoch=self.epoch,
            seq=self.seq,
            song_ticks=self.song_ticks,
            tempo_qpm=self.tempo_qpm if self.tells_tempo else None,
            sent_s=sent_s,
            playing=self.playing,
            loop=self.loop,
            signature=self.signature,
            bar_offset_ticks=(self.song_ticks - self.bar_start_ticks) % bar,
        )
        self.messages.extend([(at_s, sample)] * copies)
