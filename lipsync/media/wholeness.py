"""Whether a file is all there, by the sizes that its container tells. Demuxers read a file that was cut short without a word."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from .boxes import Box, CutShort, boxes

_UNKNOWN_RIFF_SIZE = 0x7FFFF000  # this and more, and 0, are written by programs that stream and do not come back
_PER_FRAME = 0xF00  # flags of a fragment's table: duration, size, flags and offset of each frame
_MOST_RIFF_CHUNKS = 1000
_SEGMENT = b"\x18\x53\x80\x67"
_CLUSTER = b"\x1f\x43\xb6\x75"
_IN_SEGMENT = (
    _CLUSTER,
    *map(bytes.fromhex, ("114d9b74", "1549a966", "1654ae6b", "1c53bb6b", "1254c367", "1043a770", "1941a469", "ec", "bf")),
)
_IN_CLUSTER = tuple(map(bytes.fromhex, ("e7", "a3", "a0", "ab", "a7", "5854", "ec", "bf")))
_TS_PACKETS = ((188, 0), (192, 4))  # size and where the sync byte stands: of a broadcast, of a camera's or disc's
_TS_SYNC = b"\x47"
_GIF_EXTENSION, _GIF_PICTURE, _GIF_TRAILER = b"\x21", b"\x2c", b"\x3b"
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_MXF_PARTITION, _MXF_FOOTER = bytes.fromhex("060e2b34020501010d01020101"), b"\4"
_PS_PACK, _PS_END, _PS_LEAST = 0xBA, 0xB9, 0xBB
_TAIL_BYTES = 1 << 17  # a page of Ogg is shorter, and so are two packets of MPEG
_DV_FRAMES = (120_000, 144_000)  # of NTSC and PAL
_DIRECTORY = ("trak", "mdia", "minf", "stbl")
_HEAD_BYTES = 8


def is_whole(path: Path, container: str) -> bool:
    """False if the file `path` is known to end before its container does. `container` is libav's name of the format. Raises OSError."""
    check = next((check for names, check in _CHECKS if container in names), None)
    if check is None:
        return True
    with path.open("rb") as file:
        return check(file, file.seek(0, os.SEEK_END))


def _iso(file: BinaryIO, size: int) -> bool:
    """Boxes fill the file, with a directory and data. Less than a box's head after the last one is harmless."""
    found = _boxes_within(file, 0, size)
    if found is None:
        return False
    kinds = {box.kind for box in found}
    if "mdat" not in kinds or not kinds & {"moov", "moof"}:
        return False
    return all(_directory(file, box) if box.kind == "moov" else box.kind != "moof" or _has_room(file, box, size) for box in found)


def _directory(file: BinaryIO, holder: Box, below: tuple[str, ...] = _DIRECTORY) -> bool:
    """Its boxes fill it, and all have names: what was never downloaded is zeros."""
    found = _boxes_within(file, holder.body, holder.end)
    return found is not None and all(
        box.kind.isprintable() and (box.kind not in below[:1] or _directory(file, box, below[1:])) for box in found
    )


def _boxes_within(file: BinaryIO, start: int, end: int) -> list[Box] | None:
    found: list[Box] = []
    try:
        for box in boxes(file, start, end):
            found.append(box)
    except CutShort:
        if end - (found[-1].end if found else start) >= _HEAD_BYTES:
            return None
    return found


def _has_room(file: BinaryIO, moof: Box, size: int) -> bool:
    """Whether a fragment tells of no more frames than there is room for in its tables (ISO/IEC 14496-12 section 8.8.8) and in the file.

    libav reads what is missing as nothing, and looks at each for as long.
    """
    fragments = [box for box in _boxes_within(file, moof.body, moof.end) or () if box.kind == "traf"]
    for table in (table for fragment in fragments for table in _boxes_within(file, fragment.body, fragment.end) or ()):
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
        if not _chunks_named(file, start + 12, min(start + 8 + told, size)):
            return False
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


def _chunks_named(file: BinaryIO, start: int, end: int) -> bool:
    """Every chunk has a name: what was never downloaded is zeros."""
    while start + _HEAD_BYTES <= end:
        file.seek(start)
        head = file.read(_HEAD_BYTES)
        if not (head[:4].isascii() and head[:4].decode("ascii").isprintable()):
            return False
        told = int.from_bytes(head[4:], "little")
        start += _HEAD_BYTES + told + told % 2
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
    """The segment ends within the file, or does not tell its size, as in live recordings. Its parts are known ones to its end: what was
    never downloaded is zeros or what lay there before."""
    told, start = _ebml_size(file, 4)
    if told is None:
        return True
    start += told
    file.seek(start)
    if file.read(4) != _SEGMENT:
        return True
    told, start = _ebml_size(file, start + 4)
    if told is None:
        return True
    if start + told > size:
        return False
    last_cluster: tuple[int, int] | None = None
    for kind, body, end in _elements(file, start, start + told):
        if kind not in _IN_SEGMENT:
            return False
        if kind == _CLUSTER:
            last_cluster = body, end
    return last_cluster is None or all(kind in _IN_CLUSTER for kind, _, _ in _elements(file, *last_cluster))


def _elements(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, beginning and end of what each EBML element between `start` and `end` holds, as far as they tell their sizes."""
    while start < end:
        file.seek(start)
        first = file.read(1)
        kind = first + file.read(max(0, 8 - first[0].bit_length()) if first else 0)
        told, body = _ebml_size(file, start + len(kind))
        yield kind, body, end if told is None else body + told
        if told is None:
            return
        start = body + told


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
    """The last packet is whole and is one. What it is cut from has no end of its own: recorders stop anywhere."""
    for packet_bytes, sync_at in _TS_PACKETS:
        file.seek(sync_at)
        if file.read(1) == _TS_SYNC:
            file.seek(size - packet_bytes + sync_at)
            return size % packet_bytes == 0 and file.read(1) == _TS_SYNC
    return True


def _flv(file: BinaryIO, size: int) -> bool:
    """The last tag is as long as the file's last word says."""
    file.seek(size - 4)
    told = int.from_bytes(file.read(4), "big")
    if not 11 <= told <= size - 13:
        return False
    file.seek(size - 4 - told + 1)
    return int.from_bytes(file.read(3), "big") + 11 == told


def _asf(file: BinaryIO, size: int) -> bool:
    """The data end within the file. Source: ASF specification, sections 3.1 and 5.1."""
    file.seek(16)
    data_at = int.from_bytes(file.read(8), "little")
    if data_at > size:
        return False
    file.seek(data_at)
    return file.read(16) == _ASF_DATA and data_at + int.from_bytes(file.read(8), "little") <= size


def _mxf(file: BinaryIO, size: int) -> bool:
    """The footer stands where the header says; a file that is still being written says nowhere. Source: SMPTE ST 377-1 section 7.1."""
    file.seek(0)
    head = file.read(64)
    if not head.startswith(_MXF_PARTITION):
        return True
    body = 17 + (head[16] & 0x7F if head[16] & 0x80 else 0)  # behind the key and the length
    footer_at = int.from_bytes(head[body + 24 : body + 32], "big")
    if footer_at > size:
        return False
    file.seek(footer_at)
    return footer_at == 0 or file.read(len(_MXF_PARTITION) + 1) == _MXF_PARTITION + _MXF_FOOTER


def _mpeg(file: BinaryIO, size: int) -> bool:
    """The last packets follow each other to the file's end. Source: ISO/IEC 13818-1 section 2.5.3."""
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    at = tail.find(b"\0\0\1\xba")
    while 0 <= at < len(tail) and tail[at:].strip(b"\0"):
        head = tail[at : at + 14]
        if len(head) < 6 or head[:3] != b"\0\0\1" or head[3] < _PS_END:
            return False
        if head[3] >= _PS_LEAST:
            at += 6 + int.from_bytes(head[4:6], "big")
        elif head[3] == _PS_PACK:
            at += 12 if head[4] & 0xF0 == 0x20 else 14 + (head[-1] & 7)  # MPEG-1's, and MPEG-2's with stuffing
        else:
            at += 4
    return at <= len(tail)


def _ogg(file: BinaryIO, size: int) -> bool:
    """The last page is all there. Source: RFC 3533 section 6."""
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    page = tail[max(0, tail.rfind(b"OggS")) :]
    return len(page) > 27 and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])


def _dv(file: BinaryIO, size: int) -> bool:
    file.seek(3)
    return size % _DV_FRAMES[file.read(1) >= b"\x80"] == 0


def _gif(file: BinaryIO, size: int) -> bool:
    """Its blocks follow each other up to the trailer. Source: GIF89a, appendix A."""
    file.seek(10)
    _skip_colours(file)
    file.seek(2, os.SEEK_CUR)
    while (kind := file.read(1)) in (_GIF_EXTENSION, _GIF_PICTURE):
        if kind == _GIF_PICTURE:
            file.seek(8, os.SEEK_CUR)
            _skip_colours(file)
        file.seek(1, os.SEEK_CUR)  # the kind of extension, or the size of the first code
        while (length := file.read(1)) not in (b"", b"\0"):
            file.seek(length[0], os.SEEK_CUR)
    return kind == _GIF_TRAILER


def _skip_colours(file: BinaryIO) -> None:
    """Skip a byte of flags and the table of colours that it announces."""
    flags = int.from_bytes(file.read(1), "big")
    file.seek(3 << ((flags & 7) + 1) if flags & 0x80 else 0, os.SEEK_CUR)


_CHECKS: tuple[tuple[tuple[str, ...], Callable[[BinaryIO, int], bool]], ...] = (
    (("mov,mp4,m4a,3gp,3g2,mj2",), _iso),
    (("avi", "wav"), _riff),
    (("matroska,webm",), _matroska),
    (("mpegts",), _mpegts),
    (("gif",), _gif),
    (("flv",), _flv),
    (("asf",), _asf),
    (("mxf",), _mxf),
    (("mpeg",), _mpeg),
    (("ogg",), _ogg),
    (("dv",), _dv),
)
