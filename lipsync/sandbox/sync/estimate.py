"""What a film would cost, by its length or by its media. Source: sync-api.md 2.7."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..door import Call
from ..store import Json
from .arrival import json_object
from .errors import fields_refused
from .fields import BOOLEAN, FILLED, POSITIVE, Fields
from .purchase import check_body, order_of, price_usd

_DEFAULT_FPS = 30


async def estimate(call: Call) -> web.Response:
    fields = Fields(json_object(call), [])
    rules = {"model": FILLED, "duration": POSITIVE, "fps": POSITIVE, "reasoningEnabled": BOOLEAN}
    fields.check(rules, required=("model", "duration"))
    if fields.problems:
        raise fields_refused(fields.problems)
    body = fields.value
    frames = max(1, round(body["duration"] * (body.get("fps") or _DEFAULT_FPS)))
    cost = _cost(frames, price_usd(call.sandbox, body["model"], frames=frames))
    return web.json_response(_shaped({**cost, "estimatedCredits": None}, call.sandbox.settings.estimate_shape))


async def analyze(call: Call) -> web.Response:
    """The same for a whole create body, with its media looked at."""
    body = json_object(call)
    check_body(call.sandbox, call.org, body)
    order = await order_of(call.sandbox, call.org, body, {})
    return web.json_response(_shaped(_cost(order.plan.frames, order.cost_usd), call.sandbox.settings.analyze_shape))


def _cost(frames: int, cost_usd: float) -> Json:
    return {"estimatedFrameCount": frames, "estimatedGenerationCost": cost_usd}


def _shaped(cost: Json, shape: str) -> Any:
    return [cost] if shape == "array" else cost
