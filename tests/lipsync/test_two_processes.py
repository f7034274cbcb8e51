"""Two ComfyUIs of one user: one purchase between them, and one goes on where the other dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lipsync.jobs.database import Database
from lipsync.jobs.memory import Digests
from tests.lipsync.processes import Processes
from tests.lipsync.studio import Studio, until
from tests.support.repository import ROOT


async def test_the_same_wish_in_two_processes_is_one_purchase(studio: Studio, processes: Processes) -> None:
    studio.sandbox.settings(processing_s=20.0)
    one, other = processes.start(studio), processes.start(studio)
    told = one.wait(), other.wait()
    assert told[0]["film"] == told[1]["film"]
    assert len(studio.purchases()) == 1
    assert len(studio.films()) == 1
    assert one.has_said("Another ComfyUI") or other.has_said("Another ComfyUI")


@pytest.mark.parametrize("when", ["Uploading", "Submitted", "Processing"])
async def test_the_other_goes_on_when_one_is_killed(studio: Studio, processes: Processes, when: str) -> None:
    studio.sandbox.settings(processing_s=30.0)
    if when == "Uploading":
        studio.sandbox.plan(operation="register", kind="slow", delay_s=30.0)
    one = processes.start(studio)
    await until(lambda: one.has_said(when))
    other = processes.start(studio)
    await until(lambda: other.has_said("Another ComfyUI"))
    one.kill()
    told = other.wait()
    assert told["stage"] == "DONE"
    assert len(studio.purchases()) == 1
    assert [str(film) for film in studio.films()] == [told["film"]]


async def test_one_submits_and_the_other_collects(studio: Studio, processes: Processes) -> None:
    studio.sandbox.settings(processing_s=20.0)
    short_id = processes.start(studio, do="submit").wait()["short_id"]
    told = processes.start(studio, do="collect", job_id=short_id).wait()
    assert not told["bought"]
    assert len(studio.purchases()) == 1


async def test_a_failure_in_one_is_a_failure_in_the_other_and_not_a_second_purchase(studio: Studio, processes: Processes) -> None:
    studio.sandbox.settings(processing_s=20.0)
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout")
    one, other = processes.start(studio), processes.start(studio)
    assert [process.wait()["error"] for process in (one, other)] == ["JobFailed", "JobFailed"]
    assert len(studio.purchases()) == 1
    assert processes.start(studio).wait()["attempt"] == 2


async def test_different_wishes_in_two_processes_keep_one_limit(
    studio: Studio, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNC_MAX_USD_PER_DAY", "0.08")
    told = [process.wait() for process in [processes.start(studio, take=take) for take in range(2)]]
    assert sorted(one.get("error", "") for one in told) == ["", "OverLimit"]
    assert len(studio.purchases()) == 1


OPENS = "import sys; from pathlib import Path; from lipsync.jobs.database import Database; Database(Path(sys.argv[1]))"


def test_many_processes_may_make_the_journal_at_once(tmp_path: Path) -> None:
    for number in range(3):
        command = [sys.executable, "-c", OPENS, str(tmp_path / str(number))]
        opening = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(6)]
        assert [process.communicate()[1] for process in opening] == [""] * 6


COUNTS = """
import sys
from pathlib import Path
from lipsync.jobs.database import Database
database = Database(Path(sys.argv[1]))
print(database.one("SELECT count(*) FROM digests")[0])
database.close()
"""


def test_a_second_connection_of_this_process_leaves_the_first_its_locks(tmp_path: Path) -> None:
    """A process that closes any handle on a file loses all its locks on it (POSIX); another process would then take itself for the last
    one, and remove the log into which this one goes on writing."""

    def counted() -> str:
        return subprocess.run([sys.executable, "-c", COUNTS, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    one, _another = Database(tmp_path), Database(tmp_path)
    assert counted() == "0\n"
    Digests(one).put("a file", "its digest")
    assert counted() == "1\n"
