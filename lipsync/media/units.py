"""The units of which packets of H.264 and HEVC are built: whether they are all there. Source: ISO/IEC 14496-15 sections 5.3 and 8.3."""

from __future__ import annotations

from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

_LENGTH_SIZE_AT = {"h264": 4, "hevc": 21}  # in the decoder's configuration, whose first byte is 1: its version
_CONFIGURED = 1


def length_size(stream: VideoStream) -> int:
    """How many bytes tell the length of each unit in a packet of `stream`; 0 where start codes part them, as in broadcasts."""
    head = bytes(stream.codec_context.extradata or b"")
    at = _LENGTH_SIZE_AT.get(stream.codec_context.codec.canonical_name)
    if at is None or len(head) <= at or head[0] != _CONFIGURED:
        return 0
    return (head[at] & 3) + 1


def units_whole(packet: Packet[Stream], length_size: int) -> bool:
    """Whether the units of `packet` have the lengths that they tell. What was never downloaded is zeros or what lay there before."""
    data = memoryview(packet)
    at, units = 0, 0
    while at + length_size <= len(data):
        length = int.from_bytes(data[at : at + length_size], "big")
        at += length_size + length
        units += length > 0
    return units > 0 and at <= len(data)
