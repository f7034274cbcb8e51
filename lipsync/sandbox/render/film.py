"""From a plan to an MP4: picture, marks and sound, streamed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from .marks import Canvas, Sign, mouth_of, sandbox_sign, watermark
from .picture import Clip, NoPicture
from .plan import FilmPlan
from .sound import RATE, Samples, Sound

_BT709, _LIMITED = 1, 1
_ENCODER = {"preset": "ultrafast", "crf": "20"}
_SOUND_BITS_PER_S = 192_000


class FilmError(Exception):
    """The film could not be made of its media."""


def make_film(plan: FilmPlan, *, file_of: Callable[[str], Path], target: Path, watermarked: bool) -> None:
    """Write the film of `plan` to `target`: H.264 and AAC in an MP4 that can be played while it loads.

    `file_of` tells where an object is. Raises FilmError. Takes seconds: not for the event loop's thread.
    """
    picture = file_of(plan.picture)
    speeches = {part.speech: file_of(part.speech) for part in plan.speeches}
    try:
        with ExitStack() as held:
            sound = Sound(plan, speeches, picture if plan.keep_sound else None, held)
            output = held.enter_context(av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}))
            _write(output, plan, _clip(plan, picture), sound, watermarked=watermarked)
    except (av.FFmpegError, OSError) as problem:
        raise FilmError(f"The film could not be made: {problem.strerror}.") from problem
    except NoPicture as problem:
        raise FilmError(f"The film could not be made: {problem}.") from problem


def _clip(plan: FilmPlan, picture: Path) -> Clip:
    with av.open(str(picture)) as media:
        size = media.streams.video[0].codec_context
        return Clip(
            path=picture,
            frame_rate=plan.frame_rate,
            frames=max(1, round(plan.picture_s * plan.frame_rate)),
            width=max(2, size.width - size.width % 2),
            height=max(2, size.height - size.height % 2),
        )


def _write(output: OutputContainer, plan: FilmPlan, clip: Clip, sound: Sound, *, watermarked: bool) -> None:
    video, audio = _video_stream(output, plan, clip), _audio_stream(output, sound)
    signs = [sandbox_sign(clip.width, clip.height), *([watermark(clip.width, clip.height)] if watermarked else [])]
    written, chunks = 0, sound.chunks(RATE)
    for number, (source, planes) in enumerate(clip.in_order(plan.order, plan.frames)):
        if number >= written * plan.frame_rate:  # a second of sound before each second of picture
            _write_sound(output, audio, next(chunks, None), written * RATE)
            written += 1
        canvas = Canvas(planes.copy(), clip.width, clip.height)
        _mark(canvas, plan, sound, signs, number, source)
        frame = av.VideoFrame.from_ndarray(canvas.planes, format="yuv420p")
        frame.pts, frame.time_base = number, 1 / plan.frame_rate
        frame.colorspace, frame.color_range = _BT709, _LIMITED
        output.mux(video.encode(frame))
    for second, chunk in enumerate(chunks, start=written):
        _write_sound(output, audio, chunk, second * RATE)
    output.mux(video.encode(None))
    output.mux(audio.encode(None))


def _mark(canvas: Canvas, plan: FilmPlan, sound: Sound, signs: list[Sign], number: int, source: int) -> None:
    for placed in sound.parts:
        loudness = placed.loudness_at(number)
        if loudness is None and plan.segmented:
            continue
        mouth = mouth_of(placed.part.speaker or plan.speaker, source, canvas.width, canvas.height)
        if mouth:
            mouth.draw(canvas, loudness or 0.0)
    for sign in signs:
        sign.draw(canvas)


def _write_sound(output: OutputContainer, audio: AudioStream, samples: Samples | None, at: int) -> None:
    if samples is None:
        return
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=audio.layout.name)
    frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
    output.mux(audio.encode(frame))


def _video_stream(output: OutputContainer, plan: FilmPlan, clip: Clip) -> VideoStream:
    stream = output.add_stream("libx264", rate=plan.frame_rate, options=_ENCODER)
    stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv420p"
    codec = stream.codec_context
    codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
    codec.color_range = _LIMITED
    stream.time_base = codec.time_base = 1 / plan.frame_rate
    return stream


def _audio_stream(output: OutputContainer, sound: Sound) -> AudioStream:
    layout = "mono" if sound.channels == 1 else "stereo"
    return output.add_stream("aac", rate=RATE, layout=layout, bit_rate=_SOUND_BITS_PER_S)
