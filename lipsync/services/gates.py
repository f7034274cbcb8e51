"""How fast one key may ask: a bucket that refills at the service's rate, or at the lower one that the service turned out to allow."""

from __future__ import annotations

import asyncio
from collections import deque

from .. import clock

_MINUTE_S = 60.0
_BURST_SHARE = 4  # a quarter of a minute's calls may come at once: at Sync fifteen, the slots of its largest plan
_FEWEST = 5  # a minute: the smallest plan of all (segmind-api.md 5); less would only be somebody else's doing
_LEARNED_FOR_S = 300.0  # how long a lower rate is kept before the published one is tried again


class Gate:
    """At most `per_minute` calls a minute, in the order in which they came."""

    def __init__(self, per_minute: int) -> None:
        self._published_s = self._every_s = _MINUTE_S / per_minute
        self._slack_s = _MINUTE_S / _BURST_SHARE
        self._full_at = 0.0
        self._learned_at = 0.0
        self._passed: deque[float] = deque(maxlen=per_minute)
        self._turn = asyncio.Lock()

    async def enter(self) -> None:
        """Wait for this call's place."""
        async with self._turn:
            early = self._full_at - clock.monotonic() - self._slack_s
            if early > 0:
                await clock.sleep(early)
            now = clock.monotonic()
            if now - self._learned_at > _LEARNED_FOR_S:
                self._every_s = self._published_s
            self._passed.append(now)
            self._full_at = max(self._full_at, now) + self._every_s

    def refused(self, hold_s: float) -> None:
        """The service turned a call away, and lets nobody in for `hold_s`: from now on as many a minute as it did let in."""
        now = clock.monotonic()
        let_in = sum(1 for moment in self._passed if now - moment <= _MINUTE_S) - 1
        self._every_s, self._learned_at = max(self._published_s, _MINUTE_S / max(_FEWEST, let_in)), now
        self._full_at = max(self._full_at, now + hold_s + self._slack_s)
