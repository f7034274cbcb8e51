"""What need not be done twice: uploads, digests of files, and reading through a service's list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

from .. import clock
from ..errors.segmind_answers import MEDIA_LOST
from ..services.base import MediaRef
from .database import Database
from .states import Stage

_LOST = ("asset_not_found", "asset_forbidden", "uploaded_file_not_found", "file_not_in_org_storage", MEDIA_LOST)


class Uploads:
    """Which content lies in which account already."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    def turn(self, *, origin: str, key_mark: str, sha256: str, content_type: str) -> asyncio.Lock:
        """Held by whoever asks for this content and, if need be, brings it: many jobs that begin at once upload their clip once."""
        return self._turns.setdefault((origin, key_mark, sha256, content_type), asyncio.Lock())

    def get(self, *, origin: str, key_mark: str, sha256: str, content_type: str) -> MediaRef | None:
        found = self._database.one(
            "SELECT asset_id, url FROM uploads WHERE origin = ? AND key_mark = ? AND sha256 = ? AND content_type = ?",
            origin,
            key_mark,
            sha256,
            content_type,
        )
        return None if found is None else MediaRef(asset_id=found["asset_id"], url=found["url"])

    def put(self, ref: MediaRef, *, origin: str, key_mark: str, sha256: str, content_type: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?)",
                (origin, key_mark, sha256, content_type, ref.asset_id, ref.url, clock.now()),
            )

    def forget_if_lost(self, code: str | None, *, origin: str, key_mark: str) -> None:
        """Where `code` says that the account has lost what was thought to be there, all of it goes up anew next time."""
        if code not in _LOST:
            return
        with self._database.writing() as connection:
            connection.execute("DELETE FROM uploads WHERE origin = ? AND key_mark = ?", (origin, key_mark))


class Digests:
    """SHA-256 by a file and the state that it is in; outlives the process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        found = self._database.one("SELECT sha256 FROM digests WHERE file = ?", key)
        return None if found is None else str(found["sha256"])

    def put(self, key: str, sha256: str) -> None:
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO digests VALUES (?, ?)", (key, sha256))


@dataclass(frozen=True, kw_only=True)
class Found:
    """A job of ours in a service's own list."""

    short_id: str
    attempt: int
    service_job_id: str
    stage: Stage
    made_at: float | None


class ListsRead:
    """What a service's own list had of ours when a journal that was new here read it through."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def was_read(self, *, origin: str, key_mark: str) -> bool:
        return self._database.one("SELECT 1 FROM lists_read WHERE origin = ? AND key_mark = ?", origin, key_mark) is not None

    def put(self, found: Sequence[Found], *, origin: str, key_mark: str) -> None:
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO found_jobs VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(origin, key_mark, job.short_id, job.attempt, job.service_job_id, job.stage.value, job.made_at) for job in found],
            )
            connection.execute("INSERT OR REPLACE INTO lists_read VALUES (?, ?, ?)", (origin, key_mark, clock.now()))

    def read_again(self, *, origin: str, key_mark: str) -> None:
        """Let the list be read through once more before the next first purchase: this journal has forgotten something of it."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM lists_read WHERE origin = ? AND key_mark = ?", (origin, key_mark))

    def newest(self, short_id: str, *, origin: str, key_mark: str) -> Found | None:
        """The newest attempt at `short_id` that the list had."""
        found = self._database.one(
            "SELECT * FROM found_jobs WHERE origin = ? AND key_mark = ? AND short_id = ? ORDER BY attempt DESC LIMIT 1",
            origin,
            key_mark,
            short_id,
        )
        if found is None:
            return None
        return Found(
            short_id=short_id,
            attempt=found["attempt"],
            service_job_id=found["service_job_id"],
            stage=Stage(found["stage"]),
            made_at=found["made_at"],
        )
