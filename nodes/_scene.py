"""The picture that a speaker is chosen in: its size, its length, and any one frame of it, upright."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..lipsync.errors import FramePastEnd, InputRefused
from ..lipsync.media.pixels import eight_bit
from ..lipsync.media.sources import VideoFile
from ._comfy import Input
from ._lazy_video import LazyVideo
from ._sources import Sources


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`frame` gives the frame of a number, counted from 0, as uint8 [H, W, 3]."""

    frame_count: int
    width: int
    height: int
    frame: Callable[[int], NDArray[np.uint8]]

    def check_frame(self, number: int) -> None:
        """Raise FramePastEnd if there is no frame of this number."""
        if not 0 <= number < self.frame_count:
            raise FramePastEnd("The video", frame=number, count=self.frame_count)


def scene_of(sources: Sources, video: object, *, node: str) -> Scene | None:
    """What is to be seen in a VIDEO or an IMAGE; None without one, or where only the service will fetch it. Raises LipsyncError."""
    if video is None or isinstance(video, LazyVideo):
        return None
    if isinstance(video, torch.Tensor):
        return _of_tensor(sources.images(video))
    if not isinstance(video, Input.Video):
        raise InputRefused(node=node, input="video", value=type(video).__name__, allowed="a VIDEO or an IMAGE")
    film = sources.film(video)
    return _of_file(film) if isinstance(film, VideoFile) else _of_tensor(film.images)


def _of_file(film: VideoFile) -> Scene:
    from ..lipsync.media.decode import decode_frame, plan_decoding  # ComfyUI need not wait for the decoder at its start

    plan = plan_decoding(film)
    width, height = plan.picture.shown_size
    return Scene(frame_count=plan.frame_count, width=width, height=height, frame=lambda number: decode_frame(film, number))


def _of_tensor(images: torch.Tensor) -> Scene:
    count, height, width, _ = images.shape

    def frame(number: int) -> NDArray[np.uint8]:
        return np.asarray(eight_bit(images[number, ..., :3].expand(-1, -1, 3)).numpy())

    return Scene(frame_count=count, width=width, height=height, frame=frame)
