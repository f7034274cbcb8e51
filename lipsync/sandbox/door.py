"""Every request comes in here: written down, struck by its planned fault, let in by its protocol's guard, answered."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web

from .core import SANDBOX, Sandbox
from .store import Json
from .strike import Words, strike


class Refusal(Exception):
    """A request that is answered with an error, in the words of its protocol."""

    def response(self) -> web.Response:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request on its way through the sandbox. `org` is whose it is, "" where no key is asked for."""

    request: web.Request
    sandbox: Sandbox
    operation: str
    note: Json
    org: str = ""

    @property
    def origin(self) -> str:
        """What the asker calls us: links are made for it."""
        return f"{self.request.scheme}://{self.request.host}"

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.request.match_info["id"]

    @property
    def text(self) -> str:
        """What a fault's `match` is looked for in."""
        return f"{self.request.path_qs} {self.note['body_text'] or ''}"


def key_hash(key: str) -> str:
    """What stands for a key wherever something is written down."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


Handler = Callable[[Call], Awaitable[web.StreamResponse]]
Exchange = Callable[[], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True)
class Route:
    """One path of a protocol, whose `words` a planned error is put in. `guard` says whose the request is, or refuses it; `rate` is
    the window it counts in. The handler of a route that `streams` reads the body itself; `watched` sees the whole exchange, faults
    and all."""

    method: str
    path: str
    operation: str
    handler: Handler
    words: Words
    guard: Callable[[Call, Route], str] | None = None
    rate: str | None = None
    absent: Callable[[str, str], Refusal] | None = None  # the refusal while `missing_paths` names the route
    streams: bool = False
    watched: Callable[[Call, Exchange], Awaitable[web.StreamResponse]] | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def entrance(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of `route`."""

    async def enter(request: web.Request) -> web.StreamResponse:
        try:
            return await _pass_on(route, request)
        except ConnectionError:
            return web.Response(status=400)  # read by nobody: whoever asked has hung up

    return enter


async def _pass_on(route: Route, request: web.Request) -> web.StreamResponse:
    sandbox = request.app[SANDBOX]
    whole = request.content_type == "application/json" and not route.streams
    body = await request.read() if whole else None
    note = sandbox.received.note(request, route.operation, body)
    call = Call(request=request, sandbox=sandbox, operation=route.operation, note=note)
    fault = sandbox.faults.take_wire(route.operation, call.text)
    answer = _answer(route, call)
    exchange = partial(strike, fault, request, answer, route.words) if fault else answer
    return await (route.watched(call, exchange) if route.watched else exchange())


def _answer(route: Route, call: Call) -> Exchange:
    """The right answer to `call`, refusals included, when it is asked for."""

    async def answer() -> web.StreamResponse:
        try:
            if route.absent and route.name in call.sandbox.settings.missing_paths:
                raise route.absent(call.request.method, call.request.path)
            org = route.guard(call, route) if route.guard else ""
            return await route.handler(replace(call, org=org))
        except Refusal as refusal:
            return refusal.response()

    return answer
