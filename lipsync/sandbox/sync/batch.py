"""Many creates in one file, outside the slots. Source: sync-api.md 2.8."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from aiohttp import BodyPartReader, web

from ..door import Call
from ..links import denied
from ..store import Document, Json
from .batch_run import batch_json, read_status, run_batch
from .errors import SyncError, fields_refused, not_found, refused
from .fields import URL_TEXT, is_uuid, problems_of_create

_MAX_BYTES = 5 * 1024 * 1024
_STATUSES = ("PENDING", "JOBS_CREATED", "PROCESSING", "COMPLETED", "FAILED")


@dataclass(frozen=True)
class _Form:
    lines: list[str]
    webhook_url: str | None
    dry_run: bool


async def create(call: Call) -> web.Response:
    settings = call.sandbox.settings
    if not settings.batches:
        raise refused("plan_feature_unavailable", "Batches need the Scale plan.")
    form = await _form(call)
    lines = _checked(call, form.lines)
    if form.dry_run:
        return web.json_response({"status": "VALIDATED"})
    running = [batch for batch in call.sandbox.store.documents("batch", org=call.org) if not batch.body["ended"]]
    if len(running) >= settings.batch_slots:
        raise refused("concurrency_limit_reached", extra={"activeBatches": len(running), "concurrencyLimit": settings.batch_slots})
    body: Json = {"lines": lines, "webhook_url": form.webhook_url, "jobs": {}, "errors": {}, "ended": False}
    batch = call.sandbox.store.add_document("batch", id=str(uuid.uuid4()), org=call.org, body=body)
    call.sandbox.background(run_batch(call.sandbox, batch))
    return web.json_response(batch_json(call, batch), status=201)


async def _form(call: Call) -> _Form:
    if call.request.content_type != "multipart/form-data":
        raise fields_refused(["input must be a file"])
    text: str | None = None
    fields: dict[str, str] = {}
    reader = await call.request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise SyncError(400, "Malformed part header")
        value = bytes(await part.read(decode=True))
        if len(value) > _MAX_BYTES:
            raise SyncError(413, "The file is larger than 5 MB.", "generation_input_validation_failed")
        if part.name in ("input", "file"):
            text = value.decode("utf-8", errors="replace")
        elif part.name:
            fields[part.name] = value.decode("utf-8", errors="replace")
    if text is None:
        raise fields_refused(["input must be a file"])
    webhook, dry_run = fields.get("webhook_url"), fields.get("dry_run", "false").lower()
    if webhook is not None and not URL_TEXT[0](webhook):
        raise fields_refused(["webhook_url must be a URL address"])
    if dry_run not in ("true", "false"):
        raise fields_refused(["dry_run must be a boolean value"])
    return _Form([line for line in text.splitlines() if line.strip()], webhook, dry_run == "true")


def _checked(call: Call, texts: list[str]) -> list[Json]:
    settings = call.sandbox.settings
    if not settings.batch_min_lines <= len(texts) <= settings.batch_max_lines:
        raise fields_refused([f"a batch has {settings.batch_min_lines} to {settings.batch_max_lines} lines, not {len(texts)}"])
    problems: list[str] = []
    lines = [_line(number, text, problems) for number, text in enumerate(texts, start=1)]
    names = [line.get("request_id") for line in lines]
    if len(set(names)) != len(names):
        problems.append("request_id must be unique")
    if problems:
        raise fields_refused(problems)
    return lines


def _line(number: int, text: str, problems: list[str]) -> Json:
    try:
        line: Any = json.loads(text)
    except ValueError:
        line = None
    if not isinstance(line, dict) or not isinstance(line.get("payload"), dict):
        problems.append(f"line {number} must be an object with request_id, endpoint and payload")
        return {"request_id": number}
    if not isinstance(line.get("request_id"), str) or not line["request_id"]:
        problems.append(f"line {number}: request_id should not be empty")
    if line.get("endpoint") != "/v2/generate":
        problems.append(f"line {number}: endpoint must be /v2/generate")
    found = problems_of_create(line["payload"], unknown_fields="tolerated", output_file_name="checked")
    problems.extend(f"line {number}: {problem}" for problem in found)
    return line


async def get(call: Call) -> web.Response:
    return web.json_response(batch_json(call, _find(call)))


def _find(call: Call) -> Document:
    batch = call.sandbox.store.document("batch", call.id) if is_uuid(call.id) else None
    if batch is None or batch.org != call.org:
        raise SyncError(404, "The batch was not found.")
    return batch


async def listed(call: Call) -> web.Response:
    query = call.request.query
    status = query.get("status")
    if status is not None and status not in _STATUSES:
        raise fields_refused([f"status must be one of the following values: {', '.join(_STATUSES)}"])
    after, before = _moment(query, "created_after"), _moment(query, "created_before")
    batches = [
        batch
        for batch in call.sandbox.store.documents("batch", org=call.org)
        if (status is None or read_status(call.sandbox, batch) == status)
        and (after is None or batch.created_at > after)
        and (before is None or batch.created_at < before)
    ]
    return web.json_response([batch_json(call, batch) for batch in batches])


def _moment(query: Mapping[str, str], name: str) -> float | None:
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name].replace("Z", "+00:00"))
    except ValueError as problem:
        raise fields_refused([f"{name} must be a valid ISO 8601 date string"]) from problem
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


async def result(call: Call) -> web.Response:
    """Where a batch's `outputUrl` leads: a 302 to its JSON lines."""
    problem = call.sandbox.links.token_problem(call.request.path, call.request.query.get("token", ""))
    batch = call.sandbox.store.document("batch", call.id)
    if problem:
        return denied(problem)
    stored = call.sandbox.objects.get(batch.body.get("object", "")) if batch else None
    if stored is None:
        raise not_found("generation_not_found")
    link = call.sandbox.links.sign(call.origin, stored.path, lifetime_s=call.sandbox.settings.storage_link_s)
    return web.Response(status=302, headers={"Location": link})
