"""Files to tensors: every frame, its colours, the rate, and the sound where it lay."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from lipsync.errors import NotReadable
from lipsync.media.decode import decode_frames
from lipsync.media.encode import encode_frames
from lipsync.media.mux import Quality
from lipsync.media.sources import Frames
from tests.media.clips import clicks, first_click_s, make_clip, make_speech, number_of, set_display_matrix


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm"])
def test_frames_rate_and_sound(tmp_path: Path, name: str) -> None:
    kind = {"codec": "libvpx-vp9", "sound_codec": "libopus"} if name == "a.webm" else {}
    film = decode_frames(make_clip(tmp_path / name, rate=Fraction(30000, 1001), sound=clicks(1.0), sound_at_s=0.1, **kind))
    assert (film.images.shape, film.images.dtype, film.frame_rate) == ((25, 96, 128, 3), torch.float32, Fraction(30000, 1001))
    assert [number_of(image.numpy() * 255) for image in film.images] == list(range(25))
    assert (float(film.images.min()), float(film.images.max())) >= (0.0, 0.0)
    assert float(film.images.max()) <= 1.0
    assert film.sample_rate == 48000
    assert first_click_s(film.waveform.numpy(), 48000) == pytest.approx(0.35, abs=0.002)


@pytest.mark.parametrize(
    ("colour", "pixel_format"),
    [((1, 1, 1, 1), "yuv420p"), ((1, 6, 6, 6), "yuv420p"), (None, "yuv420p"), ((2, 1, 1, 1), "yuv420p"), ((1, 1, 1, 1), "yuv422p10le")],
)
def test_colours_by_the_tags(tmp_path: Path, colour: tuple[int, ...] | None, pixel_format: str) -> None:
    images = decode_frames(make_clip(tmp_path / "a.mkv", frames=2, colour=colour, pixel_format=pixel_format)).images * 255
    assert images[0, 72, 32].numpy() == pytest.approx([200, 60, 60], abs=4)
    assert images[0, 72, 96].numpy() == pytest.approx([60, 60, 200], abs=4)


def test_a_round_trip_loses_next_to_nothing(tmp_path: Path) -> None:
    ramp = torch.linspace(0, 1, 256)[None, None, :, None].expand(2, 64, -1, 3)
    frames = Frames(images=ramp, frame_rate=Fraction(25))
    encode_frames(frames, tmp_path / "a.mp4", progress=lambda *_: None, cancelled=lambda: False, quality=Quality(crf=1, preset="medium"))
    off = (decode_frames(tmp_path / "a.mp4").images - ramp) * 255
    assert float(off.abs().max()) <= 2
    assert abs(float(off.mean())) < 0.2


def test_a_turned_picture_comes_upright(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=2)
    flat = decode_frames(path).images
    turned = decode_frames(set_display_matrix(path, (0, 1, -1, 0))).images
    assert np.allclose(turned.numpy(), np.rot90(flat.numpy(), -1, axes=(1, 2)), atol=2 / 255)


def test_no_sound_is_none(tmp_path: Path) -> None:
    film = decode_frames(make_clip(tmp_path / "a.mp4", frames=2))
    assert (film.waveform, film.sample_rate) == (None, None)


def test_no_picture_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="has only sound"):
        decode_frames(make_speech(tmp_path / "a.wav"))
