"""POST /v2/generate: checked, found, accepted or refused, and written down in one step. Sources: sync-api.md 1.3, 2.1, 2.2."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from aiohttp import web

from ... import clock
from ..core import Sandbox
from ..door import Call
from ..faults import Fault
from ..jobs import Job, Outcome, Purchase
from .arrival import Arrival, arrival
from .errors import CODES, OTHER_CODES, SyncError, refused
from .generation import generation
from .idempotency import bought_before, claimed, idempotency_key, remember_purchase, remember_refusal
from .purchase import check_body, echo, job_of, order_of

_UPGRADE = "https://sync.so/settings/billing"
_SLOT_RETRY_S = 10


async def create(call: Call) -> web.Response:
    key = idempotency_key(call)
    came = await arrival(call)
    with claimed(call, key):
        bought = bought_before(call, key, came.digest) if key else None
        if bought:
            return web.json_response(generation(call, bought), status=call.sandbox.settings.replay_status)
        try:
            with _slot(call.sandbox, call.org):
                return _accept(call, came, key, await _decide(call, came))
        except SyncError as refusal:
            if key and call.sandbox.settings.refusal_consumes_key and refusal.status < 500:
                remember_refusal(call, key, came.digest, refusal)
            raise


async def _decide(call: Call, came: Arrival) -> Job:
    """The job that may be bought. Nothing is accepted yet."""
    sandbox, source = call.sandbox, call.request.headers.get("x-sync-source")
    check_body(sandbox, call.org, came.body)
    await clock.sleep(sandbox.settings.accept_s)
    try:
        order = await order_of(sandbox, call.org, came.body, came.uploads)
    except SyncError as refusal:
        if sandbox.settings.unreachable_media == "as_failed" and (refusal.code or "").endswith("_inaccessible"):
            return _doomed(call, came, refusal, source)
        raise
    return job_of(sandbox, call.org, order, source=source)


def _doomed(call: Call, came: Arrival, why: SyncError, source: str | None) -> Job:
    """A job that is accepted and will fail, because its media were not looked at first."""
    settings, now = call.sandbox.settings, clock.now()
    return Job(
        id=str(uuid.uuid4()),
        org=call.org,
        created_at=now,
        request=echo(came.body, source),
        processing_at=now + settings.pending_s,
        due_at=now + settings.pending_s + settings.processing_s,
        cost_usd=0.0,
        webhook_url=came.body.get("webhookUrl"),
        outcome=Outcome(status="FAILED", error=str(why.message), error_code=why.code),
    )


def _accept(call: Call, came: Arrival, key: str | None, job: Job) -> web.Response:
    sandbox = call.sandbox
    unknown = sandbox.faults.take("outcome_unknown", "create", call.text)
    if unknown and not unknown["accepted"]:
        raise _outcome_unknown(key, None)
    job = struck(job, sandbox.faults.take("outcome", "create", call.text))
    with sandbox.store.transaction():
        sandbox.jobs.add(job)
        sandbox.ledger.add(Purchase(job=job, key_hash=call.org, idempotency_key=key, body=came.text))
        if key:
            remember_purchase(call, key, came.digest, job)
        for asset in came.uploads.values():
            sandbox.store.add_document("asset", id=asset.id, org=asset.org, body=asset.body)
    sandbox.workshop.start(job)
    if unknown:
        raise _outcome_unknown(key, job.id if unknown["names_generation"] else None)
    return web.json_response(generation(call, job), status=201)


def _outcome_unknown(key: str | None, id: str | None) -> SyncError:
    """Without a key, the same failure of the speech provider has its ordinary name."""
    code = "IDEMPOTENCY_OUTCOME_UNKNOWN" if key else "elevenlabs_service_unavailable"
    return refused(code, extra={"generationId": id} if key and id else {})


def struck(job: Job, fault: Fault | None) -> Job:
    """`job` with the end that a fault has planned for it."""
    if fault is None:
        return job
    code = fault["error_code"] or ("generation_pipeline_failed" if fault["status"] == "FAILED" else None)
    facts = CODES.get(code or "") or OTHER_CODES.get(code or "")
    error = fault["message"] or (facts.message if facts else "The content was refused by moderation.")
    return replace(job, outcome=Outcome(status=fault["status"], error=error, error_code=code))


@contextmanager
def _slot(sandbox: Sandbox, org: str) -> Iterator[None]:
    """One of the plan's slots, from the first look at the media until the job itself takes it."""
    limit, active = sandbox.settings.concurrency, sandbox.jobs.active(org) + sandbox.slots_in_use[org]
    if limit is not None and active >= limit:
        extra = {
            "activeGenerations": active,
            "concurrencyLimit": limit,
            "retryAfterSeconds": _SLOT_RETRY_S,
            "upgradeUrl": _UPGRADE,
        }
        raise refused("concurrency_limit_reached", extra=extra, headers={"Retry-After": str(_SLOT_RETRY_S)})
    sandbox.slots_in_use[org] += 1
    try:
        yield
    finally:
        sandbox.slots_in_use[org] -= 1
