"""The film's sound: its speech where it belongs, and how loud it is at every frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile

import av
import numpy as np
from numpy.typing import NDArray

from .plan import FilmPlan, SpeechPart

RATE = 48000
Samples = NDArray[np.int16]  # (samples, channels)


@dataclass(frozen=True)
class Placed:
    """A stretch of speech at sample `at` of the film, and its loudness (0 to 1) at every frame that it lasts."""

    part: SpeechPart
    at: int
    samples: Samples
    first_frame: int
    loudness: NDArray[np.float64]

    def loudness_at(self, frame: int) -> float | None:
        """None where the stretch is not heard."""
        index = frame - self.first_frame
        return float(self.loudness[index]) if 0 <= index < len(self.loudness) else None


class Sound:
    """All of a film's sound, decoded into files that go away with it, so that long speech takes no memory."""

    def __init__(self, plan: FilmPlan, speeches: dict[str, Path], own: Path | None, held: ExitStack) -> None:
        decoded = {name: decode(path, held) for name, path in speeches.items()}
        self._own = decode(own, held) if own else None
        tracks = [*decoded.values(), *([self._own] if self._own is not None else [])]
        self.channels = max((track.shape[1] for track in tracks), default=1)
        self.length = round(plan.output_s * RATE)
        self.parts = [_placed(plan, part, decoded[part.speech]) for part in plan.speeches]

    def chunks(self, size: int) -> Iterator[Samples]:
        """The whole sound in pieces of `size` samples."""
        for start in range(0, self.length, size):
            yield self._chunk(start, min(size, self.length - start))

    def _chunk(self, start: int, size: int) -> Samples:
        chunk = np.zeros((size, self.channels), dtype=np.int16)
        if self._own is not None:
            _lay(chunk, start, self._own, 0)
        for placed in self.parts:
            _lay(chunk, start, placed.samples, placed.at)
        return chunk


def _lay(chunk: Samples, start: int, samples: Samples, at: int) -> None:
    """Replace what of `chunk` (which begins at sample `start`) lies under `samples` (which begin at `at`)."""
    first, last = max(start, at), min(start + len(chunk), at + len(samples))
    if first < last:
        chunk[first - start : last - start] = samples[first - at : last - at]


def _placed(plan: FilmPlan, part: SpeechPart, speech: Samples) -> Placed:
    begin = round(part.from_s * RATE)
    samples = speech[begin : begin + round(part.length_s * RATE)]
    first = round(part.at_s * plan.frame_rate)
    edges = [round((frame / plan.frame_rate - part.at_s) * RATE) for frame in range(first, plan.frames + 1)]
    windows = [(max(0, a), b) for a, b in pairwise(edges) if a < len(samples)]
    return Placed(part, round(part.at_s * RATE), samples, first, _loudness(samples, windows))


def _loudness(samples: Samples, windows: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Root mean square of each window, as a share of the loudest one's."""
    rms = np.zeros(len(windows))
    for index, (begin, end) in enumerate(windows):
        window = samples[begin:end].astype(np.float64)
        rms[index] = np.sqrt(np.mean(window**2)) if window.size else 0.0
    loudest = max(1.0, float(rms.max(initial=0.0)))
    shares: NDArray[np.float64] = rms / loudest
    return shares


def decode(path: Path, held: ExitStack) -> Samples:
    """The first sound stream of `path` at RATE, mono if it is mono, else stereo."""
    raw = held.enter_context(TemporaryFile())  # noqa: SIM115  # `held` closes it
    with av.open(str(path)) as media:
        stream = media.streams.audio[0]
        layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        resampler = av.AudioResampler(format="s16", layout=layout, rate=RATE)
        for frame in media.decode(stream):
            raw.writelines(piece.to_ndarray().tobytes() for piece in resampler.resample(frame))
        raw.writelines(piece.to_ndarray().tobytes() for piece in resampler.resample(None))
    raw.flush()
    channels = 1 if layout == "mono" else 2
    if raw.tell() == 0:
        return np.zeros((0, channels), dtype=np.int16)
    return np.memmap(raw, dtype=np.int16, mode="r").reshape(-1, channels)
