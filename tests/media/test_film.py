"""Whether a download is all there, by its boxes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lipsync.media.film import check_film
from tests.media.clips import make_clip, tone


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


WHOLE = box(b"ftyp", b"isom\0\0\2\0") + box(b"moov", box(b"mvhd", bytes(20))) + box(b"mdat", bytes(50))


def reason(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is") as trouble:
        check_film(path)
    return str(trouble.value)


def test_a_whole_film_passes(tmp_path: Path) -> None:
    check_film(make_clip(tmp_path / "a.mp4", sound=tone(1.0)))
    (tmp_path / "b.mp4").write_bytes(WHOLE)
    check_film(tmp_path / "b.mp4")


def test_a_64_bit_box_passes(tmp_path: Path) -> None:
    large = (1).to_bytes(4, "big") + b"mdat" + (16 + 50).to_bytes(8, "big") + bytes(50)
    (tmp_path / "a.mp4").write_bytes(box(b"ftyp", bytes(8)) + box(b"moov", bytes(8)) + large)
    check_film(tmp_path / "a.mp4")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"<html><body>502 Bad Gateway</body></html>", "is not an MP4"),
        (b"abc", "is not an MP4"),
        (WHOLE[:-1], "is cut short"),
        (WHOLE + b"\0", "is cut short"),
        (box(b"ftyp", bytes(8)), "is cut short"),
        (box(b"ftyp", bytes(8)) + box(b"moov") + box(b"mdat", bytes(9)), "is cut short"),
        (box(b"ftyp", bytes(8)) + box(b"moov", bytes(9)), "is cut short"),
        (box(b"ftyp", bytes(8)) + box(b"moov", bytes(9)) + bytes(4) + b"mdat" + bytes(9), "is cut short"),
    ],
)
def test_anything_else_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    assert reason(tmp_path / "a.mp4", content) == why


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(WHOLE) - 1))
def test_every_beginning_of_a_film_is_told(tmp_path: Path, length: int) -> None:
    assert reason(tmp_path / "a.mp4", WHOLE[:length]) in ("is empty", "is not an MP4", "is cut short")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_a_film_or_a_reason(tmp_path: Path, content: bytes) -> None:
    assert reason(tmp_path / "a.mp4", content) in ("is empty", "is not an MP4", "is cut short")
