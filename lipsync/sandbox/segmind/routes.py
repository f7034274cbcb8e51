"""Every path of Segmind's that the sandbox answers, of all three hosts. Source: segmind-api.md 1.1."""

from __future__ import annotations

import re
from dataclasses import replace

from ..door import Handler, Refusal, Route
from . import answers, credits, files, history, models, submit
from .errors import SegmindError, WrongVerb, planned
from .guard import guard
from .paths import PREFIX
from .witness import watched


def _open(path: str, operation: str, handler: Handler) -> Route:
    """A path that asks for no key."""
    return Route(method="GET", path=PREFIX + path, operation=operation, handler=handler, words=planned)


def _keyed(method: str, path: str, operation: str, handler: Handler, *, rate: str | None = None, streams: bool = False) -> Route:
    return Route(
        method=method, path=PREFIX + path, operation=operation, handler=handler, words=planned, guard=guard, rate=rate, streams=streams
    )


def _paid(path: str, operation: str, handler: Handler) -> Route:
    """A path by which something is bought."""
    return replace(_keyed("POST", path, operation, handler, rate="request"), watched=watched)


ROUTES: tuple[Route, ...] = (
    # api.segmind.com
    _paid("/v2/{slug}", "segmind_submit", submit.submit),
    _keyed("GET", "/v2/requests/{id}/status", "segmind_status", answers.status, rate="poll"),
    _keyed("GET", "/v2/requests/{id}", "segmind_result", answers.result, rate="poll"),
    _keyed("GET", "/v1/requests/{id}", "segmind_poll", answers.result, rate="poll"),
    _paid("/v1/{slug}", "segmind_run", submit.run),
    _keyed("GET", "/v1/get-user-credits", "segmind_credits", credits.read, rate="request"),
    # workflows-api.segmind.com
    _keyed("POST", "/upload-asset", "segmind_upload", files.upload, streams=True),
    # api.spotprod.segmind.com
    _keyed("GET", "/inference-request/request-history", "segmind_history", history.listed),
    _keyed("GET", "/inference-request/request-history/{id}", "segmind_past_request", history.past_request),
    _keyed("GET", "/inference-request/generations", "segmind_generations", history.generations),
    _keyed("GET", "/inference-request/recent-generations", "segmind_generations", history.generations),
    _keyed("GET", "/inference-model-information/list", "segmind_models", models.listed),
    # images.segmind.com
    _open("/assets/{name}", "segmind_asset", files.asset),
    _open("/generations/{id}.mp4", "segmind_film", files.film),
)


def no_such_path(path: str) -> Refusal:
    """A path that is there has another verb."""
    known = any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), path) for route in ROUTES)
    return WrongVerb() if known else SegmindError(404, "Not found")
