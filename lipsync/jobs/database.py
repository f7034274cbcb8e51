"""The state file: one SQLite database, owner-only, shared by every process and thread of this user.

Each write is one transaction that is on the disk when the call returns, so a process may be killed on any line. Whatever is wrong with the
file is told in our own words; one that is damaged is set aside when it is opened, never while others may work with it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from .. import clock, host
from ..errors import InputRefused, JournalBusy, JournalDamaged, JournalNotWritten, JournalReplaced, JournalTrouble
from . import schema

FILE_NAME = "jobs.sqlite3"
ASIDE = f"{FILE_NAME}.damaged-"
_PARTS = ("", "-wal", "-shm")
_BUSY_S = 15.0
_REASONS = {
    "disk is full": "the disk is full",
    "readonly database": "it is read-only",
    "unable to open": "its folder does not allow it",
    "disk I/O error": "the disk reports an error",
}


class Database:
    """The connection of this process, made ready for the newest schema.

    Raises InputRefused for a file of a newer release, JournalBusy, JournalNotWritten; here as from every call.
    """

    def __init__(self, state_dir: Path) -> None:
        host.owner_only_dir(state_dir)
        self.path = state_dir / FILE_NAME
        self._lock = threading.RLock()
        with host.process_lock(state_dir / "locks" / f"{FILE_NAME}.lock"), _in_our_words():  # one that sets aside, nobody who opens
            try:
                self._connection = self._opened()
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._set_aside()
                self._connection = self._opened()
        self._inode = self.path.stat().st_ino

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @property
    def aside(self) -> str | None:
        """The name of the newest journal that was set aside here, if any."""
        found = sorted(path.name for path in self.path.parent.glob(f"{ASIDE}*") if not path.name.endswith(_PARTS[1:]))
        return found[-1] if found else None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, also across several calls within the block: nobody else writes in between."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            with _in_our_words():
                self._check_place()
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.OperationalError):  # a full disk has ended the transaction already
                        self._connection.execute("ROLLBACK")
                    raise

    def one(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row that `query` finds."""
        with self._lock, _in_our_words():
            found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return found

    def all(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Every row that `query` finds."""
        with self._lock, _in_our_words():
            return self._connection.execute(query, values).fetchall()

    def _opened(self) -> sqlite3.Connection:
        host.owner_only_file(self.path)
        connection = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            with suppress(sqlite3.OperationalError):  # where a network volume cannot do it, a rollback journal stays
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # a body that was wiped may have held a webhook address
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("quick_check found damage")
            _bring_up_to_date(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_aside(self) -> None:
        moment = datetime.fromtimestamp(clock.now(), timezone.utc).strftime("%Y%m%d-%H%M%S")
        for part in _PARTS:
            with suppress(FileNotFoundError):
                host.replace(self.path.with_name(FILE_NAME + part), self.path.with_name(f"{ASIDE}{moment}{part}"))

    def _check_place(self) -> None:
        """A file that was deleted or replaced would take every word, and show none of them to the next process."""
        try:
            same = os.stat(self.path).st_ino == self._inode
        except OSError:
            same = False
        if not same:
            raise JournalReplaced(FILE_NAME)


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
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
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.OperationalError):
            connection.execute("ROLLBACK")
        raise


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken: SQLite says so by the root of its errors, and all else by one of the branches."""
    return type(error) is sqlite3.DatabaseError


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        trouble = JournalDamaged(FILE_NAME) if _is_damage(error) else _trouble(str(error))
        if trouble is None:
            raise
        raise trouble from error


def _trouble(said: str) -> JournalTrouble | None:
    """What is wrong around the file; None where the mistake is ours."""
    if "is locked" in said:
        return JournalBusy(FILE_NAME)
    why = next((reason for word, reason in _REASONS.items() if word in said), None)
    return None if why is None else JournalNotWritten(FILE_NAME, why=why)
