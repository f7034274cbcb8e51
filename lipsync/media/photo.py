"""One picture from a file, and to a PNG file that says nothing but its pixels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch
from av.video.frame import VideoFrame
from torch import Tensor

from ..errors.media import NotReadable
from .pixels import eight_bit, out_of_range, over_black
from .probe import stored_orientation
from .streams import opened, pictures


def read_photo(path: Path) -> Tensor:
    """The picture in a JPEG, PNG, WebP, BMP or TIFF file, upright, as uint8 [H, W, C]. Raises NotReadable."""
    with opened(path, still=True) as container:
        frame = next(pictures(container, path.name, container.streams.video[0]), None)
        if frame is None:
            raise NotReadable(path.name, "is incomplete or cut short")
        alpha = any(component.is_alpha for component in frame.format.components)
        image = np.asarray(frame.to_ndarray(format="rgba" if alpha else "rgb24"))
        stored = stored_orientation(frame)
    if stored.sideways:
        image = image.transpose(1, 0, 2)
    right_to_left, upside_down = stored.a + stored.c < 0, stored.b + stored.d < 0
    return torch.from_numpy(image[:: -1 if upside_down else 1, :: -1 if right_to_left else 1].copy())


def write_photo(image: Tensor, path: Path) -> tuple[str, ...]:
    """Write `image` [H, W, C] as RGB, losslessly from its rounded 8 bits; return what had to be changed. Raises OSError."""
    pixels = eight_bit(over_black(image) if image.shape[2] == 4 else image).expand(-1, -1, 3).contiguous()
    height, width, _ = pixels.shape
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "rgb24", Fraction(1)
    frame = VideoFrame.from_ndarray(pixels.numpy(), format="rgb24")
    with path.open("wb") as file:
        for packet in (*encoder.encode(frame), *encoder.encode(None)):
            file.write(bytes(packet))
    not_numbers, beyond = out_of_range(image)
    said = {
        "alpha flattened over black": image.shape[2] == 4,
        "values that are not numbers made black": not_numbers,
        "values beyond 0 to 1 clamped": beyond,
    }
    return tuple(change for change, happened in said.items() if happened)
