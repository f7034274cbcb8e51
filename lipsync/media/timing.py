"""Frame rates as timestamps tell them: whether a rate is constant, which one it is, and what a varying one should become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

STANDARD_RATES = tuple(
    Fraction(*ratio)
    for ratio in [(24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48000, 1001), (48, 1), (50, 1), (60000, 1001), (60, 1)]
)
_MAX_DENOMINATOR = 1001
MAX_RATE = 1000
_CLOSE = 0.005  # no two standard rates but a rate and its 1001 are closer to each other
_EVEN = 0.4  # of a period: steps that vary by less even out, as those of film on television (3:2) do, and every frame is shown once
_ROUNDED = 0.0002  # a header that counts in milliseconds or nanoseconds means the rate from which it is off by no more
_LEAST_TICK_S = 0.001  # Matroska's clock, which survives in files that were repacked from it
_HELD = 1.5  # a last frame shown for more periods than this is held on purpose


@dataclass(frozen=True)
class Timing:
    """`frame_rate` is the file's own if `constant` or beyond MAX_RATE, else the standard rate nearest to its usual one."""

    frame_rate: Fraction
    constant: bool


def timing_of(pts: NDArray[np.int64], time_base: Fraction, *, last_duration: int, told_rates: Sequence[Fraction | None]) -> Timing:
    """Judge ascending timestamps `pts` (in `time_base`). `told_rates` are what the headers say, best first; they settle what a
    short clip leaves open, such as 24 or 23.976, and never outweigh the timestamps."""
    told = [rate for rate in told_rates if rate and 0 < rate <= MAX_RATE]
    if len(pts) == 1:
        return Timing(told[0] if told else Fraction(25), constant=True)
    times_s = (pts - pts[0]) * float(time_base)
    span = int(pts[-1] - pts[0]) * time_base
    if span > 0:
        measured = (len(pts) - 1) / span
        if measured > MAX_RATE:
            return Timing(measured, constant=False)
        rate = _fitting(times_s, float(time_base), told, measured)
        if rate is not None and last_duration * time_base * rate <= _HELD:
            return Timing(rate, constant=True)
        even = [rate for rate in STANDARD_RATES if abs(rate / measured - 1) < _CLOSE and _off_grid_s(times_s, rate) * rate < _EVEN]
        if even:
            return Timing(min(even, key=lambda rate: _off_grid_s(times_s, rate)), constant=False)
    return Timing(_nearest_standard(_usual_s(np.diff(times_s), float(time_base))), constant=False)


def _fitting(times_s: NDArray[np.float64], tick_s: float, told: Sequence[Fraction], measured: Fraction) -> Fraction | None:
    """The rate on whose grid all of `times_s` lie, as far as their clock can tell."""
    whole = [Fraction(round(measured)), Fraction(round(measured * Fraction(1001, 1000)) * 1000, 1001)]
    near = [rate for rate in {*STANDARD_RATES, *whole} if abs(rate / measured - 1) < _CLOSE]
    candidates = [rate for rate in told if rate.denominator <= _MAX_DENOMINATOR]
    tried = (*candidates, *near, measured.limit_denominator(_MAX_DENOMINATOR))
    off = {rate: _off_grid_s(times_s, rate) for rate in tried if rate}  # a picture in half an hour is a rate of 0
    fits = [rate for rate in off if off[rate] <= min(max(tick_s, _LEAST_TICK_S) * 1.01, 0.25 / rate)]
    usual = [rate for rate in near if rate in fits]
    if candidates and candidates[0] in fits:
        meant = [rate for rate in usual if abs(rate / candidates[0] - 1) < _ROUNDED]
        return min(meant, key=lambda rate: abs(rate - candidates[0]), default=candidates[0])
    return min(usual or fits, key=lambda rate: off[rate], default=None)


def _off_grid_s(times_s: NDArray[np.float64], rate: Fraction) -> float:
    return float(np.abs(times_s - np.arange(len(times_s)) / float(rate)).max())


def _usual_s(steps_s: NDArray[np.float64], tick_s: float) -> float:
    """The step in the middle (of two, the shorter: a mean of both may never occur), as exactly as its like tell on a clock that rounds."""
    middle = np.sort(steps_s)[(len(steps_s) - 1) // 2]
    alike = steps_s[np.abs(steps_s - middle) <= min(max(tick_s, _LEAST_TICK_S) * 1.01, middle / 2)]  # AVI's clock counts frames
    return float(alike.mean())


def _nearest_standard(usual_s: float) -> Fraction:
    if usual_s <= 0:
        return STANDARD_RATES[-1]
    return min(STANDARD_RATES, key=lambda rate: abs(np.log(float(rate) * usual_s)))
