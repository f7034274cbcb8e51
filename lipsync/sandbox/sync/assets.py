"""Assets: presigned upload, registration, the library. Source: sync-api.md 2.9."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

from ... import clock
from ..door import Call
from ..fetch import is_loopback
from ..objects import StoredObject
from ..probe import Unreadable, probe
from ..storage import upload_link
from ..store import Document, Json
from ..threads import in_thread
from ..timestamps import timestamp
from .arrival import json_object
from .errors import fields_refused, refused
from .fields import FILLED, STRING, URL_TEXT, UUID_TEXT, Fields, Rule, is_count, one_of
from .media import find_asset, object_behind

_GIB = 1024**3
_TYPES = ("VIDEO", "AUDIO", "IMAGE")
_SIZE: Rule = (lambda value: is_count(value) and value > 0, "must be a positive integer")
_VISIBILITY = one_of("USER", "ORGANIZATION")
_SORTS = {"name": "name", "date": "created_at", "duration": "durationSeconds", "size": "size", "kind": "type"}


def _checked(body: Json, rules: dict[str, Rule], required: tuple[str, ...] = ()) -> Json:
    fields = Fields(body, [])
    fields.check(rules, required=required)
    if fields.problems:
        raise fields_refused(fields.problems)
    return body


async def upload(call: Call) -> web.Response:
    """Links for one PUT, and to what it will have put there."""
    body = _checked(json_object(call), {"fileName": FILLED, "contentType": FILLED, "size": _SIZE}, ("fileName", "contentType", "size"))
    settings = call.sandbox.settings
    if body["size"] > min(5 * _GIB, settings.max_file_bytes):
        raise refused("file_size_exceeds_plan_limit")
    made = call.sandbox.objects.declare(org=call.org, name=body["fileName"], content_type=body["contentType"], size=body["size"])
    link = upload_link(call, made, lifetime_s=settings.upload_link_s)
    return web.json_response({"uploadUrl": link, "url": f"{call.origin}{made.path}", "expiresIn": int(settings.upload_link_s)}, status=201)


async def register(call: Call) -> web.Response:
    """An asset of an upload, which must have arrived, or of a public link."""
    rules = {"url": URL_TEXT, "type": one_of(*_TYPES), "name": STRING, "visibility": _VISIBILITY, "projectId": UUID_TEXT}
    body = _checked(json_object(call), rules, ("url", "type"))
    project = body.get("projectId")
    known = call.sandbox.store.document("project", project) if project else None
    if project and (known is None or known.org != call.org):
        raise refused("project_not_found")
    found, kind = await _behind(call, body["url"])
    if found.size > call.sandbox.settings.max_file_bytes:
        raise refused("file_size_exceeds_plan_limit")
    asset = {
        "name": body.get("name") or found.name,
        "object": found.id,
        "type": body["type"],
        "inputType": kind,
        "visibility": body.get("visibility") or "USER",
        "projectId": project,
        "updated_at": clock.now(),
        **await _facts(call, found),
    }
    made = call.sandbox.store.add_document("asset", id=str(uuid.uuid4()), org=call.org, body=asset)
    return web.json_response(_asset(call, made), status=201)


async def _behind(call: Call, link: str) -> tuple[StoredObject, str]:
    own = call.sandbox.objects.at(urlsplit(link).path)
    if own is None or not is_loopback(URL(link)):
        return await object_behind(call.sandbox, call.org, link, refused("uploaded_file_not_found")), "URL"
    if own.org != call.org:
        raise refused("file_not_in_org_storage")
    if not own.stored:
        raise refused("uploaded_file_not_found")
    return own, "UPLOAD"


async def _facts(call: Call, found: StoredObject) -> Json:
    """What can be told of the file; of one that cannot be read, its size: that it is no media is said at its use."""
    told: Json = {"size": found.size, "format": PurePath(found.name).suffix[1:]}
    try:
        facts = await in_thread(probe, call.sandbox.objects.file(found.id))
    except Unreadable:
        return told
    return {**told, "durationSeconds": facts.duration_s, "width": facts.width or None, "height": facts.height or None}


def _asset(call: Call, asset: Document) -> Json:
    body = asset.body
    stored = call.sandbox.objects.get(body["object"])
    return {
        "id": asset.id,
        "createdAt": timestamp(asset.created_at),
        "updatedAt": timestamp(body["updated_at"]),
        "name": body["name"],
        "url": f"{call.origin}{stored.path}" if stored and stored.public else None,
        "size": body["size"],
        "format": body["format"],
        "type": body["type"],
        "inputType": body["inputType"],
        "durationSeconds": body.get("durationSeconds"),
        "thumbnailUrl": None,
        "visibility": body["visibility"],
        "width": body.get("width"),
        "height": body.get("height"),
    }


async def get(call: Call) -> web.Response:
    return web.json_response(_asset(call, find_asset(call.sandbox, call.org, call.id)))


async def change(call: Call) -> web.Response:
    asset = find_asset(call.sandbox, call.org, call.id)
    body = _checked(json_object(call), {"name": FILLED, "visibility": _VISIBILITY})
    changes = {name: body[name] for name in ("name", "visibility") if body.get(name) is not None}
    call.sandbox.store.change_document("asset", asset.id, {**asset.body, **changes, "updated_at": clock.now()})
    return await get(call)


async def delete(call: Call) -> web.Response:
    """The registration goes; the file stays, as jobs may need it."""
    asset = find_asset(call.sandbox, call.org, call.id)
    call.sandbox.store.remove_document("asset", asset.id)
    return web.json_response(_asset(call, asset))


async def listed(call: Call) -> web.Response:
    query = call.request.query
    limit = query.get("limit", "50")
    types = [kind for given in query.getall("types", []) for kind in given.split(",") if kind]
    sort = query.get("sortBy", "dateDesc")
    word, descending = sort.removesuffix("Asc").removesuffix("Desc"), sort.endswith("Desc")
    problems = []
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        problems.append("limit must be an integer from 1 to 100")
    if any(kind not in _TYPES for kind in types):
        problems.append(f"each value in types must be one of the following values: {', '.join(_TYPES)}")
    if word not in _SORTS or sort == word:
        problems.append("sortBy must be one of name, date, duration, size, kind with Asc or Desc")
    if problems:
        raise fields_refused(problems)
    assets = [asset for asset in call.sandbox.store.documents("asset", org=call.org) if _fits(asset, types, query)]
    assets.sort(key=lambda asset: _rank(asset, _SORTS[word]), reverse=descending)
    return web.json_response(_page(call, assets, int(limit), query.get("cursor")))


def _fits(asset: Document, types: list[str], query: Any) -> bool:
    project, wanted = query.get("projectId"), query.get("searchQuery", "").lower()
    in_project = project is None or asset.body.get("projectId") == project
    return in_project and (not types or asset.body["type"] in types) and wanted in asset.body["name"].lower()


def _rank(asset: Document, name: str) -> tuple[bool, Any]:
    value = asset.created_at if name == "created_at" else asset.body.get(name)
    return (value is not None, value)


def _page(call: Call, assets: list[Document], limit: int, cursor: str | None) -> Json:
    ids = [asset.id for asset in assets]
    if cursor is not None and cursor not in ids:
        raise fields_refused(["cursor must be a nextCursor"])
    begin = 0 if cursor is None else ids.index(cursor) + 1
    page = assets[begin : begin + limit]
    more = begin + limit < len(assets)
    return {"items": [_asset(call, asset) for asset in page], "nextCursor": page[-1].id if more else None, "totalCount": len(assets)}
