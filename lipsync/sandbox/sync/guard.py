"""Who asks, and whether too often. Sources: sync-api.md 1, 4.2, 5.1."""

from __future__ import annotations

from ..door import Call, Route, key_hash
from .errors import SyncError, refused

_WINDOWS = {  # kind of request: its limit among the settings, and the window in seconds
    "create": ("creates_per_minute", 60.0),
    "read": ("reads_per_minute", 60.0),
    "upload": ("uploads_per_minute", 60.0),
    "speech": ("speeches_per_minute", 60.0),
    "speech_job": ("speeches_per_minute", 60.0),
    "clone": ("clones_per_hour", 3600.0),
}


def guard(call: Call, route: Route) -> str:
    """The organisation of the key: every good key is one of its own, named by the key's hash."""
    key = call.request.headers.get("x-api-key")
    if not key:
        raise SyncError(401, "Either Cookie or x-api-key header must be provided")
    if key.startswith("bad"):
        raise SyncError(401, "Unauthorized", named=False)
    org = key_hash(key)
    if route.rate:
        _count(call, org, route.rate)
    return org


def _count(call: Call, org: str, kind: str) -> None:
    setting, window_s = _WINDOWS[kind]
    limit = getattr(call.sandbox.settings, setting)
    if wait_s := call.sandbox.rates.wait_s(org, kind, limit=limit, window_s=window_s):
        raise refused("rate_limit_exceeded", headers={"Retry-After": str(wait_s)})
