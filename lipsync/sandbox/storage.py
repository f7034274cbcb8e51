"""The storage's own doors: links to read and to write one object, which know no key. Source: sync-api.md 2.9."""

from __future__ import annotations

from aiohttp import web

from .door import Call
from .links import denied
from .objects import StoredObject, TooLarge
from .strike import FileAnswer


async def read(call: Call) -> web.StreamResponse:
    """The object's bytes, or a part of them. What is not public needs a link that is signed and not too old."""
    found = call.sandbox.objects.at(call.request.path)
    if found is None or not found.stored:
        return denied("NoSuchKey", status=404)
    problem = None if found.public else call.sandbox.links.problem(call.request)
    if problem:
        return denied(problem)
    return FileAnswer(call.sandbox.objects.file(found.id), {"Content-Type": found.content_type})


def upload_link(call: Call, made: StoredObject, *, lifetime_s: float) -> str:
    """A link for one PUT of exactly the declared type."""
    return call.sandbox.links.sign(call.origin, made.path, lifetime_s=lifetime_s, purpose=f"PUT {made.content_type}")


async def write(call: Call) -> web.StreamResponse:
    """Take the bytes of an upload, or refuse it as a presigned link does: by its signature, in XML."""
    request, objects = call.request, call.sandbox.objects
    found = objects.at(request.path)
    if found is None:
        return denied("NoSuchKey", status=404)
    problem = call.sandbox.links.problem(request, purpose=f"PUT {request.headers.get('Content-Type', '')}")
    if problem:
        return denied(problem)
    if "x-api-key" in request.headers or "Authorization" in request.headers:
        return denied("SignatureDoesNotMatch")
    if request.content_length is None:
        return denied("MissingContentLength", status=411)
    if request.content_length != found.size:
        return denied("SignatureDoesNotMatch")
    try:
        await objects.receive(found.id, request.content.iter_chunked(1 << 16), limit_bytes=found.size)
    except TooLarge:
        return denied("EntityTooLarge", status=400)
    return web.Response(status=200)
