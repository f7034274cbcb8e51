"""A job that this journal does not know, taken up by the service's own id."""

from __future__ import annotations

import hashlib
import re

from .. import clock
from ..errors import NoSuchJob, ServiceRefused
from ..fingerprint import SHORT_ID_CHARS
from ..request import file_name_of
from ..workspace import Workspace
from .accounts import Account
from .journal import Journal, Row
from .states import Stage

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


async def by_service_id(job_id: str, account: Account, journal: Journal, workspace: Workspace) -> Row:
    """The job `job_id` of the account as a row of the journal. Raises NoSuchJob."""
    unknown = NoSuchJob(job=job_id, service=account.choice.label)
    if not _UUID.fullmatch(job_id):
        raise unknown
    try:
        status = await account.service.get(job_id)
    except ServiceRefused as error:
        raise unknown from error
    mark = hashlib.sha256(f"{account.origin.id}|{job_id}".encode()).hexdigest()  # what was wished is not known, and nothing is bought by it
    short_id, moment = mark[:SHORT_ID_CHARS], status.made_at or clock.now()
    return journal.latest(mark) or journal.insert(
        Row(
            fingerprint=mark,
            attempt=1,
            short_id=short_id,
            service=account.choice.service,
            origin=account.origin.id,
            key_mark=account.key.mark,
            model=status.model or "",
            take=0,
            node_id="",
            name=f"{file_name_of(status.name or 'lipsync')}-{short_id}",
            output_root=str(workspace.output_dir),
            created_at=moment,
            stage=Stage.SUBMITTED,
            service_job_id=job_id,
            submitted_at=moment,
            notes=("Taken up by the service's own id.",),
        )
    )
