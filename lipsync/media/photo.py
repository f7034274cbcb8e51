"""One picture from a file, and to a PNG file that says nothing but its pixels."""

from __future__ import annotations

import warnings
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ..errors.media import AboveSize, NotReadable
from .pixels import eight_bit, out_of_range, over_black
from .streams import head_of

_LARGEST_SIDE = 8192  # of a square: 67 million pixels
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
_SPOILT = (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError, ZeroDivisionError)  # Pillow, of damaged files


def read_photo(path: Path) -> Tensor:
    """The picture in a JPEG, PNG, WebP, BMP or TIFF file, upright, as uint8 [H, W, 3 or 4]. By Pillow, as ComfyUI's Load Image has it.

    Raises NotReadable, AboveSize.
    """
    head_of(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong is told in a sentence or does not matter
            return torch.from_numpy(_read(path))
    except Image.DecompressionBombError:
        raise NotReadable(path.name, "claims to be larger than any photo") from None
    except UnidentifiedImageError:
        raise NotReadable(path.name, "is not a picture") from None
    except _SPOILT:
        raise NotReadable(path.name, "is incomplete or cut short") from None


def _read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path, formats=_FORMATS) as stored:
        if stored.width * stored.height > _LARGEST_SIDE**2:
            raise AboveSize(path.name, width=stored.width, height=stored.height, max_width=_LARGEST_SIDE, max_height=_LARGEST_SIDE)
        upright = ImageOps.exif_transpose(stored)
        return np.array(upright.convert("RGBA" if upright.has_transparency_data else "RGB"))


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
