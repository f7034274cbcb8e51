"""Whether a file is all there, by the sizes that its container tells. Demuxers read a file that was cut short without a word."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .boxes import Box, CutShort, boxes

_UNKNOWN_RIFF_SIZE = 0x7FFFF000  # this and more, and 0, are written by programs that stream and do not come back
_PER_FRAME = 0xF00  # flags of a fragment's table: duration, size, flags and offset of each frame
_MOST_RIFF_CHUNKS = 1000
_SEGMENT = b"\x18\x53\x80\x67"
_TS_PACKET_BYTES = 188


def is_whole(path: Path, container: str) -> bool:
    """False if the file `path` is known to end before its container does. `container` is libav's name of the format. Raises OSError."""
    check = next((check for names, check in _CHECKS if container in names), None)
    if check is None:
        return True
    with path.open("rb") as file:
        return check(file, file.seek(0, os.SEEK_END))


def _iso(file: BinaryIO, size: int) -> bool:
    """Boxes fill the file, with a directory and data. Less than a box's head after the last one is harmless."""
    kinds: set[str] = set()
    end = 0
    try:
        for box in boxes(file):
            kinds.add(box.kind)
            end = box.end
            if box.kind == "moof" and not _has_room(file, box, size):
                return False
    except CutShort:
        if size - end >= 8:
            return False
    return "mdat" in kinds and ("moov" in kinds or "moof" in kinds)


def _has_room(file: BinaryIO, moof: Box, size: int) -> bool:
    """Whether a fragment tells of no more frames than there is room for in its tables (ISO/IEC 14496-12 section 8.8.8) and in the file.

    libav reads what is missing as nothing, and looks at each for as long.
    """
    tables = (table for traf in boxes(file, moof.body, moof.end) if traf.kind == "traf" for table in boxes(file, traf.body, traf.end))
    for table in tables:
        if table.kind == "trun":
            file.seek(table.body)
            head = file.read(8)
            flags, count = int.from_bytes(head[1:4], "big"), int.from_bytes(head[4:], "big")
            if count > size or 8 + 4 * count * bin(flags & _PER_FRAME).count("1") > table.end - table.body:
                return False
    return True


def _riff(file: BinaryIO, size: int) -> bool:
    """Each RIFF chunk (a long AVI has several) ends within the file."""
    start = 0
    while start + 12 <= size:
        file.seek(start)
        head = file.read(12)
        told = int.from_bytes(head[4:8], "little")
        if head[:4] != b"RIFF":
            return start > 0
        if not 0 < told < _UNKNOWN_RIFF_SIZE:
            return True
        start += 8 + told + told % 2
    return start <= size + 1  # a pad byte at the very end is often left out


def riff_tags_fit(path: Path) -> bool:
    """Whether the tags of a WAV or AVI file are no longer than the file; libav makes room for whatever they tell. Raises OSError."""
    with path.open("rb") as file:
        size, at, tags_end = file.seek(0, os.SEEK_END), 12, 0
        for _ in range(_MOST_RIFF_CHUNKS):
            file.seek(at)
            head = file.read(12)
            told = int.from_bytes(head[4:8], "little")
            if len(head) < 8:
                return True
            if head[:4] == b"LIST":
                tags_end = at + 8 + told if head[8:] == b"INFO" else 0
                at += 12
            elif at < tags_end and told > size:
                return False
            else:
                at += 8 + told + told % 2
    return True


def riff_chunks(path: Path) -> set[str]:
    """The kinds of the chunks of a WAV file, of its first ones where it has more than any needs. Raises OSError."""
    kinds: set[str] = set()
    with path.open("rb") as file:
        at = 12
        for _ in range(_MOST_RIFF_CHUNKS):  # silence after a chunk that tells no length reads as a chunk every eight bytes
            file.seek(at)
            head = file.read(8)
            if not head:
                break
            kinds.add(head[:4].decode("latin-1"))
            told = int.from_bytes(head[4:8], "little")
            at += 8 + told + told % 2
    return kinds


def riff_tells_its_length(path: Path) -> bool:
    """Whether the size in a WAV file's head is that of the file. Raises OSError."""
    with path.open("rb") as file:
        told = int.from_bytes(file.read(8)[4:], "little")
        return abs(file.seek(0, os.SEEK_END) - 8 - told) <= 1


def _matroska(file: BinaryIO, size: int) -> bool:
    """The segment ends within the file, or does not tell its size, as in live recordings."""
    file.seek(4)
    told, start = _ebml_size(file, 4)
    if told is None:
        return True
    start += told
    file.seek(start)
    if file.read(4) != _SEGMENT:
        return True
    told, start = _ebml_size(file, start + 4)
    return told is None or start + told <= size


def _ebml_size(file: BinaryIO, at: int) -> tuple[int | None, int]:
    """A variable-length size (RFC 8794 section 4) at `at`, None if it is "unknown", and the offset behind it."""
    file.seek(at)
    first = file.read(1)
    if not first or first == b"\0":
        return None, at
    length = 9 - first[0].bit_length()
    bits = 7 * length
    value = int.from_bytes(first + file.read(length - 1), "big") & ((1 << bits) - 1)
    return (None if value == (1 << bits) - 1 else value), at + length


def _mpegts(file: BinaryIO, size: int) -> bool:
    file.seek(0)
    return file.read(1) != b"\x47" or size % _TS_PACKET_BYTES == 0


def _gif(file: BinaryIO, size: int) -> bool:
    file.seek(max(0, size - 16))
    return b"\x3b" in file.read(16)  # the trailer; some writers pad behind it


_CHECKS: tuple[tuple[tuple[str, ...], Callable[[BinaryIO, int], bool]], ...] = (
    (("mov,mp4,m4a,3gp,3g2,mj2",), _iso),
    (("avi", "wav"), _riff),
    (("matroska,webm",), _matroska),
    (("mpegts",), _mpegts),
    (("gif",), _gif),
)
