"""What the doctor looks at in the journal: whether it is sound, who has it open, and which jobs wait for somebody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from filelock import Timeout

from ... import clock, host
from ...errors import LipsyncError
from ...settings import daily_limit_usd
from ..accounts import at_hand
from ..guard import DAY_S
from ..journal import Journal, Row
from ..locks import job_lock
from ..schema import VERSION
from ..states import Stage
from .finding import Finding, good, look, note
from .folders import Folders

_PATIENCE_S = 3.0


def soundness(folders: Folders) -> Iterator[Finding]:
    """Reads the journal without changing it: its size and shape, and who else has it open."""
    path = folders.journal_path
    if not path.exists():
        yield note("journal", "there is none yet; it is made with the first job")
        return
    holders = ", ".join(map(str, host.processes_with(path)))
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE_S)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            count = connection.execute("SELECT count(*) FROM jobs").fetchone()[0]
    except sqlite3.OperationalError as error:
        who = f" (process {holders})" if holders else ""
        yield look("journal", f"cannot be read now: {error}. Another program holds it{who}: end that, or wait until it has finished.")
        return
    except sqlite3.DatabaseError as error:
        yield look("journal", f"is damaged: {error}. Keep a copy of {path}, and put back an older one if you have it.")
        return
    if said != "ok":
        yield look("journal", f"is damaged: {said}. Keep a copy of {path}, and put back an older one if you have it.")
        return
    if version > VERSION:
        yield look("journal", f"is of version {version}, and this release knows {VERSION}: update the pack.")
        return
    yield good("journal", f"{count} attempts, sound, version {version}, {mode}")
    if holders:
        yield note("journal", f"is open in process {holders} too")


def jobs(journal: Journal, folders: Folders) -> Iterator[Finding]:
    """Which jobs wait for the user, and which for somebody else."""
    waiting = journal.uncollected()
    held = [row for row in waiting if not row.stage.dead and row.stage is not Stage.DONE and _is_held(row, folders)]
    idle = [row for row in waiting if row not in held and not row.stage.dead]
    strange = [row for row in idle if not at_hand(row, state_dir=folders.state_dir)]
    doubtful = [row for row in idle if row not in strange and row.stage in (Stage.SENDING, Stage.UNKNOWN)]
    paid = [row for row in idle if row not in strange and row not in doubtful]
    if held:
        yield note("jobs", f"another program is at work on {_these(held)}")
    if paid:
        yield look("jobs", f"paid for and not handed over: {_these(paid)}. `collect` fetches what is missing.")
    if doubtful:
        yield look("jobs", f"whether they were bought is not known: {_these(doubtful)}. `collect` asks the service.")
    if strange:
        yield look(
            "jobs",
            f"bought with another key, or at another address: {_these(strange)}. `show ID` says which variables to set to fetch them.",
        )
    failed = [row for row in waiting if row.stage.dead]
    if failed:
        yield note("jobs", f"ended without a film, not billed: {_these(failed)}. `show ID` says why.")
    queued = [row for row in journal.unfinished() if row.stage is Stage.PREPARED]
    if queued:
        yield note("jobs", f"wait for a free slot and were not sent: {_these(queued)}. A running ComfyUI submits them, or `collect ID`.")
    if not (waiting or queued):
        yield good("jobs", "nothing waits for you")


def spending(journal: Journal, folders: Folders) -> Iterator[Finding]:
    """What the limit of 24 hours is, and what is used of it."""
    try:
        limit = daily_limit_usd(folders.state_dir)
    except LipsyncError as error:
        yield look("limit", str(error))
        return
    marks = {row.key_mark for row in journal.newest(since=clock.now() - DAY_S)}
    spent = max((journal.spent_usd(key_mark=mark, since=clock.now() - DAY_S) for mark in marks), default=0.0)
    yield note("limit", f"{limit.value:.2f} USD in 24 hours for each key ({limit.source}); the most used of it is {spent:.2f} USD")


def _is_held(row: Row, folders: Folders) -> bool:
    try:
        with job_lock(folders.state_dir, row.fingerprint).acquire(timeout=0):
            return False
    except Timeout:
        return True


def _these(rows: list[Row]) -> str:
    shown = ", ".join(row.short_id for row in rows[:5])
    return f"{len(rows)} ({shown}{', ...' if len(rows) > 5 else ''})"
