"""The journal's file and its rows: who may read it, what may follow what, and how an older one is brought up to date."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from lipsync import clock
from lipsync.errors import InputRefused
from lipsync.jobs import schema
from lipsync.jobs.database import FILE_NAME, Database
from lipsync.jobs.journal import Journal, Row
from lipsync.jobs.memory import Digests, Found, ListsRead, Uploads
from lipsync.jobs.states import FOLLOWS, Stage
from lipsync.services.base import MediaRef

FIRST = Path(__file__).with_name("journal_of_version_1.sql")
AT = {"origin": "https://service.example", "key_mark": "0123456789abcdef"}


def row(name: str = "a", **changes: Any) -> Row:
    base: dict[str, Any] = {
        "fingerprint": name * 64,
        "attempt": 1,
        "short_id": name * 12,
        "service": "sync",
        "model": "sync-3",
        "take": 0,
        "node_id": "1",
        "name": f"lipsync-{name * 12}-1",
        "output_root": "out",
        "created_at": clock.now(),
        **AT,
    }
    return Row(**{**base, **changes})


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "state")


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes: the user's profile is the user's own")
def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (tmp_path / "state").mkdir(mode=0o777)
        database = Database(tmp_path / "state")
        Journal(database).insert(row())
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir() if path.is_file()}
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert modes == {FILE_NAME: 0o600, f"{FILE_NAME}-wal": 0o600, f"{FILE_NAME}-shm": 0o600}


def test_a_write_is_on_the_disk_when_the_call_returns(tmp_path: Path, journal: Journal) -> None:
    journal.insert(row(notes=("one", "two"), body=b"\x00\xff", price_usd=0.1))
    found = Journal(Database(tmp_path / "state")).latest("a" * 64)
    assert found is not None
    assert (found.notes, found.body, found.price_usd, found.stage) == (("one", "two"), b"\x00\xff", 0.1, Stage.PREPARED)


def test_every_field_of_a_row_comes_back(journal: Journal) -> None:
    full = row(
        stage=Stage.DONE, kin="k", queued=True, body=b"b", service_job_id="s", price_usd=1.0, reserved_usd=2.0, cost_usd=3.0,
        path="lipsync/f.mp4", size_bytes=4, mtime_ns=5, sha256="h", error="e", error_code="c", notes=("n",), submitted_at=6.0,
        ended_at=7.0, handed_over_at=8.0, warned_at=9.0,
    )  # fmt: skip
    journal.insert(full)
    assert journal.latest(full.fingerprint) == full
    assert full.file == Path("out/lipsync/f.mp4")
    assert full.idempotency_key == f"{'a' * 64}-1"


@pytest.mark.parametrize("before", Stage)
@pytest.mark.parametrize("after", Stage)
def test_only_what_may_follow_follows(journal: Journal, before: Stage, after: Stage) -> None:
    journal.insert(row(stage=before))
    if after is before or after in FOLLOWS[before]:
        assert journal.move(row(), after).stage is after
    else:
        with pytest.raises(ValueError, match=f"{after.value} cannot follow {before.value}"):
            journal.move(row(), after)
        found = journal.latest("a" * 64)
        assert found is not None
        assert found.stage is before


def test_money_is_never_forgotten_by_a_transition() -> None:
    """From the paid call on there is no way back to PREPARED but the one of SENDING, whose call was refused in so many words."""
    assert {stage for stage in Stage if Stage.PREPARED in FOLLOWS[stage]} == {Stage.SENDING}
    assert all(not FOLLOWS[stage] for stage in (Stage.FAILED, Stage.REJECTED))
    assert FOLLOWS[Stage.DONE] == {Stage.COMPLETED}


def test_only_what_was_merely_prepared_may_be_forgotten(journal: Journal) -> None:
    prepared = journal.insert(row("a"))
    journal.remove(prepared)
    assert journal.latest("a" * 64) is None
    sending = journal.move(journal.insert(row("b")), Stage.SENDING)
    with pytest.raises(ValueError, match="not merely prepared"):
        journal.remove(sending)


def test_a_transaction_is_all_or_nothing(journal: Journal) -> None:
    def half_done() -> None:
        with journal.transaction():
            journal.insert(row("a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert journal.recent() == []
    with journal.transaction():
        journal.insert(row("a"))
        journal.move(row("a"), Stage.SENDING)
    assert [found.stage for found in journal.recent()] == [Stage.SENDING]


def test_two_connections_see_each_other_and_wait_for_each_other(tmp_path: Path, journal: Journal) -> None:
    other = Journal(Database(tmp_path / "state"))
    inserted, done = threading.Event(), threading.Event()

    def write() -> None:
        with other.transaction():
            other.insert(row("a"))
            inserted.set()
            done.wait(0.3)

    thread = threading.Thread(target=write)
    thread.start()
    inserted.wait()
    assert journal.latest("a" * 64) is None, "not yet committed"
    journal.insert(row("b"))
    thread.join()
    assert {found.short_id[0] for found in journal.recent()} == {"a", "b"}


def test_many_threads_may_write_at_once(journal: Journal) -> None:
    letters = "0123456789abcdef"

    def work(letter: str) -> None:
        made = journal.insert(row(letter))
        for _ in range(5):
            journal.move(journal.move(made, Stage.SENDING), Stage.PREPARED)

    threads = [threading.Thread(target=work, args=(letter,)) for letter in letters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.recent()) == len(letters)


# Questions.


def test_a_process_goes_on_with_what_was_paid_for_or_queued_and_with_nothing_else(journal: Journal) -> None:
    for letter, stage in zip("012345678", Stage, strict=True):
        journal.insert(row(letter, stage=stage))
    journal.insert(row("9", queued=True))
    found = {one.stage for one in journal.unfinished()}
    assert found == {Stage.SENDING, Stage.UNKNOWN, Stage.SUBMITTED, Stage.PROCESSING, Stage.COMPLETED, Stage.PREPARED}
    assert [one.short_id[0] for one in journal.unfinished() if one.stage is Stage.PREPARED] == ["9"]


def test_what_is_reserved_and_not_queued_can_be_released(journal: Journal) -> None:
    waiting, queued = journal.insert(row("a", reserved_usd=1.0)), journal.insert(row("b", reserved_usd=1.0, queued=True))
    assert [one.short_id for one in journal.prepared()] == [waiting.short_id]
    journal.release(waiting)
    journal.release(queued)
    assert {one.short_id[0]: one.reserved_usd for one in journal.recent()} == {"a": 0.0, "b": 1.0}


def test_the_newest_attempt_counts(journal: Journal) -> None:
    journal.insert(row("a", stage=Stage.FAILED, service_job_id="s1"))
    journal.insert(row("a", attempt=2, stage=Stage.PROCESSING, service_job_id="s2"))
    place = {"service": "sync", "origin": AT["origin"]}
    newest, by_id = journal.latest_of("a" * 12, **place), journal.latest_of("s1", **place)
    assert newest is not None
    assert by_id is not None
    assert (newest.attempt, by_id.attempt) == (2, 1)
    assert journal.latest_of("a" * 12, service="sync", origin="sandbox") is None


def test_memory_is_kept_by_account_and_content(database: Database) -> None:
    uploads, digests, lists = Uploads(database), Digests(database), ListsRead(database)
    uploads.put(MediaRef(asset_id="x"), **AT, sha256="h", content_type="video/mp4")
    assert uploads.get(**AT, sha256="h", content_type="video/mp4") == MediaRef(asset_id="x")
    assert uploads.get(**AT, sha256="h", content_type="video/quicktime") is None
    assert uploads.get(**{**AT, "key_mark": "other"}, sha256="h", content_type="video/mp4") is None
    uploads.forget_if_lost("asset_not_found", **AT)
    assert uploads.get(**AT, sha256="h", content_type="video/mp4") is None
    digests.put("file|1", "d")
    assert (digests.get("file|1"), digests.get("file|2")) == ("d", None)
    found = [Found(short_id="a", attempt=number, service_job_id=f"s{number}", stage=Stage.FAILED, made_at=1.5) for number in (1, 2)]
    assert not lists.was_read(**AT)
    lists.put(found, **AT)
    assert lists.was_read(**AT)
    assert lists.newest("a", **AT) == found[1]
    assert lists.newest("b", **AT) is None


# Versions.


def test_an_older_journal_is_lifted_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Journal(Database(tmp_path)).insert(row())
    lifts = {
        schema.VERSION: "ALTER TABLE digests ADD COLUMN one TEXT;",
        schema.VERSION + 1: "ALTER TABLE digests ADD COLUMN two TEXT; UPDATE jobs SET name = 'lifted';",
    }
    monkeypatch.setattr(schema, "MIGRATIONS", lifts)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 2)
    database = Database(tmp_path)
    assert [one.name for one in Journal(database).recent()] == ["lifted"]
    assert {"one", "two"} <= {column["name"] for column in database.all("PRAGMA table_info(digests)")}
    Database(tmp_path)  # and only once


def test_a_lifted_journal_is_as_a_new_one_and_has_kept_its_jobs(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir(mode=0o700)
    with sqlite3.connect(tmp_path / "old" / FILE_NAME) as connection:
        connection.executescript(FIRST.read_text(encoding="utf-8"))
    connection.close()

    def schema_of(folder: str) -> set[tuple[str, ...]]:
        return {tuple(made) for made in Database(tmp_path / folder).all("SELECT type, name, tbl_name, sql FROM sqlite_master")}

    assert schema_of("old") == schema_of("new")
    (found,) = Journal(Database(tmp_path / "old")).unfinished()
    assert (found.stage, found.notes, found.price_usd) == (Stage.PROCESSING, ("a note",), 0.05)


def test_a_lift_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Journal(Database(tmp_path)).insert(row())
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", {schema.VERSION: "UPDATE jobs SET name = 'half'; SELECT nonsense;"})
        patch.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(sqlite3.OperationalError):
            Database(tmp_path)
    assert [one.name for one in Journal(Database(tmp_path)).recent()] == [row().name]


def test_a_journal_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    Database(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(InputRefused, match="update the pack"):
        Database(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION + 1


def test_every_version_before_this_one_has_a_lift() -> None:
    assert sorted(schema.MIGRATIONS) == list(range(1, schema.VERSION))
