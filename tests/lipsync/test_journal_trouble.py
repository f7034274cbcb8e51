"""A journal that is damaged, held, replaced or cannot be written: told in a sentence, and nothing is bought blindly."""

from __future__ import annotations

import functools
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lipsync.errors import JournalBusy, JournalNotWritten, JournalReplaced, JournalWasDamaged
from lipsync.jobs import database as database_module
from lipsync.jobs.database import ASIDE, FILE_NAME, Database
from lipsync.jobs.memory import ListsRead
from tests.lipsync.processes import Processes
from tests.lipsync.studio import Studio, sentence_of, until


def lose_the_tail(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[:-5000])


def lose_a_page(journal: Path) -> None:
    content = bytearray(journal.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    journal.write_bytes(content)


def become_something_else(journal: Path) -> None:
    journal.write_bytes(b"These are notes.\n" * 1000)


DAMAGES = [lose_the_tail, lose_a_page, become_something_else]


def at_rest(state_dir: Path) -> Path:
    """The journal as one file, as it lies there when no process has it open."""
    with sqlite3.connect(state_dir / FILE_NAME) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return state_dir / FILE_NAME


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_a_damaged_journal_is_set_aside_and_the_list_asked_before_anything_is_bought(studio: Studio, damage: object) -> None:
    bought = await studio.lip_sync()
    damage(at_rest(studio.workspace.state_dir))
    await studio.restart()
    aside = [path.name for path in studio.workspace.state_dir.glob(f"{ASIDE}*")]
    assert aside, "the damaged file must be kept"
    again = await studio.lip_sync()
    assert not again.bought
    assert again.film.read_bytes() == bought.film.read_bytes()
    assert again.row.notes[0].startswith(f"The journal was damaged and is kept as {sorted(aside)[0]}")
    assert len(studio.purchases()) == 1


class TestSegmind:
    @pytest.fixture
    def choice(self) -> str:
        return "Segmind"

    async def test_a_service_that_cannot_be_asked_is_bought_from_only_after_a_warning(self, studio: Studio) -> None:
        await studio.lip_sync()
        become_something_else(at_rest(studio.workspace.state_dir))
        await studio.restart()
        with pytest.raises(JournalWasDamaged) as warned:
            await studio.lip_sync()
        assert ASIDE in sentence_of(warned.value)
        assert len(studio.purchases()) == 1
        assert (await studio.lip_sync()).bought, "the user has been told and has queued again"


HOLDS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(journal: Path) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(journal)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate()


async def test_a_journal_that_another_program_holds_is_said_to_be_and_nothing_is_bought(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_BUSY_S", 0.5)
    await studio.restart()
    with held(studio.workspace.state_dir / FILE_NAME):
        with pytest.raises(JournalBusy) as busy:
            await studio.lip_sync()
        assert "another program" in sentence_of(busy.value)
    assert studio.purchases() == []
    assert (await studio.lip_sync()).bought


async def test_a_journal_that_was_deleted_under_a_process_buys_nothing_more(studio: Studio) -> None:
    await studio.lip_sync()
    shutil.rmtree(studio.workspace.state_dir)
    with pytest.raises(JournalReplaced, match="Restart ComfyUI"):
        await studio.lip_sync(studio.wish(take=1))
    assert len(studio.purchases()) == 1
    await studio.restart()
    assert not (await studio.lip_sync()).bought
    assert len(studio.purchases()) == 1


def test_without_a_write_ahead_log_a_rollback_journal_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network volume has no shared memory; SQLite's dot-file system has none either."""
    plain = functools.partial(sqlite3.connect, uri=True)
    monkeypatch.setattr(database_module.sqlite3, "connect", lambda path, **more: plain(f"file:{path}?vfs=unix-dotfile", **more))
    database = Database(tmp_path)
    assert database.all("PRAGMA journal_mode")[0][0] == "delete"
    ListsRead(database).put([], origin="one", key_mark="two")
    database.close()
    assert ListsRead(Database(tmp_path)).was_read(origin="one", key_mark="two")


async def test_two_processes_without_locks_make_one_paid_call(studio: Studio, processes: Processes) -> None:
    """Lock files may be deleted, and some network volumes keep none: the journal is compared once more before the paid call."""
    studio.sandbox.settings(slots=1, processing_s=160.0)
    await studio.submit(studio.wish(take=0))
    told = []
    for _ in range(2):
        told.append(processes.start(studio, take=1))
        await until(lambda: told[-1].has_said("Waiting for a free slot"))
        for lock in (studio.workspace.state_dir / "locks").iterdir():
            lock.unlink()
    ends = [process.wait() for process in told]
    assert sorted(end.get("error", end.get("stage")) for end in ends) == ["DONE", "TakenOver"]
    assert len(studio.purchases()) == 2


def test_a_journal_that_may_not_be_written_is_said_to_be(tmp_path: Path) -> None:
    database = Database(tmp_path)
    database.all("PRAGMA query_only = ON")
    with pytest.raises(JournalNotWritten, match="read-only") as refused:
        ListsRead(database).put([], origin="one", key_mark="two")
    sentence_of(refused.value)
