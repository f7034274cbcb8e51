"""Golden identities: a change here would make people pay again."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import pytest
import torch
from torch import Tensor

from lipsync.media.identity import speech_identity, video_identity
from lipsync.media.sources import Asset, AudioFile, Frames, Link, Photo, Samples, Script, SoundOfVideo, VideoFile


def no_file(path: Path) -> str:
    raise AssertionError(f"{path} was read")


def film(images: Tensor, rate: Fraction = Fraction(25)) -> dict[str, object]:
    return video_identity(Frames(images=images, frame_rate=rate), no_file)


def test_files(tmp_path: Path) -> None:
    def digest(path: Path) -> str:
        return f"sha of {path.name}"

    path = tmp_path / "a.mp4"
    assert video_identity(VideoFile(path=path), digest) == {
        "kind": "file",
        "sha256": "sha of a.mp4",
        "start_s": "0.0",
        "duration_s": "0.0",
    }
    trimmed = VideoFile(path=path, start_s=0.1, duration_s=2)
    assert video_identity(trimmed, digest) == {"kind": "file", "sha256": "sha of a.mp4", "start_s": "0.1", "duration_s": "2.0"}
    assert speech_identity(AudioFile(path=path), digest) == {"kind": "file", "sha256": "sha of a.mp4"}
    assert speech_identity(SoundOfVideo(video=trimmed), digest) == {
        "kind": "sound_of_video",
        "sha256": "sha of a.mp4",
        "start_s": "0.1",
        "duration_s": "2.0",
    }


def test_frames_are_their_rounded_pixels_size_and_rate() -> None:
    images = torch.tensor([[[[0.0, 0.5, 1.0]]], [[[0.1, 0.2, 0.3]]]])
    # 127.5 rounds to the even 128, 25.5 to 26, 76.5 to 76; the digest is sha256sum's of those six bytes
    assert bytes([0, 128, 255, 26, 51, 76]).hex() == "0080ff1a334c"
    assert film(images, Fraction(30000, 1001)) == {
        "kind": "frames",
        "frame_rate": "30000/1001",
        "shape": [2, 1, 1, 3],
        "pixels": "4b98009b82f2c216e1e587965d4befb529abe4d965f47ab57d4e797b9e5049f1",
    }


def test_the_same_pixels_are_the_same_in_every_guise() -> None:
    levels = torch.arange(256, dtype=torch.uint8)[torch.randperm(192, generator=torch.Generator().manual_seed(1))].reshape(1, 8, 8, 3)
    exact = levels.float() / 255
    wide = torch.zeros(1, 8, 16, 3)
    wide[:, :, ::2] = exact
    with torch.inference_mode():
        inference = exact * 1
    guises = [levels, exact, exact.double(), wide[:, :, ::2], exact.permute(0, 2, 1, 3).contiguous().permute(0, 2, 1, 3), inference]
    assert len({str(film(guise)) for guise in guises}) == 1


def test_half_precision_counts_as_the_pixels_it_rounds_to() -> None:
    half = (torch.arange(48, dtype=torch.float32) / 48).reshape(1, 4, 4, 3).half()
    assert film(half) == film(half.float()) == film((half.float() * 255).round().to(torch.uint8))


def test_masks_are_black_and_white() -> None:
    mask = torch.tensor([[[[True]], [[False]]]])
    assert film(mask) == film(mask.float())


def test_what_is_no_number_is_black_and_what_is_beyond_is_clamped() -> None:
    wild = torch.tensor([[[[float("nan"), float("inf"), float("-inf")], [1.7, -0.4, 0.2]]]])
    tame = torch.tensor([[[[0.0, 1.0, 0.0], [1.0, 0.0, 0.2]]]])
    assert film(wild) == film(tame)


def test_without_pixels_two_takes_are_alike() -> None:
    one, two = film(torch.zeros(3, 2, 2, 3)), film(torch.ones(3, 2, 2, 3))
    assert one.pop("pixels") != two.pop("pixels")
    assert one == two


def test_chunks_do_not_show() -> None:
    images = torch.rand(40, 256, 512, 3, generator=torch.Generator().manual_seed(2))  # several chunks
    whole = (images * 255).round().to(torch.uint8).numpy().tobytes()
    assert film(images)["pixels"] == hashlib.sha256(whole).hexdigest()


def test_carried_sound_does_not_count() -> None:
    images = torch.zeros(2, 2, 2, 3)
    loud = Frames(images=images, frame_rate=Fraction(25), waveform=torch.ones(1, 10), sample_rate=48000)
    assert video_identity(loud, no_file) == film(images)


def test_a_photo() -> None:
    assert video_identity(Photo(image=torch.zeros(1, 1, 3)), no_file) == {
        "kind": "photo",
        "shape": [1, 1, 3],
        "pixels": hashlib.sha256(bytes(3)).hexdigest(),
    }


def test_samples() -> None:
    waveform = torch.tensor([[0.0, 1.0], [-0.5, float("nan")]])
    little_endian = bytes.fromhex("000000000000803f000000bf00000000")
    expected = {"kind": "samples", "sample_rate": 44100, "shape": [2, 2], "samples": hashlib.sha256(little_endian).hexdigest()}
    assert speech_identity(Samples(waveform=waveform, sample_rate=44100), no_file) == expected
    stepped = torch.zeros(2, 4)
    stepped[:, ::2] = waveform
    assert speech_identity(Samples(waveform=stepped[:, ::2], sample_rate=44100), no_file) == expected


@pytest.mark.parametrize("identity", [video_identity, speech_identity])
def test_links_and_assets(identity: object) -> None:
    assert callable(identity)
    link = Link(url="https://cdn.example.com/a.mp4?v=2&X-Amz-Signature=1")
    assert identity(link, no_file) == {"kind": "link", "url": "https://cdn.example.com/a.mp4?v=2"}
    assert identity(Asset(id="abc"), no_file) == {"kind": "asset", "id": "abc"}


def test_a_script() -> None:
    assert speech_identity(Script(script="Hello", voice_id="v", stability=1, similarity_boost=0.25), no_file) == {
        "kind": "script",
        "script": "Hello",
        "voice_id": "v",
        "stability": 1.0,
        "similarity_boost": 0.25,
    }


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
def test_the_device_does_not_show() -> None:
    images = torch.rand(3, 64, 64, 3)
    assert film(images.cuda()) == film(images)
    assert film(images.half().cuda()) == film(images.half())
