"""The book of submits: what arrived, what was answered, and which jobs their buyer asked for by their id afterwards."""

from __future__ import annotations

from aiohttp import web

from ... import clock
from ..door import Call, Exchange
from ..received import parsed


async def watched(call: Call, exchange: Exchange) -> web.StreamResponse:
    """Write a submit down when it arrives, and again when an answer that settles it has gone out whole."""
    store = call.sandbox.store
    made = store.run("INSERT INTO submits (body, at) VALUES (?, ?)", (call.note["body_text"] or "", clock.now()))
    call.note["submit"] = made.lastrowid
    response = await exchange()
    if _settles(response) and call.request.transport is not None and not call.request.transport.is_closing():
        store.run("UPDATE submits SET answered = 1 WHERE seq = ?", (made.lastrowid,))
    return response


def accepted(call: Call, job_id: str) -> None:
    """The submit of `call` has bought `job_id`."""
    call.sandbox.store.run("UPDATE submits SET job_id = ? WHERE seq = ?", (job_id, call.note["submit"]))


def asked_for(call: Call) -> None:
    """Whoever asks for a job by its id knows that it is his."""
    call.sandbox.store.run("INSERT OR IGNORE INTO asked_for VALUES (?)", (call.id,))


def _settles(response: web.StreamResponse) -> bool:
    """A plain refusal, or a job's id. After anything else the submit may or may not have been accepted."""
    if response.status < 300:
        body = parsed(response.body) if isinstance(response, web.Response) and isinstance(response.body, bytes) else None
        return "x-request-id" in response.headers or (isinstance(body, dict) and "request_id" in body)
    return response.status < 500 and response.status != 408
