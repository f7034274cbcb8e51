"""Everything that was paid for and has not been handed over: fetched together, each job for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .. import clock
from ..errors import JobFailed, JobRejected, LipsyncError, StillRunning
from .accounts import choice_of
from .journal import Row
from .progress import Listener, Progress
from .runner import Finished, Runner


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What became of one job: its film, or why there is none (yet)."""

    row: Row
    finished: Finished | None = None
    error: LipsyncError | None = None

    @property
    def settled(self) -> bool:
        """Whether there is no more to come of it: a film is handed over once, and a failure told once."""
        return self.finished is not None or isinstance(self.error, (JobFailed, JobRejected))


async def collect_all(rows: Sequence[Row], runner: Runner, *, listener: Listener, wait_limit_s: float = 0) -> list[Collected]:
    """Hand over the films of `rows`, in their order; what fails or takes longer than `wait_limit_s` (0: no limit) keeps no other back.

    They are handed over together, at the end: whoever is interrupted or killed before has received none, and gets all the next time.
    """
    ended = 0

    def tell(progress: Progress) -> None:
        text = f"{ended} of {len(rows)} jobs collected. {progress.text}".rstrip()
        listener(replace(progress, text=text, done=ended, total=len(rows)))

    async def one(row: Row) -> Collected:
        nonlocal ended
        try:
            collected = Collected(row=row, finished=await _fetched(row, runner, tell))
        except LipsyncError as error:
            collected = Collected(row=row, error=error)
        ended += 1
        tell(Progress(text=""))
        return collected

    tasks = [asyncio.ensure_future(one(row)) for row in rows]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=clock.real(wait_limit_s) if wait_limit_s else None)
    finally:
        late = [task for task in tasks if not task.done()]
        for task in late:
            task.cancel()  # ends the waiting alone: a paid job goes on
        await asyncio.gather(*late, return_exceptions=True)
    collected = [
        Collected(row=row, error=StillRunning(job=row.short_id)) if task.cancelled() else task.result()
        for row, task in zip(rows, tasks, strict=True)
    ]
    with runner.journal.transaction():
        for row in [one.row for one in collected if one.settled]:
            runner.journal.note(row, handed_over_at=clock.now())
    return collected


async def _fetched(row: Row, runner: Runner, listener: Listener) -> Finished:
    finished = await runner.collect(row.short_id, choice_of(row), listener=listener)
    return replace(finished, row=runner.journal.note(finished.row, handed_over_at=row.handed_over_at))  # the runner thinks of one job alone
