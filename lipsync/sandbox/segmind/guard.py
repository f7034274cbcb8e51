"""Who asks, and whether too often. Sources: segmind-api.md 1.2, 4.1, 5."""

from __future__ import annotations

from ... import clock
from ..door import Call, Route, key_hash
from ..settings import Settings
from ..timestamps import timestamp
from .errors import SegmindError

_PREFIX = "segmind:"


def guard(call: Call, route: Route) -> str:
    """The account of the key. It has nothing in common with what the same key owns at Sync."""
    headers = call.request.headers
    key, bearer = headers.get("x-api-key"), headers.get("Authorization")
    if not key and not bearer:
        raise SegmindError(401, "Missing Authorization or x-api-key in header")
    if not key:
        raise _rejected(call.sandbox.settings, "invalid_token", "Invalid or expired token")
    if key.startswith("bad"):
        raise _rejected(call.sandbox.settings, "invalid_api_key", "Invalid or expired API key")
    org = org_of(key)
    if route.rate == "request" or (route.rate == "poll" and call.sandbox.settings.segmind_polls == "counted"):
        _count(call, org)
    return org


def org_of(key: str) -> str:
    return f"{_PREFIX}{key_hash(key)}"


def key_hash_of(org: str) -> str:
    return org.removeprefix(_PREFIX)


def _rejected(settings: Settings, code: str, text: str) -> SegmindError:
    if settings.segmind_key_refusal == "text":
        return SegmindError(401, text)
    return SegmindError(401, code, {"error_description": text, "status_code": 401})


def _count(call: Call, org: str) -> None:
    settings = call.sandbox.settings
    if wait_s := call.sandbox.rates.wait_s(org, "request", limit=settings.segmind_requests_per_minute):
        reset = _moment(settings.segmind_reset_form, clock.now() + wait_s)
        raise SegmindError(429, "Rate limit exceeded", headers={"x-rate-limit-reset-at-utc": reset})


def _moment(form: str, moment: float) -> str:
    if form == "iso":
        return timestamp(moment)
    return str(round(moment * (1000 if form == "milliseconds" else 1)))
