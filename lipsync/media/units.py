"""The units of which packets of H.264 and HEVC are built: whether all are there, whether the picture stays one, and what else they say.

Sources: ISO/IEC 14496-15 sections 5.3 and 8.3; ITU-T H.264 sections 7.3.1, 7.3.2.3 and D.1.6, annex B.
"""

from __future__ import annotations

from collections.abc import Iterator

from av.codec.context import CodecContext
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

_LENGTH_SIZE_AT = {"h264": 4, "hevc": 21}  # in the decoder's configuration, whose first byte is 1: its version
_CONFIGURED = 1
_START = b"\0\0\1"
_FAR = 1 << 16  # what comes ahead of a picture is shorter
_SLICES, _MESSAGES, _SHAPE = range(1, 6), 6, 7  # kinds of units of H.264
_FREE_WORDS = 5  # a kind of message: whatever somebody wanted to say, such as a camcorder its place
_ENCODERS = tuple(map(bytes.fromhex, ("dc45e9bde6d948b7962cd820d923eeef", "59948b2811ec45af967519d41feaa94d")))
"""Who says nothing but how he encodes: x264, and libav's VA-API."""


class Units:
    """What the units of one stream tell, packet by packet. Of other codecs than these two, nothing."""

    def __init__(self, stream: VideoStream) -> None:
        self._codec = stream.codec_context.codec.canonical_name
        self._length_size = unit_length_size(stream.codec_context)
        self._shapes: set[bytes] = set()
        self.says_more = False
        """Whether somebody else than an encoder put words into it."""

    @property
    def changes(self) -> bool:
        """Whether the picture becomes another on the way, in size perhaps."""
        return len(self._shapes) > 1

    def add(self, packet: Packet[Stream]) -> bool:
        """False if units of `packet` are missing: what was never downloaded is zeros or what lay there before."""
        if self._length_size and not _whole(memoryview(packet), self._length_size):
            return False
        if self._codec == "h264":
            for unit in _before_slices(bytes(packet), self._length_size):
                if unit[0] & 31 == _SHAPE:
                    self._shapes.add(unit.rstrip(b"\0"))
                elif unit[0] & 31 == _MESSAGES:
                    self.says_more = self.says_more or _has_free_words(unit[1:].replace(b"\0\0\3", b"\0\0"))
        return True


def unit_length_size(context: CodecContext) -> int:
    """How many bytes tell the length of each unit; 0 where start codes part them, as in broadcasts."""
    head = bytes(context.extradata or b"")
    at = _LENGTH_SIZE_AT.get(context.codec.canonical_name)
    return (head[at] & 3) + 1 if at is not None and len(head) > at and head[0] == _CONFIGURED else 0


def without_words(packet: Packet[Stream], length_size: int) -> Packet[Stream]:
    """`packet` of H.264, without times, and without messages: no player needs one."""
    data = bytes(packet)
    spans = _lengths(data, length_size) if length_size else _between_starts(data, len(data))
    units = [data[start:end] for start, end in spans if end > start and data[start] & 31 != _MESSAGES]
    bare: Packet[Stream] = Packet(b"".join((len(unit).to_bytes(length_size, "big") if length_size else _START) + unit for unit in units))
    bare.is_keyframe = packet.is_keyframe
    return bare


def _whole(data: memoryview, length_size: int) -> bool:
    at, units = 0, 0
    while at + length_size <= len(data):
        length = int.from_bytes(data[at : at + length_size], "big")
        at += length_size + length
        units += length > 0
    return units > 0 and at <= len(data)


def _before_slices(data: bytes, length_size: int) -> Iterator[bytes]:
    """The units that come ahead of the picture itself."""
    for start, end in _lengths(data, length_size) if length_size else _between_starts(data, _FAR):
        if start >= len(data) or data[start] & 31 in _SLICES:
            return
        if end > start:
            yield data[start:end]


def _lengths(data: bytes, length_size: int) -> Iterator[tuple[int, int]]:
    at = length_size
    while at < len(data):
        end = at + int.from_bytes(data[at - length_size : at], "big")
        yield at, end
        at = end + length_size


def _between_starts(data: bytes, far: int) -> Iterator[tuple[int, int]]:
    """As far as the next start is not further away than `far`."""
    at = data.find(_START)
    while at >= 0:
        following = data.find(_START, at + len(_START), at + far)
        yield at + len(_START), following if following >= 0 else len(data)
        at = following


def _has_free_words(messages: bytes) -> bool:
    at = 0
    while at + 2 < len(messages):
        kind, at = _number(messages, at)
        size, at = _number(messages, at)
        if kind == _FREE_WORDS and messages[at : at + 16] not in _ENCODERS:
            return True
        at += size
    return False


def _number(messages: bytes, at: int) -> tuple[int, int]:
    """A number in bytes of 255 and a last smaller one, and where the next one stands."""
    end = at
    while end < len(messages) - 1 and messages[end] == 255:
        end += 1
    return sum(messages[at : end + 1]), end + 1
