"""A finished film, from the service to the user's disk: to a .part, verified, renamed; and whether it still lies there untouched."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

from .. import clock, host
from ..catalogue import SERVICES
from ..errors import ResultDamaged, ResultNotSaved, ServiceTrouble
from ..media.digests import sha256_of
from ..media.film import check_film
from ..services.base import JobStatus, Service
from ..workspace import Workspace
from .journal import Journal, Row
from .progress import Listener, Progress, bytes_text
from .states import Stage

_LINK_TRIES = 5
_FETCH_TRIES = 3


async def fetch(service: Service, status: JobStatus, row: Row, *, journal: Journal, workspace: Workspace, tell: Listener) -> Row:
    """Bring the film of the COMPLETED job `row` to disk and make it DONE.

    Raises ServiceRefused, ServiceTrouble, ResultDamaged or ResultNotSaved; the job then stays COMPLETED, to be fetched again.
    """
    films = workspace.films_dir
    part = films / f".{row.name}.part"
    try:
        await asyncio.to_thread(films.mkdir, parents=True, exist_ok=True)
        try:
            await _download(service, status, row, part, tell)
            return await asyncio.to_thread(_keep, part, row, journal, workspace)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
    except OSError as error:
        raise ResultNotSaved(job=row.short_id, folder=str(films), why=_reason(error)) from error


async def _download(service: Service, status: JobStatus, row: Row, part: Path, tell: Listener) -> None:
    def progress(done: int, total: int) -> None:
        tell(Progress(text=bytes_text("Fetching the film", done, total), done=done, total=total, job=row.short_id, paid=True))

    for left in reversed(range(_FETCH_TRIES)):
        link = await _link(service, status, row)
        try:
            await service.download(link, part, progress=progress)
            return await asyncio.to_thread(check_film, part)
        except ServiceTrouble:
            if not left:
                raise
        except ValueError as error:
            if not left:
                raise ResultDamaged(job=row.short_id, service=SERVICES[row.service].title, why=str(error)) from error
        status = await service.get(status.job_id)  # its link may have died early, and another is there


async def _link(service: Service, status: JobStatus, row: Row) -> str:
    """A link to the film; a job can be COMPLETED a moment before its link is there (sync-api.md 6). Raises ServiceTrouble."""
    for _ in range(_LINK_TRIES):
        link = await service.download_url(status)
        if link is not None:
            return link
        await clock.sleep(2.0)
        status = await service.get(status.job_id)
    facts = SERVICES[row.service]
    raise ServiceTrouble(service=facts.title, status_page=facts.status_page, detail=f"job {row.short_id} is finished, but has no link yet")


def _free_name(films: Path, row: Row, sha256: str) -> Path:
    """`<name>.mp4`, over this very film if a dying process left it; with a number behind it where something else has that name."""
    target = films / f"{row.name}.mp4"
    number = 2
    while target.exists() and sha256_of(target) not in (row.sha256, sha256):
        target = films / f"{row.name}_{number}.mp4"
        number += 1
    return target


def _keep(part: Path, row: Row, journal: Journal, workspace: Workspace) -> Row:
    sha256 = sha256_of(part)
    target = _free_name(workspace.films_dir, row, sha256)
    host.replace(part, target)
    stat = target.stat()
    return journal.move(
        row,
        Stage.DONE,
        output_root=str(workspace.output_dir),
        path=target.relative_to(workspace.output_dir).as_posix(),
        size_bytes=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        sha256=sha256,
        ended_at=clock.now(),
    )


def film_on_disk(row: Row, journal: Journal) -> Path | None:
    """The film of a DONE job if it lies where it was put and nobody has changed it; else None. Reads the file only if its time differs."""
    file = row.file
    if file is None:
        return None
    try:
        stat = file.stat()
        if stat.st_size != row.size_bytes:
            return None
        if stat.st_mtime_ns == row.mtime_ns:
            return file
        if sha256_of(file) != row.sha256:
            return None
    except OSError:
        return None
    journal.note(row, mtime_ns=stat.st_mtime_ns)
    return file


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    return error.strerror or type(error).__name__
