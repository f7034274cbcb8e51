"""The alpha of a film, from a MASK or from RGBA frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from av.video.frame import VideoFrame
from torch import Tensor

from ..errors.media import MaskDoesNotFit
from .pixels import out_of_range, zero_to_one

_OPAQUE = 1023  # ten bits


class Matte:
    """`values` [T, H, W], one picture for each frame, or one for all: alpha, or `inverted` a mask, as ComfyUI has it."""

    def __init__(self, values: Tensor, *, inverted: bool) -> None:
        self._values = values.detach()
        self._inverted = inverted
        self._tamed = False

    @property
    def changes(self) -> tuple[str, ...]:
        """What of a mask could not be kept, as short phrases; known at the end."""
        return ("mask clamped to 0 to 1",) * (self._tamed and self._inverted)

    def laid_over(self, pictures: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        """`pictures` ("yuva444p10le") with this as their alpha, rounded; its edge is repeated where they are larger."""
        for index, picture in enumerate(pictures):
            picture.make_writable()  # one that is shown for longer comes several times, and is still being encoded
            alpha = self._alpha(index)
            height, width = alpha.shape
            plane = picture.planes[3]
            rows = np.frombuffer(memoryview(plane), np.uint16).reshape(plane.height, -1)[:, : plane.width]
            rows[:height, :width] = alpha.mul_(_OPAQUE).round_().cpu().numpy()
            rows[:height, width:] = rows[:height, width - 1 : width]
            rows[height:] = rows[height - 1]
            yield picture

    def _alpha(self, index: int) -> Tensor:
        """0 to 1; what is not a number in a mask is opaque."""
        values = zero_to_one(self._values[index if len(self._values) > 1 else 0])
        self._tamed |= any(out_of_range(values))
        tamed = torch.nan_to_num(values, nan=0.0).clamp_(0, 1)
        return 1 - tamed if self._inverted else tamed


def matte_of_mask(mask: Tensor, *, frame_count: int, size: tuple[int, int]) -> Matte:
    """A MASK [T, H, W] or [H, W], 0 to 1, for frames of this `size` (width, height). Raises MaskDoesNotFit."""
    pictures = mask[None] if mask.ndim == 2 else mask
    if pictures.ndim != 3 or not (mask.is_floating_point() or mask.dtype == torch.bool):
        raise MaskDoesNotFit(f"its shape is {list(mask.shape)} and its values are {mask.dtype}")
    if len(pictures) not in (1, frame_count):
        raise MaskDoesNotFit(f"it has {len(pictures)} pictures, and the video {frame_count} frames")
    if (pictures.shape[2], pictures.shape[1]) != size:
        raise MaskDoesNotFit(f"it is {pictures.shape[2]}x{pictures.shape[1]}, and the video {size[0]}x{size[1]}")
    return Matte(pictures, inverted=True)
