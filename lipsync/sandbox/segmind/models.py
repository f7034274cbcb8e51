"""The list of models. Source: segmind-api.md 1.1, 2; the shape of its rows is not documented."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from ..door import Call
from .parameters import PARAMETERS


async def listed(call: Call) -> web.Response:
    """What is not retired."""
    retired = call.sandbox.settings.segmind_retired
    models = [
        {"slug": slug, "type": "video", "parameters": {name: asdict(parameter) for name, parameter in known.items()}}
        for slug, known in PARAMETERS.items()
        if slug not in retired
    ]
    return web.json_response({"models": models})
