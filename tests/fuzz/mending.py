"""Checksums made right again, so that what was changed inside gets past the door and deep into the demuxer."""

from __future__ import annotations

import struct
import zlib

from tests.fuzz.structure import parts_of

_TS_BYTES = 188


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    return table


_TABLE = _table()


def _crc(data: bytes, value: int) -> int:
    """The checksum of Ogg pages and of MPEG's tables, which begin with another `value` each."""
    for byte in data:
        value = (value << 8 & 0xFFFFFFFF) ^ _TABLE[value >> 24 ^ byte]
    return value


def mended(data: bytes) -> bytes:
    """`data` with the right checksums where its container has any."""
    if data[:4] == b"OggS":
        return _ogg(data)
    if data[:4] == b"\x89PNG":
        return _png(data)
    return _ts(data) if data[:1] == b"\x47" else data


def _ogg(data: bytes) -> bytes:
    changed = bytearray(data)
    for page in parts_of(data):
        if page.end - page.start >= 27:
            changed[page.start + 22 : page.start + 26] = bytes(4)
            changed[page.start + 22 : page.start + 26] = struct.pack("<I", _crc(bytes(changed[page.start : page.end]), 0))
    return bytes(changed)


def _png(data: bytes) -> bytes:
    changed = bytearray(data)
    for chunk in parts_of(data):
        if chunk.end - chunk.start >= 12:
            changed[chunk.end - 4 : chunk.end] = struct.pack(">I", zlib.crc32(data[chunk.start + 4 : chunk.end - 4]))
    return bytes(changed)


def _ts(data: bytes) -> bytes:
    """The tables that say which streams there are."""
    changed = bytearray(data)
    for at in range(0, len(data) - _TS_BYTES + 1, _TS_BYTES):
        table = at + 5 + data[at + 4]
        if data[at + 1] & 0x40 and data[at + 3] & 0x30 == 0x10 and data[at + 4] < 16 and data[table] in (0, 2, 0x42):
            end = table + 3 + (int.from_bytes(data[table + 1 : table + 3], "big") & 0xFFF)
            if end <= at + _TS_BYTES and end - 4 > table:
                changed[end - 4 : end] = struct.pack(">I", _crc(data[table : end - 4], 0xFFFFFFFF))
    return bytes(changed)
