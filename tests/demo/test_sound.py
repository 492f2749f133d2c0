"""The demo must be heard: levels, sides, and who makes the sound."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from bridge.core.encodings.drum_classes import DRUM_CLASS_NAMES, PITCH_OF_CLASS
from bridge.core.notes import Note
from bridge.demo import audio
from bridge.demo.audio import find_fluidsynth, write_audio
from bridge.demo.performance import load_performance
from bridge.demo.synth import SAMPLE_RATE, Hit, read_wav, render, rms_dbfs, write_wav
from bridge.errors import BridgeError
from bridge.io.smf import DRUM_CHANNEL, Song, SongTrack


def hit(pitch: int = 36, *, start_s: float = 0.0, drum: bool = True, answer: bool = False) -> Hit:
    return Hit(start_s, 0.5, pitch, 100, drum, answer)


def duet() -> Song:
    phrase = load_performance().phrase
    call = tuple(note for note in phrase.notes if note.start_beats < 8.0)
    answer = tuple(note for note in phrase.notes if note.start_beats >= 8.0)
    return Song(100.0, (4, 4), (SongTrack("Call", call), SongTrack("Answer", answer)), (), 32.0)


@pytest.fixture
def no_fluidsynth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "find_fluidsynth", lambda: None)


@pytest.mark.parametrize("pitch", PITCH_OF_CLASS, ids=DRUM_CLASS_NAMES)
def test_every_drum_is_heard_and_dies_away(pitch: int) -> None:
    sound = render([hit(pitch)], 1.0)
    assert rms_dbfs(sound[: SAMPLE_RATE // 10]) > -40.0
    assert rms_dbfs(sound[-SAMPLE_RATE // 10 :]) < -40.0


@pytest.mark.parametrize("answer", [False, True], ids=["human", "model"])
def test_a_tone_has_its_pitch(answer: bool) -> None:
    sound = render([hit(69, drum=False, answer=answer)], 0.5)[: SAMPLE_RATE // 2].sum(axis=1)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert np.argmax(spectrum) * SAMPLE_RATE / len(sound) == pytest.approx(440.0, abs=3.0)


def test_the_human_is_left_and_the_model_right() -> None:
    for answer in (False, True):
        left, right = np.square(render([hit(38, answer=answer)], 0.5)).sum(axis=0)
        assert (right > 2 * left) if answer else (left > 2 * right)


def test_the_model_s_drums_sound_different_from_the_human_s() -> None:
    human, model = (render([hit(38, answer=who)], 0.5).sum(axis=1) for who in (False, True))
    assert np.corrcoef(human, model)[0, 1] < 0.9


def test_a_full_mix_is_loud_and_does_not_clip(tmp_path: Path, no_fluidsynth: None) -> None:
    used = write_audio(tmp_path / "demo.wav", duet(), "auto")
    sound = read_wav(tmp_path / "demo.wav")
    assert used == "the built-in synthesiser"
    assert np.abs(sound).max() == pytest.approx(0.89, abs=0.001)
    assert -24.0 < rms_dbfs(sound) < -9.0
    assert len(sound) / SAMPLE_RATE == pytest.approx(32 * 0.6 + 1.5, abs=0.01)


def test_a_hit_sounds_at_its_moment() -> None:
    sound = np.abs(render([hit(36, start_s=1.0)], 2.0)).max(axis=1)
    assert np.flatnonzero(sound > 1e-6)[0] == pytest.approx(SAMPLE_RATE, abs=3)


def test_clicks_are_heard_between_the_notes(tmp_path: Path, no_fluidsynth: None) -> None:
    empty = Song(100.0, (4, 4), (SongTrack("Call", ()),), (), 4.0)
    write_audio(tmp_path / "click.wav", empty, "builtin", clicks=True)
    assert rms_dbfs(read_wav(tmp_path / "click.wav")) > -60.0


def test_no_notes_are_silence_and_no_error() -> None:
    assert not render([], 0.1).any() and rms_dbfs(render([], 0.1)) == -np.inf


def test_the_same_notes_give_the_same_file(tmp_path: Path, no_fluidsynth: None) -> None:
    for name in ("one.wav", "two.wav"):
        write_audio(tmp_path / name, duet())
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()


def test_a_file_survives_writing_and_reading(tmp_path: Path) -> None:
    sound = render([hit(60, drum=False)], 0.2)
    write_wav(tmp_path / "tone.wav", sound)
    assert np.abs(read_wav(tmp_path / "tone.wav") - sound).max() < 1e-4


def test_what_is_no_sound_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_bytes(b"RIFF nonsense")
    with pytest.raises(BridgeError, match=r"no\.wav is not a sound file"):
        read_wav(tmp_path / "no.wav")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=r"can't be written"):
        write_wav(tmp_path / "nowhere" / "x.wav", render([hit()], 0.1))


def test_asking_for_fluidsynth_where_there_is_none_says_what_to_do(
    tmp_path: Path, no_fluidsynth: None
) -> None:
    with pytest.raises(BridgeError, match="was not found") as caught:
        write_audio(tmp_path / "demo.wav", duet(), "fluidsynth")
    assert "--synth builtin" in caught.value.hint


_FAKE = """#!{python}
import sys, wave
out = wave.open(sys.argv[sys.argv.index("-F") + 1], "wb")
out.setnchannels(2); out.setsampwidth(2); out.setframerate(44100)
out.writeframes(({level}).to_bytes(2, "little") * 88200)
out.close()
sys.exit({status})
"""


@pytest.fixture
def fake_fluidsynth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if sys.platform == "win32":
        pytest.skip("a script is no program on Windows")

    def make(level: int = 8000, status: int = 0) -> None:
        program = tmp_path / "fluidsynth"
        program.write_text(
            _FAKE.format(python=sys.executable, level=level, status=status), encoding="utf-8"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        (tmp_path / "small.sf2").write_bytes(b"s")
        (tmp_path / "General.sf2").write_bytes(b"general")
        monkeypatch.setenv("PATH", str(tmp_path))
        found = find_fluidsynth((str(tmp_path),))
        monkeypatch.setattr(audio, "find_fluidsynth", lambda: found)

    return make


def test_fluidsynth_renders_each_side_by_itself(tmp_path: Path, fake_fluidsynth) -> None:
    fake_fluidsynth()
    assert write_audio(tmp_path / "demo.wav", duet()) == "FluidSynth with General.sf2"
    sound = read_wav(tmp_path / "demo.wav")
    assert np.abs(sound).max() == pytest.approx(0.89, abs=0.001)
    assert len(sound) == 44100


@pytest.mark.parametrize(("level", "status"), [(0, 0), (8000, 1)], ids=["silent", "failing"])
def test_a_fluidsynth_that_does_not_work_gives_way(
    tmp_path: Path, fake_fluidsynth, level: int, status: int
) -> None:
    fake_fluidsynth(level, status)
    assert write_audio(tmp_path / "demo.wav", duet()) == "the built-in synthesiser"
    with pytest.raises(BridgeError, match="FluidSynth"):
        write_audio(tmp_path / "demo.wav", duet(), "fluidsynth")


def test_a_program_without_a_soundfont_does_not_count(tmp_path: Path, fake_fluidsynth) -> None:
    fake_fluidsynth()
    assert find_fluidsynth((str(tmp_path / "empty"),)) is None


def test_drums_are_told_by_their_channel(tmp_path: Path, no_fluidsynth: None) -> None:
    def rendered(channel: int) -> np.ndarray:
        track = SongTrack("Call", (Note(38, 100, 0.0, 1.0, channel),))
        write_audio(tmp_path / "x.wav", Song(100.0, (4, 4), (track,), (), 1.0))
        return read_wav(tmp_path / "x.wav")

    assert not np.array_equal(rendered(DRUM_CHANNEL), rendered(0))
