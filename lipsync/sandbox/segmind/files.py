"""What is uploaded, and what comes out: files that open for whoever knows their address. Sources: segmind-api.md 1.4, 3."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from pathlib import Path
from typing import Any

from aiohttp import web

from ... import clock
from ..door import Call
from ..links import denied
from ..strike import FileAnswer
from ..threads import in_thread
from .data_urls import BadDataUrl, Decoded, decoded
from .errors import SegmindError
from .paths import asset_path

_ASSET = "segmind_asset"
_CHUNK_BYTES = 1 << 16
_HEADS_BYTES = 64 * 1024  # what a body may have besides its files
_SUFFIXES = {"audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/mp4": ".m4a", "video/mp4": ".mp4", "video/quicktime": ".mov"}


async def upload(call: Call) -> web.Response:
    """Files come as data URLs in one JSON body, and go out under addresses in the same order."""
    if call.request.content_type != "application/json":
        raise SegmindError(406, "Invalid content type. Use application/json or multipart/form-data")
    files = await _received(call)
    call.note["body"] = {"data_urls": [_noted(file) for file in files]}
    links = [await _kept(call, file) for file in files]
    return web.json_response(_answer(call.sandbox.settings.segmind_upload_answer, links))


async def _received(call: Call) -> list[Decoded]:
    """The files of the body, which is too large to be kept with the other requests."""
    limit_bytes, spool = call.sandbox.settings.segmind_upload_bytes, call.sandbox.objects.part("upload")
    body_bytes, size = limit_bytes * 4 // 3 + _HEADS_BYTES, 0
    try:
        with spool.open("wb") as file:
            async for chunk in call.request.content.iter_chunked(_CHUNK_BYTES):
                size += len(chunk)
                if size > body_bytes:
                    raise _too_large(limit_bytes)
                file.write(chunk)
        files = await in_thread(_parsed, spool)
    except (BadDataUrl, ValueError) as problem:
        raise SegmindError(400, f"Invalid data_urls: {problem}") from problem
    finally:
        spool.unlink(missing_ok=True)
    if sum(len(file.content) for file in files) > limit_bytes:
        raise _too_large(limit_bytes)
    return files


def _too_large(limit_bytes: int) -> SegmindError:
    return SegmindError(413, f"The files are larger than {limit_bytes} bytes")


def _parsed(spool: Path) -> list[Decoded]:
    body = json.loads(spool.read_bytes())
    texts = body.get("data_urls") if isinstance(body, dict) else None
    if not isinstance(texts, list) or not texts:
        raise BadDataUrl("a list of data URLs is needed")
    return [decoded(text) for text in texts]


def _noted(file: Decoded) -> dict[str, Any]:
    return {"content_type": file.content_type, "size_bytes": len(file.content), "sha256": hashlib.sha256(file.content).hexdigest()}


async def _kept(call: Call, file: Decoded) -> str:
    """Store a file and return its address."""
    objects, suffix = call.sandbox.objects, _SUFFIXES.get(file.content_type) or mimetypes.guess_extension(file.content_type) or ""
    made = objects.declare(org=call.org, name=f"asset{suffix}", content_type=file.content_type, public=False)
    part = objects.part(made.id)
    await in_thread(part.write_bytes, file.content)
    objects.keep(made.id, part)
    call.sandbox.store.add_document(_ASSET, id=made.id, org=call.org, body={})
    return call.origin + asset_path(made.id, suffix)


def _answer(form: str, links: list[str]) -> Any:
    answers: dict[str, Any] = {
        "file_urls": {"file_urls": links, "message": "Files uploaded successfully"},
        "urls": {"urls": links},
        "array": links,
        "url": {"url": links[0]},
    }
    return answers[form]


async def asset(call: Call) -> web.StreamResponse:
    """An upload, back again."""
    id, lifetime_s = call.request.match_info["name"].partition(".")[0], call.sandbox.settings.segmind_asset_s
    known, found = call.sandbox.store.document(_ASSET, id), call.sandbox.objects.get(id)
    if known is None or found is None or (lifetime_s is not None and clock.now() - known.created_at >= lifetime_s):
        return denied("NoSuchKey", status=404)
    return FileAnswer(call.sandbox.objects.file(id), {"Content-Type": found.content_type})


async def film(call: Call) -> web.StreamResponse:
    """A film, for some days."""
    job = call.sandbox.jobs.of_film(call.id)
    if job is None or clock.now() - (job.finished_at or 0.0) >= call.sandbox.settings.segmind_film_s:
        return denied("NoSuchKey", status=404)
    return FileAnswer(call.sandbox.objects.file(call.id), {"Content-Type": "video/mp4"})
