"""The sandbox as one HTTP server on 127.0.0.1: its routes, its state, its start and its end."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from aiohttp import web

from .. import host
from .control import Control
from .core import SANDBOX, Sandbox
from .door import Route, entrance
from .endpoint import ENDPOINT, HOST, Addresses, Endpoint
from .segmind import credits as segmind_credits
from .segmind import doubts as segmind_doubts
from .segmind import routes as segmind
from .segmind.paths import PREFIX as SEGMIND_PREFIX
from .storage import read, write
from .sync.batch_run import resume_batches
from .sync.errors import CODES, OTHER_CODES, no_such_path, planned
from .sync.finished import put_finished_job
from .sync.routes import ROUTES as SYNC_ROUTES
from .sync.webhooks import notify

_MAX_JSON_BYTES = 64 * 1024 * 1024  # a box for every frame of a long clip
_LAST_ANSWERS_S = 1.0

_STORAGE_ROUTES = (
    Route(method="GET", path="/storage/{id}/{name}", operation="storage", handler=read, words=planned),
    Route(method="PUT", path="/storage/{id}/{name}", operation="put", handler=write, words=planned),
)
ROUTES = (*SYNC_ROUTES, *segmind.ROUTES, *_STORAGE_ROUTES)


@dataclass(frozen=True)
class Serving:
    """A sandbox that answers."""

    endpoint: Endpoint
    runner: web.AppRunner

    async def stop(self) -> None:
        await self.runner.cleanup()


async def serve(state_dir: Path, *, port: int, former_port: int | None) -> Serving:
    """Open the sandbox of `state_dir` on `port`; 0 stands for `former_port` if that is free, else for any.

    The caller holds the lock of `state_dir`. Raises OSError if `port` is taken.
    """
    sandbox = Sandbox(state_dir, paths=frozenset(route.name for route in ROUTES if route.absent), notify=notify)
    identity = sandbox.store.fact("identity") or uuid.uuid4().hex
    sandbox.store.remember("identity", identity)
    put_finished_job(sandbox)
    runner = web.AppRunner(_app(sandbox), access_log=None, shutdown_timeout=_LAST_ANSWERS_S)
    await runner.setup()
    try:
        bound = await _open(runner, port, former_port)
    except OSError:
        await runner.cleanup()
        raise
    sandbox.address = f"http://{HOST}:{bound}"
    endpoint = Endpoint(addresses=Addresses.at(bound), identity=identity)
    host.write_owner_only(state_dir / ENDPOINT, json.dumps({**asdict(endpoint.addresses), "identity": identity, "port": bound}))
    sandbox.workshop.resume()
    resume_batches(sandbox)
    return Serving(endpoint, runner)


async def _open(runner: web.AppRunner, port: int, former_port: int | None) -> int:
    if port == 0 and former_port:
        try:
            return await _bind(runner, former_port)
        except OSError:
            return await _bind(runner, 0)
    return await _bind(runner, port)


async def _bind(runner: web.AppRunner, port: int) -> int:
    await web.TCPSite(runner, HOST, port).start()
    return int(runner.addresses[0][1])


def _app(sandbox: Sandbox) -> web.Application:
    app = web.Application(client_max_size=_MAX_JSON_BYTES)
    app[SANDBOX] = sandbox
    Control(operations=_operations()).add_to(app.router)
    app.router.add_post("/control/segmind/credits", segmind_credits.give)
    app.router.add_post("/control/segmind/unsettled", segmind_doubts.unsettled)
    for route in ROUTES:
        if route.method == "GET":
            app.router.add_get(route.path, entrance(route))
        else:
            app.router.add_route(route.method, route.path, entrance(route))
    app.router.add_route("*", "/{path:.*}", _absent)
    app.on_cleanup.append(_close)
    return app


def _operations() -> dict[str, frozenset[str]]:
    """Every operation with the error codes that it knows: Segmind has none."""
    codes = frozenset((*CODES, *OTHER_CODES))
    return {route.operation: frozenset() if route in segmind.ROUTES else codes for route in ROUTES}


async def _absent(request: web.Request) -> web.Response:
    request.app[SANDBOX].received.note(request, None, await request.read())
    if request.path.startswith(f"{SEGMIND_PREFIX}/"):
        return segmind.no_such_path(request.path).response()
    return no_such_path(request.method, request.path).response()


async def _close(app: web.Application) -> None:
    await app[SANDBOX].close()
