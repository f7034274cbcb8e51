"""Judges of films: they decode, and believe no tag."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.media.clips import first_click_s, frame_times, number_of, read_frames, read_sound

UNTOUCHED = "The original file goes up, byte for byte."
COUNT = 25
RED, BLUE = (200, 60, 60), (60, 60, 200)


def numbers(path: Path) -> list[int]:
    return [number_of(image) for image in read_frames(path)]


def assert_film(path: Path, rate: Fraction | int = 25, *, count: int = COUNT) -> None:
    """Every frame once, at its exact time, in true colours, in a file that needs nothing more."""
    assert numbers(path) == list(range(count))
    assert frame_times(path) == [Fraction(index) / rate for index in range(count)]
    assert_colours(path)
    with av.open(str(path)) as container:
        assert set(container.metadata) <= {"major_brand", "minor_version", "compatible_brands"}
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == rate
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def assert_colours(path: Path, tolerance: int = 5) -> None:
    image = read_frames(path)[0].astype(int)
    height, width = image.shape[:2]
    for x, colour in ((width // 4, RED), (width * 3 // 4, BLUE)):
        assert np.abs(image[height * 3 // 4, x] - colour).max() <= tolerance


def assert_click(path: Path, at_s: float) -> None:
    wave, rate, start_s = read_sound(path)
    assert start_s == pytest.approx(0, abs=0.001)
    assert first_click_s(wave, rate) == pytest.approx(at_s, abs=0.002)


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]
