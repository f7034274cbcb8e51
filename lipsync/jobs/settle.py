"""Finding out what was bought: after a paid call without an answer, and for a journal that is new here."""

from __future__ import annotations

import re
import time

from .. import clock
from ..errors import ConnectionFailed, OutcomeUnknown, ServiceRefused, ServiceTrouble, UnexpectedAnswer
from ..services.base import JobStatus, State, Wanted
from .accounts import Account
from .journal import Journal, Row
from .memory import Found, ListsRead
from .states import Stage

REPEATABLE_S = 12 * 3600.0  # how long a service keeps idempotency keys is not documented (sync-api.md 1.3): half a day is prudent
_LONG_AGO_S = 30 * 24 * 3600.0  # as far back as a history is asked at once
_OURS = re.compile(r"-(?P<short_id>[0-9a-f]{12})-(?P<attempt>[0-9]{1,4})(\.mp4)?$")

STAGE_OF: dict[State, Stage] = {
    State.PENDING: Stage.SUBMITTED,
    State.PROCESSING: Stage.PROCESSING,
    State.COMPLETED: Stage.COMPLETED,
    State.FAILED: Stage.FAILED,
    State.REJECTED: Stage.REJECTED,
}


async def settled(row: Row, account: Account, journal: Journal) -> Row | None:
    """`row` as SUBMITTED, if the service's list has this very attempt. Raises OutcomeUnknown where it cannot be asked."""
    wanted = Wanted(name=row.name, model=row.model, body=row.body, since=_surely_before(row), claimed=journal.claims)
    try:
        found = await account.service.find(wanted)
    except (ConnectionFailed, ServiceTrouble, ServiceRefused, UnexpectedAnswer) as error:
        raise unknown(row, account) from error
    if found is None:
        return None
    with journal.transaction():
        # Told apart by its body alone, it may be another take's, which is being sent now or has found it while we asked.
        by_body = not account.service.capabilities.list_by_name
        if by_body and (journal.sending_twin(row) or journal.claims(found.job_id)):
            return None
        return journal.submitted(row, found.job_id, at=found.made_at)


def _surely_before(row: Row) -> float:
    """A moment before the call was made. A row from the future was dated by a clock that was wrong then, or is wrong now."""
    return row.created_at if row.created_at <= clock.now() else clock.now() - _LONG_AGO_S


async def bought_before(short_id: str, lists: ListsRead, account: Account) -> Found | None:
    """What the service's list has of `short_id`. A journal that is new here reads it through once, before its first purchase."""
    at = {"origin": account.origin.id, "key_mark": account.key.mark}
    if account.service.capabilities.list_by_name and not lists.was_read(**at):
        await read_list(lists, account)
    return lists.newest(short_id, **at)


async def read_list(lists: ListsRead, account: Account) -> list[JobStatus]:
    """The jobs with names of ours in the service's list, the newest first; what the list had is remembered."""
    ours, found = [], []
    async for status in account.service.jobs():
        parts = name_parts(status)
        if parts is not None:
            short_id, attempt = parts
            stage = STAGE_OF[status.state]
            found.append(Found(short_id=short_id, attempt=attempt, service_job_id=status.job_id, stage=stage, made_at=status.made_at))
            ours.append(status)
    lists.put(found, origin=account.origin.id, key_mark=account.key.mark)
    return ours


def name_parts(status: JobStatus) -> tuple[str, int] | None:
    """(short id, attempt) from a job's name, if it is one of ours."""
    match = _OURS.search(status.name or "")
    return None if match is None else (match["short_id"], int(match["attempt"]))


def repeatable(row: Row, account: Account) -> bool:
    """Whether the service surely still knows the key of `row`, so that repeating its call cannot buy twice."""
    fresh = 0 <= clock.now() - row.created_at < REPEATABLE_S  # a clock that was set back says nothing about the age
    return fresh and row.body is not None and account.service.capabilities.idempotent_create


def unknown(row: Row, account: Account) -> OutcomeUnknown:
    """What the user is told where asking does not help."""
    title, sent_at = account.choice.facts.title, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(row.created_at))
    where = (
        f"the list of generations at {title} for the name that ends in {row.short_id}"
        if account.service.capabilities.list_by_name
        else f"the request history at {title} for {row.model} from {sent_at} on"
    )
    return OutcomeUnknown(job=row.short_id, service=title, where=where)
