"""What every clip of the set says: a sound that is nowhere like itself, known at every moment, and another one in every channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
_LOW_FREQUENCY = {6: 3, 8: 3}  # which channel of how many carries nothing but rumble
_PARTS = 24
_LEVEL = 0.08


def voice(times_s: Floats, channels: int) -> NDArray[np.float32]:
    """[C, S] in -1 to 1 at `times_s`, on the clock of the film that is judged."""
    return np.stack([_channel(times_s, channel, rumble=_LOW_FREQUENCY.get(channels) == channel) for channel in range(channels)])


def _channel(times_s: Floats, channel: int, *, rumble: bool) -> NDArray[np.float32]:
    chance = np.random.default_rng(channel)
    low, high = (30, 90) if rumble else (250, 3200)
    hertz, phases = chance.uniform(low, high, _PARTS), chance.uniform(0, 2 * np.pi, _PARTS)
    wave = np.zeros(len(times_s))
    for each, phase in zip(hertz, phases, strict=True):
        wave += np.sin(2 * np.pi * each * times_s + phase)
    return (_LEVEL * wave).astype(np.float32)
