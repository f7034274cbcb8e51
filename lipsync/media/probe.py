"""What a media file holds, from its packets rather than its headers. One picture is decoded, and no sound."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.sidedata.sidedata import Type as SideDataType
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ..errors.media import NotReadable
from .boxes import foreign_boxes, has_fragments, told_lengths_s
from .colour import FULL, Colour, first_told, told_colour
from .digests import state_of
from .geometry import Orientation, even_size, orientation_of, square_size, turned
from .reels import Reel, read_reels
from .streams import MP4, opened, order_untold, picture_stream, sound_stream
from .tags import private_tags
from .timing import timing_of
from .units import Units
from .wholeness import is_whole

_REMEMBERED = 64
_LONGEST_PIXEL = 10
_SOUND_WANDER_S = 0.003  # clocks that count in milliseconds stay below it, and a missing packet does not


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The moving picture of a file. Sizes in pixels as stored; `pts` in `time_base`, in the order of decoding, without frames that an
    edit list hides (`hidden_frames`) or that cannot be decoded, as others that they need were cut off (then not `begins_whole`);
    `changes` and `says_more` as in Units, `order_untold` as in streams; seconds on the file's own clock."""

    index: int
    codec: str
    profile: str | None
    pixel_format: str
    bit_depth: int
    has_alpha: bool
    interlaced: bool
    width: int
    height: int
    pixel_aspect: Fraction
    orientation: Orientation
    colour: Colour
    time_base: Fraction
    pts: NDArray[np.int64] = field(repr=False, compare=False)
    hidden_frames: int
    begins_whole: bool
    order_untold: bool
    changes: bool
    says_more: bool
    frame_rate: Fraction
    constant: bool
    start_s: Fraction
    end_s: Fraction
    told_duration_s: float | None

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height of the upright picture in square pixels."""
        width, height = square_size(self.width, self.height, self.pixel_aspect)
        return (height, width) if self.orientation.sideways else (width, height)

    @property
    def even_size(self) -> tuple[int, int]:
        """The same, with each odd side grown by one, as H.264 needs it."""
        return even_size(*self.shown_size)


@dataclass(frozen=True, kw_only=True)
class Sound:
    """The sound of a file; seconds on the file's own clock. `packet_samples` is what each packet holds if that never varies and no
    packet is missing, else 0; `first_packet_s` lies before `start_s` where a codec needs a run-up."""

    index: int
    codec: str
    sample_rate: int
    channels: int
    start_s: float
    end_s: float
    first_packet_s: float
    packet_samples: int


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What `path` holds. `container` is libav's name of the format, `brand` the major brand of an MP4 or MOV;
    `told_lengths_s` what its headers tell: of the whole, of the picture's track and of its media."""

    path: Path
    container: str
    brand: str
    picture: Picture | None
    sound: Sound | None
    other_streams: tuple[str, ...]
    private_tags: tuple[str, ...]
    foreign_boxes: tuple[str, ...]
    fragmented: bool
    told_duration_s: float | None
    told_lengths_s: tuple[float, ...]

    @property
    def start_s(self) -> float:
        """Where the first of picture and sound begins, on the file's own clock."""
        return min(float(part.start_s) for part in (self.picture, self.sound) if part is not None)

    @property
    def end_s(self) -> float:
        """Where the last of them ends."""
        return max(float(part.end_s) for part in (self.picture, self.sound) if part is not None)


_remembered: dict[str, Probe] = {}
_lock = threading.Lock()


def probe(path: Path, cancelled: Callable[[], bool] = lambda: False) -> Probe:
    """Read all packets of `path` and say what it holds; remembered for as long as the file stays what it is.

    Raises NotReadable with the cause in plain words, and Cancelled.
    """
    try:
        state = state_of(path)
    except OSError:
        state = ""  # opening it says why
    with _lock:
        known = _remembered.get(state)
    if known is None:
        known = _probe(path, cancelled)
        with _lock:
            _remembered[state] = known
            while len(_remembered) > _REMEMBERED:
                del _remembered[next(iter(_remembered))]
    return known


def _probe(path: Path, cancelled: Callable[[], bool]) -> Probe:
    with opened(path) as container:
        name = container.format.name
        if not is_whole(path, name):
            raise NotReadable(path.name, "is incomplete or cut short")
        picture, sound = picture_stream(container), sound_stream(container)
        chosen: list[Stream] = [stream for stream in (picture, sound) if stream is not None]
        if not chosen:
            raise NotReadable(path.name, "holds neither picture nor sound")
        others = [stream for stream in container.streams if stream not in chosen]
        told = None if picture is None else told_colour(picture)
        units = None if picture is None else Units(picture)
        reels, first = read_reels(path.name, container, chosen, picture, units, cancelled)
        if picture is not None and first is None:
            raise NotReadable(path.name, "has no picture that can be decoded")
        iso = name == MP4
        return Probe(
            path=path,
            container=name,
            brand=container.metadata.get("major_brand", "").strip(),
            picture=None
            if picture is None or told is None or first is None or units is None
            else _picture(
                picture,
                told,
                first,
                reels[picture.index],
                units,
                stored=picture.frames if iso else 0,
                untold=order_untold(container, picture),
            ),
            sound=None if sound is None else _sound(sound, reels[sound.index]),
            other_streams=tuple(_kind_of(stream) for stream in others) + ("chapters",) * bool(container.chapters()),
            private_tags=private_tags(container, chosen, recording=picture is None),
            foreign_boxes=foreign_boxes(path) if iso else (),
            fragmented=iso and has_fragments(path),
            told_duration_s=None if container.duration is None else container.duration / av.time_base,
            told_lengths_s=told_lengths_s(path) if iso else (),
        )


def _kind_of(stream: Stream) -> str:
    """ "video", "audio", "data". A stream that is of no kind has no type either: av 16 crashes over the question."""
    return "unknown" if type(stream) is Stream else str(stream.type)


def _picture(stream: VideoStream, told: Colour, first: VideoFrame, reel: Reel, units: Units, *, stored: int, untold: bool) -> Picture:
    time_base = stream.time_base or Fraction(1, av.time_base)
    every = np.array(reel.pts, dtype=np.int64)
    pts = every if first.pts is None else every[every >= first.pts]
    shown = np.sort(pts)
    timing = timing_of(
        shown,
        time_base,
        last_duration=reel.last_duration,
        told_rates=(stream.average_rate, stream.guessed_rate, stream.base_rate),
    )
    start_s = int(shown[0]) * time_base
    end_s = int(shown[-1]) * time_base + (reel.last_duration * time_base or 1 / timing.frame_rate)
    if timing.constant:
        end_s = start_s + len(pts) / timing.frame_rate
    context = stream.codec_context
    depth = max((component.bits for component in first.format.components), default=8)
    return Picture(
        index=stream.index,
        codec=context.codec.canonical_name,
        profile=context.profile,
        pixel_format=first.format.name,
        bit_depth=depth,
        has_alpha=any(component.is_alpha for component in first.format.components),
        interlaced=bool(first.interlaced_frame),
        width=first.width,
        height=first.height,
        pixel_aspect=_pixel_aspect(stream),
        orientation=_orientation(first),
        colour=Colour(
            matrix=first_told(int(first.colorspace), told.matrix),
            primaries=first_told(int(context.color_primaries), told.primaries),
            transfer=first_told(int(context.color_trc), told.transfer),
            full_range=first.color_range == FULL or first.format.name.startswith("yuvj") or (not first.color_range and told.full_range),
            rgb=bool(first.format.is_rgb) or first.format.name == "pal8",
        ),
        time_base=time_base,
        pts=pts,
        hidden_frames=reel.hidden or max(0, stored - len(every)),  # what an edit list needs for nothing is not even read
        begins_whole=reel.begins_whole and len(pts) == len(every),
        order_untold=untold,
        changes=units.changes,
        says_more=units.says_more,
        frame_rate=timing.frame_rate,
        constant=timing.constant,
        start_s=start_s,
        end_s=end_s,
        told_duration_s=None if stream.duration is None else float(stream.duration * time_base),
    )


def _pixel_aspect(stream: VideoStream) -> Fraction:
    """Pixels more than ten times as long as they are wide are a broken header, and would make pictures of any size."""
    told = stream.sample_aspect_ratio
    return told if told and Fraction(1, _LONGEST_PIXEL) <= told <= _LONGEST_PIXEL else Fraction(1)


def _orientation(frame: VideoFrame) -> Orientation:
    """How `frame` must be turned to stand upright, by the matrix that its file carries."""
    try:
        side_data: Any = frame.side_data  # av's stub knows only one kind of it
        return orientation_of(bytes(side_data[SideDataType.DISPLAYMATRIX]))
    except KeyError:
        return Orientation()
    except ValueError:  # something else in it is newer than av's list, and av shows none of it then: the angle it tells by itself
        return turned(frame.rotation)


def _sound(stream: AudioStream, reel: Reel) -> Sound:
    """The last packet is longer than the sound where the codec works in blocks; the header knows better, within one packet."""
    time_base = stream.time_base or Fraction(1, av.time_base)
    start = stream.start_time if stream.start_time is not None else min(reel.pts)
    end = reel.end
    if stream.duration is not None and 0 <= end - (start + stream.duration) <= reel.last_duration:
        end = start + stream.duration
    return Sound(
        index=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        sample_rate=stream.codec_context.sample_rate,
        channels=stream.codec_context.layout.nb_channels,
        start_s=float(start * time_base),
        end_s=float(end * time_base),
        first_packet_s=float((reel.first or 0) * time_base),
        packet_samples=_packet_samples(stream, reel, time_base),
    )


def _packet_samples(stream: AudioStream, reel: Reel, time_base: Fraction) -> int:
    context = stream.codec_context
    codec = context.codec.canonical_name
    samples = {"aac": 1024 if stream.profile == "LC" else 0, "mp3": 1152 if context.sample_rate >= 32000 else 576}.get(codec, 0)
    if not samples or not context.sample_rate:
        return 0
    times_s = np.array(reel.pts) * float(time_base)
    grid_s = times_s[0] + np.arange(len(times_s)) * samples / context.sample_rate
    return samples if float(np.abs(times_s - grid_s).max()) < _SOUND_WANDER_S else 0
