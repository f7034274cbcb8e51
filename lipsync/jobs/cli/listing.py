"""`list`: the jobs of the journal, the newest first."""

from __future__ import annotations

import argparse

from ...columns import table
from ..journal import Journal
from . import output, words
from .exits import Exit
from .folders import Folders

_HEAD = ("time", "id", "service", "model", "stage", "USD", "name", "file")


def run(chosen: argparse.Namespace, folders: Folders) -> Exit:
    """Print one line per job: its last attempt."""
    database = folders.database() if folders.journal_path.exists() else None
    journal = Journal(database) if database else None
    rows = journal.newest(name=chosen.name, since=chosen.since, limit=chosen.limit or -1) if journal else []
    if chosen.json:
        output.result_json([words.as_json(row) for row in rows])
        return Exit.DONE
    if not rows:
        output.result("No such jobs." if journal and journal.newest(limit=1) else "No jobs yet.")
        if database and database.aside:
            output.aside(
                f"A damaged journal was set aside as {database.aside}; `collect --from-service` finds again what it had bought at Sync."
            )
        return Exit.DONE
    lines = [
        (
            words.time_text(row.created_at),
            row.short_id,
            words.service_text(row),
            row.model,
            words.stage_text(row),
            words.price_text(row),
            words.name_text(row),
            row.path or "",
        )
        for row in rows
    ]
    output.result(table([_HEAD, *lines]))
    if len(rows) == chosen.limit:
        output.aside(f"The newest {chosen.limit}; --limit 0 shows all.")
    return Exit.DONE
