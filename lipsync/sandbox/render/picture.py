"""The frames of a clip in the order that a sync_mode asks for, never all in memory at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, repeat
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

Planes = NDArray[np.uint8]  # yuv420p as PyAV lays it out: height * 3 / 2 rows of width

_CACHE_BYTES = 96 * 1024 * 1024
_UNSPECIFIED = 2


class NoPicture(Exception):
    """The clip has no frame that can be decoded."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A video read at a constant rate, whatever its own: each of its `frames` is the one last shown at that time."""

    path: Path
    frame_rate: Fraction
    frames: int
    width: int
    height: int

    def in_order(self, order: str, count: int) -> Iterator[tuple[int, Planes]]:
        """`count` pairs of a frame's index in the clip and its planes. Source of the orders: sync-api.md 3.3."""
        return islice(_ORDERS[order](self, count), count)

    def forward(self, first: int = 0) -> Iterator[Planes]:
        """Frames `first` to the last. The same array may come again: do not draw on it."""
        with av.open(str(self.path)) as media:
            stream = media.streams.video[0]
            stream.thread_type = "AUTO"
            start = float((stream.start_time or 0) * (stream.time_base or 0))
            if first and stream.time_base:
                media.seek(int((start + first / self.frame_rate) / stream.time_base), stream=stream)
            yield from self._at_constant_rate(media.decode(stream), first, start)

    def _at_constant_rate(self, decoded: Iterator[av.VideoFrame], first: int, start: float) -> Iterator[Planes]:
        shown: av.VideoFrame | None = None
        index, at = first, -1
        for frame in decoded:
            at = at + 1 if frame.time is None else round((frame.time - start) * self.frame_rate)
            if shown is not None and index < min(at, self.frames):
                planes = self._planes(shown)
                for _ in range(index, min(at, self.frames)):
                    yield planes
                index = at
            shown = frame
            if index >= self.frames:
                return
        if shown is None:
            raise NoPicture(f"no frame from {first} on")
        yield from repeat(self._planes(shown), self.frames - index)

    def backward(self, last: int, first: int) -> Iterator[Planes]:
        """Frames `last` down to `first`, decoded in chunks that fit the cache."""
        step = max(1, _CACHE_BYTES // (self.width * self.height * 3 // 2))
        for stop in range(last + 1, first, -step):
            begin = max(first, stop - step)
            yield from reversed(list(islice(self.forward(begin), stop - begin)))

    def _planes(self, frame: av.VideoFrame) -> Planes:
        return planes_of(frame, self.width, self.height)


def planes_of(frame: av.VideoFrame, width: int, height: int) -> Planes:
    """A frame as 8-bit BT.709 of limited range."""
    if not _is_right(frame, width, height):
        frame = frame.reformat(
            width,
            height,
            "yuv420p",
            src_colorspace=Colorspace.ITU709 if frame.colorspace == _UNSPECIFIED else frame.colorspace,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )
    planes: Planes = frame.to_ndarray().astype(np.uint8, copy=False)
    return planes


def _is_right(frame: av.VideoFrame, width: int, height: int) -> bool:
    same = (frame.format.name, frame.width, frame.height) == ("yuv420p", width, height)
    return same and frame.colorspace in (Colorspace.ITU709, _UNSPECIFIED) and frame.color_range != ColorRange.JPEG


def _hold(clip: Clip, _: int) -> Iterator[tuple[int, Planes]]:
    last = None
    for last in enumerate(clip.forward()):
        yield last
    if last is not None:
        yield from repeat(last)


def _loop(clip: Clip, _: int) -> Iterator[tuple[int, Planes]]:
    while True:
        yield from enumerate(clip.forward())


def _bounce(clip: Clip, _: int) -> Iterator[tuple[int, Planes]]:
    last = clip.frames - 1
    while True:
        yield from enumerate(clip.forward())
        if last > 1:
            yield from zip(range(last - 1, 0, -1), clip.backward(last - 1, 1), strict=False)


def _remap(clip: Clip, count: int) -> Iterator[tuple[int, Planes]]:
    wanted = 0
    for index, planes in enumerate(clip.forward()):
        while wanted < count and wanted * clip.frames // count == index:
            yield index, planes
            wanted += 1


_ORDERS = {"cut_off": _hold, "silence": _hold, "loop": _loop, "bounce": _bounce, "remap": _remap, "still": _hold}
