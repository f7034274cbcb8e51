"""The back door for tests: settings, faults, the ledger and what was received. Asks for no key, answers JSON, takes nothing
that it does not exactly know."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from .core import SANDBOX, Sandbox
from .faults import BadFault, parse
from .received import parsed
from .settings import BadSetting


class Control:
    """`operations` are the names that a fault may use, each with its error codes."""

    def __init__(self, *, operations: Mapping[str, frozenset[str]]) -> None:
        self._operations = operations

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_get("/control", self.alive)
        router.add_get("/control/settings", self.settings)
        router.add_post("/control/settings", self.change_settings)
        router.add_delete("/control/settings", self.reset_settings)
        router.add_get("/control/faults", self.faults)
        router.add_post("/control/faults", self.plan_faults)
        router.add_delete("/control/faults", self.clear_faults)
        router.add_get("/control/ledger", self.ledger)
        router.add_get("/control/requests", self.requests)
        router.add_delete("/control/requests", self.clear_requests)

    async def alive(self, request: web.Request) -> web.Response:
        """Who serves: tells one sandbox from another on the same port."""
        return web.json_response({"sandbox": _sandbox(request).store.fact("identity")})

    async def settings(self, request: web.Request) -> web.Response:
        return web.json_response(_sandbox(request).settings_book.as_json())

    async def change_settings(self, request: web.Request) -> web.Response:
        values = parsed(await request.read())
        if not isinstance(values, dict):
            return _bad("settings are a JSON object")
        try:
            _sandbox(request).settings_book.change(values)
        except BadSetting as problem:
            return _bad(str(problem))
        return await self.settings(request)

    async def reset_settings(self, request: web.Request) -> web.Response:
        _sandbox(request).settings_book.reset()
        return await self.settings(request)

    async def faults(self, request: web.Request) -> web.Response:
        return web.json_response({"faults": _sandbox(request).faults.as_json()})

    async def plan_faults(self, request: web.Request) -> web.Response:
        """One plan or a list of them; all or none are taken."""
        posted = parsed(await request.read())
        try:
            plans = [parse(plan, self._operations) for plan in (posted if isinstance(posted, list) else [posted])]
        except BadFault as problem:
            return _bad(str(problem))
        for plan in plans:
            _sandbox(request).faults.plan(plan)
        return web.json_response({"faults": _sandbox(request).faults.as_json()}, status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        _sandbox(request).faults.clear()
        return await self.faults(request)

    async def ledger(self, request: web.Request) -> web.Response:
        return web.json_response({"purchases": _sandbox(request).ledger.as_json()})

    async def requests(self, request: web.Request) -> web.Response:
        return web.json_response({"requests": _sandbox(request).received.as_json()})

    async def clear_requests(self, request: web.Request) -> web.Response:
        _sandbox(request).received.clear()
        return await self.requests(request)


def _sandbox(request: web.Request) -> Sandbox:
    return request.app[SANDBOX]


def _bad(problem: str) -> web.Response:
    return web.json_response({"error": problem}, status=400)
