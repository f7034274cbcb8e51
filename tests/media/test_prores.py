"""ProRes: ten bits, BT.709 told in the file and in every picture, alpha there and back, the sound to the sample."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipsync.errors import MaskDoesNotFit
from lipsync.media.decode import Decoded, decode, plan_decoding
from lipsync.media.formats import MP4, PRORES_422, PRORES_4444, FilmFormat
from lipsync.media.probe import probe
from lipsync.media.save import save_film
from lipsync.media.sources import Frames, Samples, VideoFile
from tests.media.clips import clicks, frame_times, make_clip, number_of, numbered, read_frames, set_display_matrix, tone
from tests.media.judges import packets

TAGS = {"prompt": json.dumps({"1": {"class_type": "SyncSaveVideo"}}), "workflow": '{"nodes": ["ü"]}'}
BOTH = pytest.mark.parametrize("film_format", [PRORES_422, PRORES_4444], ids=lambda film_format: film_format.label)


def save(source: VideoFile | Frames, target: Path, film_format: FilmFormat, *, tags: dict[str, str] | None = None, **more: Any) -> str:
    more = {"sound": None, **more}
    done = {"progress": lambda *_: None, "cancelled": lambda: False}
    return save_film(source, target=target, tags=tags or {}, film_format=film_format, **more, **done)


def decoded(path: Path) -> Decoded:
    return decode(plan_decoding(VideoFile(path=path)), progress=lambda *_: None, cancelled=lambda: False)


def smooth(count: int, height: int, width: int, channels: int = 3) -> Tensor:
    """Ramps of every colour that move, in steps far finer than eight bits."""
    t, y, x = (torch.arange(n, dtype=torch.float32) for n in (count, height, width))
    planes = [0.5 + 0.45 * torch.sin((x[None, None] * (c + 1) + y[None, :, None] * 2 + t[:, None, None] * 9) / 90) for c in range(channels)]
    return torch.stack(planes, dim=-1)


def stored_luma(path: Path) -> NDArray[np.float64]:
    """The first picture's luma in steps of ten bits; what is 4444 libav decodes to twelve."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint16).reshape(plane.height, -1)[:, : plane.width]
    return rows / (4 if frame.format.name.endswith("12le") else 1)


@BOTH
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25)])
def test_frames_at_exact_times_in_told_colours(tmp_path: Path, film_format: FilmFormat, rate: Fraction) -> None:
    images = smooth(12, 96, 160)
    said = save(Frames(images=images, frame_rate=rate), tmp_path / "a.mov", film_format, tags=TAGS)
    assert said == f"Frames encoded to {film_format.encoded}."
    found = probe(tmp_path / "a.mov")
    assert (found.brand, found.picture.codec, found.picture.frame_rate, found.picture.constant) == ("qt", "prores", rate, True)
    assert found.picture.profile == {"ProRes 422": "HQ", "ProRes 4444": "4444"}[film_format.label]
    colour = found.picture.colour
    assert (colour.matrix, colour.primaries, colour.transfer, colour.full_range) == (1, 1, 1, False)
    assert frame_times(tmp_path / "a.mov") == [index / rate for index in range(12)]
    off = (decoded(tmp_path / "a.mov").images - images).abs() * 255
    assert float(off.max()) < (3 if film_format is PRORES_422 else 2)  # half the colours are between the others
    assert float(off.mean()) < 0.4
    data = (tmp_path / "a.mov").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"colrnclc\x00\x01\x00\x01\x00\x01" in data
    header = data.index(b"icpf") + 4  # SMPTE RDD 36, 5.1.1: primaries, transfer and matrix stand in every picture
    assert data[header + 14 : header + 17] == b"\x01\x01\x01"
    with av.open(str(tmp_path / "a.mov")) as container:
        assert {key: container.metadata[key] for key in TAGS} == TAGS


def test_ten_bits_come_straight_from_the_floats(tmp_path: Path) -> None:
    """A grey ramp over two levels of eight bits: what went through eight bits would come back as three of them."""
    ramp = torch.linspace(100 / 255, 102 / 255, 256)[None, None, :, None].expand(2, 64, -1, 3)
    save(Frames(images=ramp, frame_rate=Fraction(25)), tmp_path / "a.mov", PRORES_4444)
    luma = stored_luma(tmp_path / "a.mov")
    assert luma.mean(axis=0) == pytest.approx(64 + 876 * ramp[0, 0, :, 0].numpy(), abs=0.6)
    assert len(np.unique(np.rint(luma))) >= 7


def test_a_ten_bit_video_is_not_cut_to_eight(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    ramp = np.tile(np.arange(400, 464, dtype=np.uint16), (64, 1))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv422p10le"
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
        frame = av.VideoFrame(64, 64, "yuv422p10le")
        for plane, values in zip(frame.planes, (ramp, np.full((64, 32), 512), np.full((64, 32), 512)), strict=True):
            np.frombuffer(memoryview(plane), np.uint16).reshape(64, -1)[:, : values.shape[1]] = values
        for index in range(3):
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    for film_format in (PRORES_422, PRORES_4444):
        assert save(VideoFile(path=path), tmp_path / "a.mov", film_format) == f"The picture is encoded to {film_format.encoded}."
        assert np.abs(stored_luma(tmp_path / "a.mov") - ramp).max() <= 1


@pytest.mark.parametrize("size", [(160, 96), (159, 95), (160, 95), (159, 96)])
def test_frames_with_a_mask_there_and_back(tmp_path: Path, size: tuple[int, int]) -> None:
    images, mask = smooth(6, size[1], size[0]), smooth(6, size[1], size[0], 1)[..., 0]
    save(Frames(images=images, frame_rate=Fraction(25)), tmp_path / "a.mov", PRORES_4444, mask=mask)
    film = decoded(tmp_path / "a.mov")
    assert (film.images.shape, film.alpha.shape) == (images.shape, mask.shape)
    assert float((1 - film.alpha - mask).abs().max()) < 0.5 / 255
    assert float((film.images - images).abs().max()) * 255 < 2


def test_one_mask_stands_for_all_frames(tmp_path: Path) -> None:
    mask = smooth(1, 96, 160, 1)[..., 0]
    for guise in (mask, mask[0], mask.half()):
        save(Frames(images=smooth(4, 96, 160), frame_rate=Fraction(25)), tmp_path / "a.mov", PRORES_4444, mask=guise)
        assert float((1 - decoded(tmp_path / "a.mov").alpha - mask).abs().max()) < 1 / 255


def test_the_alpha_of_rgba_frames(tmp_path: Path) -> None:
    images = smooth(4, 96, 160, 4)
    assert save(Frames(images=images, frame_rate=Fraction(25)), tmp_path / "a.mov", PRORES_4444) == "Frames encoded to ProRes 4444."
    film = decoded(tmp_path / "a.mov")
    assert float((film.alpha - images[..., 3]).abs().max()) < 0.5 / 255
    assert float((film.images - images[..., :3]).abs().max()) * 255 < 2
    flat = save(Frames(images=images, frame_rate=Fraction(25)), tmp_path / "b.mov", PRORES_422)
    assert flat == "Frames encoded to ProRes 422 HQ, alpha flattened over black."
    film = decoded(tmp_path / "b.mov")
    assert film.alpha is None
    assert float((film.images - images[..., :3] * images[..., 3:]).abs().max()) * 255 < 3
    said = save(Frames(images=images, frame_rate=Fraction(25)), tmp_path / "c.mov", PRORES_4444, mask=torch.zeros(96, 160))
    assert said == "Frames encoded to ProRes 4444, the mask in place of their own alpha."
    assert float(decoded(tmp_path / "c.mov").alpha.min()) == 1


@pytest.mark.parametrize("turn", [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, 1)])
@BOTH
def test_a_video_comes_upright_with_its_numbers(tmp_path: Path, film_format: FilmFormat, turn: tuple[int, int, int, int]) -> None:
    path = set_display_matrix(make_clip(tmp_path / "a.mp4", frames=6), turn)
    save(VideoFile(path=path), tmp_path / "a.mov", film_format)
    straight, film = decoded(path).images, decoded(tmp_path / "a.mov").images
    assert film.shape == straight.shape
    assert float((film - straight).abs().mean()) * 255 < 1


def test_a_video_with_a_mask(tmp_path: Path) -> None:
    """At a varying rate one picture stands in several places, each with a mask of its own."""
    times = [Fraction(i, 30) for i in range(15)] + [Fraction(1, 2) + Fraction(i, 15) for i in range(10)]
    path = make_clip(tmp_path / "a.mkv", times=times, width=159, height=95, pixel_format="yuv444p", sound=clicks(1.2))
    count = plan_decoding(VideoFile(path=path)).frame_count
    assert count > 25
    mask = torch.linspace(0, 1, count)[:, None, None].expand(-1, 95, 159)
    said = save(VideoFile(path=path), tmp_path / "a.mov", PRORES_4444, mask=mask, tags=TAGS)
    assert said == "The picture is encoded to ProRes 4444, the mask as its alpha."
    film = decoded(tmp_path / "a.mov")
    assert film.images.shape == (count, 95, 159, 3)
    assert float((1 - film.alpha - mask).abs().max()) < 0.5 / 255
    assert [number_of(image.numpy() * 255) for image in film.images] == [number_of(image.numpy() * 255) for image in decoded(path).images]


@pytest.mark.parametrize(
    ("mask", "why"),
    [
        (torch.zeros(3, 96, 128), "it has 3 pictures, and the video 25 frames"),
        (torch.zeros(64, 64), "it is 64x64, and the video 128x96"),
        (torch.zeros(25, 96, 128, 1), "its shape is [25, 96, 128, 1] and its values are torch.float32"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(tmp_path: Path, mask: Tensor, why: str) -> None:
    frames = Frames(images=torch.zeros(25, 96, 128, 3), frame_rate=Fraction(25))
    for source in (VideoFile(path=make_clip(tmp_path / "a.mp4")), frames):
        with pytest.raises(MaskDoesNotFit) as refusal:
            save(source, tmp_path / "out" / "a.mov", PRORES_4444, mask=mask)
        assert (
            str(refusal.value)
            == f"The mask does not fit: {why}. Connect one mask for all frames, or one for each, of the size of the frames."
        )
        assert list((tmp_path / "out").iterdir()) == []


def test_wild_values_are_tamed_and_said(tmp_path: Path) -> None:
    images, mask = torch.full((3, 64, 64, 3), 0.4), torch.zeros(64, 64)
    images[0, :32], images[1, :32], images[2, :32] = float("nan"), 3.0, float("-inf")
    mask[:32], mask[32:48] = float("nan"), 2.0
    said = save(Frames(images=images, frame_rate=Fraction(25)), tmp_path / "a.mov", PRORES_4444, mask=mask)
    assert said == (
        "Frames encoded to ProRes 4444, values that are not numbers made black, values beyond 0 to 1 clamped, mask clamped to 0 to 1."
    )
    film = decoded(tmp_path / "a.mov")
    assert [round(float(image[:30].mean()), 2) for image in film.images] == [0, 1, 0]
    assert [round(float(film.alpha[0, row].mean()), 2) for row in (10, 40, 60)] == [1, 0, 1]


@BOTH
def test_a_film_of_that_kind_stays_as_it_is(tmp_path: Path, film_format: FilmFormat) -> None:
    path, target = tmp_path / "a.mov", tmp_path / "saved.mov"
    frames = Frames(images=smooth(6, 96, 160), frame_rate=Fraction(25), waveform=torch.from_numpy(tone(0.24)), sample_rate=44100)
    save(frames, path, film_format)
    assert save(VideoFile(path=path), target, film_format) == "The film is saved byte for byte."
    assert target.read_bytes() == path.read_bytes()
    assert save(VideoFile(path=path), target, film_format, tags=TAGS) == "The picture is saved as it was."
    assert packets(target) == packets(path)
    assert torch.equal(decoded(target).waveform, decoded(path).waveform)
    other = PRORES_422 if film_format is PRORES_4444 else PRORES_4444
    assert save(VideoFile(path=path), target, other) == f"The picture is encoded to {other.encoded}."
    assert save(VideoFile(path=path), tmp_path / "a.mp4", MP4) == "The picture is encoded to H.264."


@pytest.mark.parametrize(
    ("film_format", "profile", "pixel_format", "tag"),
    [
        (PRORES_422, "proxy", "yuv422p10le", "apco"),
        (PRORES_422, "lt", "yuv422p10le", "apcs"),
        (PRORES_422, "standard", "yuv422p10le", "apcn"),
        (PRORES_422, "hq", "yuv422p10le", "apch"),
        (PRORES_4444, "4444", "yuva444p10le", "ap4h"),
        (PRORES_4444, "4444xq", "yuva444p10le", "ap4x"),
    ],
)
@pytest.mark.parametrize("ending", ["mov", "mkv", "mxf"])
def test_a_copy_says_which_prores_it_is(
    tmp_path: Path, film_format: FilmFormat, profile: str, pixel_format: str, tag: str, ending: str
) -> None:
    path = make_clip(tmp_path / f"a.{ending}", codec="prores_ks", pixel_format=pixel_format, options={"profile": profile}, frames=3)
    assert save(VideoFile(path=path), tmp_path / "b.mov", film_format, tags=TAGS) == "The picture is saved as it was."
    with av.open(str(tmp_path / "b.mov")) as container:
        assert container.streams.video[0].codec_context.codec_tag == tag
    assert packets(tmp_path / "b.mov") == packets(path)
    assert probe(tmp_path / "b.mov").picture.profile == probe(path).picture.profile
    assert probe(tmp_path / "b.mov").picture.has_alpha == pixel_format.startswith("yuva")


@pytest.mark.parametrize("rate", [48000, 44100, 16000, 96000])
def test_sound_is_exact_to_the_sample(tmp_path: Path, rate: int) -> None:
    images = torch.from_numpy(np.stack([numbered(index, 128, 96) for index in range(25)])).float() / 255
    sound = torch.rand(2, rate * 2, generator=torch.Generator().manual_seed(1)) * 2 - 1
    given = Samples(waveform=sound, sample_rate=rate)
    save(Frames(images=images, frame_rate=Fraction(25)), tmp_path / "a.mov", PRORES_422, sound=given)
    film = decoded(tmp_path / "a.mov")
    assert (film.sample_rate, film.waveform.shape) == (rate, (2, rate))
    assert float((film.waveform - sound[:, :rate]).abs().max()) <= 2**-23
    with av.open(str(tmp_path / "a.mov")) as container:
        assert container.streams.audio[0].codec_context.name == "pcm_s24le"
    path = make_clip(tmp_path / "b.mkv", sound=clicks(1.0, rate), sound_rate=rate, sound_codec="pcm_s16le", sound_at_s=0.1)
    save(VideoFile(path=path), tmp_path / "b.mov", PRORES_422)
    assert torch.equal(decoded(tmp_path / "b.mov").waveform, decoded(path).waveform)


def test_white_is_white(tmp_path: Path) -> None:
    """libav's scaler takes colours of 16 bits for those of 8 with eight zeros appended: told otherwise it makes white 943 of 940."""
    for film_format in (PRORES_422, PRORES_4444):
        save(Frames(images=torch.ones(2, 64, 64, 3), frame_rate=Fraction(25)), tmp_path / "a.mov", film_format)
        assert stored_luma(tmp_path / "a.mov") == pytest.approx(940)
        assert decoded(tmp_path / "a.mov").images.unique().tolist() == [1]
    path = make_clip(tmp_path / "a.mkv", frames=2, codec="ffv1", pixel_format="yuv422p10le", colour=(1, 9, 9, 16), picture=white)
    save(VideoFile(path=path), tmp_path / "b.mov", PRORES_422)
    assert stored_luma(tmp_path / "b.mov") == pytest.approx(940, abs=1)


def white(index: int, width: int, height: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), 255, np.uint8)


def test_hdr_and_alpha_of_a_video_are_said(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "a.mkv",
        frames=2,
        codec="libx265",
        pixel_format="yuv420p10le",
        colour=(1, 9, 9, 16),
        options={"x265-params": "log-level=none"},
    )
    assert save(VideoFile(path=path), tmp_path / "a.mov", PRORES_422) == "The picture is encoded to ProRes 422 HQ, HDR10 made SDR."
    assert float((decoded(tmp_path / "a.mov").images - decoded(path).images).abs().mean()) * 255 < 1
    save(Frames(images=smooth(2, 96, 160, 4), frame_rate=Fraction(25)), tmp_path / "b.mov", PRORES_4444)
    for film_format, suffix in ((PRORES_422, "mov"), (MP4, "mp4")):
        said = save(VideoFile(path=tmp_path / "b.mov"), tmp_path / f"c.{suffix}", film_format)
        assert said == f"The picture is encoded to {film_format.encoded}, alpha flattened over black."
    assert len(read_frames(tmp_path / "c.mp4")) == 2


def test_the_alpha_of_a_video_is_kept_in_4444(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    pixels = (smooth(1, 48, 64, 4)[0] * 255).round().to(torch.uint8).numpy()
    pixels[:8, :, 3] = 255
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgba"
        for index in range(2):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgba")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert save(VideoFile(path=path), tmp_path / "b.mov", PRORES_4444) == "The picture is encoded to ProRes 4444."
    before, after = decoded(path), decoded(tmp_path / "b.mov")
    assert float(after.alpha.max()) == 1
    assert float((after.alpha - before.alpha).abs().max()) < 1 / 255
    assert float((after.images - before.images).abs().max()) * 255 < 2
