"""Levels as they are: white is 1, and grey and alpha stand where they belong, in every kind of pixels. libav's own floats miss it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.media.test_decode import decode_frames

SIZE = 64
LIMITED, FULL = 1, 2


def write_flat(path: Path, pixel_format: str, colour_range: int, level: float, alpha: float = 1.0) -> None:
    """A lossless frame, grey of `level` all over, written into its planes as BT.709 has it; no library converts anything."""
    frame = av.VideoFrame(SIZE, SIZE, pixel_format)
    bits = frame.format.components[0].bits
    most = (1 << bits) - 1
    scale = 1 << (bits - 8)
    luma = most * level if frame.format.is_rgb or colour_range == FULL else scale * (16 + 219 * level)
    for index, plane in enumerate(frame.planes):
        value = most * alpha if index == 3 else luma if frame.format.is_rgb or index == 0 else 128 * scale
        np.frombuffer(memoryview(plane), np.uint8 if bits == 8 else np.uint16)[:] = round(value)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = SIZE, SIZE, pixel_format
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = colour_range, 1, 1, 1
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("level", [1.0, 0.2])
@pytest.mark.parametrize(
    ("pixel_format", "colour_range"),
    [
        ("yuv420p", LIMITED),
        ("yuv420p", FULL),
        ("yuv422p", LIMITED),
        ("yuv420p10le", LIMITED),
        ("yuv422p10le", FULL),
        ("yuv444p12le", LIMITED),
        ("gray", FULL),
        ("gbrp10le", FULL),
        ("gbrp16le", FULL),
        ("yuva420p", LIMITED),
        ("yuva444p10le", LIMITED),
    ],
)
def test_levels(tmp_path: Path, pixel_format: str, colour_range: int, level: float) -> None:
    write_flat(tmp_path / "a.mkv", pixel_format, colour_range, level)
    bits = 8 if pixel_format in ("yuv420p", "yuv422p", "gray", "yuva420p") else 10
    images = decode_frames(tmp_path / "a.mkv").images
    assert float(images.max()) <= 1
    # What a limited range of few bits can hold of the level, and a little for 16-bit sums.
    tolerance = 0.5 / 219 * (1 if bits == 8 else 0.25) + 0.0003
    assert images.numpy() == pytest.approx(level, abs=tolerance)
    if level == 1.0:
        assert images.numpy() == pytest.approx(1, abs=0.0003)


@pytest.mark.parametrize("pixel_format", ["yuva420p", "yuva444p10le"])
def test_alpha(tmp_path: Path, pixel_format: str) -> None:
    for alpha in (1.0, 0.2, 0.0):
        write_flat(tmp_path / "a.mkv", pixel_format, LIMITED, 0.6, alpha)
        film = decode_frames(tmp_path / "a.mkv")
        assert film.alpha.numpy() == pytest.approx(alpha, abs=0.001)
        assert film.images.numpy() == pytest.approx(0.6, abs=0.0025)
