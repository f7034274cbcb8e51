"""Sound as a run of blocks at one rate: from a file, from a tensor, at another rate. Each sample stays where its timestamp puts it.

A block is float32 [S, C] in -1 to 1: samples side by side, as files store them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from ..errors.media import BadSound, NotReadable
from .probe import Sound
from .sources import Samples
from .streams import opened, sounds

Block = NDArray[np.float32]

LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
SERVICE_RATES = (44100, 48000)
SILENT_PEAK = 0.001  # -60 dBFS

_BLOCK_SAMPLES = 1 << 15
_MAX_RATE = 384_000
_MIN_FILE_RATE = 1000  # a second of less would become gigabytes at a rate that services take
_LOUDEST = 1e6  # floats that are integers by nature stay below it
# Timestamps wander by less than this without a sample missing; more is a gap or an overlap.
_WANDER_S = 0.010
_LONGEST_GAP_S = 600  # silence that is longer, or comes to more in jumps, is a broken clock, and would fill the disk
_JUMP_S = 10


@dataclass(frozen=True, kw_only=True)
class Track:
    """Sound that can be read once. `sample_rate` in Hz."""

    sample_rate: int
    channels: int
    blocks: Iterator[Block]

    def silent(self) -> bool:
        """Whether nothing in it is louder than -60 dBFS. Reads it, to its first louder sample."""
        return not any(block.size and float(np.abs(block).max()) > SILENT_PEAK for block in self.blocks)


def check_samples(what: str, samples: Samples) -> None:
    """Raise BadSound unless `samples` is sound with something in it."""
    waveform = samples.waveform
    if waveform.ndim != 2 or not 1 <= waveform.shape[0] <= max(LAYOUTS):
        raise BadSound(what, f"is no sound: its shape is {list(waveform.shape)}, and [channels, samples] with 1 to 8 channels is wanted")
    if waveform.shape[1] == 0:
        raise BadSound(what, "is empty: it has no samples")
    if not waveform.is_floating_point():
        raise BadSound(what, f"is no sound: its values are {waveform.dtype}")
    if not 0 < samples.sample_rate <= _MAX_RATE:
        raise BadSound(what, f"has {samples.sample_rate} samples per second")
    if not bool(torch.isfinite(waveform).all()):
        raise BadSound(what, "holds values that are not numbers")


def samples_track(samples: Samples, *, end_s: float | None = None) -> Track:
    """The samples of a graph, from sample 0 to `end_s` at most."""
    count = samples.waveform.shape[1]
    if end_s is not None:
        count = min(count, round(end_s * samples.sample_rate))
    return Track(sample_rate=samples.sample_rate, channels=samples.waveform.shape[0], blocks=_sliced(samples, count))


def _sliced(samples: Samples, count: int) -> Iterator[Block]:
    for start in range(0, count, _BLOCK_SAMPLES):
        part = samples.waveform[:, start : min(count, start + _BLOCK_SAMPLES)].to(torch.float32).clamp(-1, 1)
        yield part.cpu().T.contiguous().numpy()


def file_track(path: Path, sound: Sound, *, start_s: float | None = None, end_s: float | None = None) -> Track:
    """The sound of a file from `start_s` to `end_s` of the file's own clock (default: all of it).

    Silence stands where the file has none: before a late start, and in gaps. Raises NotReadable.
    """
    blocks = _placed(path, sound, start_s, end_s)
    head = next(blocks, None)
    if head is None:
        raise NotReadable(path.name, "has sound that cannot be decoded")
    sample_rate, first = head
    return Track(sample_rate=sample_rate, channels=first.shape[1], blocks=_chained(first, blocks))


def _chained(first: Block, rest: Iterator[tuple[int, Block]]) -> Iterator[Block]:
    yield first
    for _, block in rest:
        yield block


def _placed(path: Path, sound: Sound, start_s: float | None, end_s: float | None) -> Iterator[tuple[int, Block]]:
    """Sample rate and blocks without a gap, the first of which lies at `start_s` exactly. The first may be empty."""
    rate = channels = 0
    jumps = 0
    at = 0  # the sample that comes next, counted from the clock's zero
    end: int | None = None
    for here, sample_rate, block in _decoded(path, sound):
        if not rate:
            rate, channels = sample_rate, block.shape[1]
            at = here if start_s is None else round(start_s * rate)
            end = None if end_s is None else round(end_s * rate)
            yield rate, block[:0]
        gap = here - at if end is None else min(here, end) - at
        jumps += gap if gap > _JUMP_S * rate else 0
        if jumps > _LONGEST_GAP_S * rate:
            raise NotReadable(path.name, "is damaged: the timestamps of its sound jump")
        for start in range(0, gap, _BLOCK_SAMPLES):
            yield rate, np.zeros((min(_BLOCK_SAMPLES, gap - start), channels), np.float32)
        at += max(0, gap)
        block = block[max(0, at - here) : None if end is None else max(0, end - here)]
        if len(block):
            yield rate, block
            at += len(block)
        if end is not None and at >= end:
            return


def _decoded(path: Path, sound: Sound) -> Iterator[tuple[int, int, Block]]:
    """Where each block lies (in samples from the clock's zero), sample rate and samples, all in the form of the first.

    Samples follow each other without regard to timestamps, which many containers round, until these say that something is missing.
    """
    with opened(path) as container:
        stream = container.streams[sound.index]
        assert isinstance(stream, av.AudioStream)
        rate, layout = 0, ""
        shape: tuple[int, str, str] | None = None
        resampler = av.AudioResampler(format="flt")
        here: int | None = None
        for frame in sounds(container, path.name, stream):
            if not rate:
                rate, layout = frame.sample_rate, frame.layout.name
                if frame.layout.nb_channels not in LAYOUTS:
                    raise NotReadable(path.name, f"has sound of {frame.layout.nb_channels} channels, which no service takes")
            if shape != (frame.sample_rate, frame.layout.name, frame.format.name):
                shape = (frame.sample_rate, frame.layout.name, frame.format.name)
                if not _MIN_FILE_RATE <= frame.sample_rate <= _MAX_RATE:
                    raise NotReadable(path.name, f"is damaged: its sound has a sample rate of {frame.sample_rate} Hz")
                resampler = av.AudioResampler(format="flt", layout=layout, rate=rate)
            told = None if frame.pts is None or frame.time_base is None else round(frame.pts * frame.time_base * rate)
            if here is None:
                here = round(sound.start_s * rate) if told is None else told
            elif told is not None and abs(told - here) > _WANDER_S * rate:
                here = told
            try:
                resampled = resampler.resample(frame)
            except av.error.FFmpegError:  # channels that damage alone makes, which nobody can mix
                raise NotReadable(path.name, "is damaged: its sound changes its channels on the way") from None
            for block in _blocks(resampled):
                if block.size and not float(np.abs(block).max()) <= _LOUDEST:  # nor if it is not a number
                    raise NotReadable(path.name, "is damaged: its sound holds values that are no sound")
                yield here, rate, block
                here += len(block)


def _blocks(frames: Iterable[AudioFrame]) -> Iterator[Block]:
    for frame in frames:
        yield np.asarray(frame.to_ndarray(), np.float32).reshape(-1, frame.layout.nb_channels)


def at_rate(track: Track, sample_rate: int, *, channels: int | None = None) -> Track:
    """`track` at another rate, or mixed to other channels; itself if it has them already."""
    channels = track.channels if channels is None else channels
    if (sample_rate, channels) == (track.sample_rate, track.channels):
        return track
    return replace(track, sample_rate=sample_rate, channels=channels, blocks=_resampled(track, sample_rate, channels))


def _resampled(track: Track, sample_rate: int, channels: int) -> Iterator[Block]:
    resampler = av.AudioResampler(format="flt", layout=LAYOUTS[channels], rate=sample_rate)
    for frame in frames_of(track):
        yield from _blocks(resampler.resample(frame))
    yield from _blocks(resampler.resample(None))


def frames_of(track: Track) -> Iterator[AudioFrame]:
    """The blocks of `track` as libav takes them, the first sample at time 0. Packed, because av's planar frames end at 7 channels."""
    at = 0
    for block in track.blocks:
        if len(block):
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="flt", layout=LAYOUTS[track.channels])
            frame.sample_rate = track.sample_rate
            frame.time_base = Fraction(1, track.sample_rate)
            frame.pts = at
            yield frame
            at += len(block)
