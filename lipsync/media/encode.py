"""Tensors to a film: a chunk at a time, rounded, in true BT.709, at the exact rate, with the sound where it lay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from torch import Tensor

from .audio import check_samples, samples_track
from .colour import full_in_libav, place_in
from .filters import TOLD_BT709, Filters
from .formats import MP4, FilmFormat
from .geometry import even_size
from .matte import Matte, matte_of_mask
from .mux import VISUALLY_LOSSLESS, Film, Quality
from .pixels import check_frames, chunks, out_of_range, over_black, zero_to_one
from .sources import Frames, Samples
from .work import Work

THE_FRAMES = "The video"
# From full floats in one step: each rounding on the way would cost a little. Untold, libav takes the matrix of standard definition.
_FULL = np.float32(full_in_libav(8))
_TO_BT709 = {"flags": "bicubic+accurate_rnd+full_chroma_inp", "in_range": "full", "out_range": "limited", "out_color_matrix": "bt709"}


def encode_frames(
    frames: Frames,
    path: Path,
    *,
    progress: Callable[[str, int, int], None],
    cancelled: Callable[[], bool],
    quality: Quality = VISUALLY_LOSSLESS,
    tags: Mapping[str, str] | None = None,
    film_format: FilmFormat = MP4,
    mask: Tensor | None = None,
) -> tuple[str, ...]:
    """Write `frames` and the sound that they carry, cut to their length, to `path`. `progress` hears frames done and in all. Where
    `film_format` has alpha it is that of the frames, or 1 - `mask`.

    Returns what had to be changed, as short phrases. Never copies more than a chunk of the pictures. Raises NoFrames, BadFrames,
    MaskDoesNotFit, BadSound, NotWritten, Cancelled.
    """
    check_frames(THE_FRAMES, frames.images, frames.frame_rate)
    count, height, width, channels = frames.images.shape
    work = Work("Encoding the frames", count, progress=progress, cancelled=cancelled)
    reader = _Reader(frames.images, work, flatten=channels == 4 and film_format.with_alpha is None)
    matte = None
    if mask is not None:
        matte = matte_of_mask(mask, frame_count=count, size=(width, height))
    elif channels == 4 and film_format.with_alpha is not None:
        matte = Matte(frames.images[..., 3], inverted=False)

    with Film(path, film_format=film_format, tags=tags) as film:
        pictures = reader.pictures(film_format.encoding(alpha=matte is not None).pixels)
        film.encode_picture(
            pictures if matte is None else matte.laid_over(pictures),
            size=even_size(width, height),
            frame_rate=frames.frame_rate,
            alpha=matte is not None,
            quality=quality,
        )
        if frames.waveform is not None and frames.sample_rate is not None:
            samples = Samples(waveform=frames.waveform, sample_rate=frames.sample_rate)
            check_samples("The video's sound", samples)
            film.encode_sound(samples_track(samples, end_s=float(count / frames.frame_rate)))
        film.write(lambda time_s: work.done(round(time_s * float(frames.frame_rate))))
    replaced = ("the mask in place of their own alpha",) * (channels == 4 and mask is not None)
    return replaced + reader.changes + (matte.changes if matte is not None else ())


class _Reader:
    """Reads tensors as pictures in BT.709, noting what could not be kept."""

    def __init__(self, images: Tensor, work: Work, *, flatten: bool) -> None:
        self._images = images.detach()
        self._work = work
        self._flatten = flatten
        self._not_numbers = self._out_of_range = False

    @property
    def changes(self) -> tuple[str, ...]:
        _, height, width, _ = self._images.shape
        even = even_size(width, height)
        said = {
            "alpha flattened over black": self._flatten,
            "values that are not numbers made black": self._not_numbers,
            "values beyond 0 to 1 clamped": self._out_of_range,
            f"size {width}x{height} made even by repeating its edge ({even[0]}x{even[1]})": even != (width, height),
        }
        return tuple(change for change, happened in said.items() if happened)

    def pictures(self, pixels: str) -> Iterator[VideoFrame]:
        _, height, width, _ = self._images.shape
        canvas = VideoFrame(*even_size(width, height), "gbrpf32le")
        canvas.pts = 0
        scale = {**_TO_BT709, "out_chroma_loc": place_in(pixels)}
        to_yuv = Filters(THE_FRAMES, Fraction(1), lambda _: (("scale", scale), ("format", {"pix_fmts": pixels}), TOLD_BT709))
        for chunk in chunks(self._images):
            self._work.look()
            for picture in self._levels(chunk):
                _paint(canvas, picture)
                yield from to_yuv.push(canvas)

    def _levels(self, chunk: Tensor) -> NDArray[np.float32]:
        """[N, H, W, 1 or 3], 0 to 1, on the CPU; not a copy, if it need not be one."""
        not_numbers, beyond = out_of_range(chunk)
        self._not_numbers |= not_numbers
        self._out_of_range |= beyond
        levels = over_black(chunk) if self._flatten else zero_to_one(chunk[..., :3])
        if not_numbers or beyond:
            levels = torch.nan_to_num(levels, nan=0.0).clamp_(0, 1)
        pictures: NDArray[np.float32] = levels.cpu().numpy()
        return pictures


def _paint(canvas: VideoFrame, picture: NDArray[np.float32]) -> None:
    """Put `picture` [H, W, 1 or 3] on a planar `canvas`, whose last row and column it may have to fill twice."""
    height, width, channels = picture.shape
    for plane, channel in zip(canvas.planes, (1, 2, 0), strict=True):  # libav has green, blue, red
        rows = np.frombuffer(memoryview(plane), np.float32).reshape(plane.height, -1)[:, : plane.width]
        np.multiply(picture[..., channel % channels], _FULL, out=rows[:height, :width])
        rows[:, width:] = rows[:, width - 1 : width]
        rows[height:] = rows[height - 1]
