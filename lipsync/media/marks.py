"""Marks drawn into a picture, to show which place is meant: bright, with a dark edge, so that they are seen on everything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

BRIGHT, DARK = (60, 255, 120), (0, 0, 0)
_THINNEST = 2.0
_THICKNESS = 1 / 200  # of the shorter side
_RING = 1 / 24


def mark_point(image: Pixels, x: int, y: int) -> Pixels:
    """`image` [H, W, 3] with a ring around a dot at the pixel (x, y)."""
    rows, columns = np.ogrid[: image.shape[0], : image.shape[1]]
    away = np.hypot(columns - x, rows - y)
    radius = max(4 * _THINNEST, min(image.shape[:2]) * _RING)
    return _drawn(image, np.minimum(away, np.abs(away - radius)))


def mark_box(image: Pixels, box: tuple[int, int, int, int]) -> Pixels:
    """`image` [H, W, 3] with a frame just inside `box` (x1, y1, x2, y2)."""
    x1, y1, x2, y2 = box
    rows, columns = np.ogrid[: image.shape[0], : image.shape[1]]
    within = np.minimum(np.minimum(columns - x1, x2 - 1 - columns), np.minimum(rows - y1, y2 - 1 - rows))
    return _drawn(image, np.where(within < 0, np.inf, within))


def _drawn(image: Pixels, away: NDArray[np.float64]) -> Pixels:
    """Everything that is not `away` from the mark's line by its thickness is bright, and dark a little further on."""
    thickness = max(_THINNEST, min(image.shape[:2]) * _THICKNESS)
    marked: Pixels = image.copy()
    marked[away < 2 * thickness] = DARK
    marked[away < thickness] = BRIGHT
    return marked
