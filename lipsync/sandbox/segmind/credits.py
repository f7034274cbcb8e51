"""What an account has left. Derived from its jobs, so that no crash can lose a cent. Sources: segmind-api.md 4.4, 5."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from ..core import SANDBOX, Sandbox
from ..door import Call
from ..received import parsed
from ..store import Json
from .errors import SegmindError
from .guard import org_of

_DIGITS = 10


@dataclass(frozen=True, kw_only=True)
class Balance:
    """In US dollars. What running jobs may cost is `reserved`; it is taken when they are completed."""

    paid: float
    free: float
    reserved: float

    @property
    def total(self) -> float:
        return round(self.paid + self.free, _DIGITS)

    @property
    def available(self) -> float:
        return round(self.total - self.reserved, _DIGITS)


async def read(call: Call) -> web.Response:
    balance = balance_of(call.sandbox, call.org)
    if balance is None:
        raise SegmindError(404, "No credits found for the user")
    return web.json_response({"credits": balance.paid, "free-credits": balance.free})


def balance_of(sandbox: Sandbox, org: str) -> Balance | None:
    """None for a key that has no account. What is free is spent first."""
    settings = sandbox.settings
    at_first: Json = {"paid": settings.segmind_credits, "free": settings.segmind_free_credits, "spent_before": 0.0}
    given: Json = sandbox.store.fact(_fact(org)) or at_first
    if given["paid"] is None:
        return None
    spent = spent_usd(sandbox, org) - given["spent_before"]
    return Balance(
        paid=round(given["paid"] - max(0.0, spent - given["free"]), _DIGITS),
        free=round(max(0.0, given["free"] - spent), _DIGITS),
        reserved=reserved_usd(sandbox, org),
    )


def spent_usd(sandbox: Sandbox, org: str) -> float:
    """What the account's completed jobs have cost."""
    return _sum(sandbox, org, "status = 'COMPLETED'")


def reserved_usd(sandbox: Sandbox, org: str) -> float:
    """What the account's running jobs will cost if they are completed."""
    return _sum(sandbox, org, "status IN ('PENDING', 'PROCESSING')")


def _sum(sandbox: Sandbox, org: str, which: str) -> float:
    row = sandbox.store.one(f"SELECT total(json_extract(body, '$.cost_usd')) FROM jobs WHERE org = ? AND {which}", (org,))
    return float(row[0]) if row else 0.0


def _fact(org: str) -> str:
    return f"balance:{org}"


async def give(request: web.Request) -> web.Response:
    """The back door: `{"key", "credits", "free_credits"}` is what the key has from now on; credits null: no account."""
    sandbox, asked = request.app[SANDBOX], parsed(await request.read())
    if not isinstance(asked, dict) or not {"key", "credits"} <= set(asked) <= {"key", "credits", "free_credits"}:
        return web.json_response({"error": "credits are set by key, credits and free_credits"}, status=400)
    paid, free = asked["credits"], asked.get("free_credits", 0.0)
    if not isinstance(asked["key"], str) or not (paid is None or _is_amount(paid)) or not _is_amount(free):
        return web.json_response({"error": "key must be text, credits and free_credits numbers from 0"}, status=400)
    org = org_of(asked["key"])
    sandbox.store.remember(_fact(org), {"paid": paid, "free": free, "spent_before": spent_usd(sandbox, org)})
    return web.json_response({"credits": paid, "free_credits": free})


def _is_amount(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
