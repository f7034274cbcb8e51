"""What no client could find out: submits that were never answered in a way that settles them, and that the history does not settle either.

Judged by the sandbox's own book of submits (`witness`) and its history alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ..core import SANDBOX, Sandbox
from ..received import parsed
from .history import landed


@dataclass(frozen=True, kw_only=True)
class Interrupted:
    """A client that died (or lost the server) with the paid call of `body` on its hands, for the `attempt`-th time."""

    body: str
    attempt: int


@dataclass(frozen=True, kw_only=True)
class _Submit:
    job_id: str | None
    answered: bool
    asked_for: bool


async def unsettled(request: web.Request) -> web.Response:
    """The back door to it. Posted are the submits that were interrupted: an answer may have gone out to nobody then."""
    posted: Any = parsed(await request.read())
    fields = {"body": str, "attempt": int}
    if not isinstance(posted, list) or not all(
        isinstance(one, dict) and {name: type(value) for name, value in one.items()} == fields for one in posted
    ):
        return web.json_response({"error": "a list of objects of body and attempt is needed"}, status=400)
    bodies = _unsettled(request.app[SANDBOX], [Interrupted(**one) for one in posted])
    return web.json_response({"unknown_due": len(bodies), "bodies": bodies})


def _unsettled(sandbox: Sandbox, interrupted: list[Interrupted]) -> list[str]:
    """The body of each submit that nobody could settle, as often as it is so."""
    attempts = {one.body: one.attempt for one in sorted(interrupted, key=lambda one: one.attempt)}
    unanswered = {row["body"] for row in sandbox.store.all("SELECT DISTINCT body FROM submits WHERE NOT answered")}
    return [body for body in sorted(unanswered | set(attempts)) for _ in range(_doubts(sandbox, body, attempts.get(body)))]


def _doubts(sandbox: Sandbox, body: str, attempt: int | None) -> int:
    """How many submits of `body` cannot be settled. `attempt` is the one in which its client was interrupted, if it was."""
    submits = _submits(sandbox, body)
    unread = [submit for submit in submits if not submit.answered or (attempt is not None and submit.job_id)]
    doubtful = [submit for submit in unread if not submit.asked_for]
    if doubtful:
        return len(doubtful) - (sum(_in_history(sandbox, submit.job_id) for submit in doubtful) == 1)
    never_arrived = attempt is not None and len({submit.job_id for submit in submits if submit.job_id}) < attempt
    return int(never_arrived)  # its client was to send it next, and cannot know that it did not


def _submits(sandbox: Sandbox, body: str) -> list[_Submit]:
    rows = sandbox.store.all(
        "SELECT job_id, answered, job_id IN (SELECT job_id FROM asked_for) AS asked FROM submits WHERE body = ? ORDER BY seq", (body,)
    )
    return [_Submit(job_id=row["job_id"], answered=bool(row["answered"]), asked_for=bool(row["asked"])) for row in rows]


def _in_history(sandbox: Sandbox, job_id: str | None) -> bool:
    row = sandbox.store.one("SELECT org FROM jobs WHERE id = ?", (job_id,))
    job = sandbox.jobs.get(row["org"], job_id) if row and job_id else None
    return job is not None and bool(landed(sandbox, [job]))
