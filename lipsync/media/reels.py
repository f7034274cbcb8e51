"""The timestamps of a file's streams, packet by packet, and on the way the first picture and whether all is there."""

from __future__ import annotations

from collections.abc import Callable

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors.media import NotReadable
from .prepared import Cancelled
from .streams import decoded, decoder_of, is_flush, packets
from .units import Units

_PACKETS_BETWEEN_LOOKS = 256
_NEVER_BLANK = ("aac", "mp3")  # no packet of these is all zeros, but what was never downloaded is
_LATEST_S = 10**10  # clocks that count since 1970 stay far below it


class Reel:
    """The timestamps of one stream, gathered packet by packet."""

    def __init__(self) -> None:
        self.pts: list[int] = []
        self.first: int | None = None
        self.hidden = 0
        self.begins_whole = False
        self.last_duration = 0
        self.end = 0
        self._next = 0

    def add(self, packet: Packet[Stream]) -> None:
        duration = packet.duration or 0
        pts = next((time for time in (packet.pts, packet.dts) if time is not None), self._next)
        self._next = pts + duration
        if self.first is None:
            self.first, self.begins_whole = pts, packet.is_keyframe
        if packet.is_discard:
            self.hidden += 1
            return
        self.pts.append(pts)
        if pts + duration >= self.end or len(self.pts) == 1:
            self.end, self.last_duration = pts + duration, duration


def read_reels(
    what: str,
    container: InputContainer,
    chosen: list[Stream],
    picture: VideoStream | None,
    units: Units | None,
    cancelled: Callable[[], bool],
) -> tuple[dict[int, Reel], VideoFrame | None]:
    """The timestamps of the `chosen` streams, and the first picture."""
    reels = {stream.index: Reel() for stream in chosen}
    decoder = None if picture is None else decoder_of(what, picture)
    first: VideoFrame | None = None
    for count, packet in enumerate(packets(container, what, *chosen)):
        if count % _PACKETS_BETWEEN_LOOKS == 0 and cancelled():
            raise Cancelled
        if count > container.size:  # a spoilt directory may tell of millions in a file of a few bytes
            raise NotReadable(what, "is damaged: it tells of more frames than it has bytes")
        if picture is not None and decoder is not None and packet.stream_index == picture.index:
            if units is not None and packet.size and not units.add(packet):
                raise NotReadable(what, "is incomplete or cut short")
            first = first or _decoded(what, decoder, packet)
        elif packet.stream.codec_context.name in _NEVER_BLANK and packet.size and not any(memoryview(packet)):
            raise NotReadable(what, "is incomplete or cut short")
        if not is_flush(packet):
            reels[packet.stream_index].add(packet)
    if any(not reel.pts for reel in reels.values()):
        raise NotReadable(what, "is incomplete or cut short")
    for stream in chosen:
        if max(map(abs, reels[stream.index].pts)) * (stream.time_base or 0) > _LATEST_S:
            raise NotReadable(what, "is damaged: its timestamps jump")
    return reels, first


def _decoded(what: str, decoder: VideoCodecContext, packet: Packet[Stream]) -> VideoFrame | None:
    try:
        frames = decoded(what, decoder, packet)
    except av.error.FFmpegError:  # a recording that begins in the middle; the next key frame helps
        return None
    return frames[0] if frames else None
