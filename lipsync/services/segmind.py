"""The Sync models hosted on Segmind, by the contract of segmind-api.md. v2 only: v1 risks paying for a film that never arrives."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from .. import clock
from ..catalogue import SERVICES, model_named
from ..errors import LipsyncError, ServiceTrouble
from ..keys import Key
from ..media.prepared import Prepared
from ..request import LipsyncRequest
from ..voices import Voice
from . import segmind_wire
from .answers import Answers
from .base import (
    CLOCKS_DIFFER_S,
    BytesDone,
    Capabilities,
    Created,
    CreateOutcome,
    JobStatus,
    MediaRef,
    NotSent,
    RateLimited,
    Refused,
    State,
    Unsettled,
    Wanted,
)
from .films import fetch_film
from .origins import Origin
from .transport import Answer, AnswerLost, NotReached, Transport

FACTS = SERVICES["segmind"]
_UPLOAD_TRIES = 3
_RESULT_TRIES = 5


class SegmindService:
    """One account at one origin. Polls answer at once, so the runner's own pauses set the pace; no key makes a create repeatable."""

    capabilities = Capabilities(idempotent_create=False, list_by_name=False, estimate=False, credits=True, long_poll=False)

    def __init__(self, origin: Origin, key: Key) -> None:
        self.origin = origin
        self._http = Transport(facts=FACTS, origin=origin, key=key)
        self._answers = Answers(facts=FACTS, key=key, words=segmind_wire.refusal)

    async def aclose(self) -> None:
        await self._http.aclose()

    # What is free.

    async def check_key(self) -> None:
        await self.credits_usd()

    async def voices(self) -> list[Voice]:
        return []

    async def upload(self, media: Prepared, *, progress: BytesDone) -> MediaRef:
        """One file in one JSON body, streamed from disk as base64 (segmind-api.md 3.1). Its address is public: who knows it can see it."""
        head = json.dumps({"data_urls": [f"data:{media.content_type};base64,"]}).encode()[:-3]
        pause_s = 2.0
        for attempt in range(1, _UPLOAD_TRIES + 1):
            try:
                answer = await self._http.post_file("/upload-asset", media.path, head=head, tail=b'"]}', host="storage", progress=progress)
                trouble = f"HTTP {answer.status} {answer.excerpt()}" if answer.status in (429, 500, 502, 503, 504) else None
            except (NotReached, AnswerLost) as error:
                trouble = str(error)
            if trouble is None:
                break
            if attempt == _UPLOAD_TRIES:
                raise ServiceTrouble(service=FACTS.title, status_page=FACTS.status_page, detail=f"the upload failed: {trouble}")
            await clock.sleep(pause_s)
            pause_s *= 2
        url = segmind_wire.uploaded_url(self._answers.checked(answer))
        if url is None:
            raise self._answers.unexpected(answer)
        return MediaRef(url=url)

    def freeze(
        self,
        request: LipsyncRequest,
        *,
        video: MediaRef,
        speeches: Mapping[str, MediaRef],
        name: str,
        webhook_url: str | None = None,
    ) -> bytes:
        return segmind_wire.create_body(request, video=video, speech=speeches[request.speeches[0].name])

    async def get(self, job_id: str, *, wait_s: float = 0) -> JobStatus:
        answer = await self._http.ask("GET", f"/v2/requests/{job_id}/status")
        body = answer.json()
        if answer.status == 404:
            return await self._past(job_id)
        if not segmind_wire.is_answer(body):
            return segmind_wire.job_status(self._answers.object_of(answer), job_id=job_id)
        status = segmind_wire.job_status(body, job_id=job_id)
        return await self._result(job_id) if status.state is State.COMPLETED else status

    async def _result(self, job_id: str) -> JobStatus:
        """The whole answer of a finished job; it may lag behind its status."""
        for _ in range(_RESULT_TRIES):
            answer = await self._http.ask("GET", f"/v2/requests/{job_id}")
            body = answer.json()
            if answer.status == 404:
                return await self._past(job_id)
            if segmind_wire.is_answer(body):
                return segmind_wire.job_status(body, job_id=job_id)
            await clock.sleep(2.0)
        raise self._answers.unexpected(answer)

    async def _past(self, job_id: str) -> JobStatus:
        """After an hour only the history knows a job. Raises ServiceRefused with status 404 if it does not."""
        answer = await self._http.ask("GET", f"/inference-request/request-history/{job_id}", host="history")
        return segmind_wire.past_job(self._answers.object_of(answer))

    async def jobs(self, since: float | None = None) -> AsyncIterator[JobStatus]:
        """Past requests of this account, the newest first, with the bodies that bought them: of its last week, or of the month that
        began at `since`, the most that may be asked for at once."""
        window = {} if since is None else segmind_wire.history_window(since)
        known: set[str] = set()
        for page in itertools.count(1):
            params = {"page": str(page), "per_page": "100", **window}
            answer = await self._http.ask("GET", "/inference-request/request-history", host="history", params=params)
            statuses = [segmind_wire.past_job(row) for row in segmind_wire.history_rows(self._answers.checked(answer))]
            new = [status for status in statuses if status.job_id not in known]
            if not new:
                return
            for status in new:
                yield status
            known.update(status.job_id for status in new)

    def failure(self, status: JobStatus) -> LipsyncError:
        return segmind_wire.failure(status)

    async def download_url(self, status: JobStatus) -> str | None:
        return status.output_url

    async def asset_url(self, asset_id: str) -> str:
        raise NotImplementedError("Segmind has no assets, and the request refuses them before anything is asked")

    async def download(self, url: str, part: Path, *, progress: BytesDone) -> None:
        await fetch_film(self._http, FACTS, url, part, progress=progress)

    async def estimate_usd(self, request: LipsyncRequest, *, duration_s: float, frame_rate: float) -> float | None:
        return None

    async def cost_usd(self, status: JobStatus) -> float | None:
        return status.cost_usd

    async def credits_usd(self) -> float | None:
        """What is left to spend, in US dollars. An account that never had any is not known there (segmind-api.md 4.2)."""
        answer = await self._http.ask("GET", "/v1/get-user-credits")
        return 0.0 if answer.status == 404 else segmind_wire.credits_of(self._answers.checked(answer))

    async def find(self, wanted: Wanted) -> JobStatus | None:
        """The one request of the window that was made with the very same body and is not known to be another job.

        Upload addresses cannot be guessed, so an equal body is this body; several leave a doubt, and a doubt is not settled here.
        """
        if wanted.body is None:
            return None
        body, since = json.loads(wanted.body), wanted.since - CLOCKS_DIFFER_S
        found = [
            status
            async for status in self.jobs(since)
            if status.body == body and (status.made_at or since) >= since and not wanted.claimed(status.job_id)
        ]
        return found[0] if len(found) == 1 else None

    # What costs money.

    async def create(self, body: bytes, *, model: str, key: str) -> CreateOutcome:
        """One submit. Nothing makes it repeatable, so whatever may have been accepted is Unsettled (segmind-api.md 4.3)."""
        try:
            answer = await self._http.send("POST", f"/v2/{_slug(model)}", body=body, read_s=120.0, paid=True)
        except NotReached as error:
            return NotSent(str(error))
        except AnswerLost as error:
            return Unsettled(str(error))
        return self._create_outcome(answer)

    def _create_outcome(self, answer: Answer) -> CreateOutcome:
        body = answer.json()
        job_id = body.get("request_id") if isinstance(body, dict) else None
        if segmind_wire.is_answer(body) and job_id:
            return Created(segmind_wire.job_status(body, job_id=str(job_id)))
        if 200 <= answer.status < 300:
            return Created(segmind_wire.job_status(body, job_id=str(job_id))) if job_id else Unsettled("its answer names no job")
        if answer.status == 429:
            return RateLimited(answer.retry_after_s)
        if answer.status >= 500 or answer.status == 408:
            return Unsettled(f"it answered HTTP {answer.status}")
        return Refused(self._answers.refusal(answer))


def _slug(model: str) -> str:
    known = model_named("segmind", model)
    return model if known is None else known.slug
