"""MP4 and MOV files being written: picture and sound, each copied or encoded, laid side by side in time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

from ..errors.media import NotReadable, NotWritten
from .audio import LAYOUTS, SERVICE_RATES, Track, at_rate, frames_of
from .colour import BT709, LIMITED
from .formats import MP4, FilmFormat
from .probe import Picture, Sound
from .streams import is_flush, opened, packets
from .units import unit_length_size, without_words

_AAC_BITS_PER_CHANNEL = 128_000
_AAC_LEAST_BITS = 192_000
# In a MOV this name says which ProRes it is, and whether there may be alpha. Untold, libav calls all of it HQ.
_PRORES_TAGS = {"Proxy": "apco", "LT": "apcs", "Standard": "apcn", "HQ": "apch", "4444": "ap4h", "XQ": "ap4x"}


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How x264 encodes: `crf` from 0 (lossless) to 51, `preset` from "ultrafast" to "placebo", and what differs from that."""

    crf: float
    preset: str
    but: str = ""


# Measured on noisy pictures: within a decibel of "veryfast" at crf 15, smaller, in 58 to 78 % of the time.
VISUALLY_LOSSLESS = Quality(crf=18, preset="ultrafast", but="cabac=1:8x8dct=1")


class Film:
    """One film, written inside a `with`: declare its picture and sound, then `write`. Without `tags` it tells structure and colour only.

    `tags` are stored as ComfyUI's SaveVideo stores them, so that a film opens as the graph that made it.
    """

    def __init__(self, path: Path, *, film_format: FilmFormat = MP4, tags: Mapping[str, str] | None = None) -> None:
        self.film_format = film_format
        self._path = path
        self._open_files = ExitStack()
        self._tracks: list[Generator[float, None, None]] = []
        options = {"movflags": "+faststart" + "+use_metadata_tags" * bool(tags), "fflags": "+bitexact"}
        with _writing(path):
            self._container = av.open(str(path), "w", format=film_format.container, options=options)
        self._container.metadata.update(tags or {})

    def __enter__(self) -> Film:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for track in self._tracks:
            track.close()  # a source that is still open could not be removed on Windows
        self._open_files.close()
        try:
            with _writing(self._path):
                self._container.close()
        except NotWritten:
            if kind is None:  # else the first error says more
                raise

    def encode_picture(
        self,
        frames: Iterator[VideoFrame],
        *,
        size: tuple[int, int],
        frame_rate: Fraction,
        alpha: bool = False,
        quality: Quality = VISUALLY_LOSSLESS,
    ) -> None:
        """H.264 High or ProRes of `frames` (pixels as the film's format has them, with or without `alpha`; BT.709 limited range, even
        `size`), one every period of `frame_rate`. `quality` is that of H.264; ProRes has its own."""
        encoding = self.film_format.encoding(alpha=alpha)
        options = dict(encoding.options)
        if not self.film_format.for_editing:
            options |= {"crf": f"{quality.crf:g}", "preset": quality.preset, "x264-params": quality.but}
        stream = self._container.add_stream(encoding.encoder, rate=frame_rate, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = encoding.pixels
        context = stream.codec_context
        context.time_base = 1 / frame_rate
        context.sample_aspect_ratio = Fraction(1)
        context.max_b_frames = 0  # decoded in the order in which they are shown: nothing depends on an edit list
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = LIMITED, BT709, BT709, BT709

        def track() -> Generator[float, None, None]:
            for index, frame in enumerate(frames):
                frame.pts, frame.time_base, frame.pict_type = index, 1 / frame_rate, 0
                self._container.mux(stream.encode(frame))
                yield float((index + 1) / frame_rate)
            self._container.mux(stream.encode(None))

        self._tracks.append(track())

    def copy_picture(self, path: Path, picture: Picture, *, zero_s: Fraction) -> None:
        """The very packets of `picture`, of which none may be hidden, without foreign words; what was shown at `zero_s` is now at 0.

        Timestamps of a constant rate become exact, as some containers round them.
        """
        if picture.constant:
            time_base = 1 / picture.frame_rate
            times = np.argsort(np.argsort(picture.pts, kind="stable"), kind="stable")
        else:
            time_base = picture.time_base
            times = picture.pts - round(zero_s / time_base)
        in_order = np.sort(times)
        decode_times = in_order - (in_order - times).max()  # a packet must not be shown before it is decoded

        def retime(order: int, packet: Packet[Stream]) -> None:
            packet.time_base = time_base
            packet.pts, packet.dts = int(times[order]), int(decode_times[order])
            packet.duration = 1 if picture.constant else packet.duration

        tag = _PRORES_TAGS.get(picture.profile or "") if picture.codec == "prores" else None
        self._copy(path, picture.index, time_base, retime, words=not picture.says_more, tag=tag, pixel_aspect=picture.pixel_aspect)

    def copy_sound(self, path: Path, sound: Sound, *, zero_s: Fraction) -> None:
        """The very packets of `sound`, which must be steady (`packet_samples` is not 0)."""
        time_base = Fraction(1, sound.sample_rate)
        start = round((sound.first_packet_s - float(zero_s)) * sound.sample_rate)

        def retime(order: int, packet: Packet[Stream]) -> None:
            packet.time_base = time_base
            packet.pts = packet.dts = start + order * sound.packet_samples
            packet.duration = sound.packet_samples

        self._copy(path, sound.index, time_base, retime)

    def encode_sound(self, track: Track) -> None:
        """`track`, its first sample at 0: in a film for editing as PCM of 24 bits, else as AAC, at 48 kHz if its own rate is one that no
        service likes."""
        if self.film_format.for_editing:
            stream = self._container.add_stream("pcm_s24le", rate=track.sample_rate, layout=LAYOUTS[track.channels])
        else:
            track = track if track.sample_rate in SERVICE_RATES else at_rate(track, SERVICE_RATES[-1])
            stream = self._container.add_stream("aac", rate=track.sample_rate, layout=LAYOUTS[track.channels])
            stream.bit_rate = max(_AAC_LEAST_BITS, _AAC_BITS_PER_CHANNEL * track.channels)

        def encoded() -> Generator[float, None, None]:
            for frame in frames_of(track):
                self._container.mux(stream.encode(frame))
                yield float(((frame.pts or 0) + frame.samples) / track.sample_rate)
            self._container.mux(stream.encode(None))

        self._tracks.append(encoded())

    def write(self, on_time: Callable[[float], None]) -> None:
        """Write it all; `on_time` hears at how many seconds of the film it is, often.

        The track that is furthest behind goes on, so that players find picture and sound side by side. Raises NotWritten, and
        whatever the sources and `on_time` raise.
        """
        times_s = dict.fromkeys(range(len(self._tracks)), float("-inf"))
        with _writing(self._path):
            while times_s:
                behind = min(times_s, key=times_s.__getitem__)
                time_s = next(self._tracks[behind], None)
                if time_s is None:
                    del times_s[behind]
                else:
                    times_s[behind] = time_s
                    on_time(time_s)

    def _copy(
        self,
        path: Path,
        index: int,
        time_base: Fraction,
        retime: Callable[[int, Packet[Stream]], None],
        *,
        words: bool = True,
        tag: str | None = None,
        pixel_aspect: Fraction = Fraction(1),
    ) -> None:
        source = self._open_files.enter_context(opened(path))
        stream = source.streams[index]
        target = self._container.add_stream_from_template(stream, opaque=True)
        target.time_base = time_base
        if tag is not None:
            target.codec_context.codec_tag = tag
        if pixel_aspect != 1:  # VP9 does not know it: only its container tells
            assert isinstance(target, av.VideoStream)
            target.codec_context.sample_aspect_ratio = pixel_aspect

        def track() -> Generator[float, None, None]:
            order = 0
            length_size = 0 if words else unit_length_size(stream.codec_context)
            for packet in packets(source, path.name, stream):
                if is_flush(packet):
                    continue
                packet = packet if words else without_words(packet, length_size)
                retime(order, packet)
                order += 1
                time_s = float((packet.pts or 0) * packet.time_base)
                packet.stream = target
                try:
                    self._container.mux_one(packet)
                except ValueError:  # libav's "invalid": of all that is written, only packets can be
                    raise NotReadable(path.name, "is damaged: it cannot be packed anew") from None
                yield time_s

        self._tracks.append(track())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Says of what the operating system or libav reports while writing `path` that it could not be written."""
    try:
        yield
    except (OSError, av.error.FFmpegError) as error:
        raise NotWritten(path.name, error.strerror or str(error)) from None
