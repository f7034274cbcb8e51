"""Where a file's parts lie: boxes, elements, chunks, pages, packets. The file may be broken: what can be read is, and nothing fails."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Part:
    """`name` tells what holds it, too ("moov/trak/tkhd"); offsets in bytes. `size_at` is where its length is told, in `size_form` (struct's
    letter, or "ebml"), `size_at` -1 if nowhere."""

    name: str
    start: int
    body: int
    end: int
    size_at: int = -1
    size_form: str = ""
    leaf: bool = True

    @property
    def kind(self) -> str:
        return self.name.rpartition("/")[2]


Parts = Iterator[Part]

_VIDEO_ENTRIES = ("avc1", "hvc1", "hev1", "mp4v", "av01", "vp08", "vp09", "apcn", "ap4h", "AVdh", "jpeg", "m2v1", "raw ", "rle ", "png ")
_SOUND_ENTRIES = ("mp4a", "alac", "sowt", "twos", "ac-3", "ec-3", "Opus", "fLaC", "lpcm", ".mp3")
_ISO_HOLDERS = {
    **dict.fromkeys(("moov", "trak", "edts", "mdia", "minf", "dinf", "stbl", "moof", "traf", "mvex", "udta", "ilst", "mfra", "wave"), 0),
    "meta": 4,
    "stsd": 8,
    "dref": 8,
    **dict.fromkeys(_VIDEO_ENTRIES, 78),
    **dict.fromkeys(_SOUND_ENTRIES, 28),
}
"""The boxes that hold boxes, and how many bytes of their own they have before these."""

_EBML_HOLDERS = {
    0x1A45DFA3: "EBML", 0x18538067: "Segment", 0x114D9B74: "SeekHead", 0x4DBB: "Seek", 0x1549A966: "Info", 0x1654AE6B: "Tracks",
    0xAE: "TrackEntry", 0xE0: "Video", 0x55B0: "Colour", 0xE1: "Audio", 0x1F43B675: "Cluster", 0xA0: "BlockGroup", 0x1C53BB6B: "Cues",
    0xBB: "CuePoint", 0xB7: "CueTrackPositions", 0x1254C367: "Tags", 0x7373: "Tag", 0x67C8: "SimpleTag", 0x6D80: "ContentEncodings",
    0x75A1: "BlockAdditions", 0xA6: "BlockMore",
}  # fmt: skip
_TS_BYTES = 188


def parts_of(data: bytes) -> list[Part]:
    """The parts of a file, by what it begins with; for a kind that is not known, pieces of equal length."""
    reader = next((reader for begins, reader in _READERS if begins(data)), _pieces)
    return list(reader(data, 0, len(data), "")) or list(_pieces(data, 0, len(data), ""))


def byte_order(data: bytes) -> str:
    """ "<" or ">": how the file writes its numbers."""
    return "<" if data[:4] in (b"RIFF", b"riff", b"OggS", b"GIF8", b"\x30\x26\xb2\x75", b"DKIF") or data[:2] in (b"BM", b"II") else ">"


def _number(data: bytes, at: int, form: str) -> int:
    length = struct.calcsize(form)
    return int.from_bytes(data[at : at + length], "little" if form[0] == "<" else "big")


def _iso(data: bytes, start: int, end: int, holder: str) -> Parts:
    while start + 8 <= end:
        size, body, size_at, form = _number(data, start, ">I"), start + 8, start, ">I"
        if size == 1:
            size, body, size_at, form = _number(data, start + 8, ">Q"), start + 16, start + 8, ">Q"
        stop = min(end, start + max(size or end - start, 8))
        kind = data[start + 4 : start + 8].decode("latin-1")
        ahead = _ISO_HOLDERS.get(kind)
        name = f"{holder}/{kind}".lstrip("/")
        yield Part(name=name, start=start, body=body, end=stop, size_at=size_at, size_form=form, leaf=ahead is None)
        if ahead is not None:
            yield from _iso(data, body + ahead, stop, name)
        start = stop


def _vint(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """A variable-length number of EBML, and its length in bytes (0: there is none)."""
    first = data[at] if at < len(data) else 0
    length = 9 - first.bit_length()
    if length > 8:
        return 0, 0
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_marker else value & ((1 << 7 * length) - 1)), length


def _ebml(data: bytes, start: int, end: int, holder: str) -> Parts:
    while start < end:
        kind, kind_bytes = _vint(data, start, keep_marker=True)
        size, size_bytes = _vint(data, start + kind_bytes, keep_marker=False)
        if not kind_bytes or not size_bytes:
            return
        body = start + kind_bytes + size_bytes
        stop = min(end, body + size)
        known = _EBML_HOLDERS.get(kind)
        name = f"{holder}/{known or f'{kind:X}'}".lstrip("/")
        yield Part(name=name, start=start, body=body, end=stop, size_at=start + kind_bytes, size_form="ebml", leaf=known is None)
        if known is not None:
            yield from _ebml(data, body, stop, name)
        start = stop


def _riff(data: bytes, start: int, end: int, holder: str) -> Parts:
    order = ">I" if data[:4] == b"FORM" else "<I"
    while start + 8 <= end:
        kind, size = data[start : start + 4].decode("latin-1"), _number(data, start + 4, order)
        stop = min(end, start + 8 + size + size % 2)
        holds = kind in ("RIFF", "LIST", "FORM")
        name = f"{holder}/{kind}".lstrip("/")
        yield Part(name=name, start=start, body=start + 8, end=stop, size_at=start + 4, size_form=order, leaf=not holds)
        if holds:
            yield from _riff(data, start + 12, stop, name)
        start = stop


def _sized(*, first: int, size_at: int, form: str, mask: int, kind: slice, head: int, tail: int) -> Callable[[bytes, int, int, str], Parts]:
    """A reader of parts that lie side by side from `first` on: where in each size and kind stand, and how long head and tail are."""

    def read(data: bytes, start: int, end: int, holder: str) -> Parts:
        start += first
        while start + head <= end:
            stop = min(end, start + head + (_number(data, start + size_at, form) & mask) + tail)
            name = data[start : start + head][kind].decode("latin-1")
            yield Part(name=name, start=start, body=start + head, end=stop, size_at=start + size_at, size_form=form)
            start = stop

    return read


_FLAC = _sized(first=4, size_at=0, form=">I", mask=0xFFFFFF, kind=slice(0, 1), head=4, tail=0)
_FLV = _sized(first=13, size_at=0, form=">I", mask=0xFFFFFF, kind=slice(0, 1), head=11, tail=4)
_PNG = _sized(first=8, size_at=0, form=">I", mask=0xFFFFFFFF, kind=slice(4, 8), head=8, tail=4)
_CAF = _sized(first=8, size_at=4, form=">Q", mask=(1 << 64) - 1, kind=slice(0, 4), head=12, tail=0)
_IVF = _sized(first=32, size_at=0, form="<I", mask=0xFFFFFFFF, kind=slice(0, 0), head=12, tail=0)


def _jpeg(data: bytes, start: int, end: int, holder: str) -> Parts:
    start = 2
    while start + 4 <= end and data[start] == 0xFF:
        marker, size = data[start + 1], _number(data, start + 2, ">H")
        stop = end if marker == 0xDA else min(end, start + 2 + size)
        yield Part(name=f"{marker:X}", start=start, body=start + 4, end=stop, size_at=start + 2, size_form=">H")
        start = stop


def _ogg(data: bytes, start: int, end: int, holder: str) -> Parts:
    while start + 27 <= end and data[start : start + 4] == b"OggS":
        body = start + 27 + data[start + 26]
        stop = min(end, body + sum(data[start + 27 : body]))
        yield Part(name="head" if data[start + 5] & 2 else "page", start=start, body=start + 4, end=stop, size_at=start + 26, size_form="B")
        start = stop


def _gif(data: bytes, start: int, end: int, holder: str) -> Parts:
    start = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0) if len(data) > 13 else end
    yield Part(name="screen", start=0, body=6, end=min(end, start))
    while start + 10 < end and data[start] in (0x21, 0x2C):
        body = start + 2
        if data[start] == 0x2C:
            table = 3 << (data[start + 9] & 7) + 1 if data[start + 9] & 0x80 else 0
            body = start + 11 + table
        stop = body
        while stop < end and data[stop]:
            stop += 1 + data[stop]
        stop = min(end, stop + 1)
        kind = "image" if data[start] == 0x2C else "extension"
        yield Part(name=kind, start=start, body=start + 1, end=stop, size_at=min(body, end - 1), size_form="B")
        start = stop


def _ts(data: bytes, start: int, end: int, holder: str) -> Parts:
    for at in range(0, end - 4, _TS_BYTES):
        pid = _number(data, at + 1, ">H") & 0x1FFF
        begins = data[at + 1] & 0x40
        yield Part(
            name=f"{pid}{' begins' if begins else ''}", start=at, body=at + 1, end=min(end, at + _TS_BYTES), size_at=at + 4, size_form="B"
        )


def _start_codes(data: bytes, start: int, end: int, holder: str) -> Parts:
    at = data.find(b"\0\0\1")
    while 0 <= at < end - 6:
        after = data.find(b"\0\0\1", at + 4)
        stop = end if after < 0 else after
        yield Part(name=f"{data[at + 3]:X}", start=at, body=at + 3, end=stop, size_at=at + 4, size_form=">H")
        at = after


def _asf(data: bytes, start: int, end: int, holder: str) -> Parts:
    while start + 24 <= end:
        size = _number(data, start + 16, "<Q")
        stop = min(end, start + max(24, size))
        kind = data[start : start + 4].hex()
        ahead = {"3026b275": 30, "b503bf5f": 46}.get(kind)
        name = f"{holder}/{kind}".lstrip("/")
        yield Part(name=name, start=start, body=start + 24, end=stop, size_at=start + 16, size_form="<Q", leaf=ahead is None)
        if ahead is not None:
            yield from _asf(data, start + ahead, stop, name)
        start = stop


def _mxf(data: bytes, start: int, end: int, holder: str) -> Parts:
    while start + 17 <= end:
        first = data[start + 16]
        length = first & 0x7F if first & 0x80 else 0
        size = int.from_bytes(data[start + 17 : start + 17 + length], "big") if length else first
        body = start + 17 + length
        stop = min(end, max(body, body + size))
        yield Part(name=data[start + 8 : start + 15].hex(), start=start, body=body, end=stop, size_at=start + 17, size_form="B")
        start = stop


def _pieces(data: bytes, start: int, end: int, holder: str) -> Parts:
    step = max(16, min(1024, (end - start) // 64))
    for at in range(start, end, step):
        yield Part(name="head" if at == start else "piece", start=at, body=at, end=min(end, at + step))


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes, int, int, str], Parts]], ...] = (
    (lambda data: data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"), _iso),
    (lambda data: data[:4] == b"\x1a\x45\xdf\xa3", _ebml),
    (lambda data: data[:4] in (b"RIFF", b"FORM"), _riff),
    (lambda data: data[:4] == b"OggS", _ogg),
    (lambda data: data[:4] == b"GIF8", _gif),
    (lambda data: data[:4] == b"fLaC", _FLAC),
    (lambda data: data[:4] == b"\x89PNG", _PNG),
    (lambda data: data[:3] == b"FLV", _FLV),
    (lambda data: data[:4] == b"caff", _CAF),
    (lambda data: data[:4] == b"DKIF", _IVF),
    (lambda data: data[:3] == b"\xff\xd8\xff", _jpeg),
    (lambda data: data[:4] == b"\x30\x26\xb2\x75", _asf),
    (lambda data: data[:4] == b"\x06\x0e\x2b\x34", _mxf),
    (lambda data: data[:1] == b"\x47" and len(data) > _TS_BYTES and data[_TS_BYTES : _TS_BYTES + 1] == b"\x47", _ts),
    (lambda data: data[:4] in (b"\0\0\1\xba", b"\0\0\1\xb3"), _start_codes),
)
