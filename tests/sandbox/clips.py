"""Tiny media for the sandbox's tests, made here, so that every number in an assertion has its source in sight."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 48000


def make_video(
    target: Path, *, seconds: float = 1.0, rate: int | Fraction = 25, size: tuple[int, int] = (160, 96), sound: bool = False
) -> Path:
    """A video whose frame k is grey of brightness 40 + 2k: its place in the clip can be read from its pixels."""
    with av.open(str(target), "w") as output:
        stream = output.add_stream("libx264" if target.suffix != ".webm" else "libvpx", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        audio = output.add_stream("aac", rate=RATE, layout="mono") if sound else None
        for number in range(round(seconds * rate)):
            planes = np.full((size[1] * 3 // 2, size[0]), 128, dtype=np.uint8)
            planes[: size[1]] = brightness(number)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        output.mux(stream.encode(None))
        if audio:
            frame = av.AudioFrame.from_ndarray(_int16(tone(seconds, 200)), format="s16", layout="mono")
            frame.sample_rate = RATE
            output.mux(audio.encode(frame))
            output.mux(audio.encode(None))
    return target


def brightness(frame: int) -> int:
    """The luma of make_video's frame."""
    return 40 + 2 * frame


def tone(seconds: float, pitch_hz: float = 440.0, loudness: float = 0.5) -> np.ndarray:
    return loudness * np.sin(2 * np.pi * pitch_hz * np.arange(round(seconds * RATE)) / RATE)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE))


def make_wav(target: Path, *pieces: np.ndarray) -> Path:
    """A mono WAV of the pieces, one after the other."""
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(_int16(np.concatenate(pieces)).tobytes())
    return target


def _int16(samples: np.ndarray) -> np.ndarray:
    return (samples * 32767).astype(np.int16).reshape(1, -1)


def make_image(target: Path, size: tuple[int, int] = (160, 96)) -> Path:
    from PIL import Image

    Image.new("RGB", size, (90, 120, 150)).save(target)
    return target


def luma_of(film: Path) -> np.ndarray:
    """Every frame's luma: (frames, height, width)."""
    planes = _planes_of(film)
    return planes[:, : planes.shape[1] * 2 // 3]


def redness_of(film: Path) -> np.ndarray:
    """Every frame's V: (frames, height / 2, width / 2)."""
    planes = _planes_of(film)
    frames, rows, width = planes.shape
    height = rows * 2 // 3
    return planes.reshape(frames, -1)[:, height * width * 5 // 4 :].reshape(frames, height // 2, width // 2)


def _planes_of(film: Path) -> np.ndarray:
    with av.open(str(film)) as media:
        return np.stack([frame.to_ndarray(format="yuv420p") for frame in media.decode(video=0)])


def sound_of(film: Path) -> np.ndarray:
    """The sound as mono samples of -1 to 1 at RATE."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(str(film)) as media:
        pieces = [piece.to_ndarray()[0] for frame in (*media.decode(audio=0), None) for piece in resampler.resample(frame)]
    return np.concatenate(pieces)


def loudness_of(samples: np.ndarray, window_s: float = 0.04) -> np.ndarray:
    """Root mean square of each window."""
    size = round(window_s * RATE)
    whole = samples[: len(samples) // size * size].reshape(-1, size)
    return np.sqrt((whole**2).mean(axis=1))
