"""Jobs on the clock: PENDING, PROCESSING, their film or their failure, and whoever waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from .. import clock
from .jobs import Job, Jobs
from .objects import ObjectStore
from .probe import probe
from .render import FilmError, make_film
from .threads import in_thread

_FILMS_AT_ONCE = 2

logger = logging.getLogger(__name__)


class Workshop:
    """One task per running job. `notify` is called with every job that has ended."""

    def __init__(self, jobs: Jobs, objects: ObjectStore, notify: Callable[[Job], Awaitable[None]]) -> None:
        self._jobs = jobs
        self._objects = objects
        self._notify = notify
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._films = asyncio.Semaphore(_FILMS_AT_ONCE)

    def resume(self) -> None:
        """Go on with what a former process left."""
        for job in self._jobs.running():
            self.start(job)

    def start(self, job: Job) -> None:
        task = asyncio.create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self, job: Job, *, timeout_s: float) -> None:
        """Until `job` ends, or `timeout_s` have passed."""
        if not job.terminal:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._ended[job.id].wait(), clock.real(timeout_s))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        film = asyncio.create_task(self._film(job)) if job.outcome.status == "COMPLETED" else None
        try:
            await _until(job.processing_at)
            if job.outcome.status == "PENDING":
                return
            job = self._jobs.change(job, status="PROCESSING")
            await _until(job.due_at)
            if job.outcome.status == "PROCESSING":
                return
            end = await film if film else asdict(job.outcome)
        finally:
            if film:
                film.cancel()
        job = self._jobs.change(job, **end, finished_at=clock.now())
        self._ended.pop(job.id, asyncio.Event()).set()
        await self._notify(job)

    async def _film(self, job: Job) -> dict[str, Any]:
        """Make the job's films at once, so that they are ready when they are due, and say how the job ends."""
        try:
            film = await self._make(job, watermarked=False)
            marked = await self._make(job, watermarked=True) if job.watermark else None
            facts = await in_thread(probe, self._objects.file(film))
        except FilmError as problem:
            logger.warning("film of job %s failed: %s", job.id, problem)
            return {"status": "FAILED", "error": str(problem), "error_code": "generation_pipeline_failed"}
        return {"status": "COMPLETED", "film": film, "watermarked_film": marked, "output_s": facts.container_s}

    async def _make(self, job: Job, *, watermarked: bool) -> str:
        assert job.plan is not None
        name = f"{job.request['outputFileName'] or job.id}.mp4"
        made = self._objects.declare(org=job.org, name=name, content_type="video/mp4", public=False)
        part = self._objects.part(made.id)
        async with self._films:
            work = partial(make_film, job.plan, file_of=self._objects.file, target=part, watermarked=watermarked)
            try:
                await in_thread(work)
                self._objects.keep(made.id, part)
            finally:
                part.unlink(missing_ok=True)
        return made.id


async def _until(moment: float) -> None:
    while (left := moment - clock.now()) > 0:
        await clock.sleep(left)
