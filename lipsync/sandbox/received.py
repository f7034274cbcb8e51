"""Every request that came in, for tests of what a client puts on the wire. In memory, the last few thousand."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from aiohttp import web

from .. import clock
from .store import Json

_KEPT = 5000
_SECRET_HEADERS = ("x-api-key", "authorization", "cookie")


class Received:
    def __init__(self) -> None:
        self._notes: deque[Json] = deque(maxlen=_KEPT)

    def note(self, request: web.Request, operation: str | None, body: bytes | None) -> Json:
        """Write a request down and return its note, to which its handler may add. A key's value is never written."""
        note: Json = {
            "at": clock.now(),
            "operation": operation,
            "method": request.method,
            "path": request.path,
            "query": [list(pair) for pair in request.query.items()],
            "headers": [[name, "(present)" if name.lower() in _SECRET_HEADERS else value] for name, value in request.headers.items()],
            "key": "x-api-key" in request.headers,
            "body": None if body is None else parsed(body),
            "body_text": None if body is None else body.decode("utf-8", errors="replace"),
        }
        self._notes.append(note)
        return note

    def clear(self) -> None:
        self._notes.clear()

    def as_json(self) -> list[Json]:
        return list(self._notes)


def parsed(body: bytes) -> Any:
    """The JSON in `body`, or None if there is none."""
    try:
        return json.loads(body)
    except ValueError:
        return None
