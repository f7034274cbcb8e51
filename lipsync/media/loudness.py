"""How loud speech is, and where nothing is to be heard in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .audio import SILENT_PEAK, Track

_WINDOW_S = 0.05
_SHORTEST_SILENCE_S = 2.0
_HEARD_S = 1800.0  # the longest film that a plan allows
_BELOW_SPEECH = 10 ** (-35 / 20)  # the room of a recording lies this far below its voice
_LOUDEST_WINDOWS = 20


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """`level_dbfs` is that of the loudest second in all; `silences_s` are the stretches of 2 s and more without speech, as (start, end) in
    seconds."""

    level_dbfs: float
    silences_s: tuple[tuple[float, float], ...]


def loudness_of(track: Track) -> Loudness | None:
    """Listen to `track`, half an hour of it at most; None where all of it is silent. Reads it."""
    size = max(1, round(track.sample_rate * _WINDOW_S))
    levels: list[NDArray[np.float32]] = []
    rest = np.empty(0, np.float32)
    peak, windows = 0.0, 0
    for block in track.blocks:
        loudest = np.abs(block).max(axis=1, initial=0.0)
        peak = max(peak, float(loudest.max(initial=0.0)))
        if windows * _WINDOW_S >= _HEARD_S:
            if peak > SILENT_PEAK:
                break
            continue
        rest = np.concatenate([rest, loudest])
        count = len(rest) // size
        levels.append(np.sqrt(np.square(rest[: count * size].reshape(count, size)).mean(axis=1)))
        rest, windows = rest[count * size :], windows + count
    if peak <= SILENT_PEAK:
        return None
    if len(rest):
        levels.append(np.sqrt(np.square(rest).mean(keepdims=True)))
    heard = np.concatenate(levels)
    level = max(float(np.sort(heard)[-_LOUDEST_WINDOWS:].mean()), 1e-6)
    return Loudness(
        level_dbfs=20 * float(np.log10(level)),
        silences_s=_stretches_s(heard < max(SILENT_PEAK, level * _BELOW_SPEECH)),
    )


def _stretches_s(silent: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], silent.astype(np.int8), [0]])))
    stretches = edges.reshape(-1, 2) * _WINDOW_S
    return tuple((float(start), float(end)) for start, end in stretches if end - start >= _SHORTEST_SILENCE_S - 1e-9)
