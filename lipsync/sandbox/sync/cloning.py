"""POST /v2/voices: a voice from a sample in the storage. Its tones are its own; it sounds like nobody. Source: sync-api.md 2.9."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from aiohttp import web

from ..door import Call
from ..objects import StoredObject
from ..probe import Unreadable, probe
from ..store import Json
from ..threads import in_thread
from .arrival import json_object
from .errors import fields_refused, refused
from .fields import STRING, URL_TEXT, Fields, one_of, text
from .media import find_asset
from .voices import voice_json

_SAMPLE_MIN_S, _SOURCE_BYTES = 30.0, 1024**3


async def clone(call: Call) -> web.Response:
    sandbox, body = call.sandbox, _checked(json_object(call))
    clones = sandbox.store.documents("voice", org=call.org)
    if len(clones) >= sandbox.settings.clone_limit:
        raise refused("voice_clone_limit_reached")
    if any(voice.body["name"] == body["name"] for voice in clones):
        raise refused("voice_name_conflict")
    await _check_sample(call, _sample(call, body))
    made = sandbox.store.add_document("voice", id=uuid.uuid4().hex, org=call.org, body={"name": body["name"]})
    return web.json_response(voice_json(made.id, body["name"]), status=201)


def _checked(body: Json) -> Json:
    fields = Fields(body, [])
    rules = {"provider": one_of("elevenlabs"), "name": text(1, 100), "url": URL_TEXT, "assetId": STRING}
    fields.check(rules, required=("provider", "name"))
    if body.get("url") is None and body.get("assetId") is None:
        fields.say("url", "or assetId must be provided")
    if fields.problems:
        raise fields_refused(fields.problems)
    return body


def _sample(call: Call, body: Json) -> StoredObject:
    objects = call.sandbox.objects
    if body.get("assetId") is not None:
        found = objects.get(find_asset(call.sandbox, call.org, body["assetId"]).body["object"])
    else:
        found = objects.at(urlsplit(body["url"]).path)
    if found is None or not found.stored or found.org != call.org:
        raise refused("voice_sample_upload_required")
    return found


async def _check_sample(call: Call, sample: StoredObject) -> None:
    if sample.size > _SOURCE_BYTES:
        raise refused("voice_sample_source_too_large")
    try:
        facts = await in_thread(probe, call.sandbox.objects.file(sample.id))
    except Unreadable as problem:
        raise refused("voice_sample_invalid") from problem
    if facts.kind == "image":
        raise refused("voice_sample_type_unsupported")
    if not facts.has_sound:
        raise refused("voice_sample_extraction_failed")
    if (facts.duration_s or 0.0) < _SAMPLE_MIN_S:
        raise refused("voice_sample_too_short")
