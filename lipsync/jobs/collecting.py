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


async def collect_all(rows: Sequence[Row], runner: Runner, *, listener: Listener, wait_limit_s: float = 0) -> list[Collected]:
    """Hand over the films of `rows`, in their order; what fails or takes longer than `wait_limit_s` (0: no limit) keeps no other back."""
    ended = 0

    async def one(row: Row) -> Collected:
        nonlocal ended

        def tell(progress: Progress) -> None:
            listener(replace(progress, text=f"{ended} of {len(rows)} jobs collected. {progress.text}"))

        try:
            return Collected(row=row, finished=await _handed_over(row, runner, tell))
        except (JobFailed, JobRejected) as error:
            runner.journal.note(row, handed_over_at=clock.now())  # told now, and not again with every collecting
            return Collected(row=row, error=error)
        except LipsyncError as error:
            return Collected(row=row, error=error)
        finally:
            ended += 1

    tasks = [asyncio.ensure_future(one(row)) for row in rows]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=clock.real(wait_limit_s) if wait_limit_s else None)
    finally:
        late = [task for task in tasks if not task.done()]
        for task in late:
            task.cancel()  # ends the waiting alone: a paid job goes on
        await asyncio.gather(*late, return_exceptions=True)
    return [
        Collected(row=row, error=StillRunning(job=row.short_id)) if task.cancelled() else task.result()
        for row, task in zip(rows, tasks, strict=True)
    ]


async def _handed_over(row: Row, runner: Runner, listener: Listener) -> Finished:
    return await runner.collect(row.short_id, choice_of(row), listener=listener)
