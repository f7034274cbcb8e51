"""A real disk that is really full: said in one sentence, nothing half-done left, the job kept, and later fetched, not bought."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from lipsync.errors import LipsyncError, ResultNotSaved
from lipsync.jobs.database import Database
from lipsync.jobs.states import Stage
from lipsync.workspace import Workspace
from tests.lipsync.studio import Studio, sentence_of
from tests.support.small_mounts import mounted

pytestmark = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can mount a small disk")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "size=1m") as disk:
        yield disk


def fill(disk: Path, *, leave_bytes: int) -> Path:
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    (disk / "ballast").write_bytes(bytes(free - leave_bytes))
    return disk / "ballast"


@pytest.mark.parametrize("what", ["output", "output and state"])
async def test_a_disk_that_is_full_during_the_download(studio: Studio, workspace: Workspace, small_disk: Path, what: str) -> None:
    state = small_disk / "state" if what == "output and state" else workspace.state_dir
    studio = Studio(
        studio.sandbox,
        Workspace(state_dir=state, output_dir=small_disk / "output", temp_dir=workspace.temp_dir),
        studio.clip,
        studio.speech,
    )
    studio.sandbox.settings(processing_s=15.0)
    submitted = await studio.submit()
    ballast = fill(small_disk, leave_bytes=16384)
    with pytest.raises(ResultNotSaved) as full:
        await studio.collect(submitted.short_id)
    sentence = sentence_of(full.value)
    assert "the disk is full" in sentence
    assert "only fetched, not bought" in sentence
    assert studio.films() == []
    assert studio.row().stage is Stage.COMPLETED
    ballast.unlink()
    studio.sandbox.clear_requests()
    done = await studio.lip_sync()
    assert done.film.exists()
    assert studio.films() == [done.film]
    assert "create" not in studio.operations()
    assert len(studio.purchases()) == 1


@pytest.mark.parametrize("choice", ["Sync", "Segmind"])
@pytest.mark.parametrize("write", range(1, 9))
async def test_a_disk_that_is_full_at_one_write_of_the_journal(
    studio: Studio, workspace: Workspace, small_disk: Path, monkeypatch: pytest.MonkeyPatch, write: int, choice: str
) -> None:
    """The disk is really full from the nth transaction on; when there is room again, the same wish costs nothing more."""
    folders = Workspace(state_dir=small_disk / "state", output_dir=workspace.output_dir, temp_dir=workspace.temp_dir)
    studio = Studio(studio.sandbox, folders, studio.clip, studio.speech, choice)
    begun, ballast, writing = 0, small_disk / "ballast", Database.writing

    def fills(self: Database) -> AbstractContextManager[sqlite3.Connection]:
        nonlocal begun
        begun += 1
        if begun == write:
            fill(small_disk, leave_bytes=0)
        return writing(self)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "writing", fills)
        with contextlib.suppress(LipsyncError):
            await studio.lip_sync()
    assert begun >= write
    ballast.unlink()
    await studio.restart()
    done = await studio.lip_sync()
    assert studio.films() == [done.film]
    assert len(studio.purchases()) == 1


async def test_an_output_folder_that_cannot_be_made_is_said_to_be(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    folders = Workspace(state_dir=tmp_path / "s", output_dir=tmp_path / "file", temp_dir=tmp_path / "t")
    with pytest.raises(ResultNotSaved, match="not bought") as refusal:
        await Studio(studio.sandbox, folders, studio.clip, studio.speech).lip_sync()
    sentence_of(refusal.value)
    assert len(studio.purchases()) == 1
