"""The same pictures in every guise that a graph may hand over: types of numbers, places in memory, channels, devices."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lipsync.media.decode import Decoded, Selection, decode, plan_decoding, select_frames
from lipsync.media.formats import FORMATS, MP4, PRORES_4444, FilmFormat
from lipsync.media.save import save_film
from lipsync.media.sources import Frames, Samples, VideoFile
from tests.media.clips import clicks, first_click_s, number_of, numbered

COUNT, HEIGHT, WIDTH = 4, 96, 128
PICTURES = torch.from_numpy(np.stack([numbered(index * 37, WIDTH, HEIGHT) for index in range(COUNT)]))
every_format = pytest.mark.parametrize("film_format", FORMATS.values(), ids=FORMATS.keys())


def saved(images: Tensor, folder: Path, film_format: FilmFormat, *, rate: Fraction = Fraction(25), sound: Samples | None = None) -> Path:
    target = folder / f"film{film_format.suffix}"
    frames = Frames(images=images, frame_rate=rate)
    work = {"progress": lambda *_: None, "cancelled": lambda: False}
    save_film(frames, sound=sound, target=target, tags={}, film_format=film_format, **work)
    return target


def read(path: Path) -> Decoded:
    return decode(plan_decoding(VideoFile(path=path)), progress=lambda *_: None, cancelled=lambda: False)


def _part_of_larger(images: Tensor) -> Tensor:
    larger = torch.full((COUNT + 2, HEIGHT + 3, WIDTH + 5, images.shape[3] + 1), 0.5).to(images.dtype)
    part = larger[1:-1, 2:-1, 3:-2, :-1]
    part.copy_(images)
    return part


PLACES: dict[str, Callable[[Tensor], Tensor]] = {
    "channels first": lambda images: images.permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1),
    "columns first": lambda images: images.transpose(1, 2).contiguous().transpose(1, 2),
    "channels_last": lambda images: images.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1),
    "every second": lambda images: images.repeat_interleave(2, dim=0)[::2],
    "part of a larger one": _part_of_larger,
    "flipped and back": lambda images: images.flip(0, 1, 2).flip(0, 1, 2),
    "reversed by indices": lambda images: images.flip(0)[torch.arange(COUNT - 1, -1, -1)],
    "asking for gradients": lambda images: images.clone().requires_grad_() if images.is_floating_point() else images,
}


@every_format
@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.uint8, torch.bool])
def test_every_kind_of_number(tmp_path: Path, film_format: FilmFormat, kind: torch.dtype) -> None:
    images = PICTURES > 125 if kind == torch.bool else PICTURES if kind == torch.uint8 else (PICTURES.double() / 255).to(kind)
    meant = images.float() / (255 if kind == torch.uint8 else 1)
    film = read(saved(images, tmp_path, film_format))
    exact = read(saved(meant, tmp_path, film_format))
    assert float((film.images - exact.images).abs().max()) * 255 < 1.01
    if kind != torch.bool:
        assert [number_of(image.numpy() * 255) for image in film.images] == [0, 37, 74, 111]


@pytest.mark.parametrize("film_format", [MP4, PRORES_4444], ids=["MP4", "ProRes 4444"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_place_in_memory_and_every_number_of_channels(tmp_path: Path, film_format: FilmFormat, place: str, channels: int) -> None:
    images = torch.cat([PICTURES, PICTURES[..., :1]], dim=-1)[..., :channels].float() / 255
    for guise in (images, (images * 255).to(torch.uint8)):
        plain = saved(guise.contiguous(), tmp_path, film_format).read_bytes()
        assert saved(PLACES[place](guise), tmp_path, film_format).read_bytes() == plain


@every_format
def test_one_frame_that_stands_for_many(tmp_path: Path, film_format: FilmFormat) -> None:
    one = PICTURES[1:2].float() / 255
    film = read(saved(one.expand(30, -1, -1, -1), tmp_path, film_format))
    assert [number_of(image.numpy() * 255) for image in film.images] == [37] * 30


@every_format
def test_inside_inference_mode_as_comfyui_runs_nodes(tmp_path: Path, film_format: FilmFormat) -> None:
    plain = saved(PICTURES.float() / 255, tmp_path, film_format).read_bytes()
    with torch.inference_mode():
        assert saved(PICTURES.float() / 255, tmp_path, film_format).read_bytes() == plain
        film = read(tmp_path / f"film{film_format.suffix}")
    assert film.images.shape == (COUNT, HEIGHT, WIDTH, 3)


@every_format
@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16])
def test_what_is_no_number_or_beyond_is_tamed_and_said(tmp_path: Path, film_format: FilmFormat, kind: torch.dtype) -> None:
    images = torch.full((4, 64, 64, 3), 0.4)
    images[0], images[1], images[2], images[3, :, :, 0] = float("nan"), float("inf"), float("-inf"), 7.0
    target = tmp_path / f"film{film_format.suffix}"
    work = {"progress": lambda *_: None, "cancelled": lambda: False}
    frames = Frames(images=images.to(kind), frame_rate=Fraction(25))
    said = save_film(frames, sound=None, target=target, tags={}, film_format=film_format, **work)
    assert said == f"Frames encoded to {film_format.encoded}, values that are not numbers made black, values beyond 0 to 1 clamped."
    film = read(target).images[:, 32, 32]
    meant = torch.tensor([[0, 0, 0], [1, 1, 1], [0, 0, 0], [1, 0.4, 0.4]])
    assert float((film - meant).abs().max()) < 0.02


@every_format
@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(16), Fraction(25, 2), Fraction(120)]
)
def test_rates_are_exact(tmp_path: Path, film_format: FilmFormat, rate: Fraction) -> None:
    film = read(saved(PICTURES.float() / 255, tmp_path, film_format, rate=rate))
    assert (film.frame_rate, len(film.images)) == (rate, COUNT)


@every_format
@pytest.mark.parametrize("rate", [48000, 44100, 32000, 22050, 16000, 96000])
def test_sound_stays_where_it_lay(tmp_path: Path, film_format: FilmFormat, rate: int) -> None:
    """To the millisecond through AAC, to the sample through PCM."""
    images = PICTURES[:1].float().expand(25, -1, -1, -1) / 255
    sound = Samples(waveform=torch.from_numpy(clicks(1.5, rate, channels=2)), sample_rate=rate)
    film = read(saved(images, tmp_path, film_format, sound=sound))
    assert first_click_s(film.waveform.numpy(), film.sample_rate) == pytest.approx(first_click_s(sound.waveform.numpy(), rate), abs=0.001)
    assert film.waveform.shape[1] == pytest.approx(film.sample_rate, abs=0 if film_format.for_editing else 1024)
    if film_format.for_editing:
        assert float((film.waveform - sound.waveform[:, :rate]).abs().max()) <= 2**-23


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_choice_of_tensors_in_every_guise(place: str, channels: int) -> None:
    images = torch.cat([PICTURES, PICTURES[..., :1]], dim=-1)[..., :channels].float() / 255
    given = PLACES[place](images)
    for selection in (Selection(), Selection(start_frame=1, every_nth=2), Selection(longest_side=64)):
        film = select_frames(Frames(images=given, frame_rate=Fraction(25)), selection)
        plain = select_frames(Frames(images=images, frame_rate=Fraction(25)), selection)
        assert film.images.shape[3] == 3
        assert torch.equal(film.images, plain.images)
        assert (film.alpha is None) == (channels != 4)
        assert film.alpha is None or torch.equal(film.alpha, plain.alpha)


@every_format
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
def test_the_device_does_not_show(tmp_path: Path, film_format: FilmFormat) -> None:
    for channels in (1, 3, 4):
        images = torch.rand(3, 65, 63, channels, generator=torch.Generator().manual_seed(2))
        plain = saved(images, tmp_path, film_format).read_bytes()
        assert saved(images.cuda(), tmp_path, film_format).read_bytes() == plain
