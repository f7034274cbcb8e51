"""A ComfyUI of one user, as far as money is concerned: the real engine, some wishes at a time, and one planned death.

`python -m tests.chaos.worker` is a nursery: it forks one worker for each JSON line that it reads.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import traceback
from pathlib import Path
from typing import Any

from lipsync import clock
from lipsync.engine import ENGINE
from lipsync.errors import LipsyncError
from lipsync.jobs.progress import Progress
from lipsync.jobs.runner import Runner
from lipsync.jobs.states import Stage
from lipsync.media.sources import AudioFile, Speech, VideoFile
from lipsync.request import LipsyncRequest, Wish, lipsync_request
from lipsync.workspace import Workspace
from tests.chaos import bugs, points
from tests.lipsync.studio import MODELS
from tests.support import nursery

_AT_ONCE = 4
_JUMPS_AFTER = 2  # wishes
_PATIENCE_S = 90.0


class Told:
    """What the worker has to say: one line of JSON for each wish that has come to an end, written as a whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def __call__(self, **line: Any) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")


class Death:
    """Comes when its point is passed for the `nth` time."""

    def __init__(self, point: str, nth: int, told: Told) -> None:
        self._point, self._left, self._told = point, nth, told

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._told(died_at=self._point)
            os.kill(os.getpid(), signal.SIGKILL)


class Worker:
    """One life. `spec` is what the storm has planned for it."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self._told = Told(Path(spec["log"]))
        base = Path(spec["base"])
        self._clip = base / "clip.mp4"
        self._jobs = Runner(Workspace(*[base / name for name in ("state", "output", "temp")]))
        self._ended = 0

    async def live(self) -> None:
        self._jobs.resume()
        if self._spec["sees_through"]:
            await self._until_nothing_runs()
        turn = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*[self._one(wish, turn) for wish in self._spec["wishes"]])
        if self._spec["sees_through"]:
            await self._until_nothing_runs()

    async def _one(self, wish: dict[str, Any], turn: asyncio.Semaphore) -> None:
        async with turn:
            try:
                self._told(wish=wish["id"], **await self._granted(wish))
            except LipsyncError as error:
                self._told(wish=wish["id"], error=type(error).__name__, sentence=str(error))
            except Exception:  # noqa: BLE001  # whatever it is, the storm is to see it
                self._told(wish=wish["id"], crash=traceback.format_exc())
        self._ended += 1
        if self._ended == _JUMPS_AFTER:
            set_clock(self._spec["clock_h"])

    async def _granted(self, wish: dict[str, Any]) -> dict[str, Any]:
        def listener(_: Progress) -> None:
            """Nobody looks."""

        if wish["left"]:
            submitted = await self._jobs.submit(self._request(wish), node_id=wish["id"], listener=listener)
            return {"left": submitted.short_id}
        done = await self._jobs.lip_sync(self._request(wish), node_id=wish["id"], listener=listener)
        return {"film": str(done.film)}

    def _request(self, wish: dict[str, Any]) -> LipsyncRequest:
        service = self._spec["service"]
        return lipsync_request(
            Wish(
                node="Lip Sync",
                service=service,
                model=MODELS[service.lower()],
                video=VideoFile(path=self._clip),
                speech=Speech(source=AudioFile(path=Path(wish["speech"]))),
                options={},
                take=wish["take"],
            )
        )

    async def _until_nothing_runs(self) -> None:
        """Let the engine finish by itself what was paid for; what is UNKNOWN waits for somebody to ask."""
        for _ in range(round(_PATIENCE_S / 0.1)):
            await asyncio.sleep(0.1)
            if all(row.stage is Stage.UNKNOWN for row in self._jobs.journal.unfinished()):
                return


def set_clock(hours: float) -> None:
    """The wall clock jumps; the other one does not, as is its nature."""
    true = clock.now
    clock.now = lambda: true() + hours * 3600


def run(spec: dict[str, Any]) -> dict[str, Any]:
    if spec["bug"]:
        bugs.BUGS[spec["bug"]]()
    if spec["clock_h_from_start"]:
        set_clock(spec["clock_h_from_start"])
    worker = Worker(spec)
    if spec["point"]:
        points.plant(spec["point"], Death(spec["point"], spec["nth"], worker._told))
    ENGINE.wait(worker.live())
    return {}


if __name__ == "__main__":
    nursery.serve(run)
