"""Opening media files, choosing the streams that count, and reading their packets; libav's errors become sentences here."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.codec import UnknownCodecError
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors.media import AboveSize, NotReadable
from .vpx import claimed_pixels
from .wholeness import riff_tags_fit

MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
MATROSKA = "matroska,webm"
MPEG_TS = ("mpegts", "mpeg")
_AVI, _ASF = "avi", "asf"
_CONTAINERS = f"{MP4},{MATROSKA},avi,mpegts,mpeg,flv,asf,mxf,gif,dv,ivf,ogg,wav,w64,mp3,flac,aac,aiff,caf,ac3,eac3,amr,au"
# Playlists and the like are left out, and so is every protocol but files: a file must not make libav open another one or a URL.
# They are given to the container only: given to the streams as well, they crash av 16 where a format shows its streams late.
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}

# What media files begin with. One that does, and still cannot be opened, has lost its directory with its end.
_BEGINNINGS = (b"\x1a\x45\xdf\xa3", b"RIFF", b"GIF8", b"OggS", b"fLaC")
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_SPOILT_SHARE = 0.02
_LARGEST = (8192, 4320)  # 8K; HEVC's levels up to 6.2 end there, too
_CUT_SHORT = "is incomplete or cut short"

_NOT_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file `path`, ready to be demuxed. Raises NotReadable with the cause in plain words."""
    head = head_of(path)
    if head.startswith(b"RIFF") and not riff_tags_fit(path):
        raise NotReadable(path.name, _CUT_SHORT)
    try:
        container = av.open(str(path), "r", container_options=_OPTIONS, metadata_errors="replace")
    except av.error.FFmpegError:
        begun = head.startswith(_BEGINNINGS) or head[4:] == b"ftyp"
        raise NotReadable(path.name, _CUT_SHORT if begun else "is not a video or sound file") from None
    with container:
        yield container


def head_of(path: Path) -> bytes:
    """The first eight bytes of a file. Raises NotReadable if it has none."""
    try:
        if path.is_dir():
            raise NotReadable(path.name, "is a folder, not a file")
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError:
        raise NotReadable(path.name, "does not exist") from None
    except OSError as error:
        raise NotReadable(path.name, f"cannot be read: {error.strerror}") from None
    if not head:
        raise NotReadable(path.name, "is empty")
    return head


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The moving picture that a player shows: the one marked as default, else the first. Cover pictures do not count."""
    streams = [stream for stream in container.streams.video if not stream.disposition & _NOT_PICTURES and _decodable(stream)]
    return next((stream for stream in streams if stream.disposition & Disposition.default), streams[0] if streams else None)


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The sound that a player plays: the one marked as default, else the first. Those that libav cannot decode do not count."""
    streams = [stream for stream in container.streams.audio if _decodable(stream)]
    return next((stream for stream in streams if stream.disposition & Disposition.default), streams[0] if streams else None)


def decoder_of(what: str, stream: VideoStream) -> VideoCodecContext:
    """What decodes `stream`: its own decoder, or libvpx for a WebM with alpha, which libav's own decoder leaves out.

    Raises AboveSize: a few bytes may claim a picture of gigabytes, of which a decoder would keep several.
    """
    width, height = stream.codec_context.width, stream.codec_context.height
    max_width, max_height = _LARGEST
    if width * height > max_width * max_height:
        raise AboveSize(what, width=width, height=height, max_width=max_width, max_height=max_height)
    stream.codec_context.options = {"max_pixels": str(max_width * max_height)}
    name = _ALPHA_DECODERS.get(stream.codec_context.codec.canonical_name)
    if name is not None and {key.lower(): value for key, value in stream.metadata.items()}.get("alpha_mode") == "1":
        with suppress(UnknownCodecError):
            decoder = VideoCodecContext.create(name, "r")
            assert isinstance(decoder, VideoCodecContext)
            return decoder
    return stream.codec_context


def decoded(what: str, decoder: VideoCodecContext, packet: Packet[Stream]) -> list[VideoFrame]:
    """The pictures that come of `packet`. Raises libav's errors, and NotReadable."""
    if is_flush(packet):
        return decoder.decode(None)
    if decoder.name.startswith("libvpx") and claimed_pixels(packet) > _LARGEST[0] * _LARGEST[1]:
        raise NotReadable(what, "is damaged: one of its pictures claims to be larger than any")
    return decoder.decode(packet)


def packets(container: InputContainer, what: str, *streams: Stream) -> Iterator[Packet[Stream]]:
    """All packets of `streams` in file order, the empty ones that flush their decoders last. Raises NotReadable."""
    try:
        if container.format.name == _AVI:
            yield from _shown_at_once(container.demux(*streams))
        else:
            yield from container.demux(*streams)
    except av.error.FFmpegError:
        raise NotReadable(what, "is damaged: it cannot be read to its end") from None
    except IndexError:  # av's, once all is read, where a stream appeared on the way: it flushes one that it has never heard of
        return


def _shown_at_once(read: Iterator[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """AVI counts its frames and knows no times: its first one is shown at the first moment. Libav adds the time that reordering takes, and
    to H.264 even where nothing is reordered."""
    lags: dict[int, int] = {}
    for packet in read:
        if packet.pts is not None and packet.dts is not None:
            lag = lags.setdefault(packet.stream_index, packet.pts - packet.dts)
            packet.pts = packet.pts - lag if _reordered(packet.stream) else packet.dts
        yield packet


def _reordered(stream: Stream) -> bool:
    return isinstance(stream, VideoStream) and stream.codec_context.has_b_frames


def order_untold(container: InputContainer, stream: VideoStream) -> bool:
    """Whether only decoding tells in which order pictures are shown: packets of AVI and ASF tell when they are read, from which libav
    guesses the order wrongly for H.264, and for MPEG-4 that DivX packed in pairs."""
    name, codec = container.format.name, stream.codec_context.codec.canonical_name
    return _reordered(stream) and (name == _AVI or (name == _ASF and codec == "h264"))


def pictures(container: InputContainer, what: str, stream: VideoStream) -> Iterator[VideoFrame]:
    """Decoded pictures in the order in which they are shown. Raises NotReadable where the picture breaks off.

    What comes before the first whole picture is passed over: a broadcast recording begins anywhere.
    """
    begun = False
    decoder = decoder_of(what, stream)
    decoder.thread_type = "AUTO"
    queue = _Queue() if order_untold(container, stream) else None
    for packet in packets(container, what, stream):
        if queue is not None:
            queue.read(packet)
        try:
            frames = decoded(what, decoder, packet)
        except av.error.FFmpegError:
            if begun:
                raise NotReadable(what, "is damaged: its picture breaks off") from None
            continue
        begun = begun or bool(frames)
        yield from frames if queue is None else map(queue.timed, frames)


class _Queue:
    """Gives pictures, as they come in the order in which they are shown, the times at which packets are read: as far behind as the first
    one was. A packet of which no picture comes leaves its time unused."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._next = 0
        self._behind: int | None = None

    def read(self, packet: Packet[Stream]) -> None:
        if packet.pts is not None:
            insort(self._times, packet.pts)

    def timed(self, frame: VideoFrame) -> VideoFrame:
        last = len(self._times) - 1
        if self._behind is None:  # the first is a key frame, which keeps the time of its packet
            self._behind = last - min(last, bisect_left(self._times, frame.pts or 0))
        at = min(last, max(self._next, last - self._behind))
        frame.pts, self._next = self._times[at], at + 1
        return frame


def sounds(container: InputContainer, what: str, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded sound in order; a spoilt packet here and there is passed over, as players do. Raises NotReadable if there are more."""
    whole = spoilt = 0
    for packet in packets(container, what, stream):
        try:
            frames = stream.decode(None if is_flush(packet) else packet)
        except av.error.FFmpegError:
            spoilt += 1
            continue
        whole += 1
        yield from frames
    if spoilt > 1 and spoilt > whole * _SPOILT_SHARE:
        raise NotReadable(what, "is damaged: much of its sound cannot be decoded")


def is_flush(packet: Packet[Stream]) -> bool:
    """Whether `packet` only tells a decoder that nothing more comes."""
    return packet.size == 0 and packet.pts is None and packet.dts is None


def _decodable(stream: Stream) -> bool:
    return stream.codec_context is not None
