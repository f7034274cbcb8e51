"""Sync's words on the wire, into and out of ours. Pure functions. Source: sync-api.md 2.1, 2.3, 2.6, 2.7, 5.1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..catalogue import SERVICES
from ..errors import ServiceRefused
from ..errors.sync_codes import meaning_of
from ..media.sources import Photo, Script, Speech
from ..request import LipsyncRequest
from ..voices import Voice
from ..wires import Segment
from .base import JobStatus, MediaRef, State
from .prices import usd
from .transport import Answer


def create_body(
    request: LipsyncRequest, *, video: MediaRef, speeches: Mapping[str, MediaRef], name: str, webhook_url: str | None = None
) -> bytes:
    """The body of POST /v2/generate. Its bytes are frozen: every repetition sends these very ones."""
    visual = {"type": "image" if isinstance(request.video, Photo) else "video", **video.wire()}
    named = bool(request.segments)
    body: dict[str, object] = {
        "model": request.model.slug,
        "input": [visual, *(_spoken(speech, speeches, named=named) for speech in request.speeches)],
        "options": _options(request),
        "outputFileName": name,
    }
    if request.segments:
        body["segments"] = [_segment(row) for row in request.segments]
    if request.project_id:
        body["projectId"] = request.project_id
    if webhook_url:
        body["webhookUrl"] = webhook_url
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _spoken(speech: Speech, refs: Mapping[str, MediaRef], *, named: bool) -> dict[str, object]:
    ref_id = {"refId": speech.name} if named else {}
    if not isinstance(speech.source, Script):
        return {"type": "audio", **refs[speech.name].wire(), **ref_id}
    provider = {
        "name": "elevenlabs",
        "voiceId": speech.source.voice_id,
        "script": speech.source.script,
        "stability": speech.source.stability,
        "similarityBoost": speech.source.similarity_boost,
    }
    return {"type": "text", "provider": provider, **ref_id}


def _options(request: LipsyncRequest) -> dict[str, object]:
    options: dict[str, object] = dict(request.options)
    if request.speaker is not None:
        options["active_speaker_detection"] = request.speaker.active_speaker_detection()
    return options


def _segment(row: Segment) -> dict[str, object]:
    audio: dict[str, object] = {"refId": row.speech}
    if row.crop_start_s is not None:
        audio |= {"startTime": row.crop_start_s, "endTime": row.crop_end_s}
    segment: dict[str, object] = {"startTime": row.start_s, "endTime": row.end_s, "audioInput": audio}
    if row.speaker is not None:
        segment["optionsOverride"] = {"active_speaker_detection": row.speaker.active_speaker_detection()}
    return segment


def voices(listed: object) -> list[Voice]:
    """The answer of GET /v2/voices. `id` is the one that a create takes (sync-api.md 2.9); what has none cannot be chosen."""
    items = [item for item in listed if isinstance(item, dict) and item.get("id")] if isinstance(listed, list) else []
    return [Voice(str(item.get("name") or item["id"]), str(item["id"])) for item in items]


_OLDER_ENDS = {"CANCELED": State.FAILED, "TIMED_OUT": State.FAILED}


def job_status(body: Mapping[str, Any]) -> JobStatus:
    """A Generation object. A status that is new to us is one that still runs: to take it for an end would be to buy again.

    (sync-api.md 2.3 advises the opposite; only the two ends of an older schema are known as ends here.)
    """
    told = str(body.get("status") or "PENDING").upper()
    state = _OLDER_ENDS.get(told) or (State(told) if told in State.__members__ else State.PROCESSING)
    error = body.get("error") or ""
    return JobStatus(
        job_id=str(body["id"]),
        state=state,
        output_url=body.get("outputUrl") or _legacy_url(body),
        output_duration_s=body.get("outputDuration"),
        error=f"{told} {error}".strip() if told in _OLDER_ENDS else str(error),
        error_code=body.get("errorCode") or body.get("error_code"),
        name=body.get("outputFileName"),
        model=body.get("model"),
        created_at=body.get("createdAt"),
    )


def _legacy_url(body: Mapping[str, Any]) -> str | None:
    result = body.get("result")
    return result.get("outputUrl") if isinstance(result, dict) else None


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an error body says, in whichever of its shapes."""

    code: str | None = None
    message: str = ""
    request_id: str | None = None
    job_id: str | None = None
    active: int | None = None
    limit: int | None = None
    retry_after_s: float | None = None

    @property
    def in_progress(self) -> bool:
        """Whether an idempotency answer means "the first attempt is still being handled" rather than "another body"."""
        text = f"{self.code} {self.message}".lower().replace("_", " ")
        return "progress" in text or "pending" in text or "processing" in text


def said_of(body: object) -> Said:
    """An error body; an empty Said for what is not one."""
    if not isinstance(body, dict):
        return Said()
    message = body.get("message") or body.get("error") or ""
    lines = [str(line) for line in message] if isinstance(message, list) else [str(message)]
    if body.get("suggestion"):
        lines.append(str(body["suggestion"]))
    codes = (_text(body.get(name)) for name in ("errorCode", "error_code", "code"))
    return Said(
        code=next((code for code in codes if code is not None), None),
        message="; ".join(lines)[:500],
        request_id=_text(body.get("requestId")),
        job_id=_text(body.get("generationId")),
        active=_whole(body.get("activeGenerations")),
        limit=_whole(body.get("concurrencyLimit")),
        retry_after_s=usd(body.get("retryAfterSeconds")),
    )


def _text(told: object) -> str | None:
    return told if isinstance(told, str) and told else None


def _whole(told: object) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def refusal_in(answer: Answer) -> ServiceRefused:
    """The refusal that an answer's body tells, as the user reads it."""
    return refusal(answer, said_of(answer.json()))


def refusal(answer: Answer, said: Said) -> ServiceRefused:
    """The refusal as the user reads it."""
    return _refused(said.code, answer.status, said.message, said.request_id)


def failure(status: JobStatus) -> ServiceRefused:
    """Why a job of the service failed or was rejected, as the user reads it."""
    return _refused(status.error_code, None, status.error, None)


def _refused(code: str | None, status: int | None, said: str, request_id: str | None) -> ServiceRefused:
    meaning = meaning_of(code, status)
    return ServiceRefused(
        service=SERVICES["sync"].title,
        cause=meaning.cause,
        cure=meaning.cure,
        billed=meaning.billed,
        code=code or (f"HTTP {status}" if status else None),
        status=status,
        said=said,
        request_id=request_id,
    )


def estimated_usd(body: object) -> float | None:
    """The price in an estimate: one object or an array of one; absent on credit plans, and 0 is no price of a film."""
    first = body[0] if isinstance(body, list) and body else body
    price = first.get("estimatedGenerationCost") if isinstance(first, dict) else None
    return usd(price) or None


def total_cost_usd(body: object) -> float | None:
    """What a finished job did cost; None while the service is still reckoning."""
    total = body.get("totalCostUsd") if isinstance(body, dict) and body.get("availability") == "complete" else None
    return usd(total)
