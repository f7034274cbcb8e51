"""The task of one job, and those who wait for it: equal wishes share one task, whoever asks and however often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from .journal import Row
from .progress import Listener, Progress

Milestone = Literal["left", "accepted", "done"]
"""How far a waiter wants to see the job: off its hands (accepted by the service, or left to this process for want of a slot), accepted,
or on the disk."""


class Watch:
    """One running job. It stops when its last listener leaves, unless the paid call was made or the job was left to this process."""

    def __init__(self, short_id: str) -> None:
        self.short_id = short_id
        self.paid = False
        self.row: Row | None = None
        self._left_to_us = False
        self._left, self._accepted = asyncio.Event(), asyncio.Event()
        self._waiting: dict[Listener, Milestone] = {}
        self._last: Progress | None = None
        self._task: asyncio.Task[Row] | None = None
        self._when_over: Callable[[], None] = lambda: None

    @property
    def attended(self) -> bool:
        """Whether anybody waits for it now."""
        return bool(self._waiting)

    def start(self, work: Coroutine[Any, Any, Row], *, when_over: Callable[[], None], left_to_us: bool = False) -> None:
        """Begin. `when_over` is called when the task has ended, or has been told to: it may then take a moment to put things away."""

        def over(task: asyncio.Task[Row]) -> None:
            if not task.cancelled():
                task.exception()  # nobody may wait for it any more; the journal has it, and asyncio need not complain
            when_over()

        self._left_to_us, self._when_over = left_to_us, when_over
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(over)

    def tell(self, progress: Progress) -> None:
        self._last = progress
        for listener in list(self._waiting):
            listener(progress)

    def reached(self, row: Row) -> None:
        """The journal has moved: those who only wanted to submit may have what they came for."""
        if row.service_job_id is not None:
            self.row = row
            self.paid = True
            self._left.set()
            self._accepted.set()

    def queued(self) -> bool:
        if "left" not in self._waiting.values():
            return False
        self._left_to_us = True
        self._left.set()
        return True

    async def follow(self, listener: Listener, until: Milestone, timeout_s: float | None = None) -> Row | None:
        """Wait until the milestone and return the job as far as it is known; None at the time-out. Raises what the job raised.

        Cancelling this only ends the waiting.
        """
        if self._task is None:
            raise RuntimeError("a Watch that was never started")
        self._waiting[listener] = until
        if self._last is not None:
            listener(self._last)
        event = {"left": self._left, "accepted": self._accepted}.get(until)
        milestone = None if event is None else asyncio.ensure_future(event.wait())
        waits: set[asyncio.Future[Any]] = {self._task} if milestone is None else {self._task, milestone}
        try:
            await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if milestone is not None:
                milestone.cancel()
            del self._waiting[listener]
            if not self._waiting and not self.paid and not self._left_to_us:
                self._task.cancel()
                self._when_over()
        if self._task.done():
            return self._task.result()
        return self.row if event is not None and event.is_set() else None
