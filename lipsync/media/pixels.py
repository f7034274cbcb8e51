"""Tensors of pictures as bytes: checked, rounded, and never more than a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from ..errors.media import BadFrames, NoFrames

CHANNELS = (1, 3, 4)
MAX_FRAME_RATE = 240
_CHUNK_BYTES = 8 << 20
NOTHING = "holds no picture: not one of its values is a number"
_FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
_HALF_STEP = 0.5 / 255  # beyond 0 to 1 by less than this, rounding lands on the same byte


def check_frames(what: str, images: Tensor, frame_rate: Fraction) -> None:
    """Raise NoFrames or BadFrames unless `images` is [T, H, W, C] with something in it. Looks at no pixel."""
    if images.ndim == 4 and images.numel() == 0:
        raise NoFrames(what)
    if images.ndim != 4 or images.shape[3] not in CHANNELS:
        raise BadFrames(what, f"is no batch of pictures: its shape is {list(images.shape)}")
    if images.dtype not in (*_FLOATS, torch.uint8, torch.bool):
        raise BadFrames(what, f"is no batch of pictures: its values are {images.dtype}")
    if not 0 < frame_rate <= MAX_FRAME_RATE:
        raise BadFrames(what, f"has {float(frame_rate):g} frames per second")


def chunks(images: Tensor) -> Iterator[Tensor]:
    """`images` in slices along its first axis, each small enough to be copied without being noticed."""
    frame_bytes = max(1, images[0].numel() * 4)
    step = max(1, _CHUNK_BYTES // frame_bytes)
    for start in range(0, images.shape[0], step):
        yield images[start : start + step]


def no_number(images: Tensor) -> bool:
    """Whether `images` holds nothing: a model that overflows in half precision makes each value NaN. Looks no further than the first chunk
    with a number."""
    return images.is_floating_point() and all(bool(chunk.isnan().all()) for chunk in chunks(images))


def eight_bit(images: Tensor) -> Tensor:
    """`images` as uint8 on the CPU, contiguous: 0 to 1 becomes 0 to 255, rounded; beyond is clamped, NaN counts as 0."""
    if images.dtype == torch.bool:
        bytes_ = images.to(torch.uint8) * 255
    elif images.dtype == torch.uint8:
        bytes_ = images
    else:  # in float32 whatever came, so that the same picture gives the same bytes in every type that can hold it
        levels = torch.nan_to_num(images.to(torch.float32), nan=0.0)  # a copy, so the rest may happen in place
        bytes_ = levels.clamp_(0, 1).mul_(255).round_().to(torch.uint8)
    return bytes_.cpu().contiguous()


def zero_to_one(images: Tensor) -> Tensor:
    """`images` as float32: whole numbers from 0 to 255 and yes or no become 0 to 1, floats stay what they are."""
    levels = images.to(torch.float32)
    return levels / 255 if images.dtype == torch.uint8 else levels


def over_black(images: Tensor) -> Tensor:
    """RGBA `images` [..., 4] (straight alpha, uint8 or 0 to 1) as RGB over black, 0 to 1."""
    values = zero_to_one(images)
    return values[..., :3] * values[..., 3:].clamp(0, 1)


def out_of_range(images: Tensor) -> tuple[bool, bool]:
    """Whether `images` holds values that are not numbers, and values beyond 0 to 1 by more than rounding forgives."""
    if images.dtype in (torch.uint8, torch.bool):
        return False, False
    # By numpy: torch wakes all its threads for it, and these wait for a core by keeping one busy while others encode.
    values = images.to("cpu", torch.float32).numpy()
    low, high = values.min(), values.max()
    not_numbers = bool(np.isnan(low))
    if not_numbers:
        low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
    return not_numbers, bool(low < -_HALF_STEP or high > 1 + _HALF_STEP)
