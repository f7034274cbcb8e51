"""Each judge catches what it is there for: right films, spoilt on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from lipsync.media.sources import VideoFile
from tests.media.conftest import Prepare
from tests.media.torture import judges
from tests.media.torture.conftest import Draw
from tests.media.torture.films import Film, film_of
from tests.media.torture.judges import Judge, judge, secrets_in
from tests.media.torture.recipe import SECRETS
from tests.media.torture.table import BY_ID
from tests.media.torture.truth import ENCODED

Spoil = Callable[[Film], Film]


def _pictures(change: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    return lambda film: replace(film, images=tuple(change(image) for image in film.images))


def _samples(change: Callable[[np.ndarray, int], np.ndarray]) -> Spoil:
    return lambda film: replace(film, samples=change(film.samples, film.sample_rate))


def _later(film: Film) -> Film:
    return replace(film, images=(film.images[0], *film.images[:-1]))


def _dropped(film: Film) -> Film:
    return replace(film, images=film.images[:5] + film.images[6:], times_s=film.times_s[:-1])


def _held(film: Film) -> Film:
    return replace(film, images=film.images[:5] + film.images[4:5] + film.images[6:])


def _off_the_grid(film: Film) -> Film:
    return replace(film, times_s=tuple(round(time_s, 3) + Fraction(1, 1000) * (i % 2) for i, time_s in enumerate(film.times_s)))


def _faster(film: Film) -> Film:
    return replace(film, times_s=tuple(time_s * Fraction(1000, 1001) for time_s in film.times_s))


def _squeezed(image: np.ndarray) -> np.ndarray:
    wanted = image.shape[1]
    middle = image[:, ::2]
    return np.hstack([middle, np.repeat(middle[:, -1:], wanted - middle.shape[1], axis=1)])


def _black_edge(image: np.ndarray) -> np.ndarray:
    spoilt = image.copy()
    spoilt[:, -1] = 0
    return spoilt


def _combed(image: np.ndarray) -> np.ndarray:
    spoilt = image.copy()
    spoilt[1::2] = np.roll(image, 3, axis=1)[1::2]
    return spoilt


def _resampled(samples: np.ndarray, speed: float) -> np.ndarray:
    at = np.arange(0, samples.shape[1] - 1, speed)
    return np.stack([np.interp(at, np.arange(samples.shape[1]), channel) for channel in samples]).astype(np.float32)


_NOISE = np.ones((1, 9), np.float32)


def _opaque(image: np.ndarray) -> np.ndarray:
    """As if what is half transparent were not."""
    return np.where(np.abs(image.astype(int) - 90) < 9, 180, image).astype(np.uint8)


_SPOILT: tuple[tuple[str, str, Judge, Spoil], ...] = (
    ("shifted-by-one", "mkv-hevc-10", judges.frames_in_time, _later),
    ("one-dropped", "mkv-hevc-10", judges.frames_in_time, _dropped),
    ("one-held-twice", "mkv-hevc-10", judges.frames_in_time, _held),
    ("times-rounded", "mkv-hevc-10", judges.frames_in_time, _off_the_grid),
    ("a-thousandth-too-fast", "mp4-av1", judges.frames_in_time, _faster),
    ("varying-one-late", "phone", judges.frames_in_time, lambda film: _later(_later(film))),
    ("varying-by-counting", "vfr-screen", judges.frames_in_time, lambda film: replace(film, images=film.images[:8] + film.images[20:])),
    ("mirrored", "turned-90", judges.upright_and_square, _pictures(lambda image: image[:, ::-1])),
    ("upside-down", "turned-180", judges.upright_and_square, _pictures(lambda image: image[::-1])),
    ("half-a-turn", "turned-180", judges.upright_and_square, _pictures(lambda image: image[::-1, ::-1])),
    ("on-its-side", "turned-90", judges.upright_and_square, _pictures(lambda image: np.rot90(image))),
    ("squeezed", "wide-pixels", judges.upright_and_square, _pictures(_squeezed)),
    ("black-edge", "odd-width", judges.edges_repeated, _pictures(_black_edge)),
    ("combed", "interlaced-h264-mp4-tff", judges.fields_apart, _pictures(_combed)),
    ("other-field", "interlaced-h264-mp4-tff", judges.fields_apart, _pictures(lambda image: np.roll(image, 5, axis=1))),
    ("alpha-ignored", "webm-vp9-alpha", judges.alpha_kept, _pictures(_opaque)),
    ("sound-40-ms-late", "phone", judges.sound_in_place, lambda film: replace(film, sound_at_s=film.sound_at_s + 0.04)),
    ("sound-10-ms-early", "phone", judges.sound_in_place, _samples(lambda samples, rate: samples[:, rate // 100 :])),
    ("sound-moved-to-the-start", "sound-late-webm", judges.sound_in_place, _samples(lambda samples, rate: samples[:, rate // 4 :])),
    ("sound-cut", "phone", judges.sound_in_place, _samples(lambda samples, rate: samples[:, : samples.shape[1] // 2])),
    ("sound-gone", "phone", judges.sound_in_place, lambda film: replace(film, samples=None)),
    ("sound-from-nowhere", "gif", judges.sound_in_place, lambda film: replace(film, samples=_NOISE, sample_rate=48000)),
    ("sound-mixed-down", "sound-5_1-opus", judges.sound_in_place, _samples(lambda samples, rate: samples.mean(axis=0, keepdims=True))),
    ("channels-swapped", "sound-5_1-opus", judges.sound_in_place, _samples(lambda samples, rate: samples[[1, 0, *range(2, len(samples))]])),
    ("sound-too-fast", "sound-longer-webm", judges.sound_in_place, _samples(lambda samples, rate: _resampled(samples, 48000 / 44100))),
    ("sound-beyond-the-trim", "sound-longer-trim", judges.sound_in_place, _samples(lambda samples, rate: np.hstack([samples, samples]))),
)  # fmt: skip


@pytest.mark.parametrize(("of", "catches", "spoil"), [row[1:] for row in _SPOILT], ids=[row[0] for row in _SPOILT])
def test_a_spoilt_film_is_told_from_a_right_one(of: str, catches: Judge, spoil: Spoil, drawn: Draw, prepared: Prepare) -> None:
    clip = BY_ID[of]
    assert clip.way.startswith(ENCODED)
    film = film_of(prepared(VideoFile(path=drawn(clip), **clip.trim)).path)
    assert judge(film, clip.truth, catches) == []
    assert judge(spoil(film), clip.truth, catches) != []


@pytest.mark.parametrize(("matrix", "full"), [(6, False), (1, True), (9, False)], ids=["bt601", "full-range", "bt2020"])
def test_colours_that_are_read_by_another_rule_are_wrong(matrix: int, full: bool, drawn: Draw, prepared: Prepare) -> None:
    clip = BY_ID["mkv-hevc-10"]
    path = prepared(VideoFile(path=drawn(clip))).path
    assert judge(film_of(path), clip.truth, judges.colours_true) == []
    assert judge(film_of(path, matrix=matrix, full=full), clip.truth, judges.colours_true) != []


def test_hdr_that_was_not_mapped_is_wrong(drawn: Draw) -> None:
    clip = BY_ID["colour-hdr10-vp9"]
    assert any("became" in complaint for complaint in judge(film_of(drawn(clip), matrix=9), clip.truth, judges.colours_true))


@pytest.mark.parametrize("id", [id for id in BY_ID if id.startswith("private-")])
def test_what_is_planted_is_there(id: str, drawn: Draw) -> None:
    assert secrets_in(drawn(BY_ID[id]).read_bytes()) != []


def test_a_place_left_in_is_found() -> None:
    assert secrets_in(b"\0\0" + SECRETS[0] + b"\0") == [SECRETS[0].decode()]
