"""One picture to a PNG file that says nothing but its pixels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from torch import Tensor

from .pixels import eight_bit, out_of_range, over_black


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
