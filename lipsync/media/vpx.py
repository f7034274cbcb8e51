"""How large pictures of VP8 and VP9 claim to be: libvpx makes room for any size before it looks further.

Sources: RFC 6386 section 9.1, VP9 bitstream specification section 6.2 (profile 0, the only one with alpha).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from av.packet import Packet
from av.stream import Stream

_VP8_START, _VP9_START = b"\x9d\x01\x2a", b"\x49\x83\x42"
_HEAD_BYTES = 10
_ADDITION_ID_BYTES = 8


def claimed_pixels(packet: Packet[Stream]) -> int:
    """Pixels of the larger of a key frame's picture and its alpha; 0 if it is none."""
    return max(map(_pixels, _heads(packet)))


def _heads(packet: Packet[Stream]) -> Iterator[bytes]:
    yield bytes(memoryview(packet)[:_HEAD_BYTES])
    with suppress(TypeError):  # av 16 shows nothing of side data, where alpha lies
        for addition in packet.iter_sidedata():
            yield bytes(addition)[_ADDITION_ID_BYTES:][:_HEAD_BYTES]


def _pixels(head: bytes) -> int:
    if head[3:6] == _VP8_START:
        return (int.from_bytes(head[6:8], "little") & 0x3FFF) * (int.from_bytes(head[8:10], "little") & 0x3FFF)
    if head[1:4] == _VP9_START:
        after_colour = int.from_bytes(head[4:9], "big")  # four bits of it, then two sizes less one
        return ((after_colour >> 20 & 0xFFFF) + 1) * ((after_colour >> 4 & 0xFFFF) + 1)
    return 0
