"""A MASK as the alpha of a film."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from torch import Tensor

from ..errors.media import MaskDoesNotFit
from .pixels import out_of_range

_OPAQUE = 1023  # ten bits


class Matte:
    """`mask` [T, H, W] or [H, W], 0 to 1, one picture for each of `frame_count` frames or one for all; alpha is 1 - mask, as in ComfyUI.

    Raises MaskDoesNotFit unless it has the frames' `size` (width, height).
    """

    def __init__(self, mask: Tensor, *, frame_count: int, size: tuple[int, int]) -> None:
        pictures = mask[None] if mask.ndim == 2 else mask
        if pictures.ndim != 3 or not (mask.is_floating_point() or mask.dtype == torch.bool):
            raise MaskDoesNotFit(f"its shape is {list(mask.shape)} and its values are {mask.dtype}")
        if len(pictures) not in (1, frame_count):
            raise MaskDoesNotFit(f"it has {len(pictures)} pictures, and the video {frame_count} frames")
        if (pictures.shape[2], pictures.shape[1]) != size:
            raise MaskDoesNotFit(f"it is {pictures.shape[2]}x{pictures.shape[1]}, and the video {size[0]}x{size[1]}")
        self._pictures = pictures.detach()
        self._tamed = False

    @property
    def changes(self) -> tuple[str, ...]:
        """What could not be kept, as short phrases; known at the end."""
        return ("mask clamped to 0 to 1",) * self._tamed

    def alpha(self, index: int, rows: slice = slice(None)) -> Tensor:
        """Some `rows` of the alpha of frame `index`, 0 to 1; what is not a number is opaque."""
        mask = self._pictures[index if len(self._pictures) > 1 else 0, rows].to(torch.float32)
        self._tamed |= any(out_of_range(mask))
        return 1 - torch.nan_to_num(mask, nan=0.0).clamp_(0, 1)

    def laid_over(self, pictures: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        """`pictures` ("yuva444p10le") with this as their alpha; its edge is repeated where they are larger."""
        for index, picture in enumerate(pictures):
            picture.make_writable()  # one that is shown for longer comes several times, and is still being encoded
            alpha = (self.alpha(index) * _OPAQUE).round_()
            height, width = alpha.shape
            target = samples_of(picture, 3)
            target[:height, :width] = alpha.cpu().numpy()
            repeat_edge(target, height, width)
            yield picture


def samples_of(picture: VideoFrame, plane: int, *, channels: int = 1) -> NDArray[np.uint16]:
    """The numbers of a plane of `picture`, of 10 or 16 bits, as [H, W] (of several `channels` [H, W, C]), to be written in place."""
    stored = picture.planes[plane]
    every: NDArray[np.uint16] = np.frombuffer(memoryview(stored), np.uint16)
    rows = every.reshape(stored.height, stored.line_size // 2)[:, : stored.width * channels]
    return rows if channels == 1 else rows.reshape(stored.height, stored.width, channels)


def repeat_edge(target: NDArray[np.uint16], height: int, width: int) -> None:
    """Repeat the last column and row of the upper left of `target` in what lies beyond."""
    target[:height, width:] = target[:height, width - 1 : width]
    target[height:] = target[height - 1 : height]
