"""How the sample that ships with the pack was made: `python -m tests.support.make_sample PORTRAIT BEFORE SPEECH [FOLDER]`.

PORTRAIT is scikit-image's `astronaut.png`; BEFORE and SPEECH are what `flite` said (lipsync/sample/SOURCES.md has the sentences).
The clip is a portrait whose head sways a little while the camera moves in, with a voice saying something else.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from lipsync import sample

FRAME_RATE = Fraction(25)
FRAMES = 100
SIDE = 512
SOUND_RATE = 48000
SPEECH_RATE = 44100
BT709 = 1

CENTRE = (222.0, 150.0)  # of the crop, in pixels of the portrait: above the mission patch, beside the model of the shuttle
HALF = 142.0
NECK = (226.0, 188.0)  # what the head turns on
HEAD = (226.0, 100.0, 75.0)  # its middle, and how far the turning reaches


def frame_at(portrait: torch.Tensor, phase: float) -> np.ndarray:
    """One picture, SIDE x SIDE x 3 of 8 bits, of `portrait` (1 x 3 x H x W, 0..1); `phase` runs from 0 to 1 over the clip."""
    half = HALF * (1.0 - 0.03 * (1.0 - math.cos(math.pi * phase)))
    steps = torch.linspace(-half, half, SIDE)
    y, x = torch.meshgrid(CENTRE[1] + steps, CENTRE[0] + steps, indexing="ij")
    angle = math.radians(2.5) * math.sin(2 * math.pi * phase)
    reach = torch.exp(-((x - HEAD[0]) ** 2 + (y - HEAD[1]) ** 2) / (2 * HEAD[2] ** 2)) * angle
    from_neck_x, from_neck_y = x - NECK[0], y - NECK[1]
    x, y = x - reach * from_neck_y, y + reach * from_neck_x
    height, width = portrait.shape[2:]
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)[None]
    picture = functional.grid_sample(portrait, grid, mode="bicubic", padding_mode="border", align_corners=False)
    return (picture[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()


def samples(path: Path, rate: int) -> np.ndarray:
    """The sound of `path` as one channel of 16-bit samples at `rate`, its loudest one at -3 dB."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    with av.open(str(path)) as source:
        decoded: Iterator[av.AudioFrame | None] = iter([*source.decode(audio=0), None])
        parts = [part.to_ndarray().reshape(-1) for frame in decoded for part in resampler.resample(frame)]
    sound = np.concatenate(parts).astype(np.float64)
    return (sound * (10 ** (-3 / 20) * 32767 / np.abs(sound).max())).round().astype(np.int16)


def sound_frame(sound: np.ndarray, rate: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    return frame


def write_clip(path: Path, pictures: list[np.ndarray], sound: np.ndarray) -> None:
    """H.264 in MP4 as the services like it best, so that it goes up untouched; no B-frames, so that nothing needs an edit list."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as out:
        video = out.add_stream("libx264", rate=FRAME_RATE, options={"crf": "17", "preset": "veryslow", "bf": "0", "g": "50"})
        video.width, video.height, video.pix_fmt = SIDE, SIDE, "yuv420p"
        context = video.codec_context
        context.sample_aspect_ratio = Fraction(1)
        context.colorspace = context.color_primaries = context.color_trc = context.color_range = BT709
        audio = out.add_stream("aac", rate=SOUND_RATE, layout="mono")
        audio.bit_rate = 64000
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            frame.pts, frame.time_base = index, 1 / FRAME_RATE
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        out.mux(audio.encode(sound_frame(sound, SOUND_RATE)))
        out.mux(audio.encode(None))


def write_speech(path: Path, sound: np.ndarray) -> None:
    with av.open(str(path), "w", format="wav", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("pcm_s16le", rate=SPEECH_RATE, layout="mono")
        out.mux(stream.encode(sound_frame(sound, SPEECH_RATE)))
        out.mux(stream.encode(None))


def main(portrait: str, before: str, speech: str, folder: str = str(sample.CLIP.parent)) -> None:
    pixels = torch.from_numpy(np.asarray(Image.open(portrait).convert("RGB")).copy())
    source = pixels.permute(2, 0, 1)[None].float() / 255
    pictures = [frame_at(source, index / FRAMES) for index in range(FRAMES)]
    length = int(FRAMES / FRAME_RATE * SOUND_RATE)
    voice = samples(Path(before), SOUND_RATE)[:length]
    write_clip(Path(folder, sample.CLIP.name), pictures, np.pad(voice, (0, length - len(voice))))
    write_speech(Path(folder, sample.SPEECH.name), samples(Path(speech), SPEECH_RATE))
    Image.fromarray(pictures[0]).save(Path(folder, sample.PICTURE.name), quality=92, subsampling=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
