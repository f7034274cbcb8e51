"""Uploads and jobs, by the engine, at whatever service the environment names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from lipsync import clock
from lipsync.catalogue import SERVICES, service_choice
from lipsync.engine import ENGINE
from lipsync.jobs.accounts import Accounts
from lipsync.jobs.progress import Progress
from lipsync.jobs.runner import Runner
from lipsync.media.prepare import survey_video
from lipsync.media.prepared import Facts, Prepared
from lipsync.media.sources import AudioFile, Speech, VideoFile
from lipsync.request import LipsyncRequest, Wish, lipsync_request
from lipsync.sample import CLIP, SPEECH
from lipsync.workspace import Workspace

from ..measured import measured

_SMALL_BYTES = 1 << 16


def upload(folder: str, size_bytes: str) -> dict[str, Any]:
    """A video of that size into the account. Its content is a hole in a file, which is read, sent and stored as any other."""
    small, large = (_prepared(Path(folder) / f"{size}.mp4", size) for size in (_SMALL_BYTES, int(size_bytes)))
    accounts = Accounts(Path(folder))

    async def do(media: Prepared) -> None:
        account = await accounts.open(service_choice("Sync"))
        await account.service.upload(media, progress=lambda done, total: None)

    return measured(lambda: ENGINE.wait(do(large)), warm_up=lambda: ENGINE.wait(do(small))).figures()


def lip_syncs(folder: str, count: str, apart_s: str) -> dict[str, Any]:
    """`count` jobs, the first at once and each other `apart_s` later: how long all took, and when each film was here, by its job's id."""
    workspace = Workspace(*(Path(folder) / name for name in ("state", "output", "temp")))
    workspace.temp_dir.mkdir()
    runner = Runner(workspace)

    async def one(take: int) -> tuple[str | None, float]:
        await clock.sleep(take * float(apart_s))
        finished = await runner.lip_sync(_wish(take), node_id=str(take), listener=_unheard)
        return finished.row.service_job_id, clock.now()

    async def all_of_them() -> list[tuple[str | None, float]]:
        return await asyncio.gather(*[one(take) for take in range(int(count))])

    found = measured(lambda: ENGINE.wait(all_of_them()), warm_up=lambda: survey_video(_wish(0).video, SERVICES["sync"]))
    return {**found.figures(), "here_at": dict(found.result)}


def _wish(take: int) -> LipsyncRequest:
    video, speech = VideoFile(path=CLIP), Speech(source=AudioFile(path=SPEECH))
    return lipsync_request(
        Wish(node="Lip Sync", service="Sync", model="lipsync-2", video=video, speech=speech, options={}, take=take),
    )


def _prepared(path: Path, size_bytes: int) -> Prepared:
    with path.open("wb") as file:
        file.truncate(size_bytes)
    return Prepared(
        kind="video",
        path=path,
        content_type="video/mp4",
        size_bytes=size_bytes,
        sha256="",
        facts=Facts(kind="video"),
        note="",
        temporary=False,
    )


def _unheard(progress: Progress) -> None:
    pass
