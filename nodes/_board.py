"""What a node shows while it works: one line of text, a bar where there is an honest figure, and a last line that stays."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from ..lipsync.jobs.progress import Progress
from ..lipsync.media.prepared import Cancelled
from ..lipsync.redact import redact
from ._comfy import InterruptProcessingException, PromptServer, api, processing_interrupted

T = TypeVar("T")


class Board:
    """The notice board of one node. `tell` is called from the engine's thread; the rest from the node's own."""

    def __init__(self, node_id: str) -> None:
        self._node_id = node_id
        self._told: Progress | None = None
        self._stages: deque[Progress] = deque()
        self._shown = ""

    @property
    def paid_job(self) -> str | None:
        """The job that goes on without us if we stop now."""
        return self._told.job if self._told is not None and self._told.paid else None

    def tell(self, progress: Progress) -> None:
        """Every stage is shown, however short it was: the price is one of them. Of a stage's own progress only the newest."""
        if not progress.total and (self._told is None or progress.text != self._told.text):
            self._stages.append(progress)
        self._told = progress

    async def look(self) -> bool:
        """Show what is new, and say whether the user has interrupted. This leaves ComfyUI's flag as it is: the other items of a list
        read it too."""
        while self._stages:
            self._show(self._stages.popleft())
        told = self._told
        if told is not None and self._show(told) and told.total:
            await api.execution.set_progress(told.done, told.total, node_id=self._node_id)
        return processing_interrupted()

    def _show(self, progress: Progress) -> bool:
        """Whether there was anything new to show."""
        line = progress.line()
        if line == self._shown:
            return False
        self._shown = line
        self.say(f"{line}\nJob {progress.job}" if progress.job else line)
        return True

    async def follow(self, work: Callable[[Callable[[str, int, int], None]], T]) -> T:
        """Do `work` on media in a thread of its own, showing how it goes. Raises InterruptProcessingException where it was cancelled."""

        def progress(text: str, done: int, total: int) -> None:
            self.tell(Progress(text=text, done=done, total=total))

        working = asyncio.ensure_future(asyncio.to_thread(work, progress))
        while not working.done():
            await self.look()
            await asyncio.wait([working], timeout=0.25)
        try:
            return working.result()
        except Cancelled:
            raise InterruptProcessingException from None

    def say(self, text: str) -> None:
        """Show `text` on the node, in the browser that queued it."""
        PromptServer.instance.send_progress_text(redact(text), self._node_id, PromptServer.instance.client_id)
