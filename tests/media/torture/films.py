"""Prepared films as a plain decoder sees them: pixels by BT.709's own formula, times and samples as they stand. No tag is believed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.media.torture import colours
from tests.media.torture.scene import Image


@dataclass(frozen=True, kw_only=True)
class Film:
    """`images` [H, W, 3]; `times_s` of each; `samples` [C, S], the first at `sound_at_s`, None without sound; `alpha` [T, H, W] where
    it is told apart."""

    images: tuple[Image, ...]
    times_s: tuple[Fraction, ...]
    samples: NDArray[np.float32] | None
    sample_rate: int
    sound_at_s: float
    alpha: NDArray[np.uint8] | None = None


def film_of(path: Path, *, matrix: int = 1, full: bool = False) -> Film:
    """The MP4 at `path`, its pixels 8-bit 4:2:0 of this matrix and range."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        images = tuple(_rgb(frame, matrix, full=full) for frame in frames)
        times_s = tuple(Fraction(frame.pts) * frame.time_base for frame in frames)
    samples, rate, at_s = _sound(path)
    return Film(images=images, times_s=times_s, samples=samples, sample_rate=rate, sound_at_s=at_s)


def film_of_arrays(path: Path) -> Film:
    """The .npz of `python -m lipsync.media decode` at `path`."""
    with np.load(path) as arrays:
        rate = Fraction(int(arrays["fps"][0]), int(arrays["fps"][1]))
        return Film(
            images=tuple(arrays["frames"]),
            times_s=tuple(index / rate for index in range(len(arrays["frames"]))),
            samples=arrays.get("audio"),
            sample_rate=int(arrays["sample_rate"]) if "audio" in arrays else 0,
            sound_at_s=0.0,
            alpha=arrays.get("alpha"),
        )


def _rgb(frame: av.VideoFrame, matrix: int, *, full: bool) -> Image:
    luma, *chroma = (_plane(plane) for plane in frame.planes)
    across = [part.repeat(2, axis=0).repeat(2, axis=1)[: luma.shape[0], : luma.shape[1]] for part in chroma]
    rgb = colours.to_rgb(np.stack([luma, *across], axis=-1), matrix, full=full, bits=8)
    image: Image = np.clip(np.rint(rgb * 255), 0, 255).astype(np.uint8)
    return image


def _plane(plane: av.video.plane.VideoPlane) -> NDArray[np.float64]:
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width].astype(np.float64)


def _sound(path: Path) -> tuple[NDArray[np.float32] | None, int, float]:
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None, 0, 0.0
        resampler = av.AudioResampler(format="flt")
        blocks, at_s, rate = [], None, 0
        for frame in container.decode(audio=0):
            rate = frame.sample_rate
            at_s = float(frame.pts * frame.time_base) if at_s is None else at_s
            blocks += [part.to_ndarray().reshape(-1, part.layout.nb_channels) for part in resampler.resample(frame)]
    return np.concatenate(blocks).T, rate, at_s or 0.0
