"""The routes of the browser side: thin over `lipsync/panel.py`; who may change anything is said by `lipsync/same_machine.py`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from ..lipsync.catalogue import SERVICES
from ..lipsync.engine import ENGINE
from ..lipsync.errors import LipsyncError, OnlyFromThisMachine
from ..lipsync.panel import Json, Panel
from ..lipsync.same_machine import Caller
from ..lipsync.settings import LIMIT_VARIABLE, PLAN_VARIABLE, WEBHOOK_VARIABLE
from ._comfy import workspace
from .poll import recent_jobs

PREFIX = "/sync_lipsync/v1/"
MAX_BODY_BYTES = 16_384

Handler = Callable[[web.Request], Awaitable[web.Response]]
Answerer = Callable[[Panel, Json], Awaitable[Any]]


def add_routes(routes: web.RouteTableDef) -> None:
    """Publish every route of the pack; ComfyUI does so once more below /api."""
    for path, answerer in _READS.items():
        routes.get(PREFIX + path)(_reading(answerer))
    for path, answerer in _CHANGES.items():
        routes.post(PREFIX + path)(_changing(answerer))


def _reading(answerer: Answerer) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        return await _answer(answerer, dict(request.query))

    return handle


def _changing(answerer: Answerer) -> Handler:
    """A route for this ComfyUI's own page alone, whatever it changes or makes use of."""

    async def handle(request: web.Request) -> web.Response:
        if not _caller(request).is_own_tab:
            return _refusal(403, str(OnlyFromThisMachine(variables=_VARIABLES)))
        if request.content_type != "application/json":
            return _refusal(415, "Send JSON, with the content type application/json.")
        if request.content_length is None or request.content_length > MAX_BODY_BYTES:
            return _refusal(413, f"Send at most {MAX_BODY_BYTES} bytes, and say how many.")
        try:
            asked = json.loads(await request.read())
        except ValueError:
            asked = None
        return await _answer(answerer, asked) if isinstance(asked, dict) else _refusal(400, "Send one JSON object.")

    return handle


def _caller(request: web.Request) -> Caller:
    headers = {name.lower(): request.headers.getall(name) for name in request.headers}
    return Caller(peer=request.remote, scheme=request.scheme, headers=headers)


async def _answer(answerer: Answerer, asked: Json) -> web.Response:
    try:
        return _json(200, await answerer(_panel(), asked))
    except LipsyncError as error:
        return _refusal(400, str(error))


def _refusal(status: int, sentence: str) -> web.Response:
    return _json(status, {"error": sentence})


def _json(status: int, body: object) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})


_panels: dict[Any, Panel] = {}


def _panel() -> Panel:
    """The panel of the folder that ComfyUI uses now."""
    state_dir = workspace().state_dir
    return _panels.setdefault(state_dir, Panel(state_dir))


def _on_disk(method: Callable[[Panel, Json], object]) -> Answerer:
    async def answer(panel: Panel, asked: Json) -> object:
        return await asyncio.to_thread(method, panel, asked)

    return answer


def _on_engine(method: Callable[[Panel, Json], Any]) -> Answerer:
    async def answer(panel: Panel, asked: Json) -> object:
        return await asyncio.wrap_future(ENGINE.start(method(panel, asked)))

    return answer


_VARIABLES = ", ".join([*(facts.key_variable for facts in SERVICES.values()), LIMIT_VARIABLE, WEBHOOK_VARIABLE]) + f" or {PLAN_VARIABLE}"
_READS = {
    "status": _on_disk(lambda panel, asked: panel.status()),
    "voices": _on_engine(Panel.voices),
    "jobs": _on_disk(lambda panel, asked: recent_jobs()),
}
_CHANGES = {
    "key": _on_disk(Panel.save_key),
    "key/test": _on_engine(Panel.test_key),
    "key/remove": _on_disk(Panel.remove_key),
    "limit": _on_disk(Panel.save_limit),
    "webhook": _on_disk(Panel.save_webhook),
    "plan": _on_disk(Panel.save_plan),
}
