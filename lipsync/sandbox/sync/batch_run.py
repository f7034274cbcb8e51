"""A batch under way: its lines become jobs one after the other, and their ends become its result. Source: sync-api.md 2.8."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from ..core import Sandbox
from ..door import Call
from ..jobs import Job, Purchase
from ..store import Document, Json
from ..timestamps import timestamp
from .create import struck
from .errors import SyncError
from .generation import generation_for
from .purchase import check_body, job_of, order_of
from .webhooks import send

_LOOK_AGAIN_S = 1.0


async def run_batch(sandbox: Sandbox, batch: Document) -> None:
    """Take a batch to its end, from wherever a former process left it."""
    for line in batch.body["lines"]:
        if line["request_id"] not in batch.body["jobs"] and line["request_id"] not in batch.body["errors"]:
            await _start_line(sandbox, batch, line)
    for job_id in batch.body["jobs"].values():
        await _ended(sandbox, batch.org, job_id)
    _write_result(sandbox, batch)
    if batch.body["webhook_url"]:
        await send(sandbox, batch.org, batch.body["webhook_url"], _status_body(sandbox, batch))


def resume_batches(sandbox: Sandbox) -> None:
    for batch in sandbox.store.documents("batch"):
        if not batch.body["ended"]:
            sandbox.background(run_batch(sandbox, batch))


async def _start_line(sandbox: Sandbox, batch: Document, line: Json) -> None:
    body = line["payload"]
    try:
        check_body(sandbox, batch.org, body)
        order = await order_of(sandbox, batch.org, body, {})
    except SyncError as refusal:
        batch.body["errors"][line["request_id"]] = refusal.body()
        sandbox.store.change_document("batch", batch.id, batch.body)
        return
    text = json.dumps(body)
    job = job_of(sandbox, batch.org, order, source=None, batch_id=batch.id)
    job = struck(job, sandbox.faults.take("outcome", "batch_create", text))
    batch.body["jobs"][line["request_id"]] = job.id
    with sandbox.store.transaction():
        sandbox.jobs.add(job)
        sandbox.ledger.add(Purchase(job=job, key_hash=batch.org, idempotency_key=None, body=text))
        sandbox.store.change_document("batch", batch.id, batch.body)
    sandbox.workshop.start(job)


async def _ended(sandbox: Sandbox, org: str, job_id: str) -> None:
    while (job := sandbox.jobs.get(org, job_id)) is not None and not job.terminal:
        await sandbox.workshop.wait(job, timeout_s=_LOOK_AGAIN_S)


def _write_result(sandbox: Sandbox, batch: Document) -> None:
    lines = [json.dumps({"request_id": line["request_id"], **_line_result(sandbox, batch, line)}) for line in batch.body["lines"]]
    made = sandbox.objects.declare(org=batch.org, name="results.jsonl", content_type="application/jsonl", public=False)
    part = sandbox.objects.part(made.id)
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sandbox.objects.keep(made.id, part)
    batch.body.update(object=made.id, ended=True)
    sandbox.store.change_document("batch", batch.id, batch.body)


def _line_result(sandbox: Sandbox, batch: Document, line: Json) -> Json:
    job = _job(sandbox, batch, line["request_id"])
    if job is None:
        return {"error": batch.body["errors"].get(line["request_id"])}
    return {"generation": generation_for(sandbox, job, sandbox.address)}


def _job(sandbox: Sandbox, batch: Document, request_id: str) -> Job | None:
    return sandbox.jobs.get(batch.org, batch.body["jobs"].get(request_id, ""))


def read_status(sandbox: Sandbox, batch: Document) -> str:
    """One of the five words of a batch."""
    body = batch.body
    started = len(body["jobs"]) + len(body["errors"])
    if body["ended"]:
        return "COMPLETED" if body["jobs"] else "FAILED"
    if started < len(body["lines"]):
        return "PENDING"
    jobs = [_job(sandbox, batch, name) for name in body["jobs"]]
    return "PROCESSING" if any(job and job.status != "PENDING" for job in jobs) else "JOBS_CREATED"


def _status_body(sandbox: Sandbox, batch: Document) -> Json:
    statuses = Counter(job.status for name in batch.body["jobs"] if (job := _job(sandbox, batch, name)))
    total = len(batch.body["lines"])
    failed = statuses["FAILED"] + statuses["REJECTED"] + len(batch.body["errors"])
    metrics = {
        "total_generations": total,
        "success_count": statuses["COMPLETED"],
        "failed_count": failed,
        "pending_count": total - failed - statuses["COMPLETED"],
    }
    told: dict[str, Any] = {"id": batch.id, "created_at": timestamp(batch.created_at), "status": read_status(sandbox, batch)}
    return {**told, "metrics": metrics, "webhookUrl": batch.body["webhook_url"]}


def batch_json(call: Call, batch: Document) -> Json:
    """The Batch object as it is now."""
    path = f"/v2/batch/{batch.id}/result"
    token = call.sandbox.links.token(path, lifetime_s=call.sandbox.settings.output_link_s)
    ended = batch.body["ended"]
    return {**_status_body(call.sandbox, batch), "outputUrl": f"{call.origin}{path}?token={token}" if ended else None}
