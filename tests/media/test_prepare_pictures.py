"""Pictures that must be made ordinary: turned, odd, not square, of varying rate, trimmed, of other colours."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lipsync.media.probe import probe
from lipsync.media.sources import VideoFile
from tests.media.clips import clicks, frame_times, make_clip, read_frames, read_sound, set_display_matrix, tone
from tests.media.conftest import Prepare
from tests.media.judges import assert_click, assert_colours, assert_film, numbers

MATRICES = {
    "quarter": ((0, 1, -1, 0), lambda image: np.rot90(image, -1)),
    "half": ((-1, 0, 0, -1), lambda image: np.rot90(image, 2)),
    "three quarters": ((0, -1, 1, 0), lambda image: np.rot90(image, 1)),
    "mirror": ((-1, 0, 0, 1), lambda image: image[:, ::-1]),
    "upside down mirror": ((1, 0, 0, -1), lambda image: image[::-1]),
    "transposed": ((0, 1, 1, 0), lambda image: image.transpose(1, 0, 2)),
    "anti-transposed": ((0, -1, -1, 0), lambda image: np.rot90(image, 2).transpose(1, 0, 2)),
}


@pytest.mark.parametrize("turn", MATRICES)
def test_pictures_stored_turned_or_mirrored_become_upright(tmp_path: Path, prepared: Prepare, turn: str) -> None:
    matrix, expected = MATRICES[turn]
    path = set_display_matrix(make_clip(tmp_path / "clip.mp4", frames=3, sound=tone(0.12)), matrix)
    ready = prepared(VideoFile(path=path))
    mirrored = matrix[0] * matrix[3] - matrix[1] * matrix[2] < 0
    assert ready.note == f"Encoded once to H.264: it is stored {'mirrored' if mirrored else 'turned'}."
    stored, shown = read_frames(path), read_frames(ready.path)
    assert len(shown) == 3
    assert (ready.facts.width, ready.facts.height) == shown[0].shape[1::-1] == expected(stored[0]).shape[1::-1]
    assert np.abs(shown[1].astype(int) - expected(stored[1])).mean() < 2
    assert probe(ready.path).picture.orientation.upright


def test_an_odd_size_is_padded_with_its_edge(tmp_path: Path, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "clip.mkv", width=129, height=97, pixel_format="yuv444p")
    ready = prepared(VideoFile(path=path))
    assert "its size 129x97 is odd, which becomes 130x98" in ready.note
    assert (ready.facts.width, ready.facts.height) == (130, 98)
    assert_film(ready.path)
    shown, stored = read_frames(ready.path)[0].astype(int), read_frames(path)[0].astype(int)
    assert shown.shape == (98, 130, 3)
    assert np.abs(shown[:97, :129] - stored).mean() < 2
    assert np.abs(shown[:, 129] - shown[:, 128]).mean() < 3
    assert np.abs(shown[97] - shown[96]).mean() < 3


def test_pixels_become_square(tmp_path: Path, prepared: Prepare) -> None:
    ready = prepared(VideoFile(path=make_clip(tmp_path / "clip.mp4", pixel_aspect=Fraction(4, 3), width=96)))
    assert ready.note == "Encoded once to H.264: its pixels are not square."
    assert (ready.facts.width, ready.facts.height) == (128, 96)
    assert_film(ready.path)
    assert probe(ready.path).picture.pixel_aspect == 1


def test_a_varying_rate_becomes_constant_and_every_frame_keeps_its_time(tmp_path: Path, prepared: Prepare) -> None:
    times = [Fraction(i, 30) for i in range(30)] + [1 + Fraction(i, 15) for i in range(15)]
    path = make_clip(tmp_path / "clip.mp4", frames=45, times=times, sound=clicks(2.0))
    ready = prepared(VideoFile(path=path))
    assert ready.note == "Encoded once to H.264: its frame rate varies, which becomes 30."
    assert (ready.facts.frame_rate, ready.facts.frame_count) == (30, 59)
    shown = numbers(ready.path)
    assert shown == [*range(30), *(30 + i // 2 for i in range(29))]  # the file shows its last frame for one thirtieth
    assert frame_times(ready.path) == [Fraction(i, 30) for i in range(59)]
    assert_click(ready.path, 0.25)


def test_a_gap_is_held(tmp_path: Path, prepared: Prepare) -> None:
    times = [Fraction(i, 25) for i in range(10)] + [1 + Fraction(i, 25) for i in range(10)]
    ready = prepared(VideoFile(path=make_clip(tmp_path / "clip.mkv", frames=20, times=times)))
    assert numbers(ready.path) == [*range(10), *[9] * 15, *range(10, 20)]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
@pytest.mark.parametrize(
    ("start_s", "duration_s", "first", "last"),
    [(0.4, 0, 10, 99), (0.4, 1.2, 10, 39), (0, 0.2, 0, 4), (-0.8, 0, 80, 99), (-0.8, 0.4, 80, 89), (3.6, 0.2, 90, 94)],
)
def test_a_trim_is_exact(tmp_path: Path, prepared: Prepare, name: str, start_s: float, duration_s: float, first: int, last: int) -> None:
    """Every 12th frame is a key frame, so most cuts fall between; the sound is noise, of which every part is unlike the rest."""
    noise = np.random.default_rng(7).normal(0, 0.15, (1, 4 * 48000)).astype(np.float32)
    options = {"g": "12"}
    codec = {"sound_codec": "pcm_s16le"} if name == "clip.mkv" else {}
    path = make_clip(tmp_path / name, frames=100, sound=noise, options=options, **codec)
    ready = prepared(VideoFile(path=path, start_s=start_s, duration_s=duration_s))
    assert "it is trimmed" in ready.note
    assert numbers(ready.path) == list(range(first, last + 1))
    assert frame_times(ready.path)[0] == 0
    assert ready.facts.frame_count == last + 1 - first
    wave, rate, at_s = read_sound(ready.path)
    assert at_s == pytest.approx(0, abs=1e-4)
    heard = wave[0, 1024 : round((last + 1 - first) / 25 * rate) - 1024]
    found = np.fft.irfft(np.fft.rfft(noise[0]) * np.conj(np.fft.rfft(heard, noise.shape[1]))).argmax()
    assert abs(int(found) - 1024 - first * rate // 25) <= 1
    assert wave.shape[1] == pytest.approx((last + 1 - first) / 25 * rate, abs=2048)


@pytest.mark.parametrize(
    ("colour", "size"),
    [((1, 1, 1, 1), (128, 96)), ((1, 6, 6, 6), (128, 96)), ((1, 5, 5, 6), (128, 96)), (None, (128, 96)), ((2, 1, 1, 1), (128, 96))],
)
def test_colours_are_true_whatever_the_tags(
    tmp_path: Path, prepared: Prepare, colour: tuple[int, ...] | None, size: tuple[int, int]
) -> None:
    path = make_clip(tmp_path / "clip.mp4", frames=8, width=size[0], height=size[1], colour=colour)
    ready = prepared(VideoFile(path=path, duration_s=0.2))  # trimmed, so that it must be encoded
    assert_colours(ready.path)
    picture = probe(ready.path).picture
    assert (picture.colour.matrix, picture.colour.primaries, picture.colour.transfer) == (1, 1, 1)
    assert not picture.colour.full_range


def test_hdr_becomes_sdr(tmp_path: Path, prepared: Prepare) -> None:
    """A grey of PQ signal 0.58 is 203 nits, the white of SDR; 0.42 is about 44 nits, half way down to a screen's eye."""

    def greys(_: int, width: int, height: int) -> np.ndarray:
        image = np.zeros((height, width, 3), np.uint8)
        image[:, : width // 2] = round(0.58 * 255)
        image[:, width // 2 :] = round(0.42 * 255)
        return image

    options = {"x265-params": "log-level=none"}
    path = make_clip(
        tmp_path / "clip.mkv", frames=3, codec="libx265", pixel_format="yuv420p10le", colour=(1, 9, 9, 16), picture=greys, options=options
    )
    ready = prepared(VideoFile(path=path))
    assert "it is HDR10, which becomes SDR" in ready.note
    image = read_frames(ready.path)[0].astype(int)
    white, grey = image[48, 32], image[48, 96]
    assert white.min() > 225
    assert grey.mean() == pytest.approx(255 * (44 / 203) ** (1 / 2.4), abs=10)
    assert np.ptp(white) <= 3
    assert np.ptp(grey) <= 3


def test_alpha_is_flattened_over_black(tmp_path: Path, prepared: Prepare) -> None:
    path = tmp_path / "clip.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("prores_ks", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuva444p10le"
        rgba = np.full((64, 64, 4), 200, np.uint8)
        rgba[:, :32, 3], rgba[:, 32:, 3] = 0, 255
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format="yuva444p10le")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    ready = prepared(VideoFile(path=path))
    assert "it has an alpha channel, which is flattened over black" in ready.note
    image = read_frames(ready.path)[0].astype(int)
    assert image[:, :28].max() <= 6
    assert np.abs(image[:, 36:] - 200).max() <= 6
