"""Processes that can be killed: a nursery that has everything loaded forks one for each run of the engine.

`python -m tests.lipsync.mortal` reads one JSON line per run and answers with the run's process id. A run does what a graph would do,
writes how it ended into the file `told`, and kills itself at the point that `die_at` names: a stage that the journal has just been
brought to, or one of the moments in `MOMENTS`. Nothing of the product knows of this.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lipsync import host
from lipsync.catalogue import service_choice
from lipsync.engine import ENGINE
from lipsync.errors import LipsyncError
from lipsync.jobs import life, runner
from lipsync.jobs.journal import Journal
from lipsync.jobs.progress import Progress
from lipsync.media.prepare import prepare_video  # noqa: F401  # loads torch and av once, for every run to come
from lipsync.media.sources import AudioFile, Speech, VideoFile
from lipsync.request import LipsyncRequest, Wish, lipsync_request
from lipsync.services.segmind import SegmindService
from lipsync.services.sync import SyncService
from lipsync.workspace import Workspace
from tests.support import nursery

ACCEPTED, FETCHING, RENAMED = "accepted, not yet written down", "the film half fetched", "the film renamed"
CLASSES = {"sync": SyncService, "segmind": SegmindService}
MOMENTS = (ACCEPTED, FETCHING, RENAMED)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str) -> None:
    """Die instead of calling `owner.name`."""
    setattr(owner, name, lambda *args, **kwargs: die())


def after(owner: Any, name: str, true: Callable[[Any], bool]) -> None:
    """Die when `owner.name` has returned something of which `true` holds."""
    method = getattr(owner, name)

    def dies(result: Any) -> Any:
        if true(result):
            die()
        return result

    @functools.wraps(method)
    def returns(*args: Any, **kwargs: Any) -> Any:
        return dies(method(*args, **kwargs))

    @functools.wraps(method)
    async def comes_back(*args: Any, **kwargs: Any) -> Any:
        return dies(await method(*args, **kwargs))

    setattr(owner, name, comes_back if name == "create" else returns)


def plan_death(point: str, service: type) -> None:
    if point == "PREPARED":
        before(life, "send")
    elif point == "SENDING":
        before(service, "create")
    elif point == ACCEPTED:
        after(service, "create", lambda outcome: True)
    elif point == RENAMED:
        after(host, "replace", lambda nothing: True)
    else:
        after(Journal, "move", lambda row: row.stage.value == point)


def request_of(spec: dict[str, Any]) -> LipsyncRequest:
    return lipsync_request(
        Wish(
            node="Lip Sync",
            service=spec["service"],
            model="lipsync-2" if spec["service"] == "Sync" else "lipsync-2-pro",
            video=VideoFile(path=Path(spec["clip"])),
            speech=Speech(source=AudioFile(path=Path(spec["speech"]))),
            options={},
            take=spec.get("take", 0),
        )
    )


def run(spec: dict[str, Any]) -> dict[str, Any]:
    """What came of it, or the failure's class and sentence."""

    def listener(progress: Progress) -> None:
        with Path(spec["said"]).open("a", encoding="utf-8") as said:
            said.write(f"{progress.text}\n")
        if spec["die_at"] == FETCHING and progress.text.startswith("Fetching"):
            die()

    choice = service_choice(spec["service"])
    assert choice is not None
    plan_death(spec["die_at"], CLASSES[choice.service])
    jobs = runner.Runner(Workspace(*[Path(spec["base"]) / name for name in ("state", "output", "temp")]))
    try:
        if spec["do"] == "submit":
            submitted = ENGINE.wait(jobs.submit(request_of(spec), node_id="1", listener=listener))
            return {"short_id": submitted.short_id}
        if spec["do"] == "collect":
            done = ENGINE.wait(jobs.collect(spec["job_id"], choice, listener=listener))
        else:
            done = ENGINE.wait(jobs.lip_sync(request_of(spec), node_id="1", listener=listener))
    except LipsyncError as error:
        return {"error": type(error).__name__, "sentence": str(error)}
    return {"film": str(done.film), "bought": done.bought, "stage": done.row.stage.value, "attempt": done.row.attempt}


if __name__ == "__main__":
    nursery.serve(run)
