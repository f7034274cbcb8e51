"""What a film costs, and who says so: the service itself, or the price list that the pack carries."""

from __future__ import annotations

from dataclasses import dataclass

from ..request import LipsyncRequest
from .flight import Preflight


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A price in US dollars, None where it is not known beforehand, and where it comes from, in words."""

    usd: float | None
    source: str


NOT_KNOWN = Quote(usd=None, source="")


def from_service(usd: float, who: str) -> Quote:
    """A price that the service told for this very film."""
    return Quote(usd=usd, source=f"{who}'s own estimate")


def from_price_list(request: LipsyncRequest, flight: Preflight) -> Quote:
    """The catalogue's price, less what the plan takes off: a discount of Sync, on every model of it (sync-api.md 3.4)."""
    price, plan = request.model.price, flight.plan
    if price is None or flight.output_s is None:
        return NOT_KNOWN
    usd = price.usd(output_s=flight.output_s, video_s=flight.media.video.duration_s or 0.0, frame_rate=flight.frame_rate)
    extra = ", without what reasoning_enabled adds" if request.options.get("reasoning_enabled") else ""  # nobody tells how much it is
    if plan is None or not plan.discount or request.choice.service != "sync":
        return Quote(usd=usd, source=f"price list{extra}")
    return Quote(usd=usd * (1 - plan.discount), source=f"price list less {plan.discount:.0%} of plan {plan.name}{extra}")
