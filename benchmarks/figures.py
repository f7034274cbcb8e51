"""Figures, and what each is to be: one table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MB = 1_000_000


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


GOALS = {
    "decode_speed_x": Goal(what="time of core's decoding over ours", at_least=3.5),
    "decode_memory_x": Goal(what="peak memory of our decoding over the float32 tensor; judged by decode_extra_mb"),
    "decode_extra_mb": Goal(what="peak memory of our decoding beyond 1.05 of the tensor", at_most=64),
    "decode_over_ceiling": Goal(what="time of our decoding over decoder alone plus first touch", at_most=1.2),
    "encode_speed_x": Goal(what="time of core's encoding over ours", at_least=3),
    "encode_psnr_gain_db": Goal(what="luma of our film against its source, less core's, as a right player shows both", at_least=2.5),
    "encode_psnr_gain_meant_db": Goal(what="the same, if core's untagged film is shown as BT.601, which it is", at_least=2.5),
    "encode_size_x": Goal(what="our film's size over core's", at_most=5),
    "encode_extra_mb": Goal(what="peak memory of our encoding beside its input", at_most=96),
    "upload_extra_mb": Goal(what="peak memory of an upload of 2 GB", at_most=64),
    "wait_overhead_s": Goal(what="from the moment that Sync says COMPLETED until the film is handed over", at_most=1),
    "parallel_15_x": Goal(what="time of 15 jobs of 30 s side by side over that of one", at_most=1.15),
    "rerun_s": Goal(what="the same graph again, with a clip of 50 MB, in the same process, nothing cached by ComfyUI", at_most=0.3),
    "import_ms": Goal(what="the pack's import, its entry point included", at_most=100),
}


def worse_of(each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of the figures of several sizes, the worse of each."""
    return {key: GOALS[key].worse([figures[key] for figures in each]) for key in each[0]}


@dataclass(frozen=True)
class Tries:
    """The same measured several times."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def over(self, other: Tries) -> str:
        """The spread of the ratio, round by round: how much of the machine's noise is in it."""
        ratios = [mine / yours for mine, yours in zip(self.values, other.values, strict=True)]
        return f"{min(ratios):.2f}..{max(ratios):.2f}"

    def __str__(self) -> str:
        return f"{self.median:.3f} ({min(self.values):.3f}..{max(self.values):.3f})"


def tries(runs: Sequence[Mapping[str, Any]], key: str, *, per: float = 1) -> Tries:
    """What several runs found under `key`, in units of `per`."""
    return Tries(tuple(run[key] / per for run in runs))


def in_turn(rounds: int, work: Mapping[str, Callable[[], dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Each of `work` once per round: what else the machine does meanwhile strikes all alike."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, do in work.items():
            runs[name].append(do())
    return runs
