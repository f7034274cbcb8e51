"""Tensors to ProRes: ten bits straight from the floats, alpha kept, rounded, in true BT.709, at the exact rate, a picture at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
import torch
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from torch import Tensor

from .audio import check_samples, samples_track
from .colour import full_in_libav
from .encode import THE_FRAMES
from .formats import FilmFormat
from .geometry import even_size
from .matte import Matte, repeat_edge, samples_of
from .mux import Film
from .pixels import check_frames, out_of_range, over_black
from .sources import Frames, Samples
from .work import Progress, Stop, Work

_BAND_BYTES = 1 << 20
_OPAQUE = 65535
_WHITE = round(full_in_libav(8) * _OPAQUE)


def encode_prores(
    frames: Frames,
    path: Path,
    *,
    film_format: FilmFormat,
    mask: Tensor | None,
    progress: Progress,
    cancelled: Stop,
    tags: Mapping[str, str],
) -> tuple[str, ...]:
    """Write `frames` and their sound, cut to their length, to `path` (MOV). Where the format has alpha it is that of the frames, or
    1 - `mask`.

    Returns what had to be changed, as short phrases. Holds a few pictures of 16 bits beside the tensors. Raises NoFrames, BadFrames,
    MaskDoesNotFit, BadSound, NotWritten, Cancelled.
    """
    check_frames(THE_FRAMES, frames.images, frames.frame_rate)
    count, height, width, channels = frames.images.shape
    matte = None if mask is None else Matte(mask, frame_count=count, size=(width, height))
    work = Work("Encoding the frames", count, progress=progress, cancelled=cancelled)
    reader = _Reader(frames.images, matte, work, keeps_alpha=film_format.with_alpha is not None)
    alpha = film_format.with_alpha is not None and (matte is not None or channels == 4)

    with Film(path, film_format=film_format, tags=tags) as film:
        pictures = reader.pictures(film_format.encoding(alpha=alpha).pixels)
        film.encode_picture(pictures, size=even_size(width, height), frame_rate=frames.frame_rate, alpha=alpha)
        if frames.waveform is not None and frames.sample_rate is not None:
            samples = Samples(waveform=frames.waveform, sample_rate=frames.sample_rate)
            check_samples("The video's sound", samples)
            film.encode_sound(samples_track(samples, end_s=float(count / frames.frame_rate)))
        film.write(lambda time_s: work.done(round(time_s * float(frames.frame_rate))))
    return reader.changes


class _Reader:
    """Reads tensors as pictures in BT.709, noting what could not be kept."""

    def __init__(self, images: Tensor, matte: Matte | None, work: Work, *, keeps_alpha: bool) -> None:
        self._images = images.detach()
        self._matte = matte
        self._work = work
        self._keeps_alpha = keeps_alpha
        self._not_numbers = self._out_of_range = False

    @property
    def changes(self) -> tuple[str, ...]:
        _, height, width, channels = self._images.shape
        even = even_size(width, height)
        said = {
            "alpha flattened over black": channels == 4 and not self._keeps_alpha,
            "the mask in place of their own alpha": channels == 4 and self._matte is not None,
            "values that are not numbers made black": self._not_numbers,
            "values beyond 0 to 1 clamped": self._out_of_range,
            f"size {width}x{height} made even by repeating its edge ({even[0]}x{even[1]})": even != (width, height),
        }
        changes = tuple(change for change, happened in said.items() if happened)
        return changes if self._matte is None else changes + self._matte.changes

    def pictures(self, pixels: str) -> Iterator[VideoFrame]:
        """One of each frame, as `pixels`."""
        _, height, width, _ = self._images.shape
        stored = "rgba64le" if pixels.startswith("yuva") else "rgb48le"
        even = even_size(width, height)
        graph = _to_yuv(even, stored, pixels)
        for index in range(len(self._images)):
            self._work.look()
            graph.vpush(self._picture(index, VideoFrame(*even, stored)))
            yield graph.vpull()

    def _picture(self, index: int, picture: VideoFrame) -> VideoFrame:
        """Frame `index` in `picture`, in bands of some rows: copies of a whole large one would be felt."""
        image = self._images[index]
        height, width, channels = image.shape
        target = samples_of(picture, 0, channels=4 if picture.format.name == "rgba64le" else 3)
        step = max(1, _BAND_BYTES // (width * 16))
        for top in range(0, height, step):
            rows = slice(top, min(height, top + step))
            band = image[rows]
            not_numbers, beyond = out_of_range(band)
            self._not_numbers |= not_numbers
            self._out_of_range |= beyond
            target[rows, :width, :3] = _sixteen_bit(band[..., :3] if channels != 4 or self._keeps_alpha else over_black(band), _WHITE)
            if target.shape[2] == 4:
                target[rows, :width, 3] = _sixteen_bit(band[..., 3] if self._matte is None else self._matte.alpha(index, rows), _OPAQUE)
        repeat_edge(target, height, width)
        return picture


def _sixteen_bit(values: Tensor, full: int) -> NDArray[np.float32]:
    """`values` as whole numbers from 0 to `full`, on the CPU; beyond is clamped, NaN counts as 0."""
    one = 255 if values.dtype == torch.uint8 else 1
    levels = torch.nan_to_num(values.to(torch.float32), nan=0.0)  # a copy, so the rest may happen in place
    whole: NDArray[np.float32] = levels.clamp_(0, one).mul_(full / one).round_().cpu().numpy()
    return whole


def _to_yuv(size: tuple[int, int], stored: str, pixels: str) -> av.filter.Graph:
    """From RGB of 16 bits. Without being told, libav takes the matrix of standard definition, and saturated colours shift."""
    graph = av.filter.Graph()
    scale = {"out_color_matrix": "bt709", "out_range": "limited", "flags": "bicubic+accurate_rnd+full_chroma_int"}
    bt709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "limited"}
    graph.link_nodes(
        graph.add("buffer", video_size=f"{size[0]}x{size[1]}", pix_fmt=stored, time_base=str(Fraction(1, 1)), pixel_aspect="1/1"),
        graph.add("scale", **scale),
        graph.add("format", pix_fmts=pixels),
        graph.add("setparams", **bt709),  # told in every picture of ProRes
        graph.add("buffersink"),
    ).configure()
    return graph
