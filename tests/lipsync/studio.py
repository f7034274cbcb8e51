"""A user of the engine: folders, a clip, a voice and an account of his own at the sandbox."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lipsync.catalogue import service_choice
from lipsync.jobs.journal import Row
from lipsync.jobs.progress import Progress
from lipsync.jobs.runner import Finished, Runner, Submitted
from lipsync.media.sources import AudioFile, Speech, VideoFile
from lipsync.request import LipsyncRequest, Wish, lipsync_request
from lipsync.workspace import Workspace
from tests.support.sandbox_process import SandboxProcess

MODELS = {"sync": "lipsync-2", "segmind": "lipsync-2-pro"}
PAID_CALLS = {"sync": "create", "segmind": "segmind_submit"}
KEYS = {"sync": "SYNC_API_KEY", "segmind": "SEGMIND_API_KEY"}


@dataclass
class Ear:
    """A listener that keeps what it was told."""

    heard: list[Progress] = field(default_factory=list)

    def __call__(self, progress: Progress) -> None:
        self.heard.append(progress)

    @property
    def text(self) -> str:
        return "\n".join(progress.text for progress in self.heard)

    __hash__ = object.__hash__


class Studio:
    """What one test works with. Purchases and requests are counted from the test's beginning."""

    def __init__(self, sandbox: SandboxProcess, workspace: Workspace, clip: Path, speech: Path, choice: str = "Sync") -> None:
        known = service_choice(choice)
        assert known is not None
        self.choice, self.service = known, known.service
        self.sandbox, self.workspace, self.clip, self.speech = sandbox, workspace, clip, speech
        self._bought_before = len(sandbox.ledger())
        self.runner = Runner(workspace)

    async def restart(self) -> None:
        """The same user after ComfyUI has ended and begun again. (What a kill leaves is tested with real processes.)"""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.runner = Runner(self.workspace)

    def wish(self, **changes: Any) -> LipsyncRequest:
        """The clip and the voice through lipsync-2 (Segmind: lipsync-2-pro), or what `changes` make of it."""
        wish: dict[str, Any] = {
            "node": "Lip Sync",
            "service": self.choice.label,
            "model": MODELS[self.service],
            "video": VideoFile(path=self.clip),
            "speech": Speech(source=AudioFile(path=self.speech)),
            "options": {},
        }
        return lipsync_request(Wish(**{**wish, **changes}))

    async def lip_sync(self, request: LipsyncRequest | None = None, *, wait_limit_s: float = 0, listener: Any = None) -> Finished:
        return await self.runner.lip_sync(request or self.wish(), node_id="1", listener=listener or Ear(), wait_limit_s=wait_limit_s)

    async def submit(self, request: LipsyncRequest | None = None, *, node_id: str = "1", listener: Any = None) -> Submitted:
        return await self.runner.submit(request or self.wish(), node_id=node_id, listener=listener or Ear())

    async def collect(self, job_id: str, *, wait_limit_s: float = 0, listener: Any = None) -> Finished:
        return await self.runner.collect(job_id, self.choice, listener=listener or Ear(), wait_limit_s=wait_limit_s)

    @property
    def paid_call(self) -> str:
        """The operation that costs money."""
        return PAID_CALLS[self.service]

    @property
    def key_variable(self) -> str:
        return KEYS[self.service]

    def purchases(self) -> list[dict[str, Any]]:
        return self.sandbox.ledger()[self._bought_before :]

    def operations(self) -> list[str]:
        """What the sandbox was asked, in order."""
        return [note["operation"] for note in self.sandbox.requests()]

    def rows(self) -> list[Row]:
        """Every attempt of the journal, oldest first."""
        return self.runner.journal.recent()[::-1]

    def row(self) -> Row:
        """The only job of the journal, its newest attempt."""
        rows = self.rows()
        assert len({row.fingerprint for row in rows}) == 1, rows
        return rows[-1]

    def films(self) -> list[Path]:
        """Every file in the output folder, hidden ones and half-done ones too."""
        return sorted(path for path in self.workspace.output_dir.rglob("*") if path.is_file())

    def passing(self) -> list[Path]:
        """Every file in the folder for passing files."""
        return sorted(path for path in self.workspace.temp_dir.rglob("*") if path.is_file())


def sentence_of(error: BaseException) -> str:
    """What the user reads, checked for being a sentence."""
    text = str(error)
    assert text[0].isupper(), text
    assert text.endswith((".", '"')), text
    return text


async def until(true: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait (in real time) until `true()`."""
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "it never came true"
        await asyncio.sleep(0.02)
