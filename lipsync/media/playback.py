"""The pictures of a file as they are to be seen: from one moment to another, upright, at a constant rate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ..errors.media import NotReadable, TrimPastEnd
from .filters import Filters
from .probe import Picture, Probe
from .sources import VideoFile
from .streams import MATROSKA, MP4, MPEG_TS, opened, pictures
from .upright import Form, Upright

_SEEKABLE = (MP4, MATROSKA)  # whose indexes can be relied on
_WORTH_SEEKING_S = 2
_HONEST_S = 0.1
_FORGIVEN_AT_END = 2
_NEXT_TICK = 1e-6  # what is so close to it is at it: 0.96 + 0.2 is less than 29 / 25, and AVI's clock counts frames
LONGEST_HOLD_S = 600  # a picture that stands longer is a broken timestamp, and would fill the disk


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """Part of a file's picture. `pts` ascend; frame i is shown from slot `slots[i]` up to `slots[i + 1]` of a constant `frame_rate`.

    `zero_s` is the time, on the file's clock, of slot 0; `end_s` is where its sound ends, None for the end of the file.
    """

    pts: NDArray[np.int64]
    slots: NDArray[np.int64]
    frame_rate: Fraction
    zero_s: Fraction
    end_s: Fraction | None

    @property
    def frame_count(self) -> int:
        return int(self.slots[-1])

    @property
    def duration_s(self) -> Fraction:
        return self.frame_count / self.frame_rate


def excerpt(source: VideoFile, probe: Probe, picture: Picture) -> Excerpt:
    """What `source` shows of `picture`, trimmed as ComfyUI trims: frames whose timestamp lies in the window.

    Raises TrimPastEnd, and NotReadable if its times cannot be.
    """
    pts, time_base, rate = np.sort(picture.pts), picture.time_base, picture.frame_rate
    first, end = _window(source, probe, picture)
    shown = pts[(pts >= first) & (pts < end)]
    if end <= pts[0]:
        raise NotReadable(source.path.name, "shows nothing yet in the part that it is trimmed to")
    if not len(shown) and (picture.constant or first > pts[-1]):
        length_s = picture.end_s - (picture.start_s if probe.container in MPEG_TS else 0)
        raise TrimPastEnd(source.path.name, start_s=source.start_s, length_s=float(length_s))
    if picture.constant:
        zero_s = int(shown[0]) * time_base
        slots = np.arange(len(shown) + 1)
    else:
        zero = first if source.trimmed else int(pts[0])
        zero_s = zero * time_base
        before = pts[pts < zero][-1:]  # still on the screen when the window opens
        shown = np.concatenate([before, shown])
        end_s = min(picture.end_s, end * time_base)
        total = max(1, round((end_s - zero_s) * rate))
        slots = np.append(np.floor((np.maximum(shown, zero) - zero) * float(time_base * rate) + 0.5).astype(np.int64), total)
        slots = np.minimum(np.maximum.accumulate(slots), total)
        slots[0] = 0
    if np.diff(slots).max() > LONGEST_HOLD_S * rate:
        raise NotReadable(source.path.name, "is damaged: its timestamps jump")
    return Excerpt(
        pts=shown,
        slots=slots,
        frame_rate=rate,
        zero_s=zero_s,
        end_s=zero_s + int(slots[-1]) / rate if source.duration_s else None,
    )


def _window(source: VideoFile, probe: Probe, picture: Picture) -> tuple[int, int]:
    """First timestamp and the one after the last, in the picture's clock."""
    clock = float(picture.time_base)
    # Broadcast formats start their clock anywhere; all others at the film's beginning, however late the first frame comes.
    origin = int(picture.pts.min()) if probe.container in MPEG_TS else 0
    start_s = source.start_s
    if start_s < 0:
        told, length_s = probe.told_duration_s, float(picture.end_s - origin * picture.time_base)
        if origin == 0 and told is not None and abs(told - probe.end_s) < _HONEST_S:
            length_s = told  # what ComfyUI counts from, unless it is a lie
        start_s = max(0.0, length_s + start_s)
    first = origin + int(start_s / clock + _NEXT_TICK) if source.trimmed else int(picture.pts.min())
    end = math.ceil(picture.end_s / picture.time_base)
    if source.duration_s:
        end = origin + int((start_s + source.duration_s) / clock + _NEXT_TICK)
    return first, end


def picked(part: Excerpt, *, start: int, count: int, every_nth: int) -> Excerpt:
    """`count` pictures of `part`: the one in slot `start` and every n-th after it, at the rate that keeps their pace."""
    slots = start + np.arange(count) * every_nth
    shown = np.searchsorted(part.slots, slots, side="right") - 1
    kept, repeats = np.unique(shown, return_counts=True)
    zero_s = part.zero_s + start / part.frame_rate
    to_the_end = start + count * every_nth >= part.frame_count
    return Excerpt(
        pts=part.pts[kept],
        slots=np.concatenate([[0], np.cumsum(repeats)]),
        frame_rate=part.frame_rate / every_nth,
        zero_s=zero_s,
        end_s=part.end_s if to_the_end else zero_s + count * every_nth / part.frame_rate,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """A decoded picture as it is stored, but progressive, and the slots in which it is seen: from `start` up to `end`."""

    frame: VideoFrame
    start: int
    end: int


def shown(path: Path, picture: Picture, part: Excerpt) -> Iterator[Shown]:
    """The pictures of `part`, which fill all its slots. Raises NotReadable where the picture breaks off before the end."""
    done = 0
    last: VideoFrame | None = None
    for frame in _progressive(path, picture, part):
        index = int(np.searchsorted(part.pts, frame.pts or 0, side="right")) - 1
        end = int(part.slots[index + 1])
        if end > done:
            yield Shown(frame=frame, start=done, end=end)
        done, last = max(done, end), frame
    if last is None or done < part.frame_count - _FORGIVEN_AT_END:
        raise NotReadable(path.name, "is damaged: its picture breaks off")
    if done < part.frame_count:
        yield Shown(frame=last, start=done, end=part.frame_count)


def played(path: Path, picture: Picture, part: Excerpt, form: Form) -> Iterator[VideoFrame]:
    """The pictures of `part` in `form`, one for every slot. One may come several times over. Raises NotReadable."""
    upright = Upright(path.name, picture, form)
    for one in shown(path, picture, part):
        frame = upright.made(one.frame)
        for _ in range(one.start, one.end):
            yield frame


def _progressive(path: Path, picture: Picture, part: Excerpt) -> Iterator[VideoFrame]:
    """The pictures of `part`; interlaced ones are made of their fields with the help of those on either side, in a range as in the whole
    film."""
    first, end = int(part.pts[0]), int(part.pts[-1])
    before, after = _neighbours(picture, first, end) if picture.interlaced else (first, end)
    wanted = set(part.pts[np.diff(part.slots) > 0].tolist())
    weave: Filters | None = None
    for frame in takewhile(lambda frame: frame.pts is None or frame.pts <= after, _decoded(path, picture, before)):
        if frame.pts is None or frame.pts < before:
            continue
        if weave is None and frame.interlaced_frame:  # a broadcast may become interlaced on the way
            weave = Filters(path.name, picture.time_base, lambda _: [("bwdif", {"mode": "send_frame", "deint": "interlaced"})])
        if weave is not None:
            yield from _within(first, end, weave.push(frame))
        elif frame.pts in wanted:
            yield frame
    if weave is not None:
        yield from _within(first, end, weave.flush())


def _neighbours(picture: Picture, first: int, end: int) -> tuple[int, int]:
    """The times of the pictures before `first` and after `end`, or of these where there are none."""
    pts = picture.pts
    return int(np.max(pts[pts < first], initial=pts.min())), int(np.min(pts[pts > end], initial=pts.max()))


def _within(first: int, end: int, frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    return (frame for frame in frames if frame.pts is not None and first <= frame.pts <= end)


def _decoded(path: Path, picture: Picture, first: int) -> Iterator[VideoFrame]:
    """Decoded pictures, from some moment before `first` or at it."""
    far = (first - int(picture.pts.min())) * picture.time_base > _WORTH_SEEKING_S
    for seek in (True, False) if far else (False,):
        with opened(path) as container:
            if seek and container.format.name not in _SEEKABLE:
                continue
            stream = container.streams[picture.index]
            assert isinstance(stream, av.VideoStream)
            if seek:
                container.seek(first, stream=stream)
            frames = pictures(container, path.name, stream)
            head = next(frames, None)
            if seek and (head is None or head.pts is None or head.pts > first):
                continue  # an index that does not keep its word: from the beginning, then
            if head is not None:
                yield head
            yield from frames
        return
