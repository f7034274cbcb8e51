"""Scenes for `make_clip`: what cuts, what only looks like it, what moves and what stands. Each is (index, width, height) -> picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.media.clips import Image

Scene = Callable[[int, int, int], Image]
CHANGE = 30  # the picture at which scenes of one change have it


def place(seed: int, width: int, height: int, *, left: float = 0.0) -> Image:
    """A motley place of soft patches, `left` pixels into it; another seed is another place."""
    patches = np.random.default_rng(seed).integers(0, 255, (7, 64, 3))
    rows, columns = np.arange(height) * 6 / height, (np.arange(width) + left) * 8 / width
    top, side = rows.astype(int), columns.astype(int)
    down, across = (rows - top)[:, None, None], (columns - side)[None, :, None]
    upper = patches[top][:, side] * (1 - across) + patches[top][:, side + 1] * across
    lower = patches[top + 1][:, side] * (1 - across) + patches[top + 1][:, side + 1] * across
    return (upper * (1 - down) + lower * down).astype(np.uint8)


def cut(index: int, width: int, height: int) -> Image:
    """A hard cut, within a slow pan."""
    return place(1 if index < CHANGE else 2, width, height, left=index * width / 320)


def cut_to_black(index: int, width: int, height: int) -> Image:
    return place(1, width, height) * (index < CHANGE)


def cut_amid_grain(index: int, width: int, height: int) -> Image:
    return _with_noise(cut(index, width, height), index, 12)


def cut_between_bars(index: int, width: int, height: int) -> Image:
    """An upright clip, bright, with black bars at its sides."""
    image = cut(index, width, height) // 2 + 128
    image[:, : width // 3] = image[:, -width // 3 :] = 0
    return image


def pan(index: int, width: int, height: int) -> Image:
    return place(1, width, height, left=index * width / 25)


def whip_pan(index: int, width: int, height: int) -> Image:
    """Still, then very fast, then still."""
    return place(1, width, height, left=width / 3 * min(8, max(0, index - CHANGE)))


def fade_out(index: int, width: int, height: int) -> Image:
    return (place(1, width, height) * min(1.0, max(0.0, (CHANGE + 5 - index) / 10))).astype(np.uint8)


def dissolve(index: int, width: int, height: int) -> Image:
    share = min(1.0, max(0.0, (index - CHANGE + 6) / 12))
    return (place(1, width, height) * (1 - share) + place(2, width, height) * share).astype(np.uint8)


def noise(index: int, width: int, height: int) -> Image:
    """A channel without a station."""
    return np.random.default_rng(index).integers(0, 255, (height, width, 3)).astype(np.uint8)


def flash(index: int, width: int, height: int) -> Image:
    """A photographer's."""
    return np.full((height, width, 3), 255, np.uint8) if index == CHANGE else place(1, width, height)


def lights_out(index: int, width: int, height: int) -> Image:
    return place(1, width, height) // (1 if index < CHANGE else 2)


def standing(index: int, width: int, height: int) -> Image:
    return place(1, width, height)


def standing_with_grain(index: int, width: int, height: int) -> Image:
    return _with_noise(place(1, width, height), index, 5)


def talking(index: int, width: int, height: int) -> Image:
    """Nothing moves but a mouth."""
    image = place(1, width, height)
    open_by = round(height * (0.03 + 0.02 * np.sin(index / 2)))
    image[round(height * 0.6) : round(height * 0.6) + open_by, round(width * 0.4) : round(width * 0.55)] = 20
    return image


def breathing(index: int, width: int, height: int) -> Image:
    """Nothing moves but a pair of shoulders, by a pixel or two."""
    image = place(1, width, height)
    image[round(height * 0.7 + 1.5 * np.sin(index / 10)) :, round(width * 0.3) : round(width * 0.7)] = 70
    return image


def _with_noise(image: Image, seed: int, strength: float) -> Image:
    return np.clip(image + np.random.default_rng(seed).normal(0, strength, image.shape), 0, 255).astype(np.uint8)
