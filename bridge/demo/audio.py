"""Make a song audible: by our own synthesiser, or by FluidSynth where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from bridge.core.units import beats_to_seconds
from bridge.demo.synth import (
    SAMPLE_RATE,
    Hit,
    Samples,
    limited,
    pan,
    read_wav,
    render,
    rms_dbfs,
    write_wav,
)
from bridge.errors import BridgeError
from bridge.io.smf import DRUM_CHANNEL, Song, write_song

SynthChoice = Literal["auto", "builtin", "fluidsynth"]
_AUDIBLE_DBFS = -60.0
_RENDER_LIMIT_S = 120.0
_SOUNDFONT_FOLDERS = (
    "/usr/share/sounds/sf2",
    "/usr/share/sounds/sf3",
    "/usr/share/soundfonts",
    "/usr/local/share/soundfonts",
    "/opt/homebrew/share/soundfonts",
    "~/Library/Audio/Sounds/Banks",
    "~/.local/share/soundfonts",
    "~/.local/share/sounds/sf2",
    "C:/soundfonts",
)


@dataclass(frozen=True, slots=True)
class FluidSynth:
    """The program and the sounds it can use."""

    program: str
    soundfont: Path


def find_fluidsynth(folders: Iterable[str] = _SOUNDFONT_FOLDERS) -> FluidSynth | None:
    """FluidSynth on the PATH with a General MIDI soundfont in the usual places, or None."""
    program = shutil.which("fluidsynth")
    if program is None:
        return None
    for folder in folders:
        # The largest is a full General MIDI set rather than a single instrument.
        found = [path for path in Path(folder).expanduser().glob("*.sf[23]") if path.is_file()]
        if found:
            return FluidSynth(program, max(found, key=lambda path: path.stat().st_size))
    return None


def write_audio(path: Path, song: Song, choice: SynthChoice = "auto", clicks: bool = False) -> str:
    """Write the song as a sound file: its first track is the call, all others the answer.

    Args:
        path: The file, of 44.1 kHz, 16 bits, stereo.
        song: What is to be heard.
        choice: ``auto`` takes FluidSynth where it works, else the built-in synthesiser.
        clicks: A metronome beneath; built-in synthesiser only.

    Returns:
        Which synthesiser was used, in words.

    Raises:
        BridgeError: The file can't be written, or FluidSynth was asked for and can't be had.
    """
    fluid = find_fluidsynth() if choice != "builtin" else None
    if choice == "fluidsynth" and fluid is None:
        raise BridgeError(
            "FluidSynth or a soundfont for it was not found.",
            "Install fluidsynth and a General MIDI soundfont, or use --synth builtin.",
        )
    if fluid is not None:
        try:
            write_wav(path, _render_fluid(fluid, song))
        except BridgeError:
            if choice == "fluidsynth":
                raise
        else:
            return f"FluidSynth with {fluid.soundfont.name}"
    write_wav(path, render(_hits(song), _seconds(song, song.length_beats), _clicks(song, clicks)))
    return "the built-in synthesiser"


def _hits(song: Song) -> list[Hit]:
    return [
        Hit(
            start_s=max(0.0, _seconds(song, note.start_beats)),
            duration_s=_seconds(song, note.duration_beats),
            pitch=note.pitch,
            velocity=note.velocity,
            drum=note.channel == DRUM_CHANNEL,
            answer=number > 0,
        )
        for number, track in enumerate(song.tracks)
        for note in track.notes
    ]


def _clicks(song: Song, wanted: bool) -> list[float]:
    return [_seconds(song, float(beat)) for beat in range(int(song.length_beats) * wanted)]


def _seconds(song: Song, beats: float) -> float:
    return beats_to_seconds(beats, song.tempo_qpm)


def _render_fluid(fluid: FluidSynth, song: Song) -> Samples:
    """Each side by itself, so that call and answer can be put left and right."""
    with tempfile.TemporaryDirectory() as folder:
        sides = []
        for number, track in enumerate(song.tracks):
            midi = Path(folder) / f"{number}.mid"
            write_song(midi, replace(song, tracks=(track,)))
            sides.append(pan(_run_fluid(fluid, midi), answer=number > 0))
    mix = np.zeros((max(len(side) for side in sides), 2), np.float32)
    for side in sides:
        mix[: len(side)] += side
    mix = limited(mix)
    if rms_dbfs(mix) < _AUDIBLE_DBFS:
        raise BridgeError(f"FluidSynth rendered silence with {fluid.soundfont.name}.")
    return mix


def _run_fluid(fluid: FluidSynth, midi: Path) -> Samples:
    sound = midi.with_suffix(".wav")
    # Options first, then the soundfont, then the file: the order that all its versions take.
    options = ["-n", "-i", "-q", "-T", "wav", "-O", "s16", "-r", str(SAMPLE_RATE), "-F", str(sound)]
    try:
        subprocess.run(
            [fluid.program, *options, str(fluid.soundfont), str(midi)],
            check=True,
            capture_output=True,
            timeout=_RENDER_LIMIT_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise BridgeError(f"FluidSynth failed: {error}.", "Use --synth builtin.") from error
    return read_wav(sound)
