"""Generated frames to a film: rounded, in true BT.709, at the exact rate, and every change said."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from torch import Tensor

from lipsync.errors import AboveSize, BadFrames, BadSound, BelowSize, NoFrames, NotWritten
from lipsync.media.encode import encode_frames
from lipsync.media.mux import Quality
from lipsync.media.prepare import survey_video
from lipsync.media.prepared import Cancelled
from lipsync.media.probe import probe
from lipsync.media.sources import Frames, Photo, VideoFile
from tests.media.clips import clicks, first_click_s, frame_times, number_of, numbered, read_frames, read_sound
from tests.media.conftest import Prepare

GREEN, SKIN = (0, 255, 0), (200, 120, 90)


def flat(colour: tuple[int, ...], *, count: int = 3, height: int = 64, width: int = 64) -> Tensor:
    return torch.tensor(colour, dtype=torch.uint8).expand(count, height, width, len(colour)).float() / 255


def film(images: Tensor, path: Path, *, rate: Fraction | int = 25, quality: Quality | None = None, **sound: object) -> tuple[str, ...]:
    options = {} if quality is None else {"quality": quality}
    frames = Frames(images=images, frame_rate=Fraction(rate), **sound)
    return encode_frames(frames, path, progress=lambda *_: None, cancelled=lambda: False, **options)


@pytest.mark.parametrize("colour", [GREEN, (255, 0, 0), (0, 0, 255), SKIN, (128, 128, 128), (16, 16, 16), (255, 255, 255)])
def test_colours_come_back_as_bt709(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = tmp_path / "film.mp4"
    assert film(flat(colour), path) == ()
    tags = probe(path).picture.colour
    assert (tags.matrix, tags.primaries, tags.transfer, tags.full_range) == (1, 1, 1, False)
    shown = read_frames(path)[1].astype(int)
    assert np.abs(shown - colour).max() <= 3


def test_values_are_rounded_not_truncated(tmp_path: Path) -> None:
    """Greys between whole levels, which truncation would darken by half a level; the luma of BT.709 is 16 + 219 / 255 of the level."""
    levels = np.arange(1, 255) - 0.3
    row = torch.from_numpy(levels / 255).float()
    images = row.repeat(64, 1)[None, :, :, None].expand(2, -1, -1, 3)
    path = tmp_path / "film.mp4"
    film(images, path, quality=Quality(crf=1, preset="medium"))
    with av.open(str(path)) as container:
        luma = next(container.decode(video=0)).to_ndarray()[:64].mean(axis=0)
    assert abs(float((luma - (16 + levels * 219 / 255)).mean())) < 0.1


def test_colours_that_pixels_share_stand_at_the_left(tmp_path: Path) -> None:
    """A red bar of two pixels, which share their colour: H.264 has it at the left one (annex E), so that the next colour still sees the
    right one, and the one before sees neither."""
    images = torch.full((2, 64, 64, 3), 0.5)
    images[:, :, 32:34] = torch.tensor([0.8, 0.4, 0.4])
    path = tmp_path / "film.mp4"
    film(images, path, quality=Quality(crf=1, preset="medium"))
    with av.open(str(path)) as container:
        plane = next(container.decode(video=0)).planes[2]
    before, own, after = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[8, 15:18].astype(int) - 128
    assert after > 0.1 * own
    assert after > 3 * max(before, 1)


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(24000, 1001), Fraction(16), Fraction(25, 2), Fraction(60)])
def test_frames_and_times_are_exact(tmp_path: Path, rate: Fraction) -> None:
    images = torch.from_numpy(np.stack([numbered(i, 128, 64) for i in range(40)]))
    path = tmp_path / "film.mp4"
    film(images, path, rate=rate)
    assert [number_of(image) for image in read_frames(path)] == list(range(40))
    assert frame_times(path) == [i / rate for i in range(40)]
    found = probe(path)
    assert (found.picture.frame_rate, found.picture.constant) == (rate, True)
    assert found.told_duration_s == pytest.approx(float(40 / rate), abs=0.002)


def test_every_guise_of_the_same_pixels_makes_the_same_film(tmp_path: Path) -> None:
    images = torch.from_numpy(np.stack([numbered(i, 64, 64) for i in range(3)]))
    wide = torch.zeros(3, 64, 128, 3)
    wide[:, :, ::2] = images / 255
    with torch.inference_mode():
        inference = images / 255
    films = set()
    for index, guise in enumerate([images, images.float() / 255, images.double() / 255, wide[:, :, ::2], inference]):
        path = tmp_path / f"{index}.mp4"
        film(guise, path)
        films.add(path.read_bytes())
    assert len(films) == 1


def test_half_precision_and_one_channel(tmp_path: Path) -> None:
    grey = flat((100,))
    assert film(grey.half(), tmp_path / "half.mp4") == ()
    assert np.abs(read_frames(tmp_path / "half.mp4")[0].astype(int) - 100).max() <= 2


def test_alpha_is_flattened_and_said(tmp_path: Path) -> None:
    images = flat((200, 200, 200, 255)).clone()
    images[:, :, :32, 3] = 0
    images[:, :, 32:, 3] = 0.5
    assert film(images, tmp_path / "film.mp4") == ("alpha flattened over black",)
    shown = read_frames(tmp_path / "film.mp4")[0].astype(int)
    assert shown[:, :30].max() <= 4
    assert np.abs(shown[:, 34:] - 100).max() <= 4


def test_wild_values_are_tamed_and_said(tmp_path: Path) -> None:
    images = flat((100, 100, 100)).clone()
    images[0, :32] = float("nan")
    images[1, :32] = 3.0
    assert film(images, tmp_path / "film.mp4") == ("values that are not numbers made black", "values beyond 0 to 1 clamped")
    shown = [image.astype(int) for image in read_frames(tmp_path / "film.mp4")]
    assert shown[0][:30].max() <= 4
    assert shown[1][:30].min() >= 250
    assert np.abs(shown[2] - 100).max() <= 4


def test_an_odd_size_is_padded_with_its_edge_and_said(tmp_path: Path) -> None:
    images = torch.rand(3, 33, 47, 3, generator=torch.Generator().manual_seed(3)) * 0.2
    images[:, -1], images[:, :, -1] = 0.9, 0.9
    said = film(images, tmp_path / "film.mp4")
    assert said == ("size 47x33 made even by repeating its edge (48x34)",)
    shown = read_frames(tmp_path / "film.mp4")[0].astype(int)
    assert shown.shape == (34, 48, 3)
    assert shown[33].min() > 180
    assert shown[:, 47].min() > 180


def test_sound_lies_where_it_lay_and_ends_with_the_picture(tmp_path: Path) -> None:
    sound = {"waveform": torch.from_numpy(clicks(3.0)), "sample_rate": 48000}
    film(flat(SKIN, count=50), tmp_path / "film.mp4", **sound)
    wave, rate, start_s = read_sound(tmp_path / "film.mp4")
    assert start_s == 0
    assert first_click_s(wave, rate) == pytest.approx(0.25, abs=0.001)
    assert wave.shape[1] == pytest.approx(2 * rate, abs=1024)


def test_prepared_frames_are_facts_and_a_film(prepared: Prepare, folder: Path) -> None:
    ready = prepared(Frames(images=flat(SKIN, count=10), frame_rate=Fraction(16)))
    assert ready.note == "10 frames encoded to H.264 at 16 a second."
    assert (ready.kind, ready.content_type, ready.temporary) == ("video", "video/mp4", True)
    assert (ready.facts.frame_count, ready.facts.frame_rate, ready.facts.duration_s) == (10, 16, 0.625)
    assert ready.path.parent == folder
    assert prepared(VideoFile(path=ready.path)).note == "The original file goes up, byte for byte."


def test_a_photo_becomes_a_bare_png(prepared: Prepare) -> None:
    image = torch.rand(61, 83, 3, generator=torch.Generator().manual_seed(4))
    ready = prepared(Photo(image=image))
    assert (ready.kind, ready.content_type) == ("image", "image/png")
    assert ready.note == "The photo goes up as PNG, with its pixels as they are."
    assert (ready.facts.width, ready.facts.height, ready.facts.duration_s) == (83, 61, None)
    shown = read_frames(ready.path)[0]
    assert np.array_equal(shown, (image * 255).round().to(torch.uint8).numpy())
    chunks, content, at = [], ready.path.read_bytes(), 8
    while at < len(content):
        chunks.append(content[at + 4 : at + 8])
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    assert set(chunks) <= {b"IHDR", b"pHYs", b"IDAT", b"IEND", b"cICP", b"gAMA", b"cHRM", b"sRGB"}


def test_cancelling_leaves_nothing(tmp_path: Path, limits: object) -> None:
    from lipsync.media.prepare import prepare_video

    asked = iter(range(100))
    frames = Frames(images=flat(SKIN, count=100), frame_rate=Fraction(25))
    with pytest.raises(Cancelled):
        prepare_video(frames, limits=limits, folder=tmp_path, progress=lambda *_: None, cancelled=lambda: next(asked) > 20)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(NotWritten) as refused:
        film(torch.rand(30, 64, 64, 3), Path("/dev/full"))
    assert str(refused.value) == "full could not be written: No space left on device. Make room there, or choose another folder."


@pytest.mark.parametrize(
    ("images", "rate", "kind", "sentence"),
    [
        (
            torch.zeros(0, 64, 64, 3),
            25,
            NoFrames,
            "The video is empty: it has no frames. Connect a node that makes at least one.",
        ),
        (
            torch.zeros(3, 64, 64, 2),
            25,
            BadFrames,
            "The video is no batch of pictures: its shape is [3, 64, 64, 2]. "
            "Connect an IMAGE batch of 1, 3 or 4 channels and set its real frame_rate.",
        ),
        (
            torch.zeros(3, 64, 64, 3, dtype=torch.int64),
            25,
            BadFrames,
            "The video is no batch of pictures: its values are torch.int64. "
            "Connect an IMAGE batch of 1, 3 or 4 channels and set its real frame_rate.",
        ),
        (
            torch.zeros(3, 64, 64, 3),
            10_000,
            BadFrames,
            "The video has 10000 frames per second. Connect an IMAGE batch of 1, 3 or 4 channels and set its real frame_rate.",
        ),
        (
            torch.zeros(3, 1, 1, 3),
            25,
            BelowSize,
            "The video is too small: 1x1 pixels. Each side needs at least 16; 480p and more works best.",
        ),
        (
            torch.zeros(1, 2160, 4098, 1),
            25,
            AboveSize,
            "The video is too large: 4098x2160 pixels. Scale it down to 4096x2160 or less first.",
        ),
    ],
)
def test_frames_that_cannot_be_sent_are_told(limits: object, images: Tensor, rate: int, kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind) as refusal:
        survey_video(Frames(images=images, frame_rate=Fraction(rate)), limits)
    assert str(refusal.value) == sentence


def test_the_largest_picture_may_stand_upright(limits: object) -> None:
    assert survey_video(Photo(image=torch.zeros(4096, 2160, 3)), limits).height == 4096
    with pytest.raises(AboveSize):
        survey_video(Photo(image=torch.zeros(4096, 2162, 3)), limits)


def test_carried_sound_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSound, match=r"^The video's sound holds values that are not numbers\. "):
        film(flat(SKIN), tmp_path / "film.mp4", waveform=torch.full((1, 10), float("nan")), sample_rate=48000)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
def test_the_device_does_not_show(tmp_path: Path) -> None:
    images = torch.rand(3, 64, 64, 3)
    film(images, tmp_path / "cpu.mp4")
    film(images.cuda(), tmp_path / "cuda.mp4")
    assert (tmp_path / "cpu.mp4").read_bytes() == (tmp_path / "cuda.mp4").read_bytes()
