"""Mistakes that would cost money, each planted into the workers of a run that must then report it."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from lipsync import host
from lipsync.jobs import fetch
from lipsync.jobs.journal import Journal, Row
from lipsync.jobs.life import Life
from lipsync.jobs.states import Stage
from lipsync.media.digests import sha256_of
from lipsync.services.base import Created, CreateOutcome, Unsettled
from lipsync.services.segmind import SegmindService
from lipsync.services.sync import SyncService
from lipsync.workspace import Workspace


def journal_after_the_post() -> None:
    """SENDING is only written when the answer is there."""
    move = Journal.move

    def late(self: Journal, row: Row, stage: Stage, **changes: object) -> Row:
        if stage is Stage.SENDING and row.stage is Stage.PREPARED:
            return row.but(stage=stage)
        written = self.latest(row.fingerprint)
        if written is not None and written.stage is Stage.PREPARED and row.stage is Stage.SENDING:
            move(self, row, Stage.SENDING)
        return move(self, row, stage, **changes)

    Journal.move = late  # type: ignore[method-assign]


def a_fresh_key_per_retry() -> None:
    create = SyncService.create

    async def unkeyed(self: SyncService, body: bytes, *, model: str, key: str) -> CreateOutcome:
        return await create(self, body, model=model, key=f"{key}-{uuid.uuid4().hex[:8]}")

    SyncService.create = unkeyed  # type: ignore[method-assign]


def no_lock() -> None:
    @contextlib.asynccontextmanager
    async def anybody(*_: Any) -> AsyncIterator[None]:
        yield

    def heedless(self: Journal, row: Row) -> Row:
        return self.move(row, Stage.SENDING)

    Life._sole_writer = anybody  # type: ignore[method-assign]
    Journal.sending = heedless  # type: ignore[method-assign]  # which would notice, should a lock fail


def retry_on_a_read_timeout() -> None:
    create = SegmindService.create

    async def insists(self: SegmindService, body: bytes, *, model: str, key: str) -> CreateOutcome:
        outcome = await create(self, body, model=model, key=key)
        if isinstance(outcome, Unsettled) and "in time" in outcome.why:
            return await create(self, body, model=model, key=key)
        return outcome

    SegmindService.create = insists  # type: ignore[method-assign]


def done_before_the_rename() -> None:
    def keep(part: Path, row: Row, journal: Journal, workspace: Workspace) -> Row:
        target, stat = workspace.films_dir / f"{row.name}.mp4", part.stat()
        facts = {"size_bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256_of(part)}
        path = target.relative_to(workspace.output_dir).as_posix()
        done = journal.move(row, Stage.DONE, output_root=str(workspace.output_dir), path=path, **facts)
        host.replace(part, target)
        return done

    fetch._keep = keep


def everything_unknown() -> None:
    create = SegmindService.create

    async def shrugs(self: SegmindService, body: bytes, *, model: str, key: str) -> CreateOutcome:
        outcome = await create(self, body, model=model, key=key)
        return Unsettled("it may have been") if isinstance(outcome, Created) else outcome

    async def finds_nothing(*_: object) -> None:
        await asyncio.sleep(0)

    SegmindService.create = shrugs  # type: ignore[method-assign]
    SegmindService.find = finds_nothing  # type: ignore[method-assign, assignment]


BUGS: dict[str, Callable[[], None]] = {
    bug.__name__: bug
    for bug in (journal_after_the_post, a_fresh_key_per_retry, no_lock, retry_on_a_read_timeout, done_before_the_rename, everything_unknown)
}
