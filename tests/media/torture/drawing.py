"""Recipes made into files by PyAV."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.stream import Disposition

from tests.media.torture.planes import stored
from tests.media.torture.recipe import UPRIGHT, Beside, Recipe, Voice
from tests.media.torture.surgery import set_matrix
from tests.media.torture.voice import LAYOUTS, voice
from tests.support.encoders import open_encoder

_ENCODERS: dict[str, dict[str, str]] = {
    "libx264": {"crf": "12", "preset": "veryfast"},
    "libx264rgb": {"crf": "12", "preset": "veryfast"},
    "libx265": {"preset": "ultrafast", "x265-params": "crf=12:log-level=none:bframes=2:frame-threads=1:pools=none"},
    "libvpx": {"crf": "6", "b": "4M", "deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "0"},
    "libvpx-vp9": {"crf": "6", "b": "0", "deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"crf": "10", "preset": "12", "svtav1-params": "lp=1"},
    "mpeg4": {"b": "6M", "qmin": "1", "qmax": "3"},
    "mpeg2video": {"b": "6M", "qmin": "1", "qmax": "3"},
    "mjpeg": {"qmin": "1", "qmax": "2", "b": "20M"},
    "wmv2": {"b": "6M"},
    "flv1": {"b": "6M"},
    "h263": {"b": "6M"},
}
_WITH_B_FRAMES = ("libx264", "libx264rgb", "mpeg4", "mpeg2video")


def make(recipe: Recipe, path: Path) -> Path:
    """Write what `recipe` says to `path`."""
    if recipe.beside:
        _join(recipe, path)
    else:
        _draw(recipe, path)
    if recipe.look.turn != UPRIGHT:
        set_matrix(path, recipe.look.turn)
    for change in recipe.changes:
        change(path)
    return path


def _draw(recipe: Recipe, path: Path) -> None:
    with _written(recipe, path) as container:
        _encode(container, recipe)


def _written(recipe: Recipe, path: Path) -> OutputContainer:
    options = dict(recipe.container_options)
    if recipe.tags and path.suffix in (".mp4", ".mov"):
        options["movflags"] = options.get("movflags", "") + "+use_metadata_tags"
    container = av.open(str(path), "w", format=recipe.format, options=options)
    container.metadata.update(recipe.tags)
    if recipe.chapters:
        ends = (*recipe.chapters[1:], float(recipe.times_s[-1]))
        container.set_chapters(
            [
                {
                    "id": place,
                    "start": round(start * 1000),
                    "end": round(end * 1000),
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": f"Part {place}"},
                }
                for place, (start, end) in enumerate(zip(recipe.chapters, ends, strict=True))
            ]
        )
    return container


def _join(recipe: Recipe, path: Path) -> None:
    """Draw each part by itself, and copy the streams of all into one file."""
    own = Beside(replace(recipe, beside=()), disposition=recipe.disposition)
    parts = [*(part for part in recipe.beside if part.before), own, *(part for part in recipe.beside if not part.before)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_files:
        target = open_files.enter_context(_written(recipe, path))
        packets = []
        for place, part in enumerate(parts):
            file = Path(folder) / f"{place}.mov"  # which tells every time
            _draw(part.recipe, file)
            source = open_files.enter_context(av.open(str(file)))
            copies = {}
            for stream in source.streams:
                copies[stream.index] = copy = target.add_stream_from_template(stream, opaque=True)
                copy.disposition = Disposition[part.disposition].value if part.disposition else 0
            for packet in source.demux():
                if packet.dts is not None:
                    packets.append((packet.dts * packet.time_base, packet, copies[packet.stream_index]))
        for _, packet, copy in sorted(packets, key=lambda item: item[0]):
            packet.stream = copy
            target.mux_one(packet)


def _encode(container: OutputContainer, recipe: Recipe) -> None:
    look = recipe.look
    stream = container.add_stream(look.codec, rate=recipe.rate, options={"threads": "1", **_ENCODERS.get(look.codec, {}), **look.options})
    first = stored(recipe.first, recipe.size, look)
    stream.width, stream.height, stream.pix_fmt = first.width, first.height, look.pixel_format
    clock = recipe.clock or (1 / recipe.rate if recipe.times is None else Fraction(1, 90000))
    context = stream.codec_context
    context.time_base = clock
    context.sample_aspect_ratio = look.aspect
    if look.codec in _WITH_B_FRAMES:
        context.max_b_frames = look.b_frames
    if look.tagged:
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = look.colour_tags
    if look.codec == "libvpx" or look.codec == "libvpx-vp9":
        stream.metadata.update({"alpha_mode": "1"} if "yuva" in look.pixel_format else {})
    heard = None if recipe.voice is None else _voice_stream(container, recipe.voice)
    open_encoder(stream)
    for index, time_s in enumerate(recipe.times_s):
        frame = stored(recipe.first + index, recipe.size, look)
        frame.pts, frame.time_base = round((time_s + recipe.shift_s) / clock), clock
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
    if recipe.voice is not None and heard is not None:
        for block in voice_frames(recipe.voice, shift_s=float(recipe.shift_s)):
            container.mux(heard.encode(block))
        container.mux(heard.encode(None))


def _voice_stream(container: OutputContainer, said: Voice) -> av.AudioStream:
    stream = container.add_stream(said.codec, rate=said.rate, layout=LAYOUTS[said.channels], options={"strict": "experimental"})
    if said.codec in ("aac", "libopus", "ac3", "vorbis", "mp2", "libmp3lame", "eac3"):
        stream.bit_rate = {"libopus": 96_000}.get(said.codec, 128_000) * (1 if said.channels <= 2 else 3)
    return stream


def voice_frames(said: Voice, *, shift_s: float = 0.0) -> Iterator[AudioFrame]:
    first, end = round(said.start_s * said.rate), round(said.end_s * said.rate)
    for start in range(first, end, 4096):
        times_s = np.arange(start, min(end, start + 4096)) / said.rate
        packed = np.ascontiguousarray(voice(times_s, said.channels).T).reshape(1, -1)
        frame = AudioFrame.from_ndarray(packed, format="flt", layout=LAYOUTS[said.channels])
        frame.sample_rate, frame.time_base = said.rate, Fraction(1, said.rate)
        frame.pts = start + round(shift_s * said.rate)
        yield frame
