"""Speech on its way up: the original bytes where the service takes them, else exact samples in WAV, or MP3 where only that is taken."""

from __future__ import annotations

import wave as wave_module
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from lipsync.catalogue import SERVICES
from lipsync.errors import BadSound, NoSound, NotReadable, Silent
from lipsync.media.prepare import survey_speech
from lipsync.media.sources import Asset, AudioFile, Link, Samples, Script, SoundOfVideo, VideoFile
from tests.media.clips import clicks, first_click_s, make_clip, make_speech, read_sound, tone
from tests.media.conftest import Prepare

UNTOUCHED = "The original sound goes up, byte for byte."


def pcm(path: Path) -> tuple[np.ndarray, int]:
    """16-bit samples [S, C] and the rate, read by Python's own reader, which believes the header."""
    with wave_module.open(str(path)) as file:
        assert file.getsampwidth() == 2
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        assert len(data) == file.getnframes()
        return data, file.getframerate()


@pytest.mark.parametrize(
    ("name", "codec", "rate", "content_type"),
    [
        ("a.wav", "pcm_s16le", 48000, "audio/wav"),
        ("a.wav", "pcm_s24le", 44100, "audio/wav"),
        ("a.mp3", "libmp3lame", 44100, "audio/mpeg"),
        ("a.ogg", "libopus", 48000, "audio/ogg"),
        ("a.flac", "flac", 16000, "audio/flac"),
    ],
)
def test_what_the_service_takes_goes_up_untouched(
    tmp_path: Path, spoken: Prepare, name: str, codec: str, rate: int, content_type: str
) -> None:
    path = make_speech(tmp_path / name, codec=codec, rate=rate, tags={"title": "Hello"})
    ready = spoken(AudioFile(path=path))
    assert (ready.path, ready.note, ready.content_type, ready.temporary) == (path, UNTOUCHED, content_type, False)
    assert ready.facts.duration_s == pytest.approx(1.0, abs=0.06)


def test_the_content_counts_and_not_the_name(tmp_path: Path, spoken: Prepare) -> None:
    path = make_speech(tmp_path / "a.mp3", codec="libmp3lame").rename(tmp_path / "a.wav")
    assert spoken(AudioFile(path=path)).content_type == "audio/mpeg"


@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_s24le"), ("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.ogg", "libopus")])
def test_private_tags_stay_here_and_no_sample_changes(tmp_path: Path, spoken: Prepare, name: str, codec: str) -> None:
    path = make_speech(tmp_path / name, codec=codec, tags={"comment": "my prompt and where I live"})
    ready = spoken(AudioFile(path=path))
    assert ready.note == "The sound is packed anew without touching it: its tags stay here."
    assert ready.temporary
    assert b"where I live" not in ready.path.read_bytes()
    before, after = read_sound(path), read_sound(ready.path)
    assert before[1] == after[1]
    assert np.array_equal(before[0], after[0])


def test_a_header_that_lies_is_written_anew(tmp_path: Path, spoken: Prepare) -> None:
    path = make_speech(tmp_path / "a.wav")
    data = bytearray(path.read_bytes())
    data[4:8] = b"\xff\xff\xff\xff"
    at = data.index(b"data") + 4
    data[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    ready = spoken(AudioFile(path=path))
    assert "its header does not tell its true length" in ready.note
    assert len(pcm(ready.path)[0]) == 48000


@pytest.mark.parametrize(("name", "codec"), [("a.m4a", "aac"), ("a.aiff", "pcm_s16be"), ("a.mka", "pcm_s16le")])
def test_other_kinds_become_wav(tmp_path: Path, spoken: Prepare, name: str, codec: str) -> None:
    path = make_speech(tmp_path / name, codec=codec, wave=clicks(1.0), rate=44100)
    ready = spoken(AudioFile(path=path))
    assert (ready.note, ready.content_type) == ("The speech goes up as 16-bit WAV.", "audio/wav")
    data, rate = pcm(ready.path)
    assert rate == 44100
    assert first_click_s(data.T / np.float32(32768), rate) == pytest.approx(first_click_s(*read_sound(path)[:2]), abs=0.001)
    if codec.startswith("pcm"):
        assert np.array_equal(data[:, 0], np.rint(read_sound(path)[0][0] * 32768).astype(np.int16))


def test_samples_are_exact(spoken: Prepare) -> None:
    levels = np.arange(-32768, 32768, dtype=np.int32)
    waveform = torch.from_numpy(np.stack([levels, levels[::-1]]) / 32768).float()
    ready = spoken(Samples(waveform=waveform, sample_rate=44100))
    data, rate = pcm(ready.path)
    assert rate == 44100
    assert np.array_equal(data, np.stack([levels, levels[::-1]], axis=1))
    assert ready.facts.duration_s == 65536 / 44100
    assert ready.size_bytes == 44 + 65536 * 4 == ready.path.stat().st_size


def test_samples_between_levels_are_rounded_and_beyond_clipped(spoken: Prepare) -> None:
    waveform = torch.tensor([[0.6, -0.6, 1.4, -1.4]]) / torch.tensor([32768.0, 32768.0, 1.0, 1.0])
    waveform = torch.cat([waveform, torch.full((1, 100), 0.5)], dim=1)
    ready = spoken(Samples(waveform=waveform, sample_rate=48000))
    assert pcm(ready.path)[0][:4, 0].tolist() == [1, -1, 32767, -32768]
    assert ready.note == "The speech goes up as 16-bit WAV, samples beyond -1 to 1 clipped."


def test_stepped_half_precision_inference_samples(spoken: Prepare) -> None:
    with torch.inference_mode():
        waveform = torch.zeros(1, 2000, dtype=torch.float16)
        waveform[:, ::2] = 0.25
    data, _ = pcm(spoken(Samples(waveform=waveform[:, ::2], sample_rate=48000)).path)
    assert data.tolist() == [[8192]] * 1000


@pytest.mark.parametrize("rate", [16000, 8000, 22050, 96000])
def test_other_rates_become_48000(spoken: Prepare, rate: int) -> None:
    ready = spoken(Samples(waveform=torch.from_numpy(clicks(1.0, rate) if rate > 8000 else tone(1.0, rate)), sample_rate=rate))
    data, made = pcm(ready.path)
    assert (made, ready.note) == (48000, f"The speech goes up as 16-bit WAV, {rate} Hz made 48000.")
    assert len(data) == pytest.approx(48000, abs=2)
    if rate > 8000:
        assert first_click_s(data.T / np.float32(32768), 48000) == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize("channels", [3, 4, 6, 7, 8])
def test_all_channels_stay(spoken: Prepare, channels: int) -> None:
    waveform = torch.linspace(0.1, 0.8, channels)[:, None].expand(-1, 4800)
    ready = spoken(Samples(waveform=waveform, sample_rate=48000))
    with av.open(str(ready.path)) as container:
        assert container.streams.audio[0].layout.nb_channels == channels
    wave, _, _ = read_sound(ready.path)
    assert np.allclose(wave[:, 100], np.linspace(0.1, 0.8, channels), atol=1e-4)


def test_segmind_gets_mp3(spoken: Prepare) -> None:
    ready = spoken(Samples(waveform=torch.from_numpy(clicks(2.0, 22050, channels=6)), sample_rate=22050), limits=SERVICES["segmind"])
    assert (ready.content_type, ready.note) == ("audio/mpeg", "The speech goes up as MP3, 6 channels mixed to 2, 22050 Hz made 48000.")
    with av.open(str(ready.path)) as container:
        assert container.format.name == "mp3"
        assert container.duration / av.time_base == pytest.approx(2.0, abs=0.06)
    wave, rate, _ = read_sound(ready.path)
    assert (rate, len(wave)) == (48000, 2)
    assert first_click_s(wave, rate) == pytest.approx(0.25, abs=0.03)


def test_the_sound_of_a_video_keeps_to_its_picture(tmp_path: Path, spoken: Prepare) -> None:
    video = VideoFile(path=make_clip(tmp_path / "clip.mp4", frames=50, sound=clicks(2.0), sound_at_s=0.1))
    data, rate = pcm(spoken(SoundOfVideo(video=video)).path)
    assert first_click_s(data.T / np.float32(32768), rate) == pytest.approx(0.35, abs=0.001)


def test_the_sound_of_a_trimmed_video(tmp_path: Path, spoken: Prepare) -> None:
    path = make_clip(tmp_path / "clip.mkv", frames=50, sound=clicks(2.0), sound_codec="pcm_s16le")
    data, rate = pcm(spoken(SoundOfVideo(video=VideoFile(path=path, start_s=0.6, duration_s=1.0))).path)
    assert len(data) == rate
    assert np.flatnonzero(data[:, 0])[0] == pytest.approx(0.15 * rate, abs=2)


def test_the_length_is_that_of_the_sound(tmp_path: Path, limits: object) -> None:
    facts = survey_speech(AudioFile(path=make_speech(tmp_path / "a.wav", seconds=1.5)), limits)
    assert (facts.kind, facts.duration_s, facts.has_sound) == ("audio", 1.5, True)
    assert survey_speech(Samples(waveform=torch.ones(1, 24000) * 0.1, sample_rate=48000), limits).duration_s == 0.5


@pytest.mark.parametrize(
    "source", [Link(url="https://example.com/a.wav"), Asset(id="a"), Script(script="Hello", voice_id="v")], ids=lambda s: type(s).__name__
)
def test_nothing_is_known_of_what_is_elsewhere(limits: object, source: object) -> None:
    facts = survey_speech(source, limits)
    assert (facts.kind, facts.duration_s, facts.has_sound) == ("audio", None, None)


CHOOSE_SPEECH = "Choose sound in which somebody speaks; check that the right track was exported."
CHECK_NODE = "Check the node that made it, or load the sound from a file."


@pytest.mark.parametrize(
    ("waveform", "rate", "kind", "sentence"),
    [
        (torch.zeros(1, 48000), 48000, Silent, f"The speech is silent. {CHOOSE_SPEECH}"),
        (torch.full((2, 48000), 0.0009), 48000, Silent, f"The speech is silent. {CHOOSE_SPEECH}"),
        (torch.zeros(2, 0), 48000, BadSound, f"The speech is empty: it has no samples. {CHECK_NODE}"),
        (torch.tensor([[0.5, float("nan")]]), 48000, BadSound, f"The speech holds values that are not numbers. {CHECK_NODE}"),
        (torch.ones(1, 10), 0, BadSound, f"The speech has 0 samples per second. {CHECK_NODE}"),
        (
            torch.ones(9, 10),
            48000,
            BadSound,
            f"The speech is no sound: its shape is [9, 10], and [channels, samples] with 1 to 8 channels is wanted. {CHECK_NODE}",
        ),
        (torch.ones(1, 10, dtype=torch.int16), 48000, BadSound, f"The speech is no sound: its values are torch.int16. {CHECK_NODE}"),
    ],
)
def test_samples_that_are_no_speech_are_told(
    limits: object, waveform: torch.Tensor, rate: int, kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind) as refusal:
        survey_speech(Samples(waveform=waveform, sample_rate=rate), limits)
    assert str(refusal.value) == sentence


def test_files_that_are_no_speech_are_told(tmp_path: Path, limits: object) -> None:
    def refusal(path: Path) -> str:
        with pytest.raises((Silent, NoSound, NotReadable)) as refused:
            survey_speech(AudioFile(path=path), limits)
        return str(refused.value)

    again = "Export it again, or choose another file."
    (tmp_path / "empty.wav").touch()
    (tmp_path / "notes.wav").write_text("These are notes.")
    whole = make_speech(tmp_path / "whole.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    make_speech(tmp_path / "silent.wav", wave=np.zeros((1, 48000), np.float32))
    make_clip(tmp_path / "mute.mp4", frames=3)
    assert refusal(tmp_path / "none.wav") == f"none.wav does not exist. {again}"
    assert refusal(tmp_path / "empty.wav") == f"empty.wav is empty. {again}"
    assert refusal(tmp_path / "notes.wav") == f"notes.wav is not a video or sound file. {again}"
    assert refusal(tmp_path / "cut.wav") == f"cut.wav is incomplete or cut short. {again}"
    assert refusal(tmp_path / "silent.wav") == f"silent.wav is silent. {CHOOSE_SPEECH}"
    assert refusal(tmp_path / "mute.mp4") == (
        "mute.mp4 has no sound. Choose one in which somebody speaks, or connect the speech by itself."
    )
