"""Refusals in Segmind's words. Source: segmind-api.md 4.1, 4.2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ..door import Refusal
from ..faults import Fault
from ..store import Json

_WRONG_VERB = (
    "<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n"
    "<p>The method is not allowed for the requested URL.</p>\n"
)


@dataclass(eq=False)
class SegmindError(Refusal):
    """A status and a sentence: there are no symbolic codes."""

    status: int
    message: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        return web.json_response({"error": self.message, **self.extra}, status=self.status, headers=self.headers)


class WrongVerb(Refusal):
    """A path that is there, asked in a way that it does not know: a page, not JSON."""

    def response(self) -> web.Response:
        return web.Response(status=405, text=_WRONG_VERB, content_type="text/html")


def planned(fault: Fault) -> Json:
    """The body of a planned error."""
    return {"error": fault["message"] or "Planned fault"}
