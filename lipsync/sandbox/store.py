"""What the sandbox remembers, in one SQLite file that survives kill -9. Used by the event loop's thread alone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import clock

Json = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    id TEXT PRIMARY KEY, org TEXT NOT NULL, name TEXT NOT NULL, content_type TEXT NOT NULL,
    size INTEGER NOT NULL, public INTEGER NOT NULL, stored INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, org TEXT NOT NULL,
    created_at REAL NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, org TEXT NOT NULL, created_at REAL NOT NULL,
    status TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_by_org ON jobs (org, status);
CREATE TABLE IF NOT EXISTS idempotency (
    org TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, created_at REAL NOT NULL, job_id TEXT, refusal TEXT,
    PRIMARY KEY (org, key));
CREATE TABLE IF NOT EXISTS purchases (
    job_id TEXT PRIMARY KEY, key_hash TEXT NOT NULL, idempotency_key TEXT, created_at REAL NOT NULL,
    body TEXT NOT NULL, cost_usd REAL NOT NULL);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL, skip INTEGER NOT NULL, remaining INTEGER);
CREATE TABLE IF NOT EXISTS submits (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, at REAL NOT NULL, job_id TEXT, answered INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS submits_by_body ON submits (body);
CREATE TABLE IF NOT EXISTS asked_for (job_id TEXT PRIMARY KEY);
"""


@dataclass(frozen=True, kw_only=True)
class Document:
    """One small thing of an organisation: an asset, a voice, a project, a batch. `created_at` in seconds since 1970."""

    id: str
    org: str
    created_at: float
    body: Json


class Store:
    """SQLite with the few words its users need."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")  # outlives the process; only a power cut may lose the last rows
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing. May be nested; the outermost one counts."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def run(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def one(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        return self._connection.execute(sql, values).fetchall()

    def fact(self, name: str) -> Any:
        """A single remembered value, or None."""
        row = self.one("SELECT value FROM facts WHERE name = ?", (name,))
        return None if row is None else json.loads(row["value"])

    def remember(self, name: str, value: object) -> None:
        self.run("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def add_document(self, kind: str, *, id: str, org: str, body: Json) -> Document:
        document = Document(id=id, org=org, created_at=clock.now(), body=body)
        self.run(
            "INSERT INTO documents (kind, id, org, created_at, body) VALUES (?, ?, ?, ?, ?)",
            (kind, id, org, document.created_at, json.dumps(body)),
        )
        return document

    def document(self, kind: str, id: str) -> Document | None:
        row = self.one("SELECT * FROM documents WHERE kind = ? AND id = ?", (kind, id))
        return None if row is None else _document(row)

    def documents(self, kind: str, *, org: str | None = None) -> list[Document]:
        """All of one kind, the newest first; of one organisation, if given."""
        rows = self.all("SELECT * FROM documents WHERE kind = ? AND (? IS NULL OR org = ?) ORDER BY seq DESC", (kind, org, org))
        return [_document(row) for row in rows]

    def change_document(self, kind: str, id: str, body: Json) -> None:
        self.run("UPDATE documents SET body = ? WHERE kind = ? AND id = ?", (json.dumps(body), kind, id))

    def remove_document(self, kind: str, id: str) -> None:
        self.run("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, id))


def _document(row: sqlite3.Row) -> Document:
    return Document(id=row["id"], org=row["org"], created_at=row["created_at"], body=json.loads(row["body"]))
