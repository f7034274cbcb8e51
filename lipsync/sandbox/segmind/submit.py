"""POST /v2/{slug} and /v1/{slug}: checked, found, accepted or refused, and written down in one step. Sources: segmind-api.md 1.3, 1.4."""

from __future__ import annotations

import uuid
from dataclasses import replace

from aiohttp import web

from ... import clock
from ..core import Sandbox
from ..door import Call
from ..faults import Fault
from ..jobs import Job, Outcome, Purchase
from ..store import Json
from ..strike import FileAnswer
from .answers import polling, submitted
from .credits import balance_of, reserved_usd, spent_usd
from .errors import SegmindError
from .guard import key_hash_of
from .order import Order, order_of
from .parameters import check_slug
from .witness import accepted


async def submit(call: Call) -> web.Response:
    return web.json_response(submitted(call, await _accepted(call)))


async def run(call: Call) -> web.StreamResponse:
    """v1: the film itself, when it is made. Whoever hangs up before has bought it all the same."""
    sandbox, job = call.sandbox, await _accepted(call)
    if sandbox.settings.segmind_run_answer == "polling":
        return web.json_response(polling(call, job))
    await sandbox.workshop.wait(job, timeout_s=sandbox.settings.segmind_run_s)
    ended = sandbox.jobs.get(call.org, job.id) or job
    if not ended.terminal:
        raise SegmindError(504, "Gateway Timeout")
    if ended.film is None:
        raise SegmindError(500, ended.error or "The model failed")
    return FileAnswer(sandbox.objects.file(ended.film), {"Content-Type": "video/mp4", **_receipt(sandbox, ended)})


def _receipt(sandbox: Sandbox, job: Job) -> dict[str, str]:
    balance = balance_of(sandbox, job.org)
    return {
        "x-request-id": job.id,
        "x-cost": f"{job.cost_usd:g}",
        "x-remaining-credits": f"{balance.total if balance else 0:g}",
        "x-generation-time": f"{(job.finished_at or job.due_at) - job.processing_at:.3f}",
    }


async def _accepted(call: Call) -> Job:
    """The job that the request buys. Raises SegmindError, having sold nothing."""
    sandbox, slug = call.sandbox, call.request.match_info["slug"]
    body = _json_object(call)
    check_slug(sandbox.settings, slug)
    order = await order_of(sandbox, call.org, slug, body)
    await clock.sleep(sandbox.settings.accept_s)
    _check_credits(sandbox, call.org, order.cost_usd)
    job = _struck(_job(call, slug, order), sandbox.faults.take("outcome", call.operation, call.text))
    with sandbox.store.transaction():
        sandbox.jobs.add(job)
        sandbox.ledger.add(Purchase(job=job, key_hash=key_hash_of(call.org), idempotency_key=None, body=call.note["body_text"]))
        accepted(call, job.id)
    sandbox.workshop.start(job)
    return job


def _json_object(call: Call) -> Json:
    if call.request.content_type != "application/json":
        raise SegmindError(406, "Invalid content type. Use application/json or multipart/form-data")
    body = call.note["body"]
    if not isinstance(body, dict):
        raise SegmindError(400, "The body must be a JSON object")
    return body


def _check_credits(sandbox: Sandbox, org: str, need_usd: float) -> None:
    """What is spent, what is reserved and what this may cost, all in one step of the event loop: nothing comes in between."""
    limit_usd, balance = sandbox.settings.segmind_spend_limit_usd, balance_of(sandbox, org)
    available = balance.available if balance else 0.0
    if need_usd > available:
        raise SegmindError(406, f"Insufficient credits: your balance is ${available:.4f} and this request needs ${need_usd:.4f}")
    if limit_usd is not None and spent_usd(sandbox, org) + reserved_usd(sandbox, org) + need_usd > limit_usd:
        raise SegmindError(406, f"Team spend limit of ${limit_usd:.2f} reached")


def _job(call: Call, slug: str, order: Order) -> Job:
    settings, now = call.sandbox.settings, clock.now()
    return Job(
        id=str(uuid.uuid4()),
        org=call.org,
        created_at=now,
        service="segmind",
        request={"model": slug, "outputFileName": None, "text": call.note["body_text"]},
        processing_at=now + settings.pending_s,
        due_at=now + settings.pending_s + settings.processing_s,
        cost_usd=order.cost_usd,
        plan=order.plan,
        outcome=Outcome() if order.failure is None else Outcome(status="FAILED", error=order.failure),
    )


def _struck(job: Job, fault: Fault | None) -> Job:
    """`job` with the end that a fault has planned for it. A rejection is a failure here."""
    if fault is None:
        return job
    status = "FAILED" if fault["status"] == "REJECTED" else fault["status"]
    message = fault["message"] or "The model could not process the input"
    return replace(job, outcome=Outcome(status=status, error=message if status == "FAILED" else None))
