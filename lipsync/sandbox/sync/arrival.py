"""What a create brought, whichever way it came: JSON, or a form with files. Sources: sync-api.md 1.3, 2.1, 2.2."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from aiohttp import BodyPartReader

from ... import clock
from ..door import Call
from ..objects import TooLarge
from ..store import Document, Json
from .errors import SyncError, fields_refused

_MAX_FILES, _MAX_FIELDS, _MAX_FIELD_BYTES = 3, 32, 1 << 20
_NESTED = ("options", "segments", "dubParams", "dialogueEdit")
_FILES = ("video", "image", "audio")


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """`text` is the body to the letter (of a form: its fields and its files' hashes, as JSON), `digest` what a repetition must
    equal, `uploads` the files as assets by id, which count once the create is accepted."""

    body: Json
    text: str
    digest: str
    uploads: Mapping[str, Document] = field(default_factory=dict)


async def arrival(call: Call) -> Arrival:
    if call.request.content_type == "multipart/form-data":
        return await _form(call)
    body = json_object(call)
    text = call.note["body_text"] or ""
    compared = text if call.sandbox.settings.idempotency_compares == "bytes" else json.dumps(body, sort_keys=True)
    return Arrival(body=body, text=text or "{}", digest=_sha256(compared.encode()))


def json_object(call: Call) -> Json:
    """The request's JSON object; an empty one if it says that it carries something else, as a body parser does."""
    text, body = call.note["body_text"], call.note["body"]
    if not text:
        return {}
    if body is None and text.strip() != "null":
        raise SyncError(400, "Unexpected token in JSON")
    if not isinstance(body, dict):
        raise fields_refused(["the body must be an object"])
    return body


async def _form(call: Call) -> Arrival:
    fields: list[tuple[str, str]] = []
    uploads: dict[str, Document] = {}
    hashes: dict[str, str] = {}
    reader = await call.request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise SyncError(400, "Malformed part header")
        if part.name in _FILES and part.filename is not None:
            if part.name in hashes or len(hashes) == _MAX_FILES:
                raise _over_parser_limit()
            asset, hashes[part.name] = await _file(call, part, part.name)
            uploads[asset.id] = asset
            continue
        value = await part.read(decode=True)
        if len(value) > _MAX_FIELD_BYTES or len(fields) == _MAX_FIELDS:
            raise _over_parser_limit()
        fields.append((part.name, value.decode("utf-8", errors="replace")))
    text = json.dumps({"fields": fields, "files": hashes}, sort_keys=True)
    call.note["body"], call.note["body_text"] = json.loads(text), text
    return Arrival(body=_body(fields, uploads), text=text, digest=_sha256(text.encode()), uploads=uploads)


def _over_parser_limit() -> SyncError:
    return SyncError(413, "The form is over the limits of the parser.", "generation_input_validation_failed")


async def _file(call: Call, part: BodyPartReader, kind: str) -> tuple[Document, str]:
    """Store the file and return it as an asset that nobody has registered yet, with its hash."""
    sandbox, name = call.sandbox, part.filename or kind
    made = sandbox.objects.declare(org=call.org, name=name, content_type=part.headers.get("Content-Type", "application/octet-stream"))
    seen = hashlib.sha256()
    try:
        limit_bytes = sandbox.settings.multipart_file_bytes
        size = await sandbox.objects.receive(made.id, _hashed(part, seen), limit_bytes=limit_bytes)
    except TooLarge as problem:
        raise _over_parser_limit() from problem
    body = {
        "name": name,
        "object": made.id,
        "type": kind.upper(),
        "inputType": "UPLOAD",
        "size": size,
        "format": PurePath(name).suffix[1:],
        "visibility": "USER",
        "updated_at": clock.now(),
    }
    return Document(id=str(uuid.uuid4()), org=call.org, created_at=clock.now(), body=body), seen.hexdigest()


async def _hashed(part: BodyPartReader, seen: Any) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(1 << 16):
        seen.update(chunk)
        yield chunk


def _body(fields: list[tuple[str, str]], uploads: Mapping[str, Document]) -> Json:
    body: Json = {name: value for name, value in fields if name not in ("input", *_NESTED)}
    for name, value in fields:
        if name in _NESTED:
            body[name] = _parsed(name, value)
    items = _items([_parsed("input", value) for name, value in fields if name == "input"])
    for id, asset in uploads.items():
        kind = asset.body["type"].lower()
        rest = [item for item in items if not (isinstance(item, dict) and item.get("type") == kind)]
        replaced = next((item for item in items if isinstance(item, dict) and item.get("type") == kind), {})
        kept = {"refId": replaced["refId"]} if replaced.get("refId") else {}
        items = [*rest, {"type": kind, "assetId": id, **kept}]
    return {**body, "input": items}


def _items(values: list[Any]) -> list[Any]:
    """One part with an array, or one part for each object."""
    if len(values) == 1 and isinstance(values[0], list):
        return values[0]
    return values


def _parsed(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as problem:
        raise fields_refused([f"{name} must be a JSON string"]) from problem


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
