"""HDR and wide colours brought to the colours of an ordinary screen, as a table that libav applies to pixels.

Sources: BT.2100 (PQ and HLG), BT.2408 (diffuse white is 203 nits), BT.2087 (BT.2020 to BT.709), BT.1886 (an SDR screen's gamma).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .colour import Colour

Floats = NDArray[np.float64]

_EDGE = 49  # points a side; libav interpolates between them, and dark shades of deep colours are off by twice as much with 33
_WHITE_NITS = 203.0
_PEAK_NITS = 1000.0
_KNEE = 0.75  # of SDR white: below it nothing changes, above it highlights are eased in
_SDR_GAMMA = 2.4
_P3_PRIMARIES = (11, 12)

_BT2020_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
_P3_TO_BT709 = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]])
_BT2020_LUMA = np.array([0.2627, 0.6780, 0.0593])


def write_table(colour: Colour, path: Path, *, white: float = 1.0, shown_white: float = 1.0) -> None:
    """Write the table (.cube) that turns full-range R'G'B' of `colour`, in which full is `white`, into BT.709 R'G'B', in which it is
    `shown_white`."""
    path.write_text(_table(colour, white, shown_white), encoding="ascii")


@lru_cache(maxsize=4)  # each of the threads that make pictures wants it
def _table(colour: Colour, white: float, shown_white: float) -> str:
    steps = np.minimum(np.linspace(0.0, 1 / white, _EDGE), 1.0)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red runs fastest in a .cube
    signal = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    light = _light(signal, colour.hdr)
    if colour.hdr is not None:
        light = _eased(light)
    to_bt709 = _P3_TO_BT709 if colour.primaries in _P3_PRIMARIES else _BT2020_TO_BT709
    shown = shown_white * np.clip(light @ to_bt709.T, 0.0, 1.0) ** (1 / _SDR_GAMMA)
    return "\n".join((f"LUT_3D_SIZE {_EDGE}", *(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in shown), ""))


def _light(signal: Floats, hdr: str | None) -> Floats:
    """Light on the screen, 1 being SDR white."""
    if hdr == "HDR10":
        power = signal ** (1 / 78.84375)
        nits: Floats = 10000.0 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
        return nits / _WHITE_NITS
    if hdr == "HLG":
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
        luma = np.maximum(scene @ _BT2020_LUMA, 1e-9)[:, None]
        screen: Floats = luma**0.2 * scene * (_PEAK_NITS / _WHITE_NITS)
        return screen
    return signal**_SDR_GAMMA


def _eased(light: Floats) -> Floats:
    """Highlights from the knee to the peak brought below white, by the brightest channel, so that hues stay."""
    peak = _PEAK_NITS / _WHITE_NITS
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-9)
    room, excess = 1 - _KNEE, np.minimum(brightest, peak) - _KNEE
    # A curve that leaves the knee with slope 1 and arrives at 1 at the peak.
    bend = room * (peak - _KNEE) / ((peak - _KNEE) - room)
    eased = np.where(brightest <= _KNEE, brightest, _KNEE + excess / (1 + excess / bend))
    shown: Floats = light * (eased / brightest)
    return shown
