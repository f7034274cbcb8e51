"""What makes media the same media: the part of a job's fingerprint that says what will be sent.

Never change what these functions return: a changed identity would make people pay again for what they have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor

from .links import without_signature
from .pixels import chunks, eight_bit
from .sources import Asset, AudioFile, Frames, Link, Photo, Samples, Script, SoundOfVideo, SpeechSource, VideoFile, VideoSource

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
Digest = Callable[[Path], str]

_CHUNK_SAMPLES = 1 << 22


def video_identity(source: VideoSource, digest: Digest) -> dict[str, JsonValue]:
    """What identifies a picture. `digest` gives the SHA-256 of a file's bytes. Raises OSError.

    Of tensors, `pixels` is the SHA-256 of the rounded 8-bit pixels, an entry of its own: without it, the rest is equal for any two
    takes of the same size, length and rate. The sound that frames carry is not heard in a lip-synced film and does not count.
    """
    if isinstance(source, VideoFile):
        return {"kind": "file", "sha256": digest(source.path), **_trim(source)}
    if isinstance(source, Frames):
        return {"kind": "frames", "frame_rate": _ratio(source.frame_rate), **_pixels(source.images)}
    if isinstance(source, Photo):
        return {"kind": "photo", **_pixels(source.image)}
    return _elsewhere(source)


def speech_identity(source: SpeechSource, digest: Digest) -> dict[str, JsonValue]:
    """What identifies speech: a file's bytes and trim, samples and rate, an address, or the words and how they are spoken."""
    if isinstance(source, AudioFile):
        return {"kind": "file", "sha256": digest(source.path)}
    if isinstance(source, SoundOfVideo):
        return {"kind": "sound_of_video", "sha256": digest(source.video.path), **_trim(source.video)}
    if isinstance(source, Samples):
        return {
            "kind": "samples",
            "sample_rate": source.sample_rate,
            "shape": list(source.waveform.shape),
            "samples": _samples(source.waveform),
        }
    if isinstance(source, Script):
        return {
            "kind": "script",
            "script": source.script,
            "voice_id": source.voice_id,
            "stability": float(source.stability),
            "similarity_boost": float(source.similarity_boost),
        }
    return _elsewhere(source)


def _elsewhere(source: Link | Asset) -> dict[str, JsonValue]:
    if isinstance(source, Link):
        return {"kind": "link", "url": without_signature(source.url)}
    return {"kind": "asset", "id": source.id}


def _trim(video: VideoFile) -> dict[str, JsonValue]:
    return {"start_s": repr(float(video.start_s) + 0.0), "duration_s": repr(float(video.duration_s) + 0.0)}  # + 0.0: -0.0 is 0.0


def _ratio(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"


def _pixels(images: Tensor) -> dict[str, JsonValue]:
    hasher = hashlib.sha256()
    if images.numel():
        for chunk in chunks(images):
            hasher.update(eight_bit(chunk).numpy().data)
    return {"shape": list(images.shape), "pixels": hasher.hexdigest()}


def _samples(waveform: Tensor) -> str:
    """Channel after channel, each as little-endian float32."""
    hasher = hashlib.sha256()
    for channel in waveform:
        for start in range(0, channel.shape[0], _CHUNK_SAMPLES):
            part = torch.nan_to_num(channel[start : start + _CHUNK_SAMPLES].to(torch.float32), nan=0.0).cpu().contiguous()
            hasher.update(part.numpy().astype("<f4", copy=False).data)
    return hasher.hexdigest()
