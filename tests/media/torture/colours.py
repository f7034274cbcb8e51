"""Colours by the standards' own formulas, apart from the product and from libav. Sources: BT.601, BT.709, BT.2020, BT.2100, BT.1886."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LUMA = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""Red's and blue's share of luma, by H.273's number of the matrix."""
_SDR_WHITE_NITS = 203.0
_TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])  # BT.2087


def to_yuv(rgb: Floats, matrix: int, *, full: bool, bits: int) -> Floats:
    """R'G'B' 0 to 1 [..., 3] as code values of `bits`."""
    kr, kb = _LUMA[matrix]
    red, green, blue = np.moveaxis(rgb, -1, 0)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    planes = np.stack([luma, (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))], axis=-1)
    return planes * _gain(full, bits) + _zero(full, bits)


def to_rgb(yuv: Floats, matrix: int, *, full: bool, bits: int) -> Floats:
    """Code values of `bits` [..., 3] as R'G'B', 0 to 1 where they are within."""
    kr, kb = _LUMA[matrix]
    luma, b, r = np.moveaxis((yuv - _zero(full, bits)) / _gain(full, bits), -1, 0)
    red, blue = luma + 2 * (1 - kr) * r, luma + 2 * (1 - kb) * b
    return np.stack([red, (luma - kr * red - kb * blue) / (1 - kr - kb), blue], axis=-1)


def _gain(full: bool, bits: int) -> Floats:
    top = float((1 << bits) - 1)
    return np.array([top, top, top]) if full else np.array([219.0, 224.0, 224.0]) * (1 << (bits - 8))


def _zero(full: bool, bits: int) -> Floats:
    middle = float(1 << (bits - 1))
    return np.array([0.0, middle, middle]) if full else np.array([16.0 * (1 << (bits - 8)), middle, middle])


def wide(rgb: Floats) -> Floats:
    """BT.709 R'G'B' as BT.2020 R'G'B' of the same colour on an SDR screen."""
    return (rgb**2.4 @ _TO_BT2020.T) ** (1 / 2.4)


def pq(rgb: Floats) -> Floats:
    """SDR BT.709 R'G'B', its white at 203 nits, as HDR10 signal in BT.2020."""
    light = rgb**2.4 @ _TO_BT2020.T * (_SDR_WHITE_NITS / 10000)
    power = light**0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(rgb: Floats) -> Floats:
    """The same as HLG signal for a screen of 1000 nits."""
    screen = rgb**2.4 @ _TO_BT2020.T * (_SDR_WHITE_NITS / 1000)
    luma = np.maximum(screen @ np.array([0.2627, 0.6780, 0.0593]), 1e-9)[..., None]
    scene = screen * luma ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-9)) + c)
