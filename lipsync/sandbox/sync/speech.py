"""Text to speech on its own, at once or as a job. Source: sync-api.md 2.9."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from aiohttp import web

from ... import clock
from ..door import Call
from ..store import Document, Json
from ..timestamps import timestamp
from .arrival import json_object
from .errors import SyncError, fields_refused, not_found, refused
from .fields import FILLED, Fields, between, is_uuid, one_of, text
from .media import probed, speak_object

_RULES = {
    "provider": one_of("elevenlabs"),
    "voiceId": FILLED,
    "script": text(1, 5000),
    "stability": between(0, 1),
    "similarityBoost": between(0, 1),
}
_PENDING_S, _PROCESSING_S, _RETRY_S = 0.5, 1.0, "3"


def _checked(call: Call) -> Json:
    fields = Fields(json_object(call), [])
    fields.check(_RULES, required=("provider", "voiceId", "script"))
    if fields.problems:
        raise fields_refused(fields.problems)
    return fields.value


async def speak(call: Call) -> web.Response:
    body = _checked(call)
    made = await speak_object(call.sandbox, call.org, body["script"], body["voiceId"])
    facts = await probed(call.sandbox, made, "audio")
    return web.json_response({"id": str(uuid.uuid4()), "url": f"{call.origin}{made.path}", "duration": facts.duration_s})


async def start_job(call: Call) -> web.Response:
    """The speech is made at once and handed out on the clock."""
    if call.sandbox.settings.tts_jobs == "not_enabled":
        raise SyncError(503, "Speech jobs are not enabled for this account.")
    body, key = _checked(call), _key(call)
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    job = _repeated(call, key, digest)
    if job is None:
        made = await speak_object(call.sandbox, call.org, body["script"], body["voiceId"])
        facts = await probed(call.sandbox, made, "audio")
        kept = {"object": made.id, "duration": facts.duration_s, "key": key, "digest": digest}
        job = call.sandbox.store.add_document("speech_job", id=str(uuid.uuid4()), org=call.org, body=kept)
    return web.json_response(_job(call, job), status=202, headers={"Location": f"/v2/tts/jobs/{job.id}"})


def _key(call: Call) -> str | None:
    key = call.request.headers.get("Idempotency-Key")
    if key is not None and not 1 <= len(key.strip()) <= 128:
        raise refused("INVALID_IDEMPOTENCY_KEY")
    return key and key.strip()


def _repeated(call: Call, key: str | None, digest: str) -> Document | None:
    for job in call.sandbox.store.documents("speech_job", org=call.org) if key else ():
        if job.body["key"] == key:
            if job.body["digest"] != digest:
                settings = call.sandbox.settings
                raise SyncError(409, "This Idempotency-Key was used with another body.", settings.conflict_code)
            return job
    return None


async def get_job(call: Call) -> web.Response:
    job = call.sandbox.store.document("speech_job", call.id) if is_uuid(call.id) else None
    if job is None or job.org != call.org:
        raise not_found("generation_not_found")
    answer = _job(call, job)
    running = answer["status"] in ("PENDING", "PROCESSING")
    return web.json_response(answer, headers={"Retry-After": _RETRY_S} if running else {})


def _job(call: Call, job: Document) -> Json:
    age_s = clock.now() - job.created_at
    started, finished = age_s >= _PENDING_S, age_s >= _PENDING_S + _PROCESSING_S
    made: Any = call.sandbox.objects.get(job.body["object"])
    return {
        "id": job.id,
        "status": "SUCCESS" if finished else "PROCESSING" if started else "PENDING",
        "url": f"{call.origin}{made.path}" if finished else None,
        "duration": job.body["duration"] if finished else None,
        "error": None,
        "createdAt": timestamp(job.created_at),
        "startedAt": timestamp(job.created_at + _PENDING_S) if started else None,
        "finishedAt": timestamp(job.created_at + _PENDING_S + _PROCESSING_S) if finished else None,
    }
