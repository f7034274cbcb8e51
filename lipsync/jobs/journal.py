"""The journal: every job, written down before money moves and after everything that happens to it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import clock
from ..errors import TakenOver
from ..fingerprint import SHORT_ID_CHARS
from .database import Database
from .states import FOLLOWS, Stage


@dataclass(frozen=True, kw_only=True)
class Row:
    """One attempt at one job, as the journal has it. Times are Unix seconds, prices US dollars."""

    fingerprint: str
    attempt: int
    short_id: str
    service: str
    origin: str
    key_mark: str
    model: str
    take: int
    node_id: str
    name: str
    output_root: str
    created_at: float
    stage: Stage = Stage.PREPARED
    kin: str | None = None
    queued: bool = False
    body: bytes | None = None
    service_job_id: str | None = None
    price_usd: float | None = None
    reserved_usd: float = 0.0
    cost_usd: float | None = None
    path: str | None = None
    size_bytes: int | None = None
    mtime_ns: int | None = None
    sha256: str | None = None
    error: str | None = None
    error_code: str | None = None
    notes: tuple[str, ...] = ()
    submitted_at: float | None = None
    ended_at: float | None = None
    handed_over_at: float | None = None
    warned_at: float | None = None

    @property
    def idempotency_key(self) -> str:
        """The same on every machine and after every restart: that is what makes it one purchase."""
        return f"{self.fingerprint}-{self.attempt}"

    @property
    def output_name(self) -> str:
        """What the user called it."""
        return self.name.rpartition(f"-{self.short_id}")[0]

    @property
    def file(self) -> Path | None:
        """Where the film lies, if it was ever fetched."""
        return None if self.path is None else Path(self.output_root) / self.path

    def but(self, **changes: Any) -> Row:
        """This row with the named fields changed; the journal does not know of it."""
        return replace(self, **changes)


class Journal:
    """The table of jobs. Usable from every thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, fingerprint: str) -> Row | None:
        """The newest attempt at `fingerprint`, also where only its short id was known when it was taken up from a service's list."""
        return self._one(
            "SELECT * FROM jobs WHERE fingerprint IN (?, ?) ORDER BY attempt DESC, length(fingerprint) DESC LIMIT 1",
            fingerprint,
            fingerprint[:SHORT_ID_CHARS],
        )

    def attempts(self, job_id: str) -> list[Row]:
        """Every attempt at the job `job_id` (ours, or the service's own id), the first one first."""
        return self._all(
            "SELECT * FROM jobs WHERE short_id IN (SELECT short_id FROM jobs WHERE short_id = ? OR service_job_id = ?) "
            "ORDER BY attempt, created_at",
            job_id,
            job_id,
        )

    def latest_of(self, short_id: str, *, service: str, origin: str) -> Row | None:
        """The newest attempt at the job `short_id` (ours, or the service's own id) of one service at one origin."""
        return self._one(
            "SELECT * FROM jobs WHERE (short_id = ? OR service_job_id = ?) AND service = ? AND origin = ? ORDER BY attempt DESC LIMIT 1",
            short_id,
            short_id,
            service,
            origin,
        )

    def unfinished(self) -> list[Row]:
        """Every job with which a process goes on by itself: the paid call was made, or it only waits for a slot."""
        going_on = [stage.value for stage in Stage if stage.paid_call_made]
        marks = ", ".join("?" * len(going_on))
        return self._all(f"SELECT * FROM jobs WHERE stage IN ({marks}) OR (stage = 'PREPARED' AND queued) ORDER BY created_at", *going_on)

    def not_handed_over(self, *, service: str, origin: str, limit: int = 100) -> list[Row]:
        """Jobs that were accepted and whose film no node has received yet, the newest first."""
        return self._all(
            "SELECT * FROM jobs WHERE service = ? AND origin = ? AND handed_over_at IS NULL AND service_job_id IS NOT NULL "
            "AND stage NOT IN ('FAILED', 'REJECTED') ORDER BY created_at DESC LIMIT ?",
            service,
            origin,
            limit,
        )

    def uncollected(self, *, place: tuple[str, str] | None = None, name: str = "", since: float = 0.0) -> list[Row]:
        """Jobs whose paid call was made or waits for a slot and whose film nobody has received; and failures of which nobody has heard.

        The oldest first. Only those of `place` (service, origin; None: all), with `name` in their name, ordered at `since` (Unix seconds)
        or later.
        """
        there, values = ("", ()) if place is None else ("service = ? AND origin = ? AND ", place)
        return self._all(
            f"SELECT * FROM jobs AS job WHERE {there}handed_over_at IS NULL AND (stage != 'PREPARED' OR queued) "
            "AND (stage NOT IN ('FAILED', 'REJECTED') OR service_job_id IS NOT NULL) "
            "AND attempt = (SELECT max(attempt) FROM jobs WHERE short_id = job.short_id) "
            "AND instr(lower(name), lower(?)) AND created_at >= ? ORDER BY created_at",
            *values,
            name,
            since,
        )

    def newest(self, *, name: str = "", since: float = 0.0, limit: int = -1) -> list[Row]:
        """The last attempt at each job of all services, the newest first, filtered as `uncollected` is; -1: without a limit."""
        return self._all(
            "SELECT * FROM jobs AS job WHERE attempt = (SELECT max(attempt) FROM jobs WHERE short_id = job.short_id) "
            "AND instr(lower(name), lower(?)) AND created_at >= ? ORDER BY created_at DESC LIMIT ?",
            name,
            since,
            limit,
        )

    def recent(self, *, limit: int = 100) -> list[Row]:
        """The newest jobs of all services."""
        return self._all("SELECT * FROM jobs ORDER BY created_at DESC LIMIT ?", limit)

    def prepared(self) -> list[Row]:
        """Jobs of which nothing was sent and which wait for their graph."""
        return self._all("SELECT * FROM jobs WHERE stage = 'PREPARED' AND NOT queued AND reserved_usd > 0")

    def paid_twin(self, *, kin: str, fingerprint: str, node_id: str) -> Row | None:
        """A paid job of this node, not handed over and not yet warned of, that differs from `fingerprint` only in its pixels."""
        return self._one(
            "SELECT * FROM jobs WHERE kin = ? AND fingerprint != ? AND node_id = ? AND handed_over_at IS NULL AND warned_at IS NULL "
            "AND stage NOT IN ('PREPARED', 'FAILED', 'REJECTED') ORDER BY created_at DESC LIMIT 1",
            kin,
            fingerprint,
            node_id,
        )

    def sending_twin(self, row: Row) -> bool:
        """Whether another job of the same key and the same body is being sent right now."""
        query = "SELECT 1 FROM jobs WHERE stage = 'SENDING' AND key_mark = ? AND body = ? AND fingerprint != ?"
        return self._database.one(query, row.key_mark, row.body, row.fingerprint) is not None

    def claims(self, service_job_id: str) -> bool:
        """Whether a job of the service is known to be one of ours."""
        return self._database.one("SELECT 1 FROM jobs WHERE service_job_id = ?", service_job_id) is not None

    def insert(self, row: Row) -> Row:
        """Write a new attempt down. Part of a `transaction` where a limit is to be checked together with it."""
        values = {**vars(row), "stage": row.stage.value, "queued": int(row.queued), "notes": json.dumps(row.notes)}
        names = ", ".join(values)
        with self._database.writing() as connection:
            connection.execute(f"INSERT INTO jobs ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))
        return row

    def remove(self, row: Row) -> None:
        """Forget an attempt of which nothing was ever sent. Raises ValueError for any other."""
        with self._database.writing() as connection:
            if self._reread(row).stage is not Stage.PREPARED:
                raise ValueError(f"job {row.short_id} is not merely prepared")
            connection.execute("DELETE FROM jobs WHERE fingerprint = ? AND attempt = ?", (row.fingerprint, row.attempt))

    def forget(self, short_id: str) -> None:
        """Forget every attempt at a job, whatever was paid for it: only where the user wants that, and holding the job's lock."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM jobs WHERE short_id = ?", (short_id,))

    def move(self, row: Row, stage: Stage, **changes: object) -> Row:
        """Bring `row` to `stage` and change the named columns, in one transaction. Raises ValueError where `stage` cannot follow."""
        with self._database.writing():
            current = self._reread(row)
            if stage is not current.stage and stage not in FOLLOWS[current.stage]:
                raise ValueError(f"job {row.short_id}: {stage.value} cannot follow {current.stage.value}")
            return self._set(current, stage=stage.value, **changes)

    def sending(self, row: Row) -> Row:
        """The paid call of `row` begins. Raises TakenOver if it no longer stands as the caller knows it: somebody else makes that call."""
        with self._database.writing():
            if self._reread(row).stage is not row.stage:
                raise TakenOver(job=row.short_id)
            return self.move(row, Stage.SENDING)

    def note(self, row: Row, **changes: object) -> Row:
        """Change the named columns of `row` and nothing else."""
        with self._database.writing():
            return self._set(row, **changes)

    def spent_usd(self, *, key_mark: str, since: float) -> float:
        """What this key has spent since then, and what its jobs in flight may still cost."""
        found = self._database.one(
            "SELECT COALESCE(SUM(COALESCE(cost_usd, reserved_usd)), 0) FROM ("
            "SELECT cost_usd, reserved_usd FROM jobs WHERE key_mark = ? AND created_at >= ? AND stage NOT IN ('FAILED', 'REJECTED') "
            "UNION ALL SELECT cost_usd, reserved_usd FROM jobs WHERE key_mark = ? AND +created_at < ? "
            "AND stage IN ('PREPARED', 'SENDING', 'UNKNOWN', 'SUBMITTED', 'PROCESSING'))",
            key_mark,
            since,
            key_mark,
            since,
        )
        return 0.0 if found is None else float(found[0])

    def transaction(self) -> AbstractContextManager[object]:
        """Several reads and writes as one: nobody else writes in between."""
        return self._database.writing()

    def submitted(self, row: Row, service_job_id: str, *, at: float | None = None) -> Row:
        """The service has the job, since `at` (now): keep its id, wipe the body."""
        submitted_at = clock.now() if at is None else at
        return self.move(row, Stage.SUBMITTED, service_job_id=service_job_id, submitted_at=submitted_at, body=None, queued=0, error=None)

    def release(self, row: Row) -> None:
        """Nothing of the prepared `row` will be sent for now: what it reserved is free again."""
        with self._database.writing():
            current = self._reread(row)
            if current.stage is Stage.PREPARED and not current.queued:
                self._set(current, reserved_usd=0.0)

    # Within.

    def _set(self, row: Row, **changes: object) -> Row:
        assignments = ", ".join(f"{name} = ?" for name in changes)
        with self._database.writing() as connection:
            connection.execute(
                f"UPDATE jobs SET {assignments} WHERE fingerprint = ? AND attempt = ?", (*changes.values(), row.fingerprint, row.attempt)
            )
        return self._reread(row)

    def _reread(self, row: Row) -> Row:
        found = self._one("SELECT * FROM jobs WHERE fingerprint = ? AND attempt = ?", row.fingerprint, row.attempt)
        if found is None:
            raise LookupError(f"job {row.short_id}, attempt {row.attempt}, has left the journal")
        return found

    def _one(self, query: str, *values: object) -> Row | None:
        found = self._database.one(query, *values)
        return None if found is None else _row(found)

    def _all(self, query: str, *values: object) -> list[Row]:
        return [_row(found) for found in self._database.all(query, *values)]


def _row(found: sqlite3.Row) -> Row:
    values = dict(found)
    return Row(**{**values, "stage": Stage(values["stage"]), "queued": bool(values["queued"]), "notes": tuple(json.loads(values["notes"]))})
