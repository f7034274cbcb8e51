"""Exact frame rates."""

from __future__ import annotations

from fractions import Fraction

_NTSC = (24, 30, 48, 60, 120)


def exact_rate(frame_rate: float) -> Fraction:
    """The rate that a widget's `frame_rate` stands for: 23.976 is 24000/1001, 12.5 is 25/2, 9.99001 is 10000/1001."""
    for whole in _NTSC:
        exact = Fraction(whole * 1000, 1001)
        if abs(frame_rate - float(exact)) < 0.005:
            return exact
    return Fraction(frame_rate).limit_denominator(1001)
