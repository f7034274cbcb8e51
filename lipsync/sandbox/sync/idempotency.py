"""Idempotency-Key: the same purchase is never made twice under one. Source: sync-api.md 1.3."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ... import clock
from ..door import Call
from ..jobs import Job
from .errors import SyncError, refused

_FORMAT = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_RETRY = {"Retry-After": "2"}


def idempotency_key(call: Call) -> str | None:
    """The key that came with the request, if any. Raises SyncError for a bad one."""
    keys = call.request.headers.getall("Idempotency-Key", [])
    if not keys:
        return None
    if len(keys) > 1 or not _FORMAT.fullmatch(keys[0]):
        raise refused("INVALID_IDEMPOTENCY_KEY")
    return str(keys[0])


def bought_before(call: Call, key: str, digest: str) -> Job | None:
    """What was bought under `key`, as it is now; None if nothing was. Raises SyncError for another body, for a refusal that
    consumed the key, and for what was bought but deleted."""
    sandbox, settings = call.sandbox, call.sandbox.settings
    oldest = clock.now() - settings.idempotency_retention_s
    sandbox.store.run("DELETE FROM idempotency WHERE created_at <= ?", (oldest,))
    row = sandbox.store.one("SELECT * FROM idempotency WHERE org = ? AND key = ?", (call.org, key))
    if row is None:
        return None
    if row["digest"] != digest:
        extra = {"generationId": row["job_id"]} if settings.conflict_names_generation else {}
        message = "This Idempotency-Key was used with another body."
        raise SyncError(settings.conflict_status, message, settings.conflict_code, extra=extra)
    if row["refusal"] is not None:
        raise SyncError(**json.loads(row["refusal"]))
    job = sandbox.jobs.get(call.org, row["job_id"])
    if job is None:
        raise refused("generation_not_found")
    return job


@contextmanager
def claimed(call: Call, key: str | None) -> Iterator[None]:
    """Hold `key` while its create is being decided. Raises SyncError for a second one at the same time."""
    if key is None:
        yield
        return
    claim = (call.org, key)
    if claim in call.sandbox.keys_in_use:
        code = call.sandbox.settings.in_progress_code
        raise SyncError(409, "A request with this Idempotency-Key is in progress.", code, headers=_RETRY)
    call.sandbox.keys_in_use.add(claim)
    try:
        yield
    finally:
        call.sandbox.keys_in_use.discard(claim)


def remember_purchase(call: Call, key: str, digest: str, job: Job) -> None:
    _remember(call, key, digest, job_id=job.id, refusal=None)


def remember_refusal(call: Call, key: str, digest: str, refusal: SyncError) -> None:
    told = {"status": refusal.status, "message": refusal.message, "code": refusal.code, "suggestion": refusal.suggestion}
    _remember(call, key, digest, job_id=None, refusal=json.dumps(told))


def _remember(call: Call, key: str, digest: str, *, job_id: str | None, refusal: str | None) -> None:
    call.sandbox.store.run(
        "INSERT INTO idempotency (org, key, digest, created_at, job_id, refusal) VALUES (?, ?, ?, ?, ?, ?)",
        (call.org, key, digest, clock.now(), job_id, refusal),
    )
