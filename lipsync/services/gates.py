"""How fast one key may ask: a bucket that refills at the service's rate."""

from __future__ import annotations

import asyncio

from .. import clock

_BURST_SHARE = 6  # a sixth of a minute's calls may come at once


class Gate:
    """At most `per_minute` calls a minute, in the order in which they came."""

    def __init__(self, per_minute: int) -> None:
        self._every_s = 60 / per_minute
        self._slack_s = 60 / _BURST_SHARE
        self._full_at = 0.0
        self._turn = asyncio.Lock()

    async def enter(self) -> None:
        """Wait for this call's place."""
        async with self._turn:
            early = self._full_at - clock.monotonic() - self._slack_s
            if early > 0:
                await clock.sleep(early)
            self._full_at = max(self._full_at, clock.monotonic()) + self._every_s

    def hold(self, seconds: float) -> None:
        """Let nobody in for `seconds`: the service has said so."""
        self._full_at = max(self._full_at, clock.monotonic() + seconds + self._slack_s)
