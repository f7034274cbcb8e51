"""Jobs that want a slot stand in line: first come, first served, and only the one at the head asks the service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable


class Line:
    """The line before one account. On the engine's loop only."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting: list[Callable[[], None]] = []
        self._busy = False

    @contextlib.asynccontextmanager
    async def place(self, on_busy: Callable[[], None]) -> AsyncIterator[None]:
        """The block runs at the head of the line. `on_busy` is called when all slots turn out to be busy."""
        self._waiting.append(on_busy)
        try:
            if self._busy:
                on_busy()
            async with self._turn:
                yield
        finally:
            self._waiting.remove(on_busy)
            self._busy = self._busy and bool(self._waiting)

    def slots_are_busy(self) -> None:
        """The service has said so to the job at the head."""
        self._busy = True
        for on_busy in list(self._waiting):
            on_busy()

    def slot_was_free(self) -> None:
        """The job at the head was accepted."""
        self._busy = False
