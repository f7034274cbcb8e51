"""Faults done to the exchange itself, before, after or instead of the right answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from .. import clock
from .faults import Fault
from .links import denied
from .store import Json

Answer = Callable[[], Awaitable[web.StreamResponse]]
Words = Callable[[Fault], Json]  # the body of a planned error, as a protocol puts it

_PAGE = "<!DOCTYPE html><html><head><title>{0} {1}</title></head><body><h1>{0} {1}</h1><p>Ray ID: 0000sandbox0000</p></body></html>"
_OUTPUTS = ("outputUrl", "output", "video", "generation_url")
_NO_MEDIA = b"\x00sandbox: these bytes are no media\x00" * 64


class FileAnswer(web.FileResponse):
    """A file as an answer, with Range, that a fault can still get at."""

    def __init__(self, path: Path, headers: dict[str, str]) -> None:
        super().__init__(path, headers=headers)
        self.source = path


async def strike(fault: Fault, request: web.Request, answer: Answer, words: Words) -> web.StreamResponse:
    """What comes of `request` when `fault` strikes it."""
    if fault.kind == "error":
        return await _error(fault, answer, words)
    return await _STRIKES[fault.kind](fault, request, answer)


async def _error(fault: Fault, answer: Answer, words: Words) -> web.StreamResponse:
    """In the words of its protocol, unless the plan has a `body` of its own."""
    if fault["accepted"]:
        await answer()
    body = words(fault) if fault["body"] is None else fault["body"]
    return web.json_response(body, status=fault["status"], headers=fault["headers"])


async def _html(fault: Fault, _: web.Request, answer: Answer) -> web.StreamResponse:
    if fault["accepted"]:
        await answer()
    status = fault["status"]
    return web.Response(status=status, text=_PAGE.format(status, HTTPStatus(status).phrase), content_type="text/html")


async def _drop_before(_: Fault, request: web.Request, __: Answer) -> web.StreamResponse:
    return _dropped(request)


async def _drop_after(_: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    await answer()
    return _dropped(request)


async def _slow(fault: Fault, _: web.Request, answer: Answer) -> web.StreamResponse:
    response = await answer()
    await clock.sleep(fault["delay_s"])
    return response


async def _truncated(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    response = await answer()
    body = _bytes_of(response)
    kept = len(body) // 2 if fault["after_bytes"] is None else fault["after_bytes"]
    return await _write(request, response, body[:kept], length=len(body))


async def _wrong_length(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    response = await answer()
    body = _bytes_of(response)
    return await _write(request, response, body, length=max(0, len(body) + fault["length_delta"]))


async def _garbage(_: Fault, __: web.Request, answer: Answer) -> web.StreamResponse:
    response = await answer()
    return web.Response(body=_NO_MEDIA, status=200, headers={"Content-Type": response.headers.get("Content-Type", "video/mp4")})


async def _expired(_: Fault, __: web.Request, ___: Answer) -> web.StreamResponse:
    return denied("Request has expired")


async def _no_output_url(_: Fault, __: web.Request, answer: Answer) -> web.StreamResponse:
    response = await answer()
    body = json.loads(_bytes_of(response))
    for told in body if isinstance(body, list) else [body]:
        told.update({name: None for name in _OUTPUTS if name in told})
    return web.json_response(body, status=response.status)


_STRIKES = {
    "html": _html,
    "drop_before": _drop_before,
    "drop_after": _drop_after,
    "slow": _slow,
    "truncated": _truncated,
    "wrong_length": _wrong_length,
    "garbage": _garbage,
    "expired": _expired,
    "no_output_url": _no_output_url,
}


def _bytes_of(response: web.StreamResponse) -> bytes:
    if isinstance(response, FileAnswer):
        return response.source.read_bytes()
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        return response.body
    return b""


def _dropped(request: web.Request) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return web.Response()


async def _write(request: web.Request, like: web.StreamResponse, body: bytes, *, length: int) -> web.StreamResponse:
    """Send `body` under a Content-Length of `length`, and hang up."""
    response = web.StreamResponse(status=like.status, headers={**like.headers, "Content-Length": str(length), "Connection": "close"})
    await response.prepare(request)
    await response.write(body)
    if request.transport:
        request.transport.close()
    return response
