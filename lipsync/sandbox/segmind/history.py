"""Past requests, of any age: the only way to find what was bought when no answer came. Sources: segmind-api.md 1.1, 1.4."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from aiohttp import web

from ... import clock
from ..core import Sandbox
from ..door import Call
from ..jobs import Job
from ..store import Json
from ..timestamps import timestamp
from .answers import film_link
from .errors import SegmindError
from .witness import asked_for

_DEFAULT_DAYS, _MAX_DAYS = 7, 31
_PAGE, _MAX_PAGE = 20, 100
_STATUSES = ("COMPLETED", "FAILED", "PENDING")
_SORTS: dict[str, Callable[[Job], Any]] = {
    "model_created": lambda job: job.created_at,
    "model_name": lambda job: job.request["model"],
    "credits_deduction": lambda job: _billed_usd(job) or 0.0,
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list, and how long the whole is."""

    rows: list[Json]
    number: int
    size: int
    total: int

    def about(self) -> Json:
        return {"page": self.number, "per_page": self.size, "total": self.total, "total_pages": -(-self.total // self.size)}


async def past_request(call: Call) -> web.Response:
    asked_for(call)
    _check_available(call)
    job = call.sandbox.jobs.get(call.org, call.id)
    if job is None or job not in landed(call.sandbox, [job]):
        raise SegmindError(404, f"Request {call.id} not found")
    return web.json_response(_row(call, job))


async def listed(call: Call) -> web.Response:
    _check_available(call)
    first, last = _window(call)
    name, status = call.request.query.get("model_name", ""), _choice(call, "status", None, *_STATUSES)
    wanted = [
        job
        for job in landed(call.sandbox, call.sandbox.jobs.listed(call.org))
        if first <= _day_of(job.created_at) <= last and name in job.request["model"] and status in (None, _status(job))
    ]
    key = _SORTS[_choice(call, "sort_by", "model_created", *_SORTS) or ""]
    wanted.sort(key=key, reverse=_choice(call, "sort_order", "desc", "asc", "desc") == "desc")
    page = _page(call, [_row(call, job) for job in wanted])
    return web.json_response({call.sandbox.settings.segmind_history_list: page.rows, **page.about()})


async def generations(call: Call) -> web.Response:
    """Only what has an output, and fewer words about it."""
    _check_available(call)
    name = call.request.query.get("model_name", "")
    done = [job for job in landed(call.sandbox, call.sandbox.jobs.listed(call.org)) if job.film and name in job.request["model"]]
    page = _page(call, [_generation(call, job) for job in done])
    return web.json_response({"generations": page.rows, **page.about()})


def _check_available(call: Call) -> None:
    if call.sandbox.settings.segmind_history == "unavailable":
        raise SegmindError(503, "The request history is temporarily unavailable")


def landed(sandbox: Sandbox, jobs: list[Job]) -> list[Job]:
    """Those of `jobs` that the history knows of: Segmind's, late enough, and not left out."""
    settings, now = sandbox.settings, clock.now()
    return [
        job
        for job in jobs
        if job.service == "segmind"
        and now - job.created_at >= settings.segmind_history_delay_s
        and not any(text in f"{job.id} {job.request['text']}" for text in settings.segmind_history_leaves_out)
    ]


def _row(call: Call, job: Job) -> Json:
    text, body = job.request["text"], json.loads(job.request["text"])
    return {
        "request_id": job.id,
        "model_name": job.request["model"],
        "model_status": _status(job),
        "credits_deduction": _billed_usd(job),
        "request_body": body if call.sandbox.settings.segmind_history_body == "object" else text,
        "generation_url": film_link(call, job),
        "latency_ms": _latency_ms(job),
        "created_at": timestamp(job.created_at),
        "model_created": timestamp(job.created_at),
        "error": job.error,
    }


def _generation(call: Call, job: Job) -> Json:
    row = _row(call, job)
    kept = {name: row[name] for name in ("request_id", "model_name", "generation_url", "credits_deduction", "latency_ms", "created_at")}
    return {**kept, "status": row["model_status"], "prompt": None, "parameters": row["request_body"]}


def _status(job: Job) -> str:
    return job.status if job.terminal else "PENDING"


def _billed_usd(job: Job) -> float | None:
    """None while nobody knows."""
    if not job.terminal:
        return None
    return job.cost_usd if job.status == "COMPLETED" else 0.0


def _latency_ms(job: Job) -> int | None:
    return round((job.finished_at - job.created_at) * 1000) if job.finished_at is not None else None


def _window(call: Call) -> tuple[date, date]:
    """First and last day, in UTC."""
    today = _day_of(clock.now())
    first = _day(call, "from_date", today - timedelta(days=_DEFAULT_DAYS))
    last = _day(call, "to_date", today)
    if not timedelta(0) <= last - first <= timedelta(days=_MAX_DAYS):
        raise SegmindError(400, f"The window must span 0 to {_MAX_DAYS} days")
    return first, last


def _day(call: Call, name: str, default: date) -> date:
    given = call.request.query.get(name)
    try:
        return date.fromisoformat(given) if given else default
    except ValueError as problem:
        raise SegmindError(400, f"{name} must be YYYY-MM-DD") from problem


def _day_of(moment: float) -> date:
    return datetime.fromtimestamp(moment, timezone.utc).date()


def _choice(call: Call, name: str, default: str | None, *choices: str) -> str | None:
    given = call.request.query.get(name, default)
    if given is not None and given not in choices:
        raise SegmindError(400, f"{name} must be one of {', '.join(choices)}")
    return given


def _page(call: Call, rows: list[Json]) -> Page:
    number, size = _count(call, "page", 1), _count(call, "per_page", _PAGE)
    if size > _MAX_PAGE:
        raise SegmindError(400, f"per_page must be from 1 to {_MAX_PAGE}")
    return Page(rows=rows[(number - 1) * size : number * size], number=number, size=size, total=len(rows))


def _count(call: Call, name: str, default: int) -> int:
    given = call.request.query.get(name, str(default))
    if not given.isdecimal() or int(given) < 1:
        raise SegmindError(400, f"{name} must be a number from 1")
    return int(given)
