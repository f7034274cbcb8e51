"""One signed POST when a job has ended, to loopback addresses only. Source: sync-api.md 2.11."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import secrets

import aiohttp
from yarl import URL

from ... import clock
from ..core import Sandbox
from ..fetch import is_loopback
from ..jobs import Job
from ..store import Json
from .generation import notification

_TIMEOUT = aiohttp.ClientTimeout(total=10)

logger = logging.getLogger(__name__)


def secret_of(sandbox: Sandbox, org: str) -> str:
    """The organisation's secret, made when it is first needed."""
    name = f"webhook_secret:{org}"
    if sandbox.store.fact(name) is None:
        sandbox.store.remember(name, f"whsec_{secrets.token_hex(24)}")
    return str(sandbox.store.fact(name))


async def notify(sandbox: Sandbox, job: Job) -> None:
    """Tell whoever asked to be told that `job` has ended."""
    told = job.status != "REJECTED" or sandbox.settings.webhook_on_rejected
    if job.webhook_url and told:
        await send(sandbox, job.org, job.webhook_url, notification(sandbox, job, sandbox.address))


async def send(sandbox: Sandbox, org: str, link: str, body: Json) -> None:
    """POST `body` to `link`, once, with its signature. The service documents no repetition."""
    if not is_loopback(URL(link)):
        logger.warning("a webhook beyond loopback was not called")
        return
    raw = json.dumps(body, separators=(",", ":")).encode()
    moment = int(clock.now())
    signature = hmac.new(secret_of(sandbox, org).encode(), f"{moment}.".encode() + raw, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "Sync-Signature": f"t={moment},v1={signature}"}
    try:
        async with sandbox.session.post(URL(link), data=raw, headers=headers, allow_redirects=False, timeout=_TIMEOUT):
            return
    except (aiohttp.ClientError, asyncio.TimeoutError) as problem:
        logger.warning("a webhook was not delivered: %s", problem)
