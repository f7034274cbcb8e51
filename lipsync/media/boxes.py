"""The boxes of which MP4 and MOV files are built. Source: ISO/IEC 14496-12 section 4.2, QuickTime File Format."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_CHUNK_BYTES = 1 << 20
_MAX_BOXES = 100_000

_STRUCTURE = {
    "": frozenset({"ftyp", "moov", "mdat", "free", "skip", "wide", "styp", "sidx", "ssix", "moof", "mfra", "pdin"}),
    "moov": frozenset({"mvhd", "trak", "mvex", "iods", "udta", "free", "skip"}),
    "trak": frozenset({"tkhd", "edts", "mdia", "tref", "tapt", "load", "udta", "free", "skip"}),
    "mdia": frozenset({"mdhd", "hdlr", "elng", "minf", "free", "skip", "wide"}),
    "minf": frozenset({"vmhd", "smhd", "gmhd", "hmhd", "sthd", "nmhd", "hdlr", "dinf", "stbl", "free", "skip", "wide"}),
    "stbl": frozenset(
        {"stsd", "stts", "ctts", "cslg", "stsc", "stsz", "stz2", "stco", "co64", "stss", "stps", "stsh", "sdtp", "sgpd", "sbgp"}
        | {"subs", "padb", "stdp", "saiz", "saio", "free", "skip", "wide"}
    ),
    "udta": frozenset({"meta", "free", "skip", "\xa9swr"}),
    "meta": frozenset({"hdlr", "ilst", "free", "skip"}),
    "ilst": frozenset({"\xa9too"}),
}  # swr and too: which program wrote the file; libav reads it as the tag "encoder", which is judged by its words
"""What may stand in which box of a file that tells nothing but picture and sound."""


class CutShort(ValueError):
    """A box that is longer than what holds it."""


@dataclass(frozen=True)
class Box:
    """`kind` is its four letters; `start`, `body` and `end` are offsets in the file, in bytes."""

    kind: str
    start: int
    body: int
    end: int
    open_ended: bool
    """Whether it does not tell its size and runs to the end of what holds it."""


def boxes(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes that lie side by side from `start` to `end` (the file's end). Raises CutShort where they do not fill it exactly."""
    end = file.seek(0, os.SEEK_END) if end is None else end
    for _ in range(_MAX_BOXES):
        if start == end:
            return
        box = _box_at(file, start, end)
        yield box
        start = box.end
    raise CutShort("is cut short")  # more parts than any film has


def _box_at(file: BinaryIO, start: int, end: int) -> Box:
    if end - start < 8:
        raise CutShort("is cut short")
    file.seek(start)
    head = file.read(16)
    size, body = int.from_bytes(head[:4], "big"), start + 8
    if size == 1:  # the real size follows in 64 bits
        size, body = int.from_bytes(head[8:16], "big"), start + 16
    open_ended = size == 0
    if open_ended:
        size = end - start
    if size < body - start or start + size > end:
        raise CutShort("is cut short")
    return Box(head[4:8].decode("latin-1"), start, body, start + size, open_ended)


def foreign_boxes(path: Path) -> tuple[str, ...]:
    """The boxes of an MP4 or MOV that are neither picture, sound nor structure: tags, places, thumbnails, leftovers. Raises OSError."""
    with path.open("rb") as file:
        return tuple(dict.fromkeys(_foreign(file, "", 0, file.seek(0, os.SEEK_END))))


def has_fragments(path: Path) -> bool:
    """Whether an MP4 tells its frames piece by piece, as streams do, instead of in one directory. Raises OSError."""
    with path.open("rb") as file, suppress(CutShort):
        return any(box.kind == "moof" for box in boxes(file))
    return False


def told_lengths_s(path: Path) -> tuple[float, ...]:
    """The lengths that an MP4 or MOV tells, in seconds: the whole film's, then of each picture track its own and its media's. Libav
    looks past them and counts, and other readers believe them. Raises OSError.
    """
    lengths_s: list[float] = []
    with path.open("rb") as file, suppress(CutShort):
        film_clock, track = 1, 0
        media_s = 0.0
        for box in _headers(file, 0, file.seek(0, os.SEEK_END)):
            if box.kind == "mvhd":
                film_clock, length = _clock_and_length(file, box)
                lengths_s.append(length / (film_clock or 1))
            elif box.kind == "tkhd":
                _, track = _clock_and_length(file, box)
            elif box.kind == "mdhd":
                media_clock, length = _clock_and_length(file, box)
                media_s = length / (media_clock or 1)
            elif _read(file, box.body + 8, 4) == b"vide":
                lengths_s += [track / (film_clock or 1), media_s]
    return tuple(lengths_s)


def _headers(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    for box in boxes(file, start, end):
        if box.kind in ("moov", "trak", "mdia"):
            yield from _headers(file, box.body, box.end)
        elif box.kind in ("mvhd", "tkhd", "mdhd", "hdlr"):
            yield box


def _clock_and_length(file: BinaryIO, box: Box) -> tuple[int, int]:
    """Ticks per second (of `tkhd`, where the film's count: meaningless) and length in ticks."""
    wide = _read(file, box.body, 1) == b"\1"
    at = box.body + (20 if wide else 12)
    clock = int.from_bytes(_read(file, at, 4), "big")
    at += 8 if box.kind == "tkhd" else 4
    return clock, int.from_bytes(_read(file, at, 8 if wide else 4), "big")


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)


def _foreign(file: BinaryIO, holder: str, start: int, end: int) -> Iterator[str]:
    try:
        for box in boxes(file, start, end):
            if box.kind not in _STRUCTURE[holder]:
                yield box.kind if box.kind.isprintable() else holder  # QuickTime numbers its tags
            elif box.kind in ("free", "skip", "wide"):
                if not _blank(file, box):
                    yield box.kind
            elif box.kind in _STRUCTURE:
                yield from _foreign(file, box.kind, _children_at(file, box), box.end)
    except CutShort:
        yield holder or "leftovers"


def _children_at(file: BinaryIO, box: Box) -> int:
    """Where the first box inside `box` begins: ISO's `meta` has four bytes of version first, QuickTime's has not."""
    if box.kind != "meta" or box.end - box.body < 8:
        return box.body
    file.seek(box.body)
    head = file.read(8)
    return box.body if head[4:] == b"hdlr" else box.body + 4


def _blank(file: BinaryIO, box: Box) -> bool:
    """Whether free room is empty; what a tag editor erased may still stand there."""
    file.seek(box.body)
    left = box.end - box.body
    while left:
        chunk = file.read(min(left, _CHUNK_BYTES))
        if not chunk or chunk.strip(b"\0"):
            return not chunk
        left -= len(chunk)
    return True
