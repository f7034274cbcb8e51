"""A file to tensors: one allocation of the final size, filled in place, in time order, upright and in true colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors.media import TooManyFrames
from .audio import file_track
from .playback import excerpt, played
from .probe import probe
from .sources import VideoFile
from .survey import moving_picture


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """`images` [T, H, W, 3] float32, 0 to 1; `waveform` [C, S] float32, sample 0 at frame 0, None where the file has no sound."""

    images: Tensor
    frame_rate: Fraction
    waveform: Tensor | None
    sample_rate: int | None


def decode_frames(path: Path) -> Decoded:
    """All of the pictures and the sound of the file `path`; a varying rate is made constant. Raises MediaRefused."""
    found = probe(path)
    picture = moving_picture(found)
    part = excerpt(VideoFile(path=path), found, picture)
    width, height = picture.shown_size
    shape = (part.frame_count, height, width, 3)
    try:
        images = torch.empty(shape, dtype=torch.float32)
    except RuntimeError:  # torch has no kind of its own for it on the CPU
        raise TooManyFrames(path.name, size_bytes=4 * math.prod(shape)) from None
    deep = picture.bit_depth > 8
    levels = 65535 if deep else 255
    for image, frame in zip(images, played(path, picture, part, "rgb48le" if deep else "rgb24"), strict=True):
        image.copy_(torch.from_numpy(np.asarray(frame.to_ndarray(), np.float32)))
        image.div_(levels)
    if found.sound is None:
        return Decoded(images=images, frame_rate=part.frame_rate, waveform=None, sample_rate=None)
    track = file_track(path, found.sound, start_s=float(part.zero_s))
    blocks = list(track.blocks)
    waveform = torch.from_numpy(np.concatenate(blocks).T.copy())
    return Decoded(images=images, frame_rate=part.frame_rate, waveform=waveform, sample_rate=track.sample_rate)
