"""How long a service asks to be left alone, in whichever form it says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone

from .. import clock

_LONGEST_S = 300.0
_LONGEST_RESET_S = 60.0


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds by `retry-after`, or until the moment in `x-rate-limit-reset-at-utc` (segmind-api.md 5); None where neither can be read."""
    told = headers.get("retry-after", "")
    if told.replace(".", "", 1).isdigit():
        return min(float(told), _LONGEST_S)
    moment = _moment(headers.get("x-rate-limit-reset-at-utc", "").strip())
    return None if moment is None else min(max(moment - clock.now(), 1.0), _LONGEST_RESET_S)


def _moment(told: str) -> float | None:
    """Unix seconds of a moment told in seconds, in milliseconds or as text."""
    if re.fullmatch(r"\d+(\.\d+)?", told):
        return float(told) / (1000 if float(told) > 1e11 else 1)
    try:
        parsed = datetime.fromisoformat(told.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).timestamp()
