"""A video to tensors: a range of it, at another size if need be, upright and in true colours, in one allocation filled in place."""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from torch import Tensor

from .. import host
from ..errors.media import FramePastEnd, TooManyFrames
from .audio import Block, file_track
from .encode import THE_FRAMES
from .pixels import check_frames, zero_to_one
from .playback import Excerpt, Shown, excerpt, picked, played, shown
from .probe import Picture, Probe, probe
from .sources import Frames, VideoFile
from .survey import moving_picture
from .true_size import true_size
from .upright import Form, Upright
from .work import Progress, Stop, Work

_MOST_WORKERS = min(8, os.cpu_count() or 1)
_ROWS_AT_ONCE = 128  # so few that they are still in the cache when their next channel comes
_IN_HAND_BYTES = 96 << 20  # of pictures that are made and not yet in their place
_SAMPLE_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which pictures, and how large: from `start_frame` on every `every_nth`, `frame_count` of them at most (0: to the end).

    A picture whose longer side has more than `longest_side` pixels (0: as they are) is scaled down to it.
    """

    start_frame: int = 0
    frame_count: int = 0
    every_nth: int = 1
    longest_side: int = 0

    def count(self, what: str, available: int) -> int:
        """How many pictures of `available` these are. Raises FramePastEnd."""
        if not 0 <= self.start_frame < available:
            raise FramePastEnd(what, frame=self.start_frame, count=available)
        rest = math.ceil((available - self.start_frame) / self.every_nth)
        return min(rest, self.frame_count or rest)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size of pictures of this size."""
        longest = max(width, height)
        if not 0 < self.longest_side < longest:
            return width, height
        return max(1, round(width * self.longest_side / longest)), max(1, round(height * self.longest_side / longest))


EVERYTHING = Selection()


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """`images` [T, H, W, 3] float32, 0 to 1, or uint8; `alpha` [T, H, W] of the same kind, None where all is opaque; `waveform` [C, S]
    float32, sample 0 at frame 0, None where there is no sound."""

    images: Tensor
    alpha: Tensor | None
    frame_rate: Fraction
    waveform: Tensor | None
    sample_rate: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoding:
    """What is to be decoded, and what it will need; nothing is allocated yet. `width` and `height` are those of the result."""

    source: VideoFile
    found: Probe
    picture: Picture
    part: Excerpt
    crop: tuple[int, int]
    width: int
    height: int

    @property
    def frame_count(self) -> int:
        return self.part.frame_count

    @property
    def channels(self) -> int:
        return 4 if self.picture.has_alpha else 3

    def needed_bytes(self, dtype: torch.dtype = torch.float32) -> int:
        """Memory for the pictures, their alpha and the sound."""
        sound, part = self.found.sound, self.part
        samples = 0.0
        if sound is not None:
            end_s = sound.end_s if part.end_s is None else float(part.end_s)
            samples = max(0.0, end_s - float(part.zero_s)) * sound.sample_rate * sound.channels
        return self.frame_count * self.height * self.width * self.channels * dtype.itemsize + round(samples) * _SAMPLE_BYTES


def plan_decoding(source: VideoFile, selection: Selection = EVERYTHING) -> Decoding:
    """Look at `source` without decoding it; a varying rate is made constant. Raises MediaRefused."""
    found = probe(source.path)
    picture = moving_picture(found)
    part = excerpt(source, found, picture)
    count = selection.count(source.path.name, part.frame_count)
    if count < part.frame_count:
        part = picked(part, start=selection.start_frame, count=count, every_nth=selection.every_nth)
    crop = true_size(found, picture)
    width, height = selection.size(*crop)
    return Decoding(source=source, found=found, picture=picture, part=part, crop=crop, width=width, height=height)


def decode(plan: Decoding, *, progress: Progress, cancelled: Stop, dtype: torch.dtype = torch.float32) -> Decoded:
    """The pictures and the sound of `plan`, float32 or uint8. Raises TooManyFrames if they do not fit into memory, MediaRefused,
    Cancelled."""
    name = plan.source.path.name
    check_memory(name, plan.needed_bytes(dtype))
    shape = (plan.frame_count, plan.height, plan.width)
    try:
        images = torch.empty((*shape, 3), dtype=dtype)
        alpha = torch.empty(shape, dtype=dtype) if plan.picture.has_alpha else None
    except RuntimeError:  # torch has no kind of its own for it on the CPU
        raise TooManyFrames(name, size_bytes=plan.needed_bytes(dtype)) from None
    work = Work("Decoding the video", plan.frame_count, progress=progress, cancelled=cancelled)
    # Written through numpy: inside ComfyUI's inference mode no other thread may write a tensor. Not allocated by it: it asks for large
    # pages, which took two to seven times as long to be touched first on a virtual machine.
    _fill(plan, images.numpy(), None if alpha is None else alpha.numpy(), work)
    waveform, sample_rate = _sound(plan, work)
    return Decoded(images=images, alpha=alpha, frame_rate=plan.part.frame_rate, waveform=waveform, sample_rate=sample_rate)


def decode_frame(source: VideoFile, frame_number: int) -> NDArray[np.uint8]:
    """Exactly the frame `frame_number` of what goes up of `source`, upright, as [H, W, 3]. Raises FramePastEnd, MediaRefused."""
    plan = plan_decoding(source, Selection(start_frame=frame_number, frame_count=1))
    frame = next(played(source.path, plan.picture, plan.part, Form(pixel_format="rgb24")))
    return np.asarray(frame.to_ndarray(), np.uint8)


def select_frames(frames: Frames, selection: Selection = EVERYTHING) -> Decoded:
    """The same of pictures that are tensors already; floats are shared, not copied, unless they must be scaled.

    Raises FramePastEnd, TooManyFrames, NoFrames, BadFrames.
    """
    check_frames(THE_FRAMES, frames.images, frames.frame_rate)
    available, full_height, full_width, channels = frames.images.shape
    count, every = selection.count(THE_FRAMES, available), selection.every_nth
    start = selection.start_frame
    images = frames.images.detach()[start : start + count * every : every]
    width, height = selection.size(full_width, full_height)
    scaled = (width, height) != (full_width, full_height)
    if scaled or not images.is_floating_point():
        check_memory(THE_FRAMES, 4 * count * height * width * channels)
        images = _scaled(images, width, height) if scaled else zero_to_one(images)
    waveform, sample_rate = frames.waveform, frames.sample_rate
    if waveform is not None and sample_rate is not None:
        first, end = (round(frame / frames.frame_rate * sample_rate) for frame in (start, start + count * every))
        waveform = waveform[:, first : end if start + count * every < available else None]
    return Decoded(
        images=images[..., :3].expand(-1, -1, -1, 3),
        alpha=images[..., 3] if channels == 4 else None,
        frame_rate=frames.frame_rate / every,
        waveform=waveform if waveform is not None and waveform.shape[1] else None,
        sample_rate=sample_rate,
    )


def check_memory(what: str, needed_bytes: int) -> None:
    """Raise TooManyFrames if `needed_bytes` are not free, as far as the operating system tells."""
    free_bytes = host.free_memory_bytes()
    if free_bytes is not None and needed_bytes > free_bytes:
        raise TooManyFrames(what, size_bytes=needed_bytes, free_bytes=free_bytes)


def _fill(plan: Decoding, images: NDArray[Any], alpha: NDArray[Any] | None, work: Work) -> None:
    """Each picture into its place, as several threads make it of what the decoder gives. They are a few pictures behind it at most."""
    workers = max(1, min(_MOST_WORKERS, _IN_HAND_BYTES // (images[0].nbytes * plan.channels // 3)))
    threads = max(1, (os.cpu_count() or 1) // workers)
    own = threading.local()

    def put(one: Shown) -> None:
        if not hasattr(own, "upright"):
            own.upright = Upright(plan.source.path.name, plan.picture, _form(plan, images.dtype), threads=threads)
        *colours, opaque = _planes(own.upright.made(one.frame))
        full_colour, full_alpha = own.upright.full
        _put(colours, images[one.start], full_colour)
        images[one.start + 1 : one.end] = images[one.start]
        if alpha is not None and opaque is not None:
            _put([opaque], alpha[one.start, ..., None], full_alpha)
            alpha[one.start + 1 : one.end] = alpha[one.start]

    with ThreadPoolExecutor(workers, thread_name_prefix="lipsync-frames") as pool:
        under_way: deque[Future[None]] = deque()
        for one in shown(plan.source.path, plan.picture, plan.part):
            work.done(one.start)
            under_way.append(pool.submit(put, one))
            if len(under_way) > workers:
                under_way.popleft().result()
        for last in under_way:
            last.result()
    work.done(len(images))


def _form(plan: Decoding, dtype: np.dtype[Any]) -> Form:
    planes = "gbrap" if plan.picture.has_alpha else "gbrp"
    return Form(
        pixel_format=planes if dtype == np.uint8 else f"{planes}f32le",
        crop=None if plan.crop == plan.picture.shown_size else plan.crop,
        size=None if plan.crop == (plan.width, plan.height) else (plan.width, plan.height),
        alpha=plan.picture.has_alpha,
    )


def _put(planes: Sequence[NDArray[Any]], target: NDArray[Any], full: float) -> None:
    """Planes [H, W] into the channels of `target` [H, W, C], from 0 to `full` brought to 0 to 1."""
    for top in range(0, len(target), _ROWS_AT_ONCE):
        rows = slice(top, top + _ROWS_AT_ONCE)
        for channel, plane in enumerate(planes):
            if plane.dtype == np.uint8:
                target[rows, :, channel] = plane[rows]
            else:  # no factor: what is full must come out as 1
                np.divide(plane[rows], np.float32(full), out=target[rows, :, channel])
        if target.dtype != np.uint8:
            np.clip(target[rows], np.float32(0), np.float32(1), out=target[rows])


def _planes(frame: VideoFrame) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any] | None]:
    """Red, green, blue and alpha, if it has any, of a planar `frame`, each [H, W], without copying them."""
    kind: type[Any] = np.uint8 if frame.format.components[0].bits == 8 else np.float32
    rows = (np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)[:, : plane.width] for plane in frame.planes)
    green, blue, red, *alpha = rows
    return red, green, blue, alpha[0] if alpha else None


def _sound(plan: Decoding, work: Work) -> tuple[Tensor | None, int | None]:
    """The sound from the first picture on, to the end of the last one; None where there is none."""
    sound, part = plan.found.sound, plan.part
    if sound is None or sound.end_s <= part.zero_s:
        return None, None
    end_s = None if part.end_s is None else float(part.end_s)
    track = file_track(plan.source.path, sound, start_s=float(part.zero_s), end_s=end_s)
    blocks: deque[Block] = deque()
    for block in track.blocks:
        work.look()
        blocks.append(block)
    waveform = np.empty((track.channels, sum(map(len, blocks))), np.float32)
    at = 0
    while blocks:  # each is let go when it is in its place, so that hardly any sound is held twice
        block = blocks.popleft()
        waveform[:, at : at + len(block)] = block.T
        at += len(block)
    return (torch.from_numpy(waveform), track.sample_rate) if at else (None, None)


def _scaled(images: Tensor, width: int, height: int) -> Tensor:
    scaled = torch.empty((images.shape[0], height, width, images.shape[3]), dtype=torch.float32)
    for image, target in zip(images, scaled, strict=True):
        planes = zero_to_one(image).cpu().movedim(-1, 0)[None]
        small = torch.nn.functional.interpolate(planes, (height, width), mode="bicubic", antialias=True)
        target.copy_(small[0].movedim(0, -1).clamp_(0, 1))
    return scaled
