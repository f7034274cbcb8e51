"""The only source of time, so that tests and chaos runs can make an hour pass in a minute.

`SYNC_LIPSYNC_CLOCK="SPEED@ANCHOR"` makes every process that carries it see the same fast clock: SPEED seconds pass in
one real second, and all clocks agreed at the Unix time ANCHOR. Unset, this is ordinary time.
"""

from __future__ import annotations

import asyncio
import os
import time

VARIABLE = "SYNC_LIPSYNC_CLOCK"


def _settings() -> tuple[float, float]:
    speed, _, anchor = os.environ.get(VARIABLE, "1@0").partition("@")
    return float(speed), float(anchor or 0)


_SPEED, _ANCHOR = _settings()


def now() -> float:
    """Seconds since 1970, as shown to people and kept in the journal. May jump, as a machine's clock may."""
    return _ANCHOR + (time.time() - _ANCHOR) * _SPEED


def monotonic() -> float:
    """Seconds on a clock that never jumps: for how long something took."""
    return time.monotonic() * _SPEED


def real(seconds: float) -> float:
    """How many real seconds `seconds` of this clock take: for time-outs that the operating system counts."""
    return seconds / _SPEED


async def sleep(seconds: float) -> None:
    """Wait for `seconds` of this clock."""
    await asyncio.sleep(real(seconds))


def sleep_blocking(seconds: float) -> None:
    """The same for a thread that has no event loop."""
    time.sleep(real(seconds))
