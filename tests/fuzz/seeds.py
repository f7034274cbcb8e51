"""The files that are spoilt: small films, sounds and photos of every kind that is read here, drawn by code and right as they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from av.video.frame import VideoFrame

from tests.media.clips import make_clip, make_speech, numbered, set_display_matrix, tone

Draw = Callable[[Path], object]

_WIDTH, _HEIGHT, _COUNT = 64, 48, 12
_SOUND = tone(_COUNT / 25, channels=2)
_HDR10, _HLG = (1, 9, 9, 16), (1, 9, 9, 18)
_TURNED, _MIRRORED = (0, 1, -1, 0), (-1, 0, 0, 1)
_QUIET_265 = {"x265-params": "log-level=none"}
_VARYING = [Fraction(index, 30) if index < 6 else Fraction(1, 2) + Fraction(index, 10) for index in range(_COUNT)]


def _clip(path: Path, *, speaks: bool = True, **options: object) -> Path:
    size = {"width": _WIDTH, "height": _HEIGHT, "frames": _COUNT}
    return make_clip(path, **{**size, "sound": _SOUND if speaks else None, **options})  # type: ignore[arg-type]


def film(**options: object) -> Draw:
    """A clip with sound, as `make_clip` makes it."""
    return lambda path: _clip(path, **options)


def turned(matrix: tuple[int, int, int, int], **options: object) -> Draw:
    return lambda path: set_display_matrix(_clip(path, **options), matrix)


def see_through(codec: str, pixel_format: str, **options: str) -> Draw:
    """A clip with alpha, half of which can be seen through."""

    def draw(path: Path) -> None:
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=25, options=options)
            stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, pixel_format
            stream.metadata["alpha_mode"] = "1"
            for index in range(_COUNT // 2):
                pixels = np.dstack([numbered(index, _WIDTH, _HEIGHT), np.full((_HEIGHT, _WIDTH), 255, np.uint8)])
                pixels[:, _WIDTH // 2 :, 3] = 100
                frame = VideoFrame.from_ndarray(pixels, format="rgba").reformat(format=pixel_format)
                frame.pts = index
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))

    return draw


def speech(codec: str, **options: object) -> Draw:
    return lambda path: make_speech(path, **{"codec": codec, "seconds": 0.4, **options})  # type: ignore[arg-type]


def with_cover(codec: str, **tags: str) -> Draw:
    """A sound with a picture on it, as music has."""

    def draw(path: Path) -> None:
        bare = make_speech(path.with_name(f"bare-{path.name}"), codec=codec, seconds=0.4)
        with av.open(str(bare)) as source, av.open(str(path), "w") as container:
            sound = source.streams.audio[0]
            copy = container.add_stream_from_template(sound)
            cover = container.add_stream("mjpeg", rate=25)
            cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
            cover.disposition = Disposition.attached_pic.value  # an int for av 16
            container.metadata.update(tags)
            frame = VideoFrame.from_ndarray(numbered(3, 32, 32), format="rgb24").reformat(format="yuvj420p")
            for packet in (*cover.encode(frame), *cover.encode(None)):
                container.mux(packet)
            for packet in source.demux(sound):
                if packet.dts is not None:
                    packet.stream = copy
                    container.mux(packet)
        bare.unlink()

    return draw


def photo(codec: str, pixel_format: str) -> Draw:
    def draw(path: Path) -> None:
        encoder = av.CodecContext.create(codec, "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = _WIDTH, _HEIGHT, pixel_format, Fraction(1, 25)
        frame = VideoFrame.from_ndarray(numbered(7, _WIDTH, _HEIGHT), format="rgb24").reformat(format=pixel_format)
        path.write_bytes(b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None))))

    return draw


_TAGS = {"title": "A film", "location": "+48.1+011.5/", "comment": '{"nodes": []}'}
_NO_PLANES = {"colour": None}

FILMS: dict[str, Draw] = {
    # H.264 in every container, and all that phones, cameras and programs do to it
    "h264.mp4": film(),
    "h264.mov": film(sound_codec="pcm_s16le"),
    "h264.mkv": film(sound_codec="libopus"),
    "h264.ts": film(sound_codec="aac"),
    "h264.avi": film(sound_codec="libmp3lame", b_frames=0),
    "h264.flv": film(b_frames=0),
    "h264-silent.mp4": film(speaks=False),
    "h264-fast-start.mp4": film(movflags="+faststart", tags=_TAGS),
    "h264-fragments.mp4": film(movflags="+frag_keyframe+empty_moov+default_base_moof", options={"g": "4"}),
    "h264-fragments-indexed.mp4": film(movflags="+dash+global_sidx", options={"g": "4"}),
    "h264-turned.mp4": turned(_TURNED),
    "h264-mirrored.mov": turned(_MIRRORED, sound_codec="alac"),
    "h264-varying.mp4": film(times=_VARYING),
    "h264-varying.mkv": film(times=_VARYING, sound_codec="flac"),
    "h264-late-sound.mp4": film(sound_at_s=0.2),
    "h264-interlaced.mp4": film(options={"x264-params": "tff=1"}, sound_codec="ac3"),
    "h264-oblong-pixels.mp4": film(pixel_aspect=Fraction(4, 3)),
    "h264-odd.mkv": film(width=65, height=49, pixel_format="yuv444p"),
    "h264-deep.mp4": film(pixel_format="yuv422p10le"),
    "h264-5.1.mp4": film(sound=tone(0.48, channels=6)),
    "h264-larger.mp4": film(width=320, height=240, frames=5),
    "hevc.mp4": film(codec="libx265", options=_QUIET_265),
    "hevc.mkv": film(codec="libx265", options=_QUIET_265, sound_codec="eac3"),
    "hevc.ts": film(codec="libx265", options=_QUIET_265, sound_codec="mp2"),
    "hevc-hdr10.mp4": film(codec="libx265", pixel_format="yuv420p10le", colour=_HDR10, options=_QUIET_265, frames=6),
    "hevc-hlg-turned-varying.mov": turned(
        _TURNED, codec="libx265", pixel_format="yuv420p10le", colour=_HLG, options=_QUIET_265, times=_VARYING, sound_at_s=0.1
    ),
    "vp8.webm": film(codec="libvpx", sound_codec="libopus"),
    "vp9.webm": film(codec="libvpx-vp9", sound_codec="libopus"),
    "vp9.mp4": film(codec="libvpx-vp9", sound_codec="libopus"),
    "vp9-varying.webm": film(codec="libvpx-vp9", sound_codec="libopus", times=_VARYING),
    "vp9-alpha.webm": see_through("libvpx-vp9", "yuva420p"),
    "vp8-alpha.webm": see_through("libvpx", "yuva420p", **{"auto-alt-ref": "0"}),
    "vp9.ivf": film(codec="libvpx-vp9", speaks=False),
    "av1.mp4": film(codec="libsvtav1", options={"preset": "12"}, width=128, height=96),
    "av1.webm": film(codec="libsvtav1", options={"preset": "12"}, sound_codec="libopus", width=128, height=96),
    "mpeg2.ts": film(codec="mpeg2video", sound_codec="mp2"),
    "mpeg2.mpg": film(codec="mpeg2video", sound_codec="mp2"),
    "mpeg2-interlaced.ts": film(codec="mpeg2video", sound_codec="ac3", options={"flags": "+ildct+ilme"}),
    "mpeg2.mxf": film(codec="mpeg2video", sound_codec="pcm_s16le", rate=25),
    "mpeg4.avi": film(codec="mpeg4", sound_codec="libmp3lame", b_frames=0),
    "mpeg4.mp4": film(codec="mpeg4"),
    "mpeg4.3gp": film(codec="mpeg4"),
    "msmpeg4.avi": film(codec="msmpeg4v2", sound_codec="adpcm_ms"),
    "wmv.asf": film(codec="wmv2", sound_codec="libmp3lame"),
    "h263.flv": film(codec="flv", sound_codec="libmp3lame", sound=tone(0.48, 44100), sound_rate=44100, width=64, height=48),
    "mjpeg.avi": film(codec="mjpeg", pixel_format="yuvj420p", sound_codec="pcm_s16le", colour=(2, 5, 5, 6), frames=6),
    "mjpeg.mov": film(codec="mjpeg", pixel_format="yuvj422p", sound_codec="pcm_s16be", colour=(2, 5, 5, 6), frames=6),
    "prores.mov": film(codec="prores_ks", pixel_format="yuv422p10le", sound_codec="pcm_s24le", frames=5),
    "prores-alpha.mov": see_through("prores_ks", "yuva444p10le", profile="4444"),
    "dnxhr.mov": film(codec="dnxhd", pixel_format="yuv422p", options={"profile": "dnxhr_lb"}, width=256, height=120, frames=5),
    "dnxhr.mxf": film(
        codec="dnxhd", pixel_format="yuv422p", options={"profile": "dnxhr_lb"}, width=256, height=120, frames=5, sound_codec="pcm_s16le"
    ),
    "animation.mov": see_through("qtrle", "argb"),
    "png.mov": see_through("png", "rgba"),
    "ffv1.mkv": film(codec="ffv1", sound_codec="pcm_s16le", frames=5),
    "raw.avi": film(codec="rawvideo", pixel_format="yuv420p", sound_codec="pcm_u8", frames=5),
    "picture.gif": film(codec="gif", pixel_format="rgb8", speaks=False, **_NO_PLANES),
    "varying.gif": film(codec="gif", pixel_format="rgb8", speaks=False, times=_VARYING, **_NO_PLANES),
}
"""By file name: films."""

SOUNDS: dict[str, Draw] = {
    "speech.wav": speech("pcm_s16le"),
    "speech-24.wav": speech("pcm_s24le", rate=96000, channels=2),
    "speech-float.wav": speech("pcm_f32le", channels=6, tags=_TAGS),
    "speech-adpcm.wav": speech("adpcm_ima_wav", rate=22050),
    "speech.w64": speech("pcm_s16le"),
    "speech.mp3": speech("libmp3lame", tags=_TAGS),
    "speech-8k.mp3": speech("libmp3lame", rate=8000),
    "cover.mp3": with_cover("libmp3lame", **_TAGS),
    "speech.flac": speech("flac", tags=_TAGS),
    "cover.flac": with_cover("flac"),
    "opus.ogg": speech("libopus", tags=_TAGS),
    "flac.ogg": speech("flac"),
    "speech.m4a": speech("aac", tags=_TAGS),
    "alac.m4a": speech("alac", rate=44100),
    "opus.webm": speech("libopus"),
    "speech.mka": speech("pcm_s16le"),
    "speech.aac": speech("aac"),
    "speech.aiff": speech("pcm_s16be"),
    "speech.caf": speech("pcm_s16be"),
    "speech.ac3": speech("ac3"),
    "speech.eac3": speech("eac3"),
    "speech.au": speech("pcm_s16be"),
}
"""By file name: sounds."""

PHOTOS: dict[str, Draw] = {
    "photo.png": photo("png", "rgb24"),
    "alpha.png": photo("png", "rgba"),
    "photo.jpg": photo("mjpeg", "yuvj420p"),
    "photo.webp": photo("libwebp", "yuv420p"),
    "photo.bmp": photo("bmp", "bgr24"),
    "photo.tiff": photo("tiff", "rgb24"),
}
"""By file name: photos."""

SEEDS: dict[str, Draw] = {**FILMS, **SOUNDS, **PHOTOS}


def draw_seeds(folder: Path) -> dict[str, bytes]:
    """All of them, in `folder`, by file name."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("SVT_LOG", "1")  # the encoder of AV1 talks
    for name, draw in SEEDS.items():
        draw(folder / name)
    return read_seeds(folder)


def read_seeds(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in SEEDS}
