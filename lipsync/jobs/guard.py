"""The spending guard: nothing is sent that would pass a limit, in however many nodes and processes at once."""

from __future__ import annotations

import os

from .. import clock
from ..errors import InputRefused, OverLimit, PriceUnknown
from ..request import LipsyncRequest
from ..services.origins import SANDBOX_ID
from .journal import Journal

VARIABLE = "SYNC_MAX_USD_PER_DAY"
DEFAULT_USD = 50.0
_DAY_S = 24 * 3600.0


def daily_limit_usd() -> float:
    """US dollars in 24 hours per key. Raises InputRefused if the environment says something that is no price."""
    told = os.environ.get(VARIABLE, "").strip()
    try:
        limit = float(told) if told else DEFAULT_USD
    except ValueError:
        limit = -1.0
    if not 0 <= limit < float("inf"):
        raise InputRefused(node="ComfyUI's environment", input=VARIABLE, value=told, allowed="a price in US dollars, such as 50")
    return limit


def price_to_reserve_usd(request: LipsyncRequest, price_usd: float | None) -> float:
    """What this job may cost. Raises OverLimit for its own `max_cost_usd`, PriceUnknown if there is neither a price nor a limit."""
    if price_usd is None:
        if not request.max_cost_usd:
            raise PriceUnknown
        return request.max_cost_usd
    if request.max_cost_usd and price_usd > request.max_cost_usd:
        raise OverLimit(price_usd=price_usd, limit=f"max_cost_usd is {request.max_cost_usd:.2f}", cure="Raise it, or trim the clip.")
    return price_usd


def check_daily(journal: Journal, *, key_mark: str, origin: str, more_usd: float) -> None:
    """Raise OverLimit if this key's last 24 hours and `more_usd` pass the limit. Within the transaction that reserves."""
    if origin == SANDBOX_ID:
        return
    limit = daily_limit_usd()
    spent = journal.spent_usd(key_mark=key_mark, since=clock.now() - _DAY_S)
    if spent + more_usd > limit + 1e-9:
        raise OverLimit(
            price_usd=more_usd,
            limit=f"{max(0.0, limit - spent):.2f} of the {limit:.2f} USD for 24 hours are left",
            cure=f"Wait until tomorrow, or start ComfyUI with a higher {VARIABLE}.",
        )
