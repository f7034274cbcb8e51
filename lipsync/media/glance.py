"""A quick look at the pictures: where they cut, and whether anything moves. Of a long video only parts are decoded, at a small size."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from torch import Tensor

from ..errors.media import NotReadable
from .digests import state_of
from .playback import Excerpt
from .probe import Picture, Probe
from .sources import Frames
from .streams import MATROSKA, MP4, opened, pictures

Small = NDArray[np.float32]
"""Pictures as grey [N, 36 * 64], 0 to 255: noise averages out, a change of scene does not."""

_REMEMBERED = 64
_GRID = _HEIGHT, _WIDTH = 36, 64
_SEEKABLE = (MP4, MATROSKA)
_PIXELS = 600_000_000  # of what is decoded: 11 s of 1080p at 25 frames a second, about a second's work
_TENSOR_FRAMES = 1500
_PART_FRAMES = 40

_LEAP = 6.0  # levels of 255: less is no other scene
_LEAP_TO_FLAT = 20.0
_ALIKE = 0.7  # pictures of one scene resemble each other more than this, however the light changes
_FLAT = 2.0
_BLACK = 16.0
_CALM_TIMES = 3.0
_AROUND = 5
_FLASH_FRAMES = 3
_FLASH_SHARE = 0.4
_ONE_CUT_S = 0.2

_STILL = 4.0
_MOMENT_FRAMES = 3  # a blink lasts as long, and noise averages out
_FEWEST = 12


@dataclass(frozen=True, kw_only=True)
class Glance:
    """Where the picture cuts, in seconds from its beginning; whether it stands still; how much of it was looked at, in seconds."""

    cuts_s: tuple[float, ...]
    standing: bool
    seen_s: float
    whole: bool


@dataclass(frozen=True)
class _Run:
    """Pictures that follow each other, and their times in seconds from the beginning."""

    times_s: NDArray[np.float64]
    pictures: Small


_remembered: dict[str, Glance] = {}
_lock = threading.Lock()


def glance_at_file(found: Probe, picture: Picture, part: Excerpt) -> Glance:
    """Look at `part` of a file. What cannot be decoded is passed over: saying so is the preparing's. Remembered for as
    long as the file stays what it is."""
    key = f"{state_of(found.path)}|{part.pts[0]}|{part.pts[-1]}"
    with _lock:  # one at a time: a decoder takes every core by itself, and many jobs may be about the same clip
        if key not in _remembered:
            _remembered[key] = _look_at_file(found, picture, part)
            while len(_remembered) > _REMEMBERED:
                del _remembered[next(iter(_remembered))]
        return _remembered[key]


def _look_at_file(found: Probe, picture: Picture, part: Excerpt) -> Glance:
    most = max(_PART_FRAMES, _PIXELS // (picture.width * picture.height))
    spans = _spans(len(part.pts), most)
    if found.container not in _SEEKABLE:
        spans = [(0, min(len(part.pts), most))]  # their indexes cannot be relied on
    runs: list[_Run] = []
    with suppress(NotReadable, av.error.FFmpegError):
        for first, end in spans:
            seen_s = runs[-1].times_s[-1] if runs else -1.0
            run = _run(found, picture, part, first=first, end=end)
            if len(run.times_s) and run.times_s[0] > seen_s:  # else the key frame before it is one that was seen already
                runs.append(run)
    return _judged(runs, float(1 / part.frame_rate), whole=spans == [(0, len(part.pts))] and bool(runs))


def glance_at_frames(source: Frames) -> Glance:
    """Look at a batch of frames, at every fourth pixel or less."""
    images, rate = source.images, float(source.frame_rate)
    runs = []
    spans = _spans(images.shape[0], _TENSOR_FRAMES)
    for first, end in spans:
        small = np.stack([_small_of_tensor(images[index]) for index in range(first, end)])
        runs.append(_Run(np.arange(first, end) / rate, small))
    return _judged(runs, 1 / rate, whole=len(spans) == 1)


def _spans(count: int, most: int) -> list[tuple[int, int]]:
    """Which of `count` pictures are looked at: all, or parts from all over, `most` in all."""
    if count <= most:
        return [(0, count)]
    parts = max(1, most // _PART_FRAMES)
    starts = np.linspace(0, count - _PART_FRAMES, parts).astype(int) if parts > 1 else [0]
    return [(int(start), int(start) + _PART_FRAMES) for start in starts]


def _run(found: Probe, picture: Picture, part: Excerpt, *, first: int, end: int) -> _Run:
    """As many pictures as there are from `first` to `end`, from there or the key frame before it on, as far as they belong to `part`."""
    times: list[float] = []
    small: list[Small] = []
    start, last = int(part.pts[first]), int(part.pts[end - 1])
    smaller = VideoReformatter()
    with opened(found.path) as container:
        stream = container.streams[picture.index]
        assert isinstance(stream, av.VideoStream)
        stream.codec_context.skip_frame = "NONREF"  # what no other picture builds on takes half of the time, and a cut is seen without it
        if start > picture.pts.min() and found.container in _SEEKABLE:
            container.seek(start, stream=stream)
        for frame in pictures(container, found.path.name, stream):
            if frame.pts is None or frame.pts < part.pts[0]:
                continue
            if frame.pts > last or len(small) == end - first:
                break
            grey = smaller.reformat(frame, width=_WIDTH, height=_HEIGHT, format="gray", interpolation="AREA")
            small.append(grey.to_ndarray().astype(np.float32).reshape(-1))
            times.append(float(frame.pts * picture.time_base - part.zero_s))
    return _Run(np.array(times), np.array(small, np.float32).reshape(len(small), _WIDTH * _HEIGHT))


def _small_of_tensor(image: Tensor) -> Small:
    """One picture [H, W, C], 0 to 1 or uint8, on any device."""
    height, width, _ = image.shape
    part = image[:: max(1, height // (4 * _HEIGHT)), :: max(1, width // (4 * _WIDTH)), :3]
    pixels = part.cpu().float() if image.is_floating_point() else part.cpu()
    grey = np.nan_to_num(pixels.numpy()).mean(axis=2, dtype=np.float32)
    if image.is_floating_point():
        grey = np.clip(grey, 0, 1) * 255
    rows, columns = (
        np.unique(np.linspace(0, side, cells, endpoint=False).astype(int)) for side, cells in zip(grey.shape, _GRID, strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1)
    counts = np.outer(np.diff(np.append(rows, grey.shape[0])), np.diff(np.append(columns, grey.shape[1])))
    return np.asarray(sums / counts, np.float32).reshape(-1)


def _judged(runs: list[_Run], frame_s: float, *, whole: bool) -> Glance:
    cuts = sorted(cut for run in runs for cut in _cuts_s(run))
    apart = [cut for index, cut in enumerate(cuts) if index == 0 or cut - cuts[index - 1] > _ONE_CUT_S]
    seen_s = sum(float(run.times_s[-1] - run.times_s[0]) + frame_s for run in runs)
    return Glance(cuts_s=tuple(apart), standing=_standing(runs), seen_s=seen_s, whole=whole)


def _cuts_s(run: _Run) -> Iterator[float]:
    """Leaps to another scene. A pan, a fade or noise change every picture as much as its neighbours; a flash goes back; light alone leaves
    the scene what it is."""
    small = _without_bars(run.pictures)
    leaps = np.abs(np.diff(small, axis=0)).mean(axis=1)
    for at in np.flatnonzero(leaps >= _LEAP).tolist():
        before, after = leaps[max(0, at - _AROUND) : at], leaps[at + 1 : at + 1 + _AROUND]
        calm = max([float(np.median(side)) for side in (before, after) if len(side)], default=0.0)
        if leaps[at] >= _CALM_TIMES * calm and _other_scene(small[at], small[at + 1], leaps[at]) and not _flash(small, at, leaps[at]):
            yield float(run.times_s[at + 1])


def _without_bars(small: Small) -> Small:
    """The pictures without black bars at their edges: those are alike in every scene, and would make all scenes alike."""
    if not len(small) or small.shape[1] != _HEIGHT * _WIDTH:
        return small
    cells = small.reshape(-1, _HEIGHT, _WIDTH)
    lit = cells.max(axis=0) > _BLACK
    rows, columns = (np.flatnonzero(lit.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return small
    return cells[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].reshape(len(cells), -1)


def _other_scene(old: Small, new: Small, leap: float) -> bool:
    if min(old.std(), new.std()) < _FLAT:
        return leap >= _LEAP_TO_FLAT  # an empty picture resembles nothing
    return float(np.corrcoef(old, new)[0, 1]) < _ALIKE


def _flash(small: Small, at: int, leap: float) -> bool:
    """Whether the picture before comes back at once, or the one after was there just before."""
    later, earlier = small[at + 2 : at + 2 + _FLASH_FRAMES], small[max(0, at - _FLASH_FRAMES) : at]
    back = [float(np.abs(picture - small[at]).mean()) for picture in later]
    back += [float(np.abs(picture - small[at + 1]).mean()) for picture in earlier]
    return min(back, default=leap) < _FLASH_SHARE * leap


def _standing(runs: list[_Run]) -> bool:
    """Whether nothing moves but noise: any moment is like all the rest, at every place."""
    small = np.concatenate([run.pictures for run in runs]) if runs else np.empty((0, 1), np.float32)
    if len(small) < _FEWEST:
        return False
    whole = len(small) // _MOMENT_FRAMES * _MOMENT_FRAMES
    moments = small[:whole].reshape(-1, _MOMENT_FRAMES, small.shape[1]).mean(axis=1)
    return float(np.abs(moments - moments.mean(axis=0)).max()) < _STILL
