"""Models, projects, the error catalogue and the webhook secret. Sources: sync-api.md 2.9, 2.10, 2.11."""

from __future__ import annotations

import uuid

from aiohttp import web

from ... import clock
from ...catalogue import models_of
from ..door import Call
from ..store import Document, Json
from ..timestamps import timestamp
from .arrival import json_object
from .errors import CODES, fields_refused, not_found
from .fields import FILLED, STRING, Fields, one_of
from .webhooks import secret_of

_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


async def models(_: Call) -> web.Response:
    listed = [
        {
            "id": str(uuid.uuid5(_NAMESPACE, model.slug)),
            "name": model.slug,
            "type": "react" if model.slug.startswith("react") else "lipsync",
            "version": "1.0.0",
            "description": model.advice,
        }
        for model in models_of("sync")
    ]
    return web.json_response(listed)


async def errors(_: Call) -> web.Response:
    return web.json_response([{"code": code, "message": f.message, "suggestion": f.suggestion} for code, f in CODES.items()])


async def webhook_secret(call: Call) -> web.Response:
    return web.json_response({"secret": secret_of(call.sandbox, call.org)})


async def add_project(call: Call) -> web.Response:
    fields = Fields(json_object(call), [])
    rules = {"name": FILLED, "description": STRING, "visibility": one_of("USER", "ORGANIZATION"), "mode": one_of("CREATOR", "DEVELOPER")}
    fields.check(rules, required=("name",))
    if fields.problems:
        raise fields_refused(fields.problems)
    given = {name: fields.value.get(name) for name in rules}
    body = {**given, "visibility": given["visibility"] or "USER", "updated_at": clock.now()}
    made = call.sandbox.store.add_document("project", id=str(uuid.uuid4()), org=call.org, body=body)
    return web.json_response(_project(made), status=201)


async def projects(call: Call) -> web.Response:
    return web.json_response([_project(project) for project in call.sandbox.store.documents("project", org=call.org)])


async def project(call: Call) -> web.Response:
    return web.json_response(_project(_find_project(call)))


async def delete_project(call: Call) -> web.Response:
    """Its generations and assets stay."""
    found = _find_project(call)
    call.sandbox.store.remove_document("project", found.id)
    return web.json_response(_project(found))


def _find_project(call: Call) -> Document:
    found = call.sandbox.store.document("project", call.id)
    if found is None or found.org != call.org:
        raise not_found("project_not_found")
    return found


def _project(project: Document) -> Json:
    body = project.body
    told = {name: body[name] for name in ("name", "description", "visibility", "mode")}
    return {"id": project.id, "createdAt": timestamp(project.created_at), "updatedAt": timestamp(body["updated_at"]), **told}
