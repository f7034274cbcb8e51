"""Reading generations back: one, many, their films and their costs. Sources: sync-api.md 2.4 to 2.6."""

from __future__ import annotations

import hashlib
import re

from aiohttp import web

from ..door import Call
from ..jobs import STATUSES, Job
from ..links import denied
from ..store import Json
from .errors import SyncError, fields_refused, not_found, refused
from .fields import is_uuid
from .generation import generation

_WAIT_DEFAULT_S, _WAIT_MAX_S = 5.0, 10.0
_COST_RETRY_S = 5


def find_job(call: Call) -> Job:
    """The job that the path names. Raises SyncError."""
    if not re.fullmatch(r"[A-Za-z0-9-]+", call.id):
        raise refused("invalid_generation_id")
    if not is_uuid(call.id):
        raise refused("unsupported_generation_id_format")
    job = call.sandbox.jobs.get(call.org, call.id.lower())
    if job is None:
        raise not_found("generation_not_found")
    return job


async def get(call: Call) -> web.Response:
    wait, timeout_s = _wait_of(call)
    progress = _asks_progress(call)
    if wait and progress:
        raise fields_refused(["include=progress cannot be combined with wait=true"])
    job = find_job(call)
    if not wait:
        return web.json_response({**generation(call, job), **(_progress(job) if progress else {})})
    await call.sandbox.workshop.wait(job, timeout_s=min(timeout_s, call.sandbox.settings.long_poll_s))
    headers = {"Retry-After": "2", "X-Sync-Wait-Mode": "long_poll", "X-Sync-Wait-Timeout-Seconds": f"{timeout_s:g}"}
    return web.json_response(generation(call, find_job(call)), headers=headers)


def _wait_of(call: Call) -> tuple[bool, float]:
    wait, timeout = call.request.query.get("wait", "false"), call.request.query.get("timeout")
    if wait not in ("true", "false"):
        raise fields_refused(["wait must be a boolean value"])
    if timeout is None:
        return wait == "true", _WAIT_DEFAULT_S
    if not re.fullmatch(r"\d+(\.\d+)?", timeout) or not 1 <= float(timeout) <= _WAIT_MAX_S:
        raise fields_refused(["timeout must be a number from 1 to 10"])
    return wait == "true", float(timeout)


def _asks_progress(call: Call) -> bool:
    asked = call.request.query.get("include")
    if asked not in (None, "progress"):
        raise fields_refused(["include must be one of the following values: progress"])
    return asked == "progress"


def _progress(job: Job) -> Json:
    percent = {"PENDING": 0, "PROCESSING": 50}.get(job.status, 100)
    return {"progress": {"percent": percent}}


async def get_in_organisation(call: Call) -> web.Response:
    """The same without `wait`, `timeout` and `include`, which this route does not know."""
    return web.json_response(generation(call, find_job(call)))


async def listed(call: Call) -> web.Response:
    """A bare array. Without `limit` the order means nothing, and so it is none."""
    jobs = _matching(call)
    limit, cursor = call.request.query.get("limit"), call.request.query.get("cursor")
    if limit is None:
        if cursor is not None:
            raise fields_refused(["cursor needs limit"])
        jobs.sort(key=lambda job: hashlib.sha256(job.id.encode()).digest())
        return web.json_response([generation(call, job) for job in jobs])
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        raise fields_refused(["limit must be an integer from 1 to 100"])
    after = 0
    if cursor is not None:
        ids = [job.id for job in jobs]
        if cursor not in ids:
            raise fields_refused(["cursor must be the id of an item of the previous page"])
        after = ids.index(cursor) + 1
    return web.json_response([generation(call, job) for job in jobs[after : after + int(limit)]])


async def count(call: Call) -> web.Response:
    return web.json_response({"count": len(_matching(call))})


def _matching(call: Call) -> list[Job]:
    statuses, ids, sources = _values(call, "status"), _values(call, "ids"), _values(call, "source")
    project = call.request.query.get("projectId")
    if unknown := [status for status in statuses if status not in STATUSES]:
        raise fields_refused([f"each value in status must be one of the following values: {', '.join(STATUSES)}, not {unknown[0]}"])
    if project is not None and not is_uuid(project):
        raise fields_refused(["projectId must be a UUID"])
    wanted = (("source", sources), ("projectId", [project] if project else []))
    return [
        job
        for job in call.sandbox.jobs.listed(call.org)
        if (not statuses or job.status in statuses)
        and (not ids or job.id in ids)
        and all(not allowed or job.request[name] in allowed for name, allowed in wanted)
    ]


def _values(call: Call, name: str) -> list[str]:
    """Both styles of a list: `a=1,2` and `a=1&a=2`."""
    return [value for given in call.request.query.getall(name, []) for value in given.split(",") if value]


async def delete(call: Call) -> web.Response:
    job = find_job(call)
    if not job.terminal:
        raise refused("generation_not_deletable_while_processing")
    if job.org != call.org:
        raise refused("generation_conflict", "The sandbox's own generation is always there.")
    gone = generation(call, job)
    call.sandbox.jobs.delete(job.id)
    return web.json_response(gone)


async def costs(call: Call) -> web.Response:
    job = find_job(call)
    usd = 0.0 if job.status in ("FAILED", "REJECTED") else job.cost_usd
    body = {
        "generationId": job.id,
        "generationStatus": job.status,
        "currency": "USD",
        "availability": "complete" if job.terminal else "pending",
        "totalCostUsd": f"{usd:.6f}" if job.terminal else None,
        "knownSubtotalUsd": f"{usd if job.terminal else 0.0:.6f}",
        "retryAfterSeconds": None if job.terminal else _COST_RETRY_S,
        "components": [{"type": "lipsync", "costUsd": f"{usd:.6f}"}] if job.terminal else [],
    }
    return web.json_response(body)


async def download(call: Call) -> web.Response:
    """A fresh link, in plain text, to the film that the plan in force has a right to."""
    job = find_job(call)
    if job.status != "COMPLETED":
        raise refused("generation_conflict", f"The generation is {job.status}.")
    film = job.watermarked_film if call.sandbox.settings.watermark and job.watermarked_film else job.film
    return web.Response(text=_film_link(call, film, call.sandbox.settings.download_link_s), content_type="text/plain")


async def result(call: Call) -> web.Response:
    """Where `outputUrl` leads: on to the storage, to the film as it was bought. Needs no key, only its token."""
    problem = call.sandbox.links.token_problem(call.request.path, call.request.query.get("token", ""))
    if problem:
        return denied(problem)
    job = call.sandbox.jobs.finished(call.id)
    if job is None:
        raise not_found("generation_not_found")
    link = _film_link(call, job.watermarked_film or job.film, call.sandbox.settings.storage_link_s)
    return web.Response(status=302, headers={"Location": link})


def _film_link(call: Call, film: str | None, lifetime_s: float) -> str:
    stored = call.sandbox.objects.get(film or "")
    if stored is None:
        raise SyncError(500, "The film is lost.", "generation_infra_storage_error")
    return call.sandbox.links.sign(call.origin, stored.path, lifetime_s=lifetime_s)
