"""The media of an order: prepared, and brought into the account once per content."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from ..media.prepared import Prepared
from ..media.sources import Asset, Link, Script
from ..services.base import MediaRef
from .order import Counter, Order, Teller
from .progress import Progress, bytes_text


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """References to the video and to every speech that is not a script, and one line per file on what was done to it."""

    video: MediaRef
    speeches: dict[str, MediaRef]
    notes: tuple[str, ...]


@contextlib.asynccontextmanager
async def media_of(order: Order, counter: Counter, teller: Teller) -> AsyncIterator[Uploaded]:
    """The media of `order` in the account; passing files live until the end of the block and go away whatever happens."""
    from ..media.prepare import prepare_speech, prepare_video  # loads av and torch, which a machine that only collects does not have

    work = _Uploads(order, counter, teller)
    try:
        video = await work.bring(order.request.video, "video", prepare_video)
        speeches = {
            speech.name: await work.bring(speech.source, "speech", prepare_speech)
            for speech in order.request.speeches
            if not isinstance(speech.source, Script)
        }
        yield Uploaded(video=video, speeches=speeches, notes=tuple(work.notes))
    finally:
        await work.clear()


class _Uploads:
    def __init__(self, order: Order, counter: Counter, teller: Teller) -> None:
        self._order, self._counter, self._teller = order, counter, teller
        self._stop = threading.Event()
        self._passing: list[Path] = []
        self.notes: list[str] = []

    async def bring(self, source: object, what: str, prepare: Callable[..., Prepared]) -> MediaRef:
        if isinstance(source, Asset):
            return MediaRef(asset_id=source.id)
        if isinstance(source, Link):
            return MediaRef(url=source.url)
        ready = await self._made(source, prepare)
        self.notes.append(ready.note)
        return await self._upload(ready, what)

    async def _made(self, source: object, prepare: Callable[..., Prepared]) -> Prepared:
        work = asyncio.create_task(
            asyncio.to_thread(
                prepare,
                source,
                limits=self._order.request.choice.facts,
                folder=self._counter.workspace.temp_dir,
                progress=self._tell,
                cancelled=self._stop.is_set,
                digest=self._counter.digests,
            )
        )
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stop.set()
            await asyncio.wait([work])  # a thread stops when it next looks; what it has finished until then is ours to put away
            raise
        finally:
            if work.done() and work.exception() is None and work.result().temporary:
                self._passing.append(work.result().path)
        return work.result()

    async def _upload(self, ready: Prepared, what: str) -> MediaRef:
        account, uploads = self._counter.account, self._counter.uploads
        content = {**self._counter.at, "sha256": ready.sha256, "content_type": ready.content_type}
        async with uploads.turn(**content):
            known = uploads.get(**content)
            if known is not None:
                return known
            ref = await account.service.upload(
                ready, progress=lambda done, total: self._tell(bytes_text(f"Uploading the {what}", done, total), done, total)
            )
            uploads.put(ref, **content)
            return ref

    def _tell(self, text: str, done: int, total: int) -> None:
        self._teller.tell(Progress(text=text, done=done, total=total, job=self._order.fingerprint.short_id))

    async def clear(self) -> None:
        for path in self._passing:
            await asyncio.to_thread(path.unlink, missing_ok=True)
