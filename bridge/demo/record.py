"""The jam as a MIDI file and as sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.core.notes import Note, Phrase
from bridge.demo.audio import SynthChoice, write_audio
from bridge.demo.jam import JamResult, Turn
from bridge.errors import BridgeError
from bridge.io.smf import DRUM_CHANNEL, Marker, Song, SongTrack, write_song

_CALL_PROGRAM, _ANSWER_PROGRAM = 0, 11
"""Piano and vibraphone, where the model plays pitches."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What was written.

    Args:
        midi: The MIDI file.
        audio: The sound file, or None where none was wanted.
        synth: Which synthesiser made it, in words; "" where none did.
    """

    midi: Path
    audio: Path | None
    synth: str


def write_recording(
    result: JamResult,
    folder: Path,
    *,
    audio: bool = True,
    synth: SynthChoice = "auto",
    clicks: bool = False,
) -> Recording:
    """Write ``demo.mid`` and ``demo.wav`` into a folder, which is made if it is not there.

    Raises:
        BridgeError: A file can't be written, or the synthesiser asked for can't be had.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BridgeError(
            f"The folder {folder} can't be made: {error.strerror or error}.",
            "Choose another --out folder.",
        ) from error
    song = song_of(result)
    midi = folder / "demo.mid"
    write_song(midi, song)
    if not audio:
        return Recording(midi, None, "")
    sound = folder / "demo.wav"
    return Recording(midi, sound, write_audio(sound, song, synth, clicks))


def song_of(result: JamResult) -> Song:
    """The jam as a song of two tracks, the call first, with a marker at each turn."""
    turns, drums = result.turns, result.drums
    calls = (_placed(turn.call, turn.call_start_beats) for turn in turns)
    answers = (_placed(turn.answer, turn.answer_start_beats) for turn in turns)
    bundle = next((turn.made.bundle for turn in turns if turn.made), "model")
    call_channel, answer_channel = (DRUM_CHANNEL, DRUM_CHANNEL) if drums else (0, 1)
    return Song(
        tempo_qpm=result.performance.tempo_qpm,
        signature=result.performance.signature,
        tracks=(
            SongTrack("Call (human)", _on(call_channel, calls), None if drums else _CALL_PROGRAM),
            SongTrack(
                f"Answer ({Path(bundle).stem})",
                _on(answer_channel, answers),
                None if drums else _ANSWER_PROGRAM,
            ),
        ),
        markers=tuple(marker for turn in turns for marker in _markers(turn)),
        length_beats=result.bars * result.performance.bar_beats,
    )


def _placed(phrase: Phrase, start_beats: float) -> tuple[Note, ...]:
    return phrase.moved(start_beats).notes


def _on(channel: int, phrases: Iterable[tuple[Note, ...]]) -> tuple[Note, ...]:
    return tuple(replace(note, channel=channel) for notes in phrases for note in notes)


def _markers(turn: Turn) -> Iterator[Marker]:
    yield Marker(turn.call_start_beats, f"Call {turn.number}")
    yield Marker(turn.answer_start_beats, f"Answer {turn.number}")
