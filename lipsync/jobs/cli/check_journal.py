"""What the doctor looks at in the journal: whether it is sound, who has it open, and which jobs wait for somebody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from enum import Enum

from filelock import Timeout

from ... import clock, host
from ...errors import LipsyncError
from ...settings import daily_limit_usd
from ..accounts import at_hand
from ..database import ASIDE
from ..guard import DAY_S
from ..journal import Journal, Row
from ..locks import job_lock
from ..schema import VERSION
from ..states import Stage
from .finding import Finding, Mark, good, look, note
from .folders import Folders

_PATIENCE_S = 3.0
_DAMAGED = (
    "Put back an older one if you have it. Else the next command or graph sets it aside and begins a new one; what it had bought at Sync "
    "then comes back by `collect --from-service`."
)


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
        yield look("journal", f"is damaged: {error}. {_DAMAGED}")
        return
    if said != "ok":
        yield look("journal", f"is damaged: {said}. {_DAMAGED}")
        return
    if version > VERSION:
        yield look("journal", f"is of version {version}, and this release knows {VERSION}: update the pack.")
        return
    yield good("journal", f"{count} attempts, sound, version {version}, {mode}")
    if holders:
        yield note("journal", f"is open in process {holders} too")
    for aside in sorted(folders.state_dir.glob(f"{ASIDE}*[0-9]")):
        yield note("journal", f"a damaged one is kept as {aside.name}. What it had bought at Sync comes back by `collect --from-service`.")


class _Kind(Enum):
    """What the jobs that nobody has received wait for, and what to say of them."""

    PAID = (Mark.LOOK, "paid for and not handed over: {}. `collect` fetches what is missing.")
    DOUBTFUL = (Mark.LOOK, "whether they were bought is not known: {}. `collect` asks the service.")
    STRANGE = (Mark.LOOK, "bought with another key, or at another address: {}. `show ID` says which variables to set to fetch them.")
    HELD = (Mark.NOTE, "another program is at work on {}.")
    QUEUED = (Mark.NOTE, "wait for a free slot and were not sent: {}. A running ComfyUI submits them, or `collect ID`.")
    FAILED = (Mark.NOTE, "ended without a film, not billed: {}. `show ID` says why.")


def jobs(journal: Journal, folders: Folders) -> Iterator[Finding]:
    """Which jobs wait for the user, and which for somebody else."""
    rows_of: dict[_Kind, list[Row]] = {kind: [] for kind in _Kind}
    for row in journal.uncollected():
        rows_of[_kind(row, folders)].append(row)
    if not any(rows_of.values()):
        yield good("jobs", "nothing waits for you")
    for kind, rows in rows_of.items():
        mark, text = kind.value
        if rows:
            yield Finding(about="jobs", mark=mark, text=text.format(_these(rows)))


def _kind(row: Row, folders: Folders) -> _Kind:
    if row.stage.dead:
        return _Kind.FAILED
    if row.stage is not Stage.DONE and _is_held(row, folders):
        return _Kind.HELD
    if row.stage is Stage.PREPARED:
        return _Kind.QUEUED
    if not at_hand(row, state_dir=folders.state_dir):
        return _Kind.STRANGE
    return _Kind.DOUBTFUL if row.stage in (Stage.SENDING, Stage.UNKNOWN) else _Kind.PAID


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
