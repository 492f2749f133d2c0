"""A small drum and tone synthesiser, so that the demo can always be heard.

The human plays on the left, the model on the right and a little higher, so a listener knows who
plays. Everything is arithmetic on arrays; noise comes from a fixed seed, so the same notes give
the same file.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bridge.core.encodings.drum_classes import CLASS_OF_PITCH
from bridge.errors import BridgeError

SAMPLE_RATE = 44100
_TAIL_S = 1.5
_PEAK = 0.89
"""Full scale is 1.0; this is -1 dBFS."""

_RIGHT = {False: 0.28, True: 0.72}
"""Where the human and the model stand: 0 is left, 1 is right."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A note to be heard.

    Args:
        start_s: From the start of the sound, not negative.
        duration_s: Length of a tone; drums ring as they do.
        pitch: MIDI pitch.
        velocity: MIDI velocity, 1 to 127.
        drum: Whether the pitch is a General MIDI drum.
        answer: Whether the model plays it, else the human.
    """

    start_s: float
    duration_s: float
    pitch: int
    velocity: int
    drum: bool
    answer: bool


@dataclass(frozen=True, slots=True)
class _Drum:
    """A drum: a tone that falls in pitch, and noise in a band, each dying away.

    Frequencies in Hz, decays in seconds to 1/e, levels against full scale.
    """

    from_hz: float = 0.0
    to_hz: float = 0.0
    tone_decay_s: float = 0.1
    tone: float = 0.0
    noise: float = 0.0
    noise_decay_s: float = 0.1
    low_hz: float = 20.0
    high_hz: float = 18000.0
    level: float = 1.0


_DRUMS = (
    _Drum(150, 48, 0.16, 1.0, 0.25, 0.006, 1000, 6000, 1.0),  # kick
    _Drum(240, 180, 0.07, 0.55, 0.75, 0.10, 900, 9000, 0.8),  # snare
    _Drum(noise=1.0, noise_decay_s=0.025, low_hz=7000, level=0.45),  # closed hat
    _Drum(noise=1.0, noise_decay_s=0.20, low_hz=6000, level=0.42),  # open hat
    _Drum(130, 85, 0.22, 0.9, 0.2, 0.03, 300, 3000, 0.8),  # low tom
    _Drum(180, 120, 0.19, 0.9, 0.2, 0.03, 300, 3500, 0.8),  # mid tom
    _Drum(240, 165, 0.16, 0.9, 0.2, 0.03, 300, 4000, 0.8),  # high tom
    _Drum(noise=1.0, noise_decay_s=0.55, low_hz=3000, level=0.5),  # crash
    _Drum(5200, 5150, 0.25, 0.12, 0.7, 0.22, 5000, 15000, 0.4),  # ride
)


def render(hits: Sequence[Hit], length_s: float, clicks_s: Sequence[float] = ()) -> Samples:
    """The hits as sound.

    Args:
        hits: In any order.
        length_s: Length without the tail that lets the last notes ring.
        clicks_s: Moments of a metronome's clicks; empty for none.

    Returns:
        Shape (samples, 2), peak at -1 dBFS; silence where there are no hits.
    """
    mix = np.zeros((int((length_s + _TAIL_S) * SAMPLE_RATE) + 1, 2), np.float32)
    for hit in hits:
        voice = _drum(CLASS_OF_PITCH.get(hit.pitch, 1), hit.answer) if hit.drum else _tone(hit)
        gain = (hit.velocity / 127.0) ** 1.5
        _add(mix, voice * gain, hit.start_s, _RIGHT[hit.answer])
    for at_s in clicks_s:
        _add(mix, _click(), at_s, 0.5)
    return limited(mix)


def limited(mix: Samples) -> Samples:
    """The same with its peak at -1 dBFS, by a gentle limiter; silence stays silence.

    Drums peak far above their mean: merely scaled they would be faint.
    """
    peak = float(np.abs(mix).max(initial=0.0))
    if peak == 0.0:
        return mix
    drive = 1.8
    scaled = np.tanh(mix * np.float32(drive / peak)) * np.float32(_PEAK / np.tanh(drive))
    return np.asarray(scaled, np.float32)


def pan(samples: Samples, *, answer: bool) -> Samples:
    """A stereo sound moved to its player's side."""
    right = _RIGHT[answer]
    sides = np.sqrt(np.array([2.0 * (1.0 - right), 2.0 * right]))
    return np.asarray(samples * sides, np.float32)


def write_wav(path: Path, samples: Samples) -> None:
    """Write a stereo file of 44.1 kHz and 16 bits.

    Raises:
        BridgeError: The file can't be written.
    """
    data = np.round(np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
    try:
        with path.open("wb") as file, wave.open(file, "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(SAMPLE_RATE)
            out.writeframes(data)
    except OSError as error:
        raise BridgeError(
            f"{path} can't be written: {error.strerror or error}.", "Choose another --out folder."
        ) from error


def read_wav(path: Path) -> Samples:
    """Read a file of 16 bits and 44.1 kHz, stereo or mono, as shape (samples, 2).

    Raises:
        BridgeError: It is none.
    """
    try:
        with path.open("rb") as file, wave.open(file, "rb") as source:
            shape = (source.getsampwidth(), source.getframerate())
            channels = source.getnchannels()
            data = source.readframes(source.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise BridgeError(f"{path} is not a sound file: {error}.") from error
    if shape != (2, SAMPLE_RATE) or channels not in (1, 2):
        raise BridgeError(f"{path} is not of 16 bits and 44.1 kHz.")
    samples = np.frombuffer(data, "<i2").reshape(-1, channels).astype(np.float32) / 32768.0
    return np.asarray(np.broadcast_to(samples, (len(samples), 2)), np.float32)


def rms_dbfs(samples: Samples) -> float:
    """Mean level in dB against full scale; -inf for silence."""
    mean_square = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    return float(10.0 * np.log10(mean_square)) if mean_square else -float("inf")


def _add(mix: Samples, voice: Samples, start_s: float, right: float) -> None:
    start = max(0, round(start_s * SAMPLE_RATE))
    voice = voice[: max(0, len(mix) - start)]
    # Equal power: the sum of the squares of both sides is 1 wherever the voice stands.
    mix[start : start + len(voice), 0] += voice * np.float32(np.sqrt(1.0 - right))
    mix[start : start + len(voice), 1] += voice * np.float32(np.sqrt(right))


def _seconds(length_s: float) -> npt.NDArray[np.float64]:
    return np.arange(int(length_s * SAMPLE_RATE)) / SAMPLE_RATE


@lru_cache(maxsize=32)
def _drum(index: int, answer: bool) -> Samples:
    drum = _DRUMS[index]
    higher = 1.25 if answer else 1.0
    t = _seconds(min(_TAIL_S, 6.0 * max(drum.tone_decay_s, drum.noise_decay_s)))
    voice = np.zeros(len(t))
    if drum.tone:
        fall_s = drum.tone_decay_s / 3.0
        # The integral of a frequency that falls exponentially from one to the other.
        cycles = drum.to_hz * t + (drum.from_hz - drum.to_hz) * fall_s * -np.expm1(-t / fall_s)
        voice += drum.tone * np.sin(2 * np.pi * higher * cycles) * np.exp(-t / drum.tone_decay_s)
    if drum.noise:
        noise = _band_noise(len(t), drum.low_hz * higher, drum.high_hz, seed=index)
        voice += drum.noise * noise * np.exp(-t / drum.noise_decay_s)
    return np.asarray(voice * drum.level, np.float32)


def _band_noise(length: int, low_hz: float, high_hz: float, seed: int) -> npt.NDArray[np.float64]:
    noise = np.random.default_rng(seed).standard_normal(length)
    spectrum = np.fft.rfft(noise)
    frequencies = np.fft.rfftfreq(length, 1.0 / SAMPLE_RATE)
    spectrum[(frequencies < low_hz) | (frequencies > high_hz)] = 0.0
    band = np.fft.irfft(spectrum, length)
    return band / max(1e-9, float(np.abs(band).max()))


def _tone(hit: Hit) -> Samples:
    """A plucked voice for the human, a softer and longer one for the model."""
    hz = 440.0 * 2.0 ** ((hit.pitch - 69) / 12.0)
    release_s = 0.25 if hit.answer else 0.08
    t = _seconds(hit.duration_s + release_s)
    partials = (1.0, 0.12, 0.3, 0.05) if hit.answer else (1.0, 0.6, 0.4, 0.25, 0.15)
    fade_s = 1.5 if hit.answer else 0.45
    voice = np.zeros(len(t))
    for number, level in enumerate(partials, 1):
        if hz * number < SAMPLE_RATE / 2:
            decay = np.exp(-t * number / fade_s)
            voice += level * np.sin(2 * np.pi * hz * number * t) * decay
    attack_s = 0.02 if hit.answer else 0.003
    held = np.minimum(1.0, t / attack_s)
    ending = np.clip((hit.duration_s + release_s - t) / release_s, 0.0, 1.0)
    return np.asarray(0.5 * voice * held * ending, np.float32)


@lru_cache(maxsize=1)
def _click() -> Samples:
    t = _seconds(0.03)
    return np.asarray(0.12 * np.sin(2 * np.pi * 1500.0 * t) * np.exp(-t / 0.006), np.float32)
