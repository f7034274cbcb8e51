"""Figures, and what each is to be: one table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a figure is to be: `at_least` or `at_most` something; neither, if it is only told."""

    what: str
    at_least: float | None = None
    at_most: float | None = None

    def judged(self, value: float) -> str:
        if self.at_least is not None:
            return f"goal at least {self.at_least:g}: {'met' if value >= self.at_least else 'MISSED'}"
        if self.at_most is not None:
            return f"goal at most {self.at_most:g}: {'met' if value <= self.at_most else 'MISSED'}"
        return "no goal of its own"

    def worse(self, values: Sequence[float]) -> float:
        return min(values) if self.at_least is not None else max(values)


MB = 1_000_000
GOALS = {
    "decode_speed_x": Goal(what="time of core's decoding over ours", at_least=3.5),
    "decode_memory_x": Goal(what="peak memory of our decoding over the float32 tensor (judged by decode_extra_mb)"),
    "decode_extra_mb": Goal(what="peak memory of our decoding beyond 1.05 of the tensor", at_most=64),
    "decode_over_ceiling": Goal(what="time of our decoding over decoder alone plus first touch", at_most=1.2),
    "encode_speed_x": Goal(what="time of core's encoding over ours", at_least=3),
    "encode_psnr_gain_db": Goal(what="luma of our film against the source, less core's, as a right player shows both", at_least=2.5),
    "encode_psnr_gain_meant_db": Goal(what="the same with core's untagged film seen as BT.601, as it was meant"),
    "encode_size_x": Goal(what="our film's size over core's", at_most=5),
    "encode_extra_mb": Goal(what="peak memory of our encoding beside its input", at_most=96),
}


@dataclass(frozen=True)
class Tries:
    """The same measured several times."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def over(self, other: Tries) -> str:
        """The spread of the ratio, round by round: how much the machine's noise is in it."""
        ratios = [mine / yours for mine, yours in zip(self.values, other.values, strict=True)]
        return f"{min(ratios):.2f}..{max(ratios):.2f}"

    def __str__(self) -> str:
        return f"{self.median:.3f} ({min(self.values):.3f}..{max(self.values):.3f})"
