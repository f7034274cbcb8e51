"""A film that costs something to decode and to encode, as a camera's does: colours that move, and noise that never comes again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

FRAME_RATE = Fraction(25)
_NOISE = 12 / 255  # of a small sensor in a room: 21 Mbit/s at 1280x720
_BT709 = 1
_SPARE = 256  # each picture's noise is cut out of a larger field, elsewhere, which is ten times faster than to draw it anew


@dataclass(frozen=True)
class Shape:
    """How many pictures, how large."""

    count: int
    width: int
    height: int

    @property
    def tensor_bytes(self) -> int:
        """What they take as float32 RGB."""
        return self.count * self.height * self.width * 3 * 4

    @property
    def numbers(self) -> tuple[int, int, int]:
        return self.count, self.width, self.height

    def __str__(self) -> str:
        return f"{self.count} frames {self.width}x{self.height}"


def pictures(shape: Shape) -> Iterator[NDArray[np.float32]]:
    """The pictures, [H, W, 3] from 0 to 1, the same in every process."""
    random = np.random.default_rng(5)
    field = random.standard_normal((shape.height + _SPARE, shape.width + _SPARE, 3), np.float32) * np.float32(_NOISE)
    x, y = np.arange(shape.width, dtype=np.float32), np.arange(shape.height, dtype=np.float32)[:, None]
    for index in range(shape.count):
        moved = 2 * index
        across, down = np.sin((x + moved) / 200), np.sin((y + moved) / 170)
        top, left = random.integers(0, _SPARE, 2)
        picture = field[top : top + shape.height, left : left + shape.width] + np.float32(0.5)
        for channel, wave in enumerate((across, down, across * down)):
            picture[..., channel] += np.float32(0.35) * wave
        yield picture.clip(0, 1, out=picture)


def draw(path: Path, shape: Shape, *, crf: int = 23) -> None:
    """Write the film as a camera would: H.264, 4:2:0, BT.709, tagged."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE, options={"crf": str(crf), "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, _BT709, _BT709, _BT709
        for picture in pictures(shape):
            frame = VideoFrame.from_ndarray((picture * 255 + 0.5).astype(np.uint8), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
