"""One measurement: how long something takes, and how much memory this process has for it at most, as Linux counts."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class NoMeasurement(Exception):
    """What was to be measured did not do its work."""


@dataclass(frozen=True)
class Measured(Generic[T]):
    """`extra_bytes` is the peak of what was resident, less what was resident before."""

    result: T
    took_s: float
    extra_bytes: int

    def figures(self) -> dict[str, float]:
        return {"took_s": self.took_s, "extra_bytes": self.extra_bytes}


def measured(work: Callable[[], T], *, warm_up: Callable[[], object]) -> Measured[T]:
    """Once `warm_up`, the same on something small, has loaded what is needed: `work`, by the clock."""
    warm_up()
    gc.collect()
    with suppress(OSError):  # where the kernel does not let a process forget its old peak, that one is the base
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    base = _peak_bytes()
    started = time.perf_counter()
    result = work()
    return Measured(result, time.perf_counter() - started, _peak_bytes() - base)


def _peak_bytes() -> int:
    told = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    if told is None:
        raise OSError("this system does not tell how much memory a process took at its peak")
    return int(told[1]) * 1024
