"""Segmind's words on the wire, into and out of ours. Pure functions. Source: segmind-api.md 1.4, 2, 4."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from .. import clock
from ..errors import LipsyncError, ServiceRefused
from ..errors.segmind_answers import Meaning, meaning_of, meaning_of_failure
from ..request import LipsyncRequest
from .base import JobStatus, MediaRef, State
from .prices import usd
from .transport import Answer

TITLE = "Segmind"
_STATES = {"QUEUED": State.PENDING, "PENDING": State.PENDING, "PROCESSING": State.PROCESSING}
_ENDED = {"COMPLETED": State.COMPLETED, "FAILED": State.FAILED}
_DAY_S = 86400.0
_WINDOW_S = 30 * _DAY_S


def create_body(request: LipsyncRequest, *, video: MediaRef, speech: MediaRef) -> bytes:
    """The body of POST /v2/{slug}: one flat object, unset parameters left out (segmind-api.md 6, points 10 and 11)."""
    body: dict[str, object] = {"video_url": video.url, "audio_url": speech.url, **request.options}
    if request.speaker is not None:
        body["auto_active_speaker_detection"] = True  # the only way of choosing that this service has
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def job_status(body: Mapping[str, Any], *, job_id: str) -> JobStatus:
    """A status or result body. A status that is new to us is one that still runs (segmind-api.md 6, point 20)."""
    told = str(body.get("status") or "").upper()
    state = _ENDED.get(told) or _STATES.get(told, State.PROCESSING)
    url = video_url(body) if state is State.COMPLETED else None
    metrics = body.get("metrics")
    error = said_by(body) if state is State.FAILED else ""
    return JobStatus(
        job_id=job_id,
        state=state,
        output_url=url,
        error=error,
        error_code=meaning_of_failure(error).code if error else None,
        cost_usd=usd(metrics.get("cost")) if isinstance(metrics, dict) else None,
    )


def is_answer(body: object) -> bool:
    """Whether a body tells a job's end, whatever the HTTP status was (segmind-api.md 1.4)."""
    return isinstance(body, dict) and str(body.get("status") or "").upper() in _ENDED


def past_job(body: Mapping[str, Any]) -> JobStatus:
    """A row of request-history."""
    told, error = str(body.get("model_status") or "").upper(), str(body.get("error") or "")
    return JobStatus(
        job_id=str(body.get("request_id") or ""),
        state=_ENDED.get(told) or _STATES.get(told, State.PROCESSING),
        output_url=_link(body.get("generation_url")),
        error=error,
        error_code=meaning_of_failure(error).code if error else None,
        model=str(body.get("model_name") or ""),
        created_at=body.get("model_created") or body.get("created_at"),
        body=_body_of(body.get("request_body")),
        cost_usd=usd(body.get("credits_deduction")),
    )


def history_window(since: float) -> dict[str, str]:
    """The days to ask request-history for: from `since` on, and no more of them than it takes (the SDK's page on it: 31)."""
    last = min(clock.now() + _DAY_S, since + _WINDOW_S)  # a day more, as its clock may be ahead
    return {"from_date": _day(since), "to_date": _day(last)}


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).date().isoformat()


def history_rows(body: object) -> list[dict[str, Any]]:
    """The rows of one page of request-history, under whichever name the page has them."""
    if isinstance(body, dict):
        lists = [body.get(name) for name in ("data", "requests", "history", "items", "results", "rows")]
        body = next((rows for rows in lists if isinstance(rows, list)), [])
    return [row for row in body if isinstance(row, dict)] if isinstance(body, list) else []


def _body_of(told: object) -> Mapping[str, Any] | None:
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except ValueError:
            return None
    return told if isinstance(told, dict) else None


def video_url(body: Mapping[str, Any]) -> str | None:
    """The film's address, looked for in every place where one has been seen (segmind-api.md 1.4); the first wins."""
    output = body.get("output")
    if isinstance(output, str) and output[:1] in ("{", "["):
        try:
            output = json.loads(output)
        except ValueError:
            return None
    for candidate in (*_links_of(output), *_links_of(body.get("video")), body.get("url"), body.get("video_url")):
        link = _link(candidate)
        if link is not None:
            return link
    return None


def _links_of(value: object) -> list[object]:
    if isinstance(value, list):
        return _links_of(value[0]) if value else []
    if not isinstance(value, dict):
        return [value]
    media, nested = value.get("media_url"), value.get("video")
    first = media[:1] if isinstance(media, list) else []
    return [value.get("url"), value.get("video_url"), *([] if nested is None else _links_of(nested)), *first]


def _link(value: object) -> str | None:
    return value if isinstance(value, str) and value.startswith(("http://", "https://")) else None


def uploaded_url(body: object) -> str | None:
    """Where an upload lies: `file_urls`, `urls`, a bare array, or `url` (segmind-api.md 3.1)."""
    if isinstance(body, dict):
        body = body.get("file_urls") or body.get("urls") or [body.get("url")]
    return _link(body[0]) if isinstance(body, list) and body else None


def said_by(body: object) -> str:
    """What an error body says, in whichever of its shapes (segmind-api.md 4.1)."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    if isinstance(error, dict):
        error = error.get("message") or json.dumps(error)
    told = error or body.get("error_description") or body.get("error_message") or body.get("message") or body.get("detail") or ""
    return str(told)[:500]


def refusal(answer: Answer) -> LipsyncError:
    """The refusal as the user reads it."""
    said = said_by(answer.json()) or answer.excerpt()
    return _refused(meaning_of(answer.status, said), status=answer.status, said=said)


def failure(status: JobStatus) -> LipsyncError:
    """Why a job failed, as the user reads it."""
    return _refused(meaning_of_failure(status.error), status=None, said=status.error)


def _refused(meaning: Meaning, *, status: int | None, said: str) -> ServiceRefused:
    code = meaning.code or (f"HTTP {status}" if status else None)
    return ServiceRefused(service=TITLE, cause=meaning.cause, cure=meaning.cure, billed=meaning.billed, code=code, status=status, said=said)


def credits_of(body: object) -> float | None:
    """What is left to spend: paid and free credits together, in US dollars (segmind-api.md 4.4)."""
    if not isinstance(body, dict):
        return None
    parts = [usd(body.get("credits")), usd(body.get("free-credits"))]
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
