"""The spending guard: nothing is sent that would pass a limit, in however many nodes and processes at once."""

from __future__ import annotations

from pathlib import Path

from .. import clock
from ..errors import OverLimit, PriceUnknown
from ..request import LipsyncRequest
from ..services.origins import is_sandbox
from ..settings import LIMIT_VARIABLE, daily_limit_usd
from .journal import Journal

DAY_S = 24 * 3600.0


def price_to_reserve_usd(request: LipsyncRequest, price_usd: float | None) -> float:
    """What this job may cost. Raises OverLimit for its own `max_cost_usd`, PriceUnknown if there is neither a price nor a limit."""
    if price_usd is None:
        if not request.max_cost_usd:
            raise PriceUnknown
        return request.max_cost_usd
    if request.max_cost_usd and price_usd > request.max_cost_usd:
        raise OverLimit(price_usd=price_usd, limit=f"max_cost_usd is {request.max_cost_usd:.2f}", cure="Raise it, or trim the clip.")
    return price_usd


def check_daily(journal: Journal, *, state_dir: Path, key_mark: str, origin: str, more_usd: float) -> None:
    """Raise OverLimit if this key's last 24 hours and `more_usd` pass the limit. Within the transaction that reserves."""
    if is_sandbox(origin):
        return
    setting = daily_limit_usd(state_dir)
    limit = setting.value
    spent = journal.spent_usd(key_mark=key_mark, since=clock.now() - DAY_S)
    if spent + more_usd > limit + 1e-9:
        in_panel = "raise the limit in ComfyUI's settings under Lip Sync, or "
        higher = f"{'' if setting.source == 'environment' else in_panel}start ComfyUI with a higher {LIMIT_VARIABLE}"
        raise OverLimit(
            price_usd=more_usd,
            limit=f"{max(0.0, limit - spent):.2f} of the {limit:.2f} USD for 24 hours are left",
            cure=f"Wait until tomorrow, or {higher}.",
        )
