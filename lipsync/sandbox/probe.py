"""What a media file really is, read from its bytes and never from its name or its Content-Type."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

VIDEO_CONTAINERS = {"mov,mp4,m4a,3gp,3g2,mj2", "webm", "avi"}  # sync-api.md 4.3
AUDIO_CONTAINERS = {"wav", "mp3", "ogg", "flac", "mov,mp4,m4a,3gp,3g2,mj2", "asf", "aac"}
IMAGE_CODECS = {"mjpeg", "png", "webp"}
_IMAGE_CONTAINERS = {"image2", "png_pipe", "jpeg_pipe", "webp_pipe", "gif", "bmp_pipe", "tiff_pipe", "apng"}
_UNKNOWN_LENGTHS = (0, 0xFFFFFFFF)


class Unreadable(Exception):
    """The bytes are no media that can be decoded."""


@dataclass(frozen=True, kw_only=True)
class MediaFacts:
    """`duration_s` and `frame_rate` are None where the container does not tell them; sizes in pixels, 0 without a picture."""

    kind: str  # "video", "image" or "audio": a picture that moves, one that does not, or none
    container: str
    codec: str
    width: int
    height: int
    duration_s: float | None  # of the picture, or of the sound where there is none
    container_s: float | None  # of the longest stream
    frame_rate: Fraction | None
    frames: int | None
    has_sound: bool
    size_bytes: int


def probe(path: Path) -> MediaFacts:
    """Open `path` and decode a little of it. Raises Unreadable."""
    try:
        with av.open(str(path)) as media:
            return _facts(media, path)
    except av.FFmpegError as problem:
        raise Unreadable(problem.strerror) from problem  # not its text, which names our file
    except (ValueError, IndexError) as problem:
        raise Unreadable(str(problem)) from problem


def _facts(media: av.container.InputContainer, path: Path) -> MediaFacts:
    container = _container(media.format.name, path)
    picture = next((s for s in media.streams.video if not s.disposition & av.stream.Disposition.attached_pic), None)
    sound = media.streams.audio[0] if media.streams.audio else None
    stream = picture or sound
    if stream is None:
        raise Unreadable("neither picture nor sound")
    first = next(media.decode(stream), None)
    if first is None:
        raise Unreadable("nothing to decode")
    still = container in _IMAGE_CONTAINERS
    told = not still and not _streamed_wav(container, path)
    rate = picture.average_rate or picture.guessed_rate if picture and not still else None
    return MediaFacts(
        kind="image" if still else "video" if picture else "audio",
        container=container,
        codec=stream.codec_context.name,
        width=picture.codec_context.width if picture else 0,
        height=picture.codec_context.height if picture else 0,
        duration_s=_stream_s(media, stream) if told else None,
        container_s=_container_s(media) if told else None,
        frame_rate=Fraction(rate) if rate else None,
        frames=(picture.frames or None) if picture else None,
        has_sound=sound is not None,
        size_bytes=path.stat().st_size,
    )


def _container(name: str, path: Path) -> str:
    if name != "matroska,webm":
        return name
    with path.open("rb") as file:
        return "webm" if b"webm" in file.read(64) else "matroska"


def _stream_s(media: av.container.InputContainer, stream: av.stream.Stream) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return _container_s(media)


def _container_s(media: av.container.InputContainer) -> float | None:
    return media.duration / av.time_base if media.duration and media.duration > 0 else None


def _streamed_wav(container: str, path: Path) -> bool:
    """Whether a WAV was written to a pipe: its header leaves the length open, which FFmpeg would guess silently."""
    if container != "wav":
        return False
    with path.open("rb") as file:
        head = file.read(4096)
    at = head.find(b"data")
    return at >= 0 and int.from_bytes(head[at + 4 : at + 8], "little") in _UNKNOWN_LENGTHS
