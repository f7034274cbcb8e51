"""Changes to the boxes of finished MP4 and MOV files, for what no muxer writes. Source: ISO/IEC 14496-12.

The directory must lie behind the data (no faststart), so that it may grow without moving what it points to.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

Change = Callable[[Path], None]
_DOWN = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
"""Boxes of which each lies in the one before, of the first track."""


def set_matrix(path: Path, matrix: tuple[int, int, int, int], track: int = 0) -> None:
    """The upper left of the display matrix of a track, as phones mark a turn."""
    data = bytearray(path.read_bytes())
    at = _offset(data, b"tkhd", track)
    at += 8 + 4 + (32 if data[at + 8] else 20) + 16
    a, b, c, d = (sign * 65536 for sign in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def edits(*segments: tuple[float, float | None], track: int = 0) -> Change:
    """An edit list of (length, from where in the track; None: nothing) in seconds. Where the first picture of a track is not at its
    0, as with B-frames, what the muxer wrote says by how much."""

    def change(path: Path) -> None:
        data = bytearray(path.read_bytes())
        movie, media = _scale(data, b"mvhd", 0), _scale(data, b"mdhd", track)
        old = _offset(data, b"elst", track) if data.count(b"elst") > track else None
        zero = 0 if old is None else max(0, struct.unpack_from(">i", data, old + 20)[0])
        rows = b"".join(
            struct.pack(">Iihh", round(length_s * movie), -1 if from_s is None else zero + round(from_s * media), 1, 0)
            for length_s, from_s in segments
        )
        lst = box(b"elst", bytes(4) + struct.pack(">I", len(segments)) + rows)
        trak = _offset(data, b"trak", track)
        if old is not None:
            edts = _offset(data, b"edts", track)
            _splice(data, edts, edts + _size(data, edts), box(b"edts", lst), (_offset(data, b"moov"), trak))
        else:
            at = _offset(data, b"tkhd", track)
            at += _size(data, at)
            _splice(data, at, at, box(b"edts", lst), (_offset(data, b"moov"), trak))
        path.write_bytes(data)

    return change


def tells_length(seconds: float, *, of: Sequence[bytes] = (b"mvhd", b"tkhd", b"mdhd")) -> Change:
    """Headers that lie: each of the boxes `of` (of the first track) tells this length."""

    def change(path: Path) -> None:
        data = bytearray(path.read_bytes())
        for kind in of:
            at = _offset(data, kind)
            scale = _scale(data, b"mdhd" if kind == b"mdhd" else b"mvhd", 0)
            where = at + (8 + 4 + 8 + 8 if kind == b"tkhd" else 8 + 4 + 8 + 4)
            struct.pack_into(">I", data, where, round(seconds * scale))
        path.write_bytes(data)

    return change


def planted(content: bytes, inside: bytes = b"") -> Change:
    """`content` (boxes) put at the end of the box `inside`, or of the file."""

    def change(path: Path) -> None:
        data = bytearray(path.read_bytes())
        if not inside:
            data += content
        else:
            at = _offset(data, inside)
            end = at + _size(data, at)
            _splice(data, end, end, content, [_offset(data, holder) for holder in _DOWN[: _DOWN.index(inside) + 1]])
        path.write_bytes(data)

    return change


def renamed(old: bytes, new: bytes) -> Change:
    """Every four letters `old` as `new`: a kind of box, a brand, a codec."""

    def change(path: Path) -> None:
        path.write_bytes(path.read_bytes().replace(old, new))

    return change


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def _scale(data: bytearray, header: bytes, nth: int) -> int:
    """Ticks per second, as `mvhd` or `mdhd` of version 0 tells them."""
    ticks: int = struct.unpack_from(">I", data, _offset(data, header, nth) + 8 + 4 + 8)[0]
    return ticks


def _offset(data: bytes | bytearray, kind: bytes, nth: int = 0) -> int:
    """Where the n-th box `kind` begins."""
    at = 3
    for _ in range(nth + 1):
        at = data.index(kind, at + 1)
    return at - 4


def _size(data: bytearray, at: int) -> int:
    size: int = struct.unpack_from(">I", data, at)[0]
    return size


def _splice(data: bytearray, start: int, end: int, content: bytes, holders: Sequence[int]) -> None:
    """Put `content` in place of what lies from `start` to `end`, within the boxes that begin at `holders`."""
    grown = len(content) - (end - start)
    for at in holders:
        struct.pack_into(">I", data, at, _size(data, at) + grown)
    data[start:end] = content
