"""Small clips and sounds, drawn by code, for tests: every frame says which one it is, and every second of sound can be found again."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.support.encoders import open_encoder

Image = NDArray[np.uint8]

_BITS = 8


def numbered(index: int, width: int, height: int) -> Image:
    """A picture that carries `index` (0 to 255) as eight upright bars, dark or light, in its upper half, and colours below."""
    image = np.empty((height, width, 3), np.uint8)
    bars = np.array([(index >> bit) & 1 for bit in range(_BITS)])
    image[: height // 2] = (40 + 170 * bars[np.arange(width) * _BITS // width])[None, :, None]
    image[height // 2 :, : width // 2] = (200, 60, 60)
    image[height // 2 :, width // 2 :] = (60, 60, 200)
    return image


def number_of(image: NDArray[np.floating] | Image) -> int:
    """The index in a picture of `numbered`, uint8 or 0 to 255."""
    height, width = image.shape[:2]
    row = image[height // 8 : height * 3 // 8].mean(axis=(0, 2))
    centres = [row[int((bit + 0.5) * width / _BITS)] for bit in range(_BITS)]
    return sum(1 << bit for bit, level in enumerate(centres) if level > 125)


def tone(seconds: float, rate: int = 48000, *, channels: int = 2, hertz: float = 440.0, level: float = 0.5) -> NDArray[np.float32]:
    """A sine, float32 [C, S]."""
    wave = level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave[None].astype(np.float32), channels, axis=0)


def clicks(seconds: float, rate: int = 48000, *, channels: int = 1, every_s: float = 0.5, first_s: float = 0.25) -> NDArray[np.float32]:
    """Silence with a short burst of 3 kHz every `every_s`, whose beginning can be measured to a millisecond."""
    wave = np.zeros(round(seconds * rate), np.float32)
    burst = 0.8 * np.sin(2 * np.pi * 3000 * np.arange(rate // 100) / rate)
    at = first_s
    while at + 0.02 < seconds:
        start = round(at * rate)
        wave[start : start + len(burst)] = burst
        at += every_s
    return np.repeat(wave[None], channels, axis=0)


def first_click_s(wave: NDArray[np.float32], rate: int) -> float:
    """When the first burst of `clicks` begins in [C, S], in seconds."""
    loud = np.abs(wave).max(axis=0) > 0.2
    return float(np.argmax(loud)) / rate


def make_clip(
    path: Path,
    *,
    frames: int = 25,
    width: int = 128,
    height: int = 96,
    rate: Fraction | int = 25,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    sound: NDArray[np.float32] | None = None,
    sound_rate: int = 48000,
    sound_codec: str = "aac",
    sound_at_s: float = 0.0,
    times: Sequence[Fraction] | None = None,
    picture: Callable[[int, int, int], Image] = numbered,
    options: Mapping[str, str] = {},
    movflags: str = "",
    tags: Mapping[str, str] = {},
    colour: tuple[int, int, int, int] | None = (1, 1, 1, 1),
    pixel_aspect: Fraction = Fraction(1),
    b_frames: int = 2,
) -> Path:
    """A clip of `numbered` frames, with `sound` [C, S] if given. `times` in seconds make its rate vary; `colour` is libav's range,
    matrix, primaries and transfer (None: untagged, and encoded as BT.601)."""
    container_options = {"movflags": "+use_metadata_tags" * bool(tags) + movflags} if tags or movflags else {}
    with av.open(str(path), "w", options=container_options) as container:
        container.metadata.update(tags)
        stream = container.add_stream(codec, rate=Fraction(rate), options={"threads": "1", **options})
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        clock = Fraction(1, 90000) if times else 1 / Fraction(rate)
        context = stream.codec_context
        context.time_base = clock
        context.sample_aspect_ratio = pixel_aspect
        if codec in ("libx264", "mpeg4", "mpeg2video", "libx265"):
            context.max_b_frames = b_frames
        if colour is not None:
            context.color_range, context.colorspace, context.color_primaries, context.color_trc = colour
        voice = None
        if sound is not None:
            layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(sound)]
            voice = container.add_stream(sound_codec, rate=sound_rate, layout=layout)
        open_encoder(stream)
        for index in range(frames):
            frame = _in_colours(VideoFrame.from_ndarray(picture(index, width, height), format="rgb24"), pixel_format, colour)
            frame.pts = index if times is None else round(times[index] / clock)
            frame.time_base = clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if voice is not None and sound is not None:
            for frame in sound_frames(sound, sound_rate, at_s=sound_at_s):
                container.mux(voice.encode(frame))
            container.mux(voice.encode(None))
    return path


_MATRICES = {1: "bt709", 5: "bt470", 6: "smpte170m", 9: "bt2020"}


def _in_colours(frame: VideoFrame, pixel_format: str, colour: tuple[int, int, int, int] | None) -> VideoFrame:
    matrix = _MATRICES[colour[1]] if colour else "smpte170m"
    full = colour is not None and colour[0] == 2
    return _scaled(frame, pixel_format, {"out_color_matrix": matrix, "out_range": "full" if full else "limited"})


def _scaled(frame: VideoFrame, pixel_format: str, arguments: Mapping[str, str]) -> VideoFrame:
    """By libav's own filter, because av's reformat() means different things by a range in its versions."""
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add(
            "buffer",
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base="1/25",
            pixel_aspect="1/1",
            colorspace=str(int(frame.colorspace)) if "rgb" not in frame.format.name else "0",
            range=str(int(frame.color_range)),
        ),
        graph.add("scale", flags="bicubic+accurate_rnd+full_chroma_int", **arguments),
        graph.add("format", pix_fmts=pixel_format),
        graph.add("buffersink"),
    ).configure()
    graph.vpush(frame)
    return graph.vpull()


def sound_frames(sound: NDArray[np.float32], rate: int, *, at_s: float = 0.0) -> Iterable[AudioFrame]:
    """[C, S] as libav takes it, the first sample at `at_s`."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(sound)]
    for start in range(0, sound.shape[1], 4096):
        part = np.ascontiguousarray(sound[:, start : start + 4096].T).reshape(1, -1)
        frame = AudioFrame.from_ndarray(part, format="flt", layout=layout)
        frame.sample_rate = rate
        frame.time_base = Fraction(1, rate)
        frame.pts = start + round(at_s * rate)
        yield frame


def make_speech(
    path: Path,
    *,
    seconds: float = 1.0,
    rate: int = 48000,
    channels: int = 1,
    codec: str = "pcm_s16le",
    tags: Mapping[str, str] = {},
    wave: NDArray[np.float32] | None = None,
) -> Path:
    """A sound file of `wave` [C, S] (default: a tone), of the kind that `path`'s ending says."""
    wave = tone(seconds, rate, channels=channels) if wave is None else wave
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        stream = container.add_stream(codec, rate=rate, layout={1: "mono", 2: "stereo", 6: "5.1"}[len(wave)])
        for frame in sound_frames(wave, rate):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read_frames(path: Path) -> list[Image]:
    """The stored pictures, decoded with the file's own matrix, not turned, as uint8 [H, W, 3]."""
    with av.open(str(path)) as container:
        return [
            _scaled(frame, "rgb24", {"in_color_matrix": _MATRICES.get(frame.colorspace, "smpte170m")}).to_ndarray()
            for frame in container.decode(video=0)
        ]


def frame_times(path: Path) -> list[Fraction]:
    """When each picture is shown, in seconds."""
    with av.open(str(path)) as container:
        return [Fraction(frame.pts) * frame.time_base for frame in container.decode(video=0)]


def read_sound(path: Path) -> tuple[NDArray[np.float32], int, float]:
    """Sound [C, S], its rate, and the time of its first sample."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt")
        blocks, start_s, rate = [], None, 0
        for frame in container.decode(audio=0):
            rate = frame.sample_rate
            start_s = float(frame.pts * frame.time_base) if start_s is None else start_s
            blocks += [part.to_ndarray().reshape(-1, part.layout.nb_channels) for part in resampler.resample(frame)]
        return np.concatenate(blocks).T, rate, start_s or 0.0


def set_display_matrix(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Write the upper left (a, b, c, d as -1, 0, 1) of the display matrix of an MP4's first track, as phones do to mark a turn."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4
    version = data[at]
    at += 4 + (32 if version else 20) + 16
    a, b, c, d = (sign * 65536 for sign in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path
