"""Moments as the services write them."""

from __future__ import annotations

from datetime import datetime, timezone


def timestamp(moment: float) -> str:
    """ISO 8601 in UTC."""
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
