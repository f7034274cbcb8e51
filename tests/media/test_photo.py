"""Photos as cameras write them: upright, whatever else stands in the file."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from lipsync.media.photo import read_photo

_STORED = {
    1: lambda image: image,
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.transpose(1, 0, 2),
    6: lambda image: image[:, ::-1].transpose(1, 0, 2),
    7: lambda image: image[::-1, ::-1].transpose(1, 0, 2),
    8: lambda image: image[::-1].transpose(1, 0, 2),
}
"""How a camera stores an upright picture that it marks with each orientation of Exif (CIPA DC-008, tag 274), whose names say where its
row 0 and column 0 belong."""


def jpeg(path: Path, image: NDArray[np.uint8], orientation: int) -> Path:
    height, width, _ = image.shape
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuvj444p", Fraction(1)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24").reformat(format="yuvj444p")
    bare = b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
    directory = struct.pack(">HHHIHHI", 1, 0x112, 3, 1, orientation, 0, 0)
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + directory
    path.write_bytes(bare[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + bare[2:])
    return path


@pytest.mark.parametrize("orientation", _STORED)
def test_exif_tells_which_way_is_up(tmp_path: Path, orientation: int) -> None:
    upright = np.zeros((48, 64, 3), np.uint8)
    upright[:24, :32], upright[:24, 32:], upright[24:, :32], upright[24:, 32:] = 20, 90, 160, 230
    shown = read_photo(jpeg(tmp_path / "photo.jpg", _STORED[orientation](upright), orientation)).numpy()
    assert shown.shape == upright.shape
    assert np.abs(shown.astype(int) - upright)[8::16, 8::16].max() <= 6
