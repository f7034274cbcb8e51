"""What the user sets once for all graphs: spending limit, webhook address, plan. The environment goes before what is saved."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from .catalogue import PLANS, Plan, plan_named
from .errors import InputRefused, LinkNotPublic
from .media.links import public_link
from .owner_file import OwnerFile
from .redact import remember_secret

T = TypeVar("T")

FILE_NAME = "settings.json"
LIMIT_VARIABLE = "SYNC_MAX_USD_PER_DAY"
WEBHOOK_VARIABLE = "SYNC_WEBHOOK_URL"
PLAN_VARIABLE = "SYNC_PLAN"
DEFAULT_LIMIT_USD = 50.0

_LIMIT, _WEBHOOK, _PLAN = "max_usd_per_day", "webhook_url", "plan"
_ENVIRONMENT, _PANEL = "ComfyUI's environment", "ComfyUI's settings"


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A value and who has set it."""

    value: T
    source: Literal["environment", "file", "default"]


def daily_limit_usd(state_dir: Path) -> Setting[float]:
    """US dollars in 24 hours per key. Raises InputRefused if what is set is no price, FileDamaged."""
    told = os.environ.get(LIMIT_VARIABLE, "").strip()
    if told:
        return Setting(_price(told, node=_ENVIRONMENT, input=LIMIT_VARIABLE), "environment")
    saved = _file(state_dir).read().get(_LIMIT)
    if saved is None:
        return Setting(DEFAULT_LIMIT_USD, "default")
    return Setting(_price(saved, node=FILE_NAME, input=_LIMIT), "file")


def save_daily_limit(limit_usd: object, *, state_dir: Path) -> None:
    """Keep the limit; None goes back to the default. Raises InputRefused, FileDamaged."""
    price = None if limit_usd is None else _price(limit_usd, node=_PANEL, input="spending limit")
    _file(state_dir).change({_LIMIT: price})


def webhook_url(state_dir: Path) -> Setting[str | None]:
    """Where the service posts the end of a job, if anywhere. Raises InputRefused for an address that is not public, FileDamaged."""
    told = os.environ.get(WEBHOOK_VARIABLE, "").strip()
    if told:
        return Setting(_address(told, node=_ENVIRONMENT, input=WEBHOOK_VARIABLE), "environment")
    saved = _file(state_dir).read().get(_WEBHOOK)
    if saved is None:
        return Setting(None, "default")
    return Setting(_address(saved, node=FILE_NAME, input=_WEBHOOK), "file")


def save_webhook(url: object, *, state_dir: Path) -> None:
    """Keep the address; None or an empty one takes it away. Raises InputRefused, FileDamaged."""
    address = _address(url, node=_PANEL, input="webhook address") if url else None
    _file(state_dir).change({_WEBHOOK: address})


def sync_plan(state_dir: Path | None) -> Setting[Plan | None]:
    """The user's plan at Sync, which no endpoint tells; None where he has not said. Without a folder only the environment counts.

    Raises InputRefused if there is no such plan, FileDamaged.
    """
    told = os.environ.get(PLAN_VARIABLE, "").strip()
    if told:
        return Setting(_plan(told, node=_ENVIRONMENT, input=PLAN_VARIABLE), "environment")
    saved = None if state_dir is None else _file(state_dir).read().get(_PLAN)
    if saved is None:
        return Setting(None, "default")
    return Setting(_plan(saved, node=FILE_NAME, input=_PLAN), "file")


def save_plan(name: object, *, state_dir: Path) -> None:
    """Keep the plan; None or an empty name takes it away. Raises InputRefused, FileDamaged."""
    chosen = _plan(name, node=_PANEL, input="plan").name if name else None
    _file(state_dir).change({_PLAN: chosen})


def _plan(told: object, *, node: str, input: str) -> Plan:
    known = plan_named(told) if isinstance(told, str) else None
    if known is None:
        raise InputRefused(node=node, input=input, value=told, allowed=", ".join(plan.name for plan in PLANS))
    return known


def _price(told: object, *, node: str, input: str) -> float:
    try:
        price = float(told) if isinstance(told, (str, int, float)) and not isinstance(told, bool) else math.nan
    except (ValueError, OverflowError):
        price = math.nan
    if not 0 <= price < math.inf:
        raise InputRefused(node=node, input=input, value=told, allowed="a price in US dollars, such as 50")
    return price


def _address(told: object, *, node: str, input: str) -> str:
    """An address that can carry a secret anywhere in it, so that no message quotes it."""
    url = told.strip() if isinstance(told, str) else ""
    remember_secret(url)
    try:
        public_link(url, allow_loopback=False)
        public = url.lower().startswith("https://")
    except LinkNotPublic:
        public = False
    if not public:
        raise InputRefused(node=node, input=input, value="not such an address", allowed="a public https:// address")
    return url


def _file(state_dir: Path) -> OwnerFile:
    return OwnerFile(state_dir / FILE_NAME)
