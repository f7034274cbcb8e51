"""What a submit, a status and a result answer. Source: segmind-api.md 1.4."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from ... import clock
from ..door import Call
from ..jobs import Job
from ..store import Json
from .credits import balance_of
from .errors import SegmindError
from .paths import film_path, poll_path, result_path, status_path
from .witness import asked_for


def submitted(call: Call, job: Job) -> Json:
    """Always QUEUED, with absolute links for whoever asks."""
    return {"request_id": job.id, "status": "QUEUED", "poll_url": call.origin + poll_path(job.id), **_links(call, job)}


def polling(call: Call, job: Job) -> Json:
    return {"request_id": job.id, "polling_url": call.origin + poll_path(job.id)}


def _links(call: Call, job: Job) -> Json:
    return {"status_url": call.origin + status_path(job.id), "response_url": call.origin + result_path(job.id)}


async def status(call: Call) -> web.Response:
    job = _find_job(call)
    if job.status == "FAILED":
        return _failed(call, job)
    if job.status == "COMPLETED":
        return web.json_response({"status": "COMPLETED", "request_id": job.id, "metrics": _times(job, "inference_time")})
    return web.json_response(_running(call, job))


async def result(call: Call) -> web.Response:
    job = _find_job(call)
    if job.status == "FAILED":
        return _failed(call, job)
    if job.status != "COMPLETED":
        return web.json_response(_running(call, job), status=call.sandbox.settings.segmind_running_result_status)
    return web.json_response(
        {"status": "COMPLETED", "request_id": job.id, "error": None, **_output(call, job), "metrics": _bill(call, job)}
    )


def film_link(call: Call, job: Job) -> str | None:
    """Where the film is, for whoever asks; it needs no key."""
    return call.origin + film_path(job.film) if job.film else None


def _find_job(call: Call) -> Job:
    """The account's job, while its record is kept. Raises SegmindError."""
    asked_for(call)
    job, settings = call.sandbox.jobs.get(call.org, call.id), call.sandbox.settings
    age_s = clock.now() - job.created_at if job and job.service == "segmind" else -1.0
    if job is None or not settings.segmind_record_delay_s <= age_s < settings.segmind_record_s:
        raise SegmindError(404, f"Request {call.id} not found")
    return job


def _running(call: Call, job: Job) -> Json:
    state = "QUEUED" if job.status == "PENDING" else call.sandbox.settings.segmind_processing_state
    return {"status": state, "request_id": job.id, **_links(call, job), "metrics": {}}


def _failed(call: Call, job: Job) -> web.Response:
    metrics = _times(job, "inference_time", "queue_time", "total_time")
    body = {"status": "FAILED", "error": job.error, "request_id": job.id, "metrics": metrics}
    return web.json_response(body, status=call.sandbox.settings.segmind_failed_status)


def _output(call: Call, job: Job) -> Json:
    """The film's link, in the one or the other place."""
    link = film_link(call, job)
    film = call.sandbox.objects.get(job.film or "")
    size = str(film.size) if film else None
    video = {"url": link, "content_type": "video/mp4", "file_name": f"{job.film}.mp4", "file_size": size}
    forms: dict[str, Json] = {
        "both": {"output": link, "video": video},
        "output": {"output": link},
        "video": {"video": video},
        "json": {"output": json.dumps({"video": video})},
    }
    return forms[call.sandbox.settings.segmind_output]


def _bill(call: Call, job: Job) -> Json:
    if call.sandbox.settings.segmind_metrics == "inference_time":
        return _times(job, "inference_time")
    balance = balance_of(call.sandbox, call.org)
    remaining = balance.total if balance else 0.0
    return {"cost": job.cost_usd, "remaining_credits": remaining, **_times(job, "inference_time", "queue_time", "total_time")}


def _times(job: Job, *names: str) -> dict[str, Any]:
    """Seconds."""
    ended_at = job.finished_at or job.due_at
    times = {
        "inference_time": ended_at - job.processing_at,
        "queue_time": job.processing_at - job.created_at,
        "total_time": ended_at - job.created_at,
    }
    return {name: round(times[name], 3) for name in names}
