"""Prices as services tell them."""

from __future__ import annotations

import math


def usd(told: object) -> float | None:
    """A price in US dollars; None for what is none: a guard that counted it would be no guard, and a bill must not keep a film back."""
    if isinstance(told, bool) or not isinstance(told, (int, float, str)):
        return None
    try:
        price = float(told)
    except ValueError:
        return None
    return price if math.isfinite(price) and price >= 0 else None
