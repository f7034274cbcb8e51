"""Long work on media: it tells how far it is, and stops soon when it is told to."""

from __future__ import annotations

from collections.abc import Callable

from .. import clock
from .prepared import Cancelled

Progress = Callable[[str, int, int], None]
Stop = Callable[[], bool]

_TELL_EVERY_S = 0.1


class Work:
    """One piece of work of `total` steps, called `text`. `progress` hears (text, done, total) ten times a second at most."""

    def __init__(self, text: str, total: int, *, progress: Progress, cancelled: Stop) -> None:
        self._text = text
        self._total = max(total, 1)
        self._progress = progress
        self._cancelled = cancelled
        self._told_at: float | None = None

    def look(self) -> None:
        """Raise Cancelled if the work is no longer wanted."""
        if self._cancelled():
            raise Cancelled

    def done(self, steps: int) -> None:
        """`steps` in all are done. Raises Cancelled."""
        self.look()
        now = clock.monotonic()
        if self._told_at is None or now - self._told_at >= _TELL_EVERY_S or steps >= self._total:
            self._told_at = now
            self._progress(self._text, min(steps, self._total), self._total)
