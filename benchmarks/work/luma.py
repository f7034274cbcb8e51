"""How far a file's picture is from the pictures that it was made of."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ..noise import Shape, pictures

_BT709 = np.array([0.2126, 0.7152, 0.0722], np.float32)
_UNSPECIFIED, _BT601 = 2, (5, 6)
_FULL_RANGE = 2
_LUMA_OF_BT601 = (-0.11819, -0.21269)  # of Cb and of Cr in the luma of BT.709, when RGB was made Y'CbCr by BT.601


def psnr_db(path: Path, shape: Shape, *, untagged_is_bt601: bool = False) -> float:
    """Peak signal to noise of the luma (BT.709, 0 to 1) of what a right player shows of `path`, over all pictures.

    A right player takes an untagged picture of this size as BT.709; `untagged_is_bt601` sees it as its encoder meant it.
    """
    squares = count = 0
    with av.open(str(path)) as container:
        for frame, picture in zip(container.decode(video=0), pictures(shape), strict=True):
            difference = _luma(frame, untagged_is_bt601=untagged_is_bt601) - picture @ _BT709
            squares += float(np.square(difference, dtype=np.float64).sum())
            count += difference.size
    return 10 * math.log10(count / squares)


def _luma(frame: VideoFrame, *, untagged_is_bt601: bool) -> NDArray[np.float32]:
    low, luma_range, chroma_range = (0, 255, 255) if frame.color_range == _FULL_RANGE else (16, 219, 224)
    luma = (_plane(frame, 0) - low) / luma_range
    if frame.colorspace in _BT601 or (frame.colorspace == _UNSPECIFIED and untagged_is_bt601):
        for plane, share in zip((1, 2), _LUMA_OF_BT601, strict=True):
            chroma = (_plane(frame, plane) - 128) / chroma_range
            luma += share * chroma.repeat(2, axis=0).repeat(2, axis=1)[: frame.height, : frame.width]
    return luma.clip(0, 1)


def _plane(frame: VideoFrame, index: int) -> NDArray[np.float32]:
    """[H, W] of 0 to 255, without the padding of its lines."""
    plane = frame.planes[index]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width].astype(np.float32)
