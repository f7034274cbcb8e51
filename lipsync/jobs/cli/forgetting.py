"""`forget`: a job out of the journal, and what that means."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from filelock import Timeout

from ... import clock
from ...catalogue import SERVICES
from ...errors import JobHeld, NotForgotten, NotInJournal
from ...services.origins import is_sandbox
from ..accounts import service_class
from ..fetch import film_on_disk
from ..guard import DAY_S
from ..journal import Journal, Row
from ..locks import job_lock
from ..memory import ListsRead
from ..states import Stage
from . import output
from .exits import Exit
from .folders import Folders

_LOSSES: dict[Stage, str] = {
    Stage.SENDING: "It may have been bought: what came of its paid call is not known yet.",
    Stage.UNKNOWN: "It may have been bought: what came of its paid call is not known yet.",
    Stage.SUBMITTED: "It is under way, and is billed when it completes.",
    Stage.PROCESSING: "It is under way, and is billed when it completes.",
    Stage.COMPLETED: "It is paid for, and its film has not been fetched.",
}


def run(chosen: argparse.Namespace, folders: Folders) -> Exit:
    """Forget every attempt at the job. Raises NotInJournal, NotForgotten where something would be lost, JobHeld."""
    if not folders.journal_path.exists():
        raise NotInJournal(job=chosen.job, folder=str(folders.state_dir))
    database = folders.database()
    journal = Journal(database)
    attempts = journal.attempts(chosen.job)
    if not attempts:
        raise NotInJournal(job=chosen.job, folder=str(folders.state_dir))
    try:
        with job_lock(folders.state_dir, attempts[-1].fingerprint).acquire(timeout=0):
            row = journal.attempts(chosen.job)[-1]
            loss = " ".join(_losses(row, journal))
            if loss and not chosen.yes:
                raise NotForgotten(job=row.short_id, loss=loss)
            with journal.transaction():
                journal.forget(row.short_id)
                if _in_a_list(row):
                    ListsRead(database).read_again(origin=row.origin, key_mark=row.key_mark)
    except Timeout:
        raise JobHeld(job=attempts[-1].short_id) from None
    said = " ".join([f"Job {row.short_id} is forgotten.", *_consequences(row)])
    if chosen.json:
        output.result_json({"job_id": row.short_id, "forgotten": True, "said": said})
    else:
        output.result(said)
    return Exit.DONE


def _losses(row: Row, journal: Journal) -> Iterator[str]:
    """What is lost with the job, in sentences; nothing where nothing is."""
    if row.stage in _LOSSES:
        yield _LOSSES[row.stage]
    if row.stage is Stage.PREPARED and row.queued:
        yield "It waits for a free slot, and would not be submitted any more."
    if row.stage is Stage.DONE and film_on_disk(row, journal) is None:
        yield "It is paid for, and its film is not on this disk."
    if is_sandbox(row.origin) or row.stage.dead:
        return
    if _bought(row) and not _in_a_list(row):
        yield f"Its graph would buy it again, as {SERVICES[row.service].title} has no names by which it could be found."
    if _bought(row) and clock.now() - row.created_at < DAY_S:
        yield "What it costs would no longer count for the limit of 24 hours."


def _consequences(row: Row) -> Iterator[str]:
    if not _bought(row):
        return
    if row.file is not None:
        yield f"Its file, {row.file}, was not touched."
    title = SERVICES[row.service].title
    if _in_a_list(row):
        yield f"If its graph is queued again, the list of {title} is asked first: what that still has is fetched, not bought again."
    else:
        yield f"If its graph is queued again, it is bought again: {title} has no names by which it could be found."


def _bought(row: Row) -> bool:
    return row.stage is not Stage.PREPARED and not row.stage.dead


def _in_a_list(row: Row) -> bool:
    return service_class(row.service).capabilities.list_by_name
