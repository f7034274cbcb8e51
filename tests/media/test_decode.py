"""Files to tensors: every frame, its colours, the rate, and the sound where it lay."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from lipsync import host
from lipsync.errors import FramePastEnd, NotReadable, TooManyFrames
from lipsync.media.decode import Decoded, Selection, decode, decode_frame, plan_decoding, select_frames
from lipsync.media.encode import encode_frames
from lipsync.media.mux import Quality
from lipsync.media.rates import exact_rate
from lipsync.media.save import save_film
from lipsync.media.sources import Frames, Samples, VideoFile
from tests.media.clips import Image, clicks, first_click_s, make_clip, make_speech, number_of, numbered, set_display_matrix


def decode_frames(path: Path, *, dtype: torch.dtype = torch.float32, **selection: int) -> Decoded:
    plan = plan_decoding(VideoFile(path=path), Selection(**selection))
    return decode(plan, progress=lambda *_: None, cancelled=lambda: False, dtype=dtype)


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


def numbers(images: torch.Tensor) -> list[int]:
    return [number_of(image.numpy() * (1 if image.dtype == torch.uint8 else 255)) for image in images]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"start_frame": 10}, range(10, 60)),
        ({"frame_count": 9}, range(9)),
        ({"start_frame": 55, "frame_count": 20}, range(55, 60)),
        ({"every_nth": 7}, range(0, 60, 7)),
        ({"start_frame": 51, "frame_count": 4, "every_nth": 2}, range(51, 59, 2)),
    ],
)
def test_a_range_and_every_nth(tmp_path: Path, selection: dict[str, int], expected: range) -> None:
    film = decode_frames(make_clip(tmp_path / "a.mp4", frames=60, sound=clicks(2.4)), **selection)
    assert numbers(film.images) == list(expected)
    every = selection.get("every_nth", 1)
    assert film.frame_rate == Fraction(25, every)
    start_s = selection.get("start_frame", 0) / 25
    assert first_click_s(film.waveform.numpy(), 48000) == pytest.approx(0.25 - start_s % 0.5 + 0.5 * (start_s % 0.5 > 0.25), abs=0.002)
    if expected.stop < 60:
        assert film.waveform.shape[1] == round(len(expected) * every / 25 * 48000)


def test_a_range_of_a_varying_rate_is_that_of_the_constant_one(tmp_path: Path) -> None:
    times = [Fraction(i, 30) for i in range(15)] + [Fraction(1, 2) + Fraction(i, 15) for i in range(10)]
    path = make_clip(tmp_path / "a.mkv", frames=25, times=times)
    whole = numbers(decode_frames(path).images)
    assert numbers(decode_frames(path, start_frame=13, frame_count=6).images) == whole[13:19]
    assert numbers(decode_frames(path, every_nth=3).images) == whole[::3]
    assert [number_of(decode_frame(VideoFile(path=path), number)) for number in (0, 16, 30)] == [whole[0], whole[16], whole[30]]


def test_a_range_of_fields_is_made_as_in_the_whole_film(tmp_path: Path) -> None:
    """The first and the last frame too, whose fields are between those of frames that are not asked for."""
    fields = {"x264-params": "tff=1", "flags": "+ildct+ilme"}
    path = make_clip(tmp_path / "a.mp4", frames=80, options=fields, picture=moving)
    whole = decode_frames(path).images
    for start, count in ((0, 2), (5, 3), (70, 1), (79, 1)):
        assert torch.equal(decode_frames(path, start_frame=start, frame_count=count).images, whole[start : start + count])


def moving(index: int, width: int, height: int) -> Image:
    """A slope that goes down by a row with every field."""
    fields = 2 * index + np.arange(height) % 2
    return np.broadcast_to(((np.arange(height) - fields) * 9 % 200 + 30).astype(np.uint8)[:, None, None], (height, width, 3)).copy()


def test_exactly_one_frame_far_inside(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=200)
    assert number_of(decode_frame(VideoFile(path=path), 137)) == 137
    assert number_of(decode_frame(VideoFile(path=path, start_s=2.0), 100)) == 150
    turned = set_display_matrix(path, (0, 1, -1, 0))
    assert decode_frame(VideoFile(path=turned), 3).shape == (128, 96, 3)


def test_a_frame_past_the_end_is_told(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4")
    sentence = "a.mp4 has no frame 25: it has 25. Choose one from 0 to 24."
    for ask in (lambda: decode_frame(VideoFile(path=path), 25), lambda: decode_frames(path, start_frame=25)):
        with pytest.raises(FramePastEnd) as refusal:
            ask()
        assert str(refusal.value) == sentence


def test_the_longest_side(tmp_path: Path) -> None:
    film = decode_frames(make_clip(tmp_path / "a.mp4", width=256, height=192), longest_side=100)
    assert film.images.shape == (25, 75, 100, 3)
    assert numbers(film.images) == list(range(25))
    assert decode_frames(tmp_path / "a.mp4", longest_side=1000).images.shape == (25, 192, 256, 3)


@pytest.mark.parametrize("codec", ["qtrle", "png", "prores_ks", "libvpx-vp9"])
def test_alpha_is_handed_out_and_colours_stay(tmp_path: Path, codec: str) -> None:
    kind = {"qtrle": "argb", "png": "rgba", "prores_ks": "yuva444p10le", "libvpx-vp9": "yuva420p"}[codec]
    path = tmp_path / ("a.webm" if codec == "libvpx-vp9" else "a.mov")
    pixels = np.zeros((48, 64, 4), np.uint8)
    pixels[:, :] = (200, 100, 50, 255)
    pixels[:, 32:, 3] = 51
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"profile": "4444"} if codec == "prores_ks" else {})
        stream.width, stream.height, stream.pix_fmt = 64, 48, kind
        if codec == "libvpx-vp9":
            stream.metadata["alpha_mode"] = "1"
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format=kind)
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    film = decode_frames(path)
    assert film.alpha.shape == film.images.shape[:3] == (3, 48, 64)
    assert film.alpha[1, 20, 10].item() == pytest.approx(1, abs=0.01)
    assert film.alpha[1, 20, 50].item() == pytest.approx(0.2, abs=0.01)
    for x in (10, 50):
        assert film.images[1, 20, x].numpy() * 255 == pytest.approx([200, 100, 50], abs=4)
    exact = decode_frames(path, dtype=torch.uint8)
    assert (exact.alpha.dtype, exact.alpha[0, 0, 0].item()) == (torch.uint8, 255)
    assert np.abs(exact.images.numpy().astype(int) - np.rint(film.images.numpy() * 255)).max() <= 1


def test_more_than_the_memory_is_refused_before_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=25)
    monkeypatch.setattr(host, "free_memory_bytes", lambda: 3_000_000)
    with pytest.raises(TooManyFrames) as refusal:
        decode_frames(path)
    assert str(refusal.value) == (
        "a.mp4 needs 3.7 MB of memory as frames, and 3.0 MB are free. "
        "Choose a range (start_frame, frame_count), every n-th frame (every_nth) or a smaller size (longest_side)."
    )
    assert decode_frames(path, frame_count=20).images.shape[0] == 20
    assert decode_frames(path, dtype=torch.uint8).images.shape[0] == 25


def test_the_operating_system_tells_its_free_memory() -> None:
    free_bytes = host.free_memory_bytes()
    assert free_bytes is None or free_bytes > 1e6


def test_tensors_are_chosen_from_in_the_same_way() -> None:
    images = torch.from_numpy(np.stack([numbered(index, 128, 96) for index in range(40)])).float() / 255
    sound = torch.from_numpy(clicks(1.6))
    frames = Frames(images=images, frame_rate=Fraction(25), waveform=sound, sample_rate=48000)
    film = select_frames(frames, Selection(start_frame=5, frame_count=10, every_nth=3, longest_side=64))
    assert numbers(film.images) == list(range(5, 35, 3))
    assert (film.images.shape[1:], film.frame_rate) == ((48, 64, 3), Fraction(25, 3))
    assert film.waveform.shape[1] == round(30 / 25 * 48000)
    assert first_click_s(film.waveform.numpy(), 48000) == pytest.approx(0.05, abs=0.001)
    assert select_frames(frames).images.data_ptr() == images.data_ptr()
    whole = Frames(images=(images * 255).round().to(torch.uint8), frame_rate=Fraction(25))
    for selection in (Selection(frame_count=2), Selection(frame_count=2, longest_side=64)):
        made, expected = select_frames(whole, selection).images, select_frames(frames, selection).images
        assert (made.dtype, float((made - expected).abs().max()) * 255 < 0.5) == (torch.float32, True)
    with pytest.raises(FramePastEnd, match=r"^The video has no frame 40: it has 40\. Choose one from 0 to 39\.$"):
        select_frames(frames, Selection(start_frame=40))


@pytest.mark.parametrize("size", [(127, 95), (128, 95), (127, 96), (128, 96)])
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(10000, 1001), Fraction(25, 2)])
def test_there_and_back(tmp_path: Path, size: tuple[int, int], rate: Fraction) -> None:
    images = torch.from_numpy(np.stack([numbered(index, *size) for index in range(20)])).float() / 255
    sound = Samples(waveform=torch.from_numpy(clicks(3.0)), sample_rate=48000)
    target = tmp_path / "saved.mp4"
    frames = Frames(images=images, frame_rate=exact_rate(float(rate)))
    save_film(frames, sound=sound, target=target, tags={}, progress=lambda *_: None, cancelled=lambda: False)
    film = decode_frames(target)
    assert film.images.shape == images.shape
    assert numbers(film.images) == list(range(20))
    assert film.frame_rate == rate
    assert first_click_s(film.waveform.numpy(), film.sample_rate) == pytest.approx(0.25, abs=0.001)
    assert float((film.images - images).abs().mean()) < 0.02

    again = tmp_path / "again.mp4"
    save_film(VideoFile(path=target), sound=sound, target=again, tags={"a": "b"}, progress=lambda *_: None, cancelled=lambda: False)
    assert decode_frames(again).images.shape == images.shape
