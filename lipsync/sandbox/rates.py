"""How many requests a key may make in a while. Held in memory: a restart forgives."""

from __future__ import annotations

import math
from collections import defaultdict, deque

from .. import clock


class Rates:
    """Sliding windows, one for each key and kind of request."""

    def __init__(self) -> None:
        self._seen: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def wait_s(self, org: str, kind: str, *, limit: int, window_s: float = 60.0) -> int:
        """0 if the request may pass, and then it counts; else in how many seconds the next one may."""
        seen, now = self._seen[org, kind], clock.monotonic()
        while seen and seen[0] <= now - window_s:
            seen.popleft()
        if len(seen) < limit:
            seen.append(now)
            return 0
        return max(1, math.ceil(seen[0] + window_s - now)) if seen else math.ceil(window_s)
