"""Where a worker can die. The product knows nothing of this: the points are planted into the worker that is to pass them."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx

from lipsync import host
from lipsync.jobs.journal import Journal
from lipsync.jobs.states import Stage
from lipsync.services.segmind import SegmindService
from lipsync.services.sync import SyncService

Passed = Callable[[], None]
"""Told whenever the point is passed; from the planned time on it does not return."""

SERVICES = (SyncService, SegmindService)
_PAID = re.compile(r"/v2/(generate|sync\.so-[^/]+)")


def plant(point: str, passed: Passed) -> None:
    """Have `passed` called wherever this process passes `point`."""
    POINTS[point](passed)


def _around(owner: Any, name: str, passed: Passed, *, after: bool, where: Callable[..., bool] = lambda *_, **__: True) -> None:
    method = getattr(owner, name)

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        there = where(*args, **kwargs)
        if there and not after:
            passed()
        result = method(*args, **kwargs)
        if there and after:
            passed()
        return result

    @functools.wraps(method)
    async def call_and_wait(*args: Any, **kwargs: Any) -> Any:
        if not after:
            passed()
        result = await method(*args, **kwargs)
        if after:
            passed()
        return result

    setattr(owner, name, call_and_wait if inspect.iscoroutinefunction(method) else call)


def _insert(passed: Passed, *, after: bool) -> None:
    _around(Journal, "insert", passed, after=after)


def _move(passed: Passed, *, stage: Stage, after: bool) -> None:
    _around(Journal, "move", passed, after=after, where=lambda _, row, to, **__: to is stage and row.stage is not stage)


def _create(passed: Passed, *, after: bool) -> None:
    for service in SERVICES:
        _around(service, "create", passed, after=after)


def _rename(passed: Passed, *, after: bool) -> None:
    _around(host, "replace", passed, after=after, where=lambda source, target: target.suffix == ".mp4")


def _bytes_of(passed: Passed, *, method: str) -> None:
    """When some bytes of a file have gone up or come down."""
    for service in SERVICES:
        setattr(service, method, _telling(getattr(service, method), passed))


def _telling(method: Callable[..., Any], passed: Passed) -> Callable[..., Any]:
    @functools.wraps(method)
    async def call(*args: Any, progress: Callable[[int, int], None], **kwargs: Any) -> Any:
        def heard(done: int, total: int) -> None:
            progress(done, total)
            passed()

        return await method(*args, progress=heard, **kwargs)

    return call


class _Body(httpx.AsyncByteStream):
    """The body of a paid call of which `share` is sent when the point is passed."""

    def __init__(self, body: bytes, share: float, passed: Passed) -> None:
        self._pieces = body[: round(len(body) * share)], body[round(len(body) * share) :]
        self._passed = passed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._pieces[0]
        self._passed()
        if self._pieces[1]:
            yield self._pieces[1]


def _sent(passed: Passed, *, share: float) -> None:
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def handle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and _PAID.search(request.url.path):
            request.stream = _Body(request.content, share, passed)
        return await send(self, request)

    httpx.AsyncHTTPTransport.handle_async_request = handle  # type: ignore[method-assign]


POINTS: dict[str, Callable[[Passed], None]] = {
    "before insert": functools.partial(_insert, after=False),
    "after insert": functools.partial(_insert, after=True),
    **{
        f"{when} {stage.value}": functools.partial(_move, stage=stage, after=when == "after")
        for stage in Stage
        for when in ("before", "after")
    },
    "in upload": functools.partial(_bytes_of, method="upload"),
    "before the first byte": functools.partial(_create, after=False),
    "half of the body sent": functools.partial(_sent, share=0.5),
    "the whole body sent": functools.partial(_sent, share=1.0),
    "accepted, not yet written down": functools.partial(_create, after=True),
    "in download": functools.partial(_bytes_of, method="download"),
    "before rename": functools.partial(_rename, after=False),
    "after rename": functools.partial(_rename, after=True),
}
"""Every named step. What moves a job is in one transaction with its surroundings, so "after" may still be before the commit."""

PROVOKED: dict[Stage, tuple[dict[str, Any], ...]] = {
    Stage.PREPARED: (
        {"operation": "create", "kind": "error", "status": 429, "error_code": "rate_limit_exceeded", "times": 2},
        {"operation": "segmind_submit", "kind": "error", "status": 429, "times": 2},
    ),
    Stage.UNKNOWN: (
        {"operation": "create", "kind": "error", "status": 409, "error_code": "IDEMPOTENCY_KEY_CONFLICT", "accepted": True, "times": 2},
        {"operation": "segmind_submit", "kind": "drop_after", "times": 2},
    ),
    Stage.FAILED: (
        {"operation": "create", "kind": "outcome", "status": "FAILED", "times": 2},
        {"operation": "segmind_submit", "kind": "outcome", "status": "FAILED", "times": 2},
    ),
    Stage.REJECTED: ({"operation": "create", "kind": "outcome", "status": "REJECTED", "times": 2},),
}
"""What brings a job to a stage that few reach, so that somebody dies there too."""


def provocation(point: str) -> tuple[dict[str, Any], ...]:
    """Faults without which `point` is hardly ever passed."""
    return next((faults for stage, faults in PROVOKED.items() if point.endswith(stage.value)), ())


COMMON = frozenset(point for point in POINTS if not provocation(point))
AT_SYNC_ALONE = frozenset(point for point in POINTS if point.endswith(Stage.REJECTED.value))
