"""Jobs that this journal does not know, taken up from the service: by its own id, or by the name that another machine gave them."""

from __future__ import annotations

import hashlib
import re

from filelock import Timeout

from .. import clock
from ..errors import NoSuchJob, ServiceRefused
from ..fingerprint import SHORT_ID_CHARS
from ..request import file_name_of
from ..services.base import JobStatus
from ..workspace import Workspace
from .accounts import Account
from .journal import Journal, Row
from .locks import job_lock
from .settle import name_parts
from .states import Stage

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_service_id(text: str) -> bool:
    """Whether `text` has the form of a service's own job id."""
    return _UUID.fullmatch(text) is not None


async def by_service_id(job_id: str, account: Account, journal: Journal, workspace: Workspace) -> Row:
    """The job `job_id` of the account as a row of the journal. Raises NoSuchJob."""
    unknown = NoSuchJob(job=job_id, service=account.choice.label)
    if not is_service_id(job_id):
        raise unknown
    try:
        status = await account.service.get(job_id)
    except ServiceRefused as error:
        raise unknown from error
    return take_up(status, account, journal, workspace)


def take_up(status: JobStatus, account: Account, journal: Journal, workspace: Workspace) -> Row:
    """A job of the account as a row of the journal, SUBMITTED and to be fetched. If it has a name of ours, it is found by its short id
    when its graph is queued here; nothing is ever bought by such a row."""
    with journal.transaction():
        known = journal.latest_of(status.job_id, service=account.choice.service, origin=account.origin.id)
        return known or journal.insert(_row(status, account, journal, workspace))


def _row(status: JobStatus, account: Account, journal: Journal, workspace: Workspace) -> Row:
    moment = status.made_at or clock.now()
    ours = _place_of_its_name(status, journal, workspace)
    fingerprint, attempt = ours or (_of_its_id(status, account), 1)
    short_id = fingerprint[:SHORT_ID_CHARS]
    called = (status.name or "").rpartition(f"-{short_id}-")[0] if ours else status.name
    return Row(
        fingerprint=fingerprint,
        attempt=attempt,
        short_id=short_id,
        service=account.choice.service,
        origin=account.origin.id,
        key_mark=account.key.mark,
        model=status.model or "",
        take=0,
        node_id="",
        name=f"{file_name_of(called or 'lipsync')}-{short_id}" + (f"-{attempt}" if ours else ""),
        output_root=str(workspace.output_dir),
        created_at=moment,
        stage=Stage.SUBMITTED,
        service_job_id=status.job_id,
        submitted_at=moment,
        notes=("Bought elsewhere, and found by its name in the service's list." if ours else "Taken up by the service's own id.",),
    )


def _of_its_id(status: JobStatus, account: Account) -> str:
    """What was wished is not known: a fingerprint that no wish has."""
    return hashlib.sha256(f"{account.origin.id}|{status.job_id}".encode()).hexdigest()


def _place_of_its_name(status: JobStatus, journal: Journal, workspace: Workspace) -> tuple[str, int] | None:
    """(short id, attempt) from a name of ours; the short id stands for the whole fingerprint. None where another job has that place."""
    parts = name_parts(status)
    if parts is None:
        return None
    short_id, attempt = parts
    for row in journal.attempts(short_id):
        if row.attempt == attempt and not _made_way(row, journal, workspace):
            return None
    return parts


def _made_way(row: Row, journal: Journal, workspace: Workspace) -> bool:
    """Take a row away of which nothing was ever sent from here: it would buy what is bought already."""
    if row.stage is not Stage.PREPARED:
        return False
    try:
        with job_lock(workspace.state_dir, row.fingerprint).acquire(timeout=0):
            journal.remove(row)
    except Timeout:  # a process is at work on it, and will be told by the service
        return False
    return True
