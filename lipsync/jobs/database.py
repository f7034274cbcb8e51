"""The state file: one SQLite database, owner-only, shared by every process and thread of this user.

Each write is one transaction that is on the disk when the call returns, so a process may be killed on any line.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import host
from ..errors import InputRefused
from . import schema

FILE_NAME = "jobs.sqlite3"
_BUSY_S = 30.0


class Database:
    """The connection of this process, made ready for the newest schema. Raises InputRefused for a file of a newer release."""

    def __init__(self, state_dir: Path) -> None:
        host.owner_only_dir(state_dir)
        self.path = host.owner_only_file(state_dir / FILE_NAME)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")  # where a network volume cannot do it, a rollback journal stays
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA secure_delete = ON")  # a body that was wiped may have held a webhook address
        with self.writing():
            self._bring_up_to_date()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, also across several calls within the block: nobody else writes in between."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def one(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row that `query` finds."""
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return found

    def all(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Every row that `query` finds."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _bring_up_to_date(self) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > schema.VERSION:
            raise InputRefused(
                node="The state folder",
                input=FILE_NAME,
                value=f"version {version}",
                allowed=f"up to version {schema.VERSION}: a newer release of this pack wrote it, so update the pack",
            )
        lifts = "".join(schema.MIGRATIONS[old] for old in range(max(version, 1), schema.VERSION))
        script = schema.TABLES if version == 0 else lifts
        for statement in filter(str.strip, script.split(";")):
            self._connection.execute(statement)
        self._connection.execute(f"PRAGMA user_version = {schema.VERSION}")
