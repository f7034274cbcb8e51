"""Where Segmind answers in the sandbox. Light to import: `local` does."""

from __future__ import annotations

PREFIX = "/segmind"  # so that nothing collides with Sync's /v2


def status_path(request_id: str) -> str:
    return f"{PREFIX}/v2/requests/{request_id}/status"


def result_path(request_id: str) -> str:
    return f"{PREFIX}/v2/requests/{request_id}"


def poll_path(request_id: str) -> str:
    """The older one, which is still told of."""
    return f"{PREFIX}/v1/requests/{request_id}"


def film_path(film: str) -> str:
    return f"{PREFIX}/generations/{film}.mp4"


def asset_path(asset: str, suffix: str) -> str:
    return f"{PREFIX}/assets/{asset}{suffix}"
