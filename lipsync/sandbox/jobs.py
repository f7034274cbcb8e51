"""Jobs and the ledger of what was bought: the rows that outlive everything else."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .render.plan import FilmPlan
from .store import Json, Store

TERMINAL = ("COMPLETED", "FAILED", "REJECTED")
STATUSES = ("PENDING", "PROCESSING", *TERMINAL)
EVERYONE = "*"  # the organisation of the job that is always there


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a job is to end. A status that is not terminal: it stays there for ever."""

    status: str = "COMPLETED"
    error: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """One accepted purchase from `service`. `request` is what its protocol echoes; times in seconds since 1970.

    `film` and `watermarked_film` are object ids, there once COMPLETED; what was bought under a plan without a watermark has
    only the first.
    """

    id: str
    org: str
    created_at: float
    service: str = "sync"
    request: Json
    processing_at: float
    due_at: float
    cost_usd: float
    plan: FilmPlan | None = None
    watermark: bool = False
    webhook_url: str | None = None
    batch_id: str | None = None
    outcome: Outcome = field(default_factory=Outcome)
    status: str = "PENDING"
    error: str | None = None
    error_code: str | None = None
    film: str | None = None
    watermarked_film: str | None = None
    synthesized: str | None = None
    output_s: float | None = None
    finished_at: float | None = None

    @property
    def terminal(self) -> bool:
        return self.status in TERMINAL


_COLUMNS = ("id", "org", "created_at", "status")


def _from_row(row: sqlite3.Row) -> Job:
    body: dict[str, Any] = json.loads(row["body"])
    plan, outcome = body.pop("plan"), body.pop("outcome")
    return Job(
        **{column: row[column] for column in _COLUMNS},
        **body,
        plan=None if plan is None else FilmPlan.from_json(plan),
        outcome=Outcome(**outcome),
    )


def _body(job: Job) -> str:
    body = {name: value for name, value in asdict(job).items() if name not in _COLUMNS}
    return json.dumps({**body, "plan": job.plan and job.plan.as_json()})


class Jobs:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, job: Job) -> None:
        self._store.run(
            "INSERT INTO jobs (id, org, created_at, status, body) VALUES (?, ?, ?, ?, ?)",
            (job.id, job.org, job.created_at, job.status, _body(job)),
        )

    def change(self, job: Job, **changes: Any) -> Job:
        """Write `changes` and return the job as it is now."""
        changed = replace(job, **changes)
        self._store.run("UPDATE jobs SET status = ?, body = ? WHERE id = ?", (changed.status, _body(changed), changed.id))
        return changed

    def get(self, org: str, id: str) -> Job | None:
        """The job, if it is the organisation's own or everyone's, and was not deleted."""
        row = self._store.one("SELECT * FROM jobs WHERE id = ? AND org IN (?, ?) AND NOT deleted", (id, org, EVERYONE))
        return None if row is None else _from_row(row)

    def finished(self, id: str) -> Job | None:
        """A completed job, whoever's it is: for links that need no key."""
        row = self._store.one("SELECT * FROM jobs WHERE id = ? AND status = 'COMPLETED' AND NOT deleted", (id,))
        return None if row is None else _from_row(row)

    def of_film(self, film: str) -> Job | None:
        """The job that made an object, whoever's it is."""
        row = self._store.one("SELECT * FROM jobs WHERE json_extract(body, '$.film') = ? AND NOT deleted", (film,))
        return None if row is None else _from_row(row)

    def listed(self, org: str) -> list[Job]:
        """What an organisation has, newest first."""
        rows = self._store.all("SELECT * FROM jobs WHERE org IN (?, ?) AND NOT deleted ORDER BY created_at DESC, seq DESC", (org, EVERYONE))
        return [_from_row(row) for row in rows]

    def running(self) -> list[Job]:
        """Everyone's jobs that have not ended: to go on with after a restart."""
        return [_from_row(row) for row in self._store.all("SELECT * FROM jobs WHERE status IN ('PENDING', 'PROCESSING') ORDER BY seq")]

    def active(self, org: str) -> int:
        """How many slots are taken. A batch's jobs take none."""
        row = self._store.one(
            "SELECT count(*) FROM jobs WHERE org = ? AND status IN ('PENDING', 'PROCESSING') AND json_extract(body, '$.batch_id') IS NULL",
            (org,),
        )
        return int(row[0]) if row else 0

    def delete(self, id: str) -> None:
        self._store.run("UPDATE jobs SET deleted = 1 WHERE id = ?", (id,))


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """What was received with an accepted create: `body` to the letter. `key_hash` is the buyer's key, whatever his `org`."""

    job: Job
    key_hash: str
    idempotency_key: str | None
    body: str


class Ledger:
    """Every accepted purchase for ever, deleted jobs too. A refused create is not among them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, purchase: Purchase) -> None:
        job = purchase.job
        self._store.run(
            "INSERT INTO purchases VALUES (?, ?, ?, ?, ?, ?)",
            (job.id, purchase.key_hash, purchase.idempotency_key, job.created_at, purchase.body, job.cost_usd),
        )

    def as_json(self) -> list[Json]:
        """`cost_usd` is what is billed: nothing for a job that failed or was rejected."""
        rows = self._store.all(
            "SELECT p.*, j.status, j.body AS job FROM purchases p JOIN jobs j ON j.id = p.job_id ORDER BY j.seq",
        )
        return [_purchase(row, json.loads(row["job"])) for row in rows]


def _purchase(row: sqlite3.Row, job: Json) -> Json:
    return {
        "id": row["job_id"],
        "service": job.get("service", "sync"),
        "key_hash": row["key_hash"],
        "idempotency_key": row["idempotency_key"],
        "model": job["request"]["model"],
        "outputFileName": job["request"]["outputFileName"],
        "body": json.loads(row["body"]),
        "body_text": row["body"],
        "created_at": row["created_at"],
        "finished_at": job["finished_at"],
        "status": row["status"],
        "batch_id": job["batch_id"],
        "cost_usd": 0.0 if row["status"] in ("FAILED", "REJECTED") else row["cost_usd"],
    }
