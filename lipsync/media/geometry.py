"""How stored pixels become the upright picture: display matrices, pixels that are not square, odd sizes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

_UNITY = 1 << 16  # 16.16 fixed point

_STEPS: dict[tuple[int, int, int, int], tuple[tuple[str, str], ...]] = {
    (1, 0, 0, 1): (),
    (0, 1, -1, 0): (("transpose", "clock"),),
    (-1, 0, 0, -1): (("hflip", ""), ("vflip", "")),
    (0, -1, 1, 0): (("transpose", "cclock"),),
    (-1, 0, 0, 1): (("hflip", ""),),
    (1, 0, 0, -1): (("vflip", ""),),
    (0, 1, 1, 0): (("transpose", "cclock_flip"),),
    (0, -1, -1, 0): (("transpose", "clock_flip"),),
}
"""The upper left of a display matrix (a, b, c, d: x' = ax + cy, y' = bx + dy) and the libav filters that do the same to pixels."""

_TURNS = ((1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))  # of 0, 90, 180 and 270 degrees counterclockwise


@dataclass(frozen=True)
class Orientation:
    """How the stored picture must be turned and mirrored to stand upright, as the signs of its display matrix."""

    a: int = 1
    b: int = 0
    c: int = 0
    d: int = 1

    @property
    def upright(self) -> bool:
        return not self.steps

    @property
    def sideways(self) -> bool:
        """Whether width and height change places."""
        return self.a == 0

    @property
    def mirrored(self) -> bool:
        return self.a * self.d - self.b * self.c < 0

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """The filters, each with its argument, that make it upright."""
        return _STEPS[self.a, self.b, self.c, self.d]


def orientation_of(display_matrix: bytes) -> Orientation:
    """The quarter turn and mirroring nearest to a display matrix of nine 32-bit numbers. Source: ISO/IEC 14496-12 section 8.3.2."""
    a, b, _, c, d, *_rest = struct.unpack("=9i", display_matrix[:36])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        b = c = 0
    else:
        a = d = 0
    signs = tuple((value > 0) - (value < 0) for value in (a, b, c, d))
    return Orientation(*signs) if signs in _STEPS else Orientation()


def turned(degrees: int) -> Orientation:
    """The orientation of a picture that must be turned counterclockwise by this to stand upright, without mirroring."""
    return Orientation(*_TURNS[round(degrees / 90) % 4])


def square_size(width: int, height: int, pixel_aspect: Fraction) -> tuple[int, int]:
    """The size in square pixels: the side that is too short grows, so that no detail is lost."""
    if pixel_aspect >= 1:
        return round(width * pixel_aspect), height
    return width, round(height / pixel_aspect)


def even_size(width: int, height: int) -> tuple[int, int]:
    """The size that 4:2:0 can hold: an odd side grows by one."""
    return width + width % 2, height + height % 2
