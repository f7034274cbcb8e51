"""The sample is small, plays, and is media that goes up as it is (design section 6)."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from PIL import Image

from lipsync import sample

STRUCTURE = {"major_brand", "minor_version", "compatible_brands", "language", "handler_name", "vendor_id"}


def loudness(path: str) -> float:
    """Root mean square of the sound, full scale being 1."""
    with av.open(path) as media:
        resampler = av.AudioResampler(format="flt", layout="mono")
        parts = [part.to_ndarray().ravel() for frame in media.decode(audio=0) for part in resampler.resample(frame)]
    return float(np.sqrt(np.mean(np.concatenate(parts) ** 2)))


def test_it_is_smaller_than_a_megabyte() -> None:
    assert sum(path.stat().st_size for path in sample.CLIP.parent.iterdir() if path.is_file()) < 1_000_000


def test_the_clip_is_already_right() -> None:
    with av.open(str(sample.CLIP)) as clip:
        video, audio = clip.streams.video[0], clip.streams.audio[0]
        context = video.codec_context
        assert (context.name, context.pix_fmt, audio.codec_context.name) == ("h264", "yuv420p", "aac")
        assert (context.color_range, context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1, 1)
        assert (video.width, video.height, video.sample_aspect_ratio) == (512, 512, 1)
        assert set().union(clip.metadata, video.metadata, audio.metadata) <= STRUCTURE
        assert video.start_time == audio.start_time == 0
        frames = list(clip.decode(video))
    assert [frame.pts * frame.time_base for frame in frames] == [Fraction(index, 25) for index in range(100)]
    assert not any(frame.interlaced_frame for frame in frames)
    assert abs(frames[-1].to_ndarray(format="rgb24").astype(int) - frames[0].to_ndarray(format="rgb24")).mean() > 1, "it moves"


def test_clip_and_speech_can_be_heard() -> None:
    assert loudness(str(sample.CLIP)) > 0.02
    assert loudness(str(sample.SPEECH)) > 0.02


def test_the_speech_is_a_plain_wave_file_a_little_longer_than_the_clip() -> None:
    with av.open(str(sample.SPEECH)) as speech:
        context = speech.streams.audio[0].codec_context
        assert (context.name, context.sample_rate, context.channels) == ("pcm_s16le", 44100, 1)
        assert 4 < speech.duration / av.time_base < 5


def test_the_picture_is_the_face_of_the_clip() -> None:
    picture = np.asarray(Image.open(sample.PICTURE).convert("RGB")).astype(int)
    with av.open(str(sample.CLIP)) as clip:
        first = next(clip.decode(video=0)).to_ndarray(format="rgb24")
    assert abs(picture - first).mean() < 4
