"""What every clip of the set shows: a number, patches of known colours, a disc, a mark in one corner and a bar that moves.

`draw` takes fields, two to a frame: the bar stands elsewhere in the second field of an interlaced picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]

SQUARE = Fraction(1)
BITS = 8
DARK, BRIGHT = 40, 215
BACKGROUND = (70, 70, 70)
DISC = (180, 180, 180)
PATCHES = (
    ((200, 60, 60), (60, 180, 75), (60, 60, 200), (230, 200, 40)),
    ((210, 170, 140), (128, 128, 128), (25, 25, 25), (235, 235, 235)),
)
_NUMBER_ENDS, _MIDDLE_ENDS = 0.3, 0.8  # of the height: the number above, disc and patches between, mark and bar below
_DISC_SHARE = 0.2  # its radius, of the height
_MARK_ENDS = 0.2  # of the width
_BAR_WIDTH, _BAR_STEP, _BAR_PLACES = 0.05, 0.03, 20


@dataclass(frozen=True)
class Reading:
    """What a picture turned out to show. Positions and sizes in pixels, `patches` as mean RGB by row and column."""

    number: int
    patches: Floats
    disc_width: float
    disc_height: float
    mark_left: bool
    bar_even: float
    bar_odd: float


def bar_place(field: int) -> float:
    """The middle of the moving bar, as a share of the width."""
    return 0.3 + _BAR_STEP * (field % _BAR_PLACES) + _BAR_WIDTH / 2


def draw(number: int, width: int, height: int, *, fields: tuple[int, int] | None = None, aspect: Fraction = SQUARE) -> Image:
    """[H, W, 3]. `fields` are those of the even and the odd rows; `aspect` is that of the pixels which the picture is squeezed into."""
    columns, rows = (round(width / aspect), height) if aspect >= 1 else (width, round(height * aspect))
    even, odd = fields or (2 * number, 2 * number)
    u = (np.arange(columns) + 0.5) / columns
    v = (np.arange(rows) + 0.5) / rows
    image = np.empty((rows, columns, 3), np.uint8)
    image[:] = BACKGROUND
    bits = (number >> np.minimum((u * BITS).astype(int), BITS - 1)) & 1
    image[v < _NUMBER_ENDS] = np.where(bits, BRIGHT, DARK)[None, :, None]
    middle = (v >= _NUMBER_ENDS) & (v < _MIDDLE_ENDS)
    across, down = (u[None, :] - 0.25) * width, (v[:, None] - 0.55) * height
    image[(np.hypot(across, down) < _DISC_SHARE * height) & middle[:, None]] = DISC
    for row, colours in enumerate(PATCHES):
        for column, colour in enumerate(colours):
            half = middle & ((v >= 0.55) == bool(row))
            image[np.ix_(half, (u >= 0.5 + column / 8) & (u < 0.5 + (column + 1) / 8))] = colour
    below = np.flatnonzero(v >= _MIDDLE_ENDS)
    image[below] = DARK
    image[np.ix_(below, u < _MARK_ENDS)] = BRIGHT
    for row in below:
        image[row, np.abs(u - bar_place(odd if row % 2 else even)) < _BAR_WIDTH / 2] = BRIGHT
    return image


def read(image: Image) -> Reading:
    """Measure a picture [H, W, 3]; it may be spoilt in any way."""
    height, width = image.shape[:2]
    values = image.astype(np.float64)
    grey = values.mean(axis=2)
    top = grey[round(0.08 * height) : round(0.22 * height)].mean(axis=0)
    levels = [top[round((bit + 0.3) * width / BITS) : round((bit + 0.7) * width / BITS) or 1].mean() for bit in range(BITS)]
    patches = np.array([[_middle(values, 0.5 + c / 8, 0.3 + r / 4, 1 / 8, 1 / 4) for c in range(4)] for r in range(2)])
    across = grey[round(0.55 * height), : width // 2] > 125
    down = grey[round(0.3 * height) : round(0.8 * height), round(0.25 * width)] > 125
    below = grey[round(_MIDDLE_ENDS * height) :]
    first = round(_MIDDLE_ENDS * height)
    return Reading(
        number=sum(1 << bit for bit, level in enumerate(levels) if level > (DARK + BRIGHT) / 2),
        patches=patches,
        disc_width=float(across.sum()),
        disc_height=float(down.sum()),
        mark_left=bool(_middle(values, 0, 0.8, 0.2, 0.2).mean() > 125 > _middle(values, 0.92, 0.8, 0.08, 0.2).mean()),
        bar_even=_bar(below[first % 2 :: 2][1:-1], width),
        bar_odd=_bar(below[1 - first % 2 :: 2][1:-1], width),
    )


def _middle(values: Floats, u: float, v: float, width: float, height: float) -> Floats:
    """The mean colour in the middle of a rectangle."""
    rows = slice(int((v + 0.3 * height) * len(values)), int(np.ceil((v + 0.7 * height) * len(values))))
    columns = slice(int((u + 0.3 * width) * values.shape[1]), int(np.ceil((u + 0.7 * width) * values.shape[1])))
    mean: Floats = values[rows, columns].mean(axis=(0, 1))
    return mean


def _bar(rows: Floats, width: int) -> float:
    """Where the moving bar stands, as a share of the width; -1 if there is none."""
    start = round(0.25 * width)
    line = rows[:, start:].mean(axis=0) - DARK
    line[line < 40] = 0
    return float((line * (np.arange(len(line)) + start + 0.5)).sum() / line.sum() / width) if line.any() else -1.0
