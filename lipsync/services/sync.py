"""Sync's API (sync.so), by the contract of sync-api.md."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from .. import clock
from ..catalogue import SERVICES
from ..errors import LipsyncError, ServiceTrouble
from ..keys import Key
from ..media.prepared import Prepared
from ..request import LipsyncRequest
from ..voices import Voice
from . import sync_wire
from .answers import Answers
from .base import (
    CLOCKS_DIFFER_S,
    BoughtBefore,
    BytesDone,
    Capabilities,
    Created,
    CreateOutcome,
    JobStatus,
    MediaRef,
    NotSent,
    RateLimited,
    Refused,
    SlotsBusy,
    Unsettled,
    Wanted,
)
from .films import fetch_film
from .origins import Origin
from .transport import Answer, AnswerLost, NotReached, Transport

FACTS = SERVICES["sync"]
LONGEST_WAIT_S = 10  # sync-api.md 2.4: outside 1 to 10 the answer is 400
_PAGE = 100
_UPLOAD_TRIES = 4


class SyncService:
    """One account at one origin."""

    capabilities = Capabilities(idempotent_create=True, list_by_name=True, estimate=True, credits=False, long_poll=True)

    def __init__(self, origin: Origin, key: Key) -> None:
        self.origin = origin
        self._http = Transport(facts=FACTS, origin=origin, key=key)
        self._answers = Answers(facts=FACTS, key=key, words=sync_wire.refusal_in)

    async def aclose(self) -> None:
        await self._http.aclose()

    # What is free.

    async def check_key(self) -> None:
        self._answers.checked(await self._http.ask("GET", "/v2/models"))

    async def voices(self) -> list[Voice]:
        listed = self._answers.checked(await self._http.ask("GET", "/v2/voices"))
        return sync_wire.voices(listed)

    async def upload(self, media: Prepared, *, progress: BytesDone) -> MediaRef:
        """Presigned upload, then registration: sync-api.md 2.9. The link of a failed PUT may be stale, so each try takes a new one."""
        wanted = {"fileName": _upload_name(media), "contentType": media.content_type, "size": media.size_bytes}
        pause_s = 1.0
        for attempt in range(1, _UPLOAD_TRIES + 1):
            place = await self._made("/v2/assets/upload", wanted, "uploadUrl", "url")
            trouble = await self._put(place["uploadUrl"], media, progress)
            if trouble is None:
                break
            if attempt == _UPLOAD_TRIES:
                raise ServiceTrouble(service=FACTS.title, status_page=FACTS.status_page, detail=f"the upload failed: {trouble}")
            await clock.sleep(pause_s)
            pause_s *= 2
        asset = await self._made("/v2/assets", {"url": place["url"], "type": media.kind.upper()}, "id")
        return MediaRef(asset_id=asset["id"])

    async def _made(self, path: str, data: dict[str, object], *fields: str) -> dict[str, str]:
        """The text `fields` of what a free POST makes. Raises UnexpectedAnswer where one is missing."""
        answer = await self._http.ask("POST", path, data=data)
        body = self._answers.object_of(answer)
        if not all(isinstance(body.get(field), str) for field in fields):
            raise self._answers.unexpected(answer)
        return {field: body[field] for field in fields}

    async def _put(self, url: str, media: Prepared, progress: BytesDone) -> str | None:
        """What went wrong, or None."""
        try:
            answer = await self._http.put_file(url, media.path, content_type=media.content_type, progress=progress)
        except (NotReached, AnswerLost) as error:
            return str(error)
        return None if answer.status < 300 else f"HTTP {answer.status} {answer.excerpt()}"

    def freeze(
        self,
        request: LipsyncRequest,
        *,
        video: MediaRef,
        speeches: Mapping[str, MediaRef],
        name: str,
        webhook_url: str | None = None,
    ) -> bytes:
        return sync_wire.create_body(request, video=video, speeches=speeches, name=name, webhook_url=webhook_url)

    async def get(self, job_id: str, *, wait_s: float = 0) -> JobStatus:
        params = {"wait": "true", "timeout": str(min(LONGEST_WAIT_S, max(1, round(wait_s))))} if wait_s > 0 else None
        answer = await self._http.ask("GET", f"/v2/generate/{job_id}", params=params)
        if answer.status == 404:
            answer = await self._http.ask("GET", f"/v2/generations/{job_id}")
        return sync_wire.job_status(self._answers.object_of(answer))

    def failure(self, status: JobStatus) -> LipsyncError:
        return sync_wire.failure(status)

    async def jobs(self) -> AsyncIterator[JobStatus]:
        cursor: str | None = None
        known: set[str] = set()
        while True:
            page = [sync_wire.job_status(item) for item in await self._page(cursor)]
            new = [status for status in page if status.job_id not in known]
            for status in new:
                yield status
            if len(page) < _PAGE or not new:
                return
            known.update(status.job_id for status in new)
            cursor = page[-1].job_id

    async def _page(self, cursor: str | None) -> list[dict[str, Any]]:
        params = {"limit": str(_PAGE), **({"cursor": cursor} if cursor else {})}
        answer = await self._http.ask("GET", "/v2/generations", params=params)
        if answer.status in (404, 405):
            answer = await self._http.ask("GET", "/v2/generate", params=params)
        page = self._answers.checked(answer)
        if not isinstance(page, list):
            raise self._answers.unexpected(answer)
        return page

    async def download_url(self, status: JobStatus) -> str | None:
        """`/download` first: it makes a fresh link, without the watermark if the plan has been upgraded since."""
        try:
            answer = await self._http.ask("GET", f"/v2/generations/{status.job_id}/download")
        except ServiceTrouble:
            if status.output_url is None:
                raise
            return status.output_url
        if answer.status == 200:
            link = answer.content.decode("utf-8", "replace").strip().strip('"')
            if link.startswith(("http://", "https://")):
                return link
        return status.output_url

    async def asset_url(self, asset_id: str) -> str:
        return str(self._answers.object_of(await self._http.ask("GET", f"/v2/assets/{asset_id}"))["url"])

    async def download(self, url: str, part: Path, *, progress: BytesDone) -> None:
        await fetch_film(self._http, FACTS, url, part, progress=progress)

    async def estimate_usd(self, request: LipsyncRequest, *, duration_s: float, frame_rate: float) -> float | None:
        data: dict[str, object] = {"model": request.model.slug, "duration": duration_s, "fps": frame_rate}
        if request.options.get("reasoning_enabled"):
            data["reasoningEnabled"] = True
        try:
            answer = await self._http.ask("POST", "/v2/generations/estimate", data=data)
            if answer.status in (404, 405):
                answer = await self._http.ask("POST", "/v2/generate/estimate-cost", data=data)
        except ServiceTrouble:
            return None  # the price list is at hand too
        if answer.status == 401:
            self._answers.checked(answer)
        return sync_wire.estimated_usd(answer.json()) if answer.status < 300 else None

    async def credits_usd(self) -> float | None:
        return None

    async def cost_usd(self, status: JobStatus) -> float | None:
        """Asked once: a film does not wait for its bill."""
        try:
            answer = await self._http.send("GET", f"/v2/generate/{status.job_id}/costs")
        except (NotReached, AnswerLost):
            return None
        return sync_wire.total_cost_usd(answer.json()) if answer.status == 200 else None

    async def find(self, wanted: Wanted) -> JobStatus | None:
        """By its name, from the newest job back to a while before the call was made."""
        async for status in self.jobs():
            if (status.name or "").removesuffix(".mp4") == wanted.name:
                return status
            if status.made_at is not None and status.made_at < wanted.since - CLOCKS_DIFFER_S:
                return None
        return None

    # What costs money.

    async def create(self, body: bytes, *, model: str, key: str) -> CreateOutcome:
        """One keyed create. What each answer means for the money: sync-api.md 1.3 and 5.2."""
        try:
            answer = await self._http.send("POST", "/v2/generate", body=body, headers={"idempotency-key": key}, read_s=60.0, paid=True)
        except NotReached as error:
            return NotSent(str(error))
        except AnswerLost as error:
            return Unsettled(str(error))
        return self._create_outcome(answer)

    def _create_outcome(self, answer: Answer) -> CreateOutcome:
        said = sync_wire.said_of(answer.json())
        if 200 <= answer.status < 300:
            body = answer.json()
            return (
                Created(sync_wire.job_status(body)) if isinstance(body, dict) and body.get("id") else Unsettled("its answer names no job")
            )
        if answer.status == 429:
            wait_s = said.retry_after_s or answer.retry_after_s
            if said.code == "concurrency_limit_reached":
                return SlotsBusy(said.active, said.limit, wait_s)
            return RateLimited(wait_s)
        if said.code is not None and "IDEMPOTENCY" in said.code.upper() and answer.status in (409, 422, 503):
            if said.job_id is not None or answer.status == 503 or said.in_progress:
                return Unsettled(f"it answered {said.code}", answer.retry_after_s, said.job_id)
            return BoughtBefore()
        if answer.status in (408, 409) or answer.status >= 500:
            return Unsettled(f"it answered HTTP {answer.status}", answer.retry_after_s, said.job_id)
        return Refused(self._answers.refusal(answer))


def _upload_name(media: Prepared) -> str:
    """What the file is called in the account: never the user's own name for it, which may tell more than it should."""
    return f"{media.sha256[:16]}{media.path.suffix.lower()}"
