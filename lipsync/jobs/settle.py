"""Finding out what was bought: after a paid call without an answer, and for a journal that is new here."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from .. import clock
from ..errors import ConnectionFailed, OutcomeUnknown, ServiceTrouble
from ..services.base import JobStatus, Service, State
from .accounts import Account
from .journal import Row
from .memory import Found, ListsRead
from .states import Stage

REPEATABLE_S = 12 * 3600.0  # how long a service keeps idempotency keys is not documented (sync-api.md 1.3): half a day is prudent
_CLOCKS_DIFFER_S = 3600.0
_OURS = re.compile(r"-(?P<short_id>[0-9a-f]{12})-(?P<attempt>[0-9]{1,4})(\.mp4)?$")

STAGE_OF: dict[State, Stage] = {
    State.PENDING: Stage.SUBMITTED,
    State.PROCESSING: Stage.PROCESSING,
    State.COMPLETED: Stage.COMPLETED,
    State.FAILED: Stage.FAILED,
    State.REJECTED: Stage.REJECTED,
}


async def look_up(row: Row, account: Account) -> JobStatus | None:
    """What the service's list has of this very attempt. Raises OutcomeUnknown where it cannot be asked."""
    try:
        return await _find_by_name(account.service, row)
    except (ConnectionFailed, ServiceTrouble) as error:
        raise unknown(row, account) from error


async def _find_by_name(service: Service, row: Row) -> JobStatus | None:
    """The job that carries `row`'s short id and attempt in its name, from the newest back to a while before the row was written."""
    async for status in service.jobs():
        if name_parts(status) == (row.short_id, row.attempt):
            return status
        moment = made_at(status)
        if moment is not None and moment < row.created_at - _CLOCKS_DIFFER_S:
            return None
    return None


async def bought_before(short_id: str, lists: ListsRead, account: Account) -> Found | None:
    """What the service's list has of `short_id`. A journal that is new here reads it through once, before its first purchase."""
    at = {"origin": account.origin.id, "key_mark": account.key.mark}
    if account.service.capabilities.list_by_name and not lists.was_read(**at):
        found = []
        async for status in account.service.jobs():
            parts = name_parts(status)
            if parts is not None:
                short, attempt = parts
                stage = STAGE_OF[status.state]
                found.append(Found(short_id=short, attempt=attempt, service_job_id=status.job_id, stage=stage, made_at=made_at(status)))
        lists.put(found, **at)
    return lists.newest(short_id, **at)


def name_parts(status: JobStatus) -> tuple[str, int] | None:
    """(short id, attempt) from a job's name, if it is one of ours."""
    match = _OURS.search(status.name or "")
    return None if match is None else (match["short_id"], int(match["attempt"]))


def repeatable(row: Row, account: Account) -> bool:
    """Whether the service surely still knows the key of `row`, so that repeating its call cannot buy twice."""
    fresh = clock.now() - row.created_at < REPEATABLE_S
    return fresh and row.body is not None and account.service.capabilities.idempotent_create


def unknown(row: Row, account: Account) -> OutcomeUnknown:
    """What the user is told where asking does not help."""
    return OutcomeUnknown(
        job=row.short_id, service=account.choice.facts.title, where=f"the list of generations at {account.choice.facts.title}"
    )


def made_at(status: JobStatus) -> float | None:
    """When the service took the job in, in Unix seconds; None where it does not say."""
    if status.created_at is None:
        return None
    try:
        moment = datetime.fromisoformat(status.created_at.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
