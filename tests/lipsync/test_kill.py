"""kill -9 wherever it hurts, then a new process: one purchase, one film, nothing half-done left behind."""

from __future__ import annotations

import shutil

import pytest

from lipsync.jobs.database import Database
from lipsync.jobs.journal import Journal
from lipsync.jobs.states import Stage
from tests.lipsync.mortal import ACCEPTED, FETCHING, RENAMED
from tests.lipsync.processes import Processes
from tests.lipsync.studio import Studio, until

POINTS = ["PREPARED", "SENDING", ACCEPTED, "SUBMITTED", "PROCESSING", "COMPLETED", FETCHING, RENAMED, "DONE"]
FOUND = {ACCEPTED: Stage.SENDING, FETCHING: Stage.COMPLETED, RENAMED: Stage.COMPLETED}


@pytest.mark.parametrize("journal", ["kept", "deleted"])
@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_process_has_bought_once(studio: Studio, processes: Processes, point: str, journal: str) -> None:
    studio.sandbox.settings(processing_s=15.0)
    assert processes.start(studio, die_at=point).wait() == {}, "it should have died"
    sold = len(studio.purchases())
    assert sold == (point not in ("PREPARED", "SENDING"))
    row = studio.row()
    assert row.stage is FOUND.get(point) or row.stage.value == point
    if journal == "deleted":
        shutil.rmtree(studio.workspace.state_dir)
    told = processes.start(studio).wait()
    assert (told["stage"], told["attempt"]) == ("DONE", 1)
    assert told["bought"] is (sold == 0)
    assert len(studio.purchases()) == 1
    assert [str(film) for film in studio.films()] == [told["film"]]
    assert studio.passing() == []


@pytest.mark.parametrize("point", [ACCEPTED, "SUBMITTED", "COMPLETED", RENAMED])
async def test_a_new_process_goes_on_by_itself_with_what_another_has_paid_for(studio: Studio, processes: Processes, point: str) -> None:
    processes.start(studio, die_at=point).wait()
    other = processes.start(studio, take=1)
    assert other.wait()["bought"]
    await until(lambda: len(studio.films()) >= 1)
    told = processes.start(studio).wait()
    assert not told["bought"]
    assert len(studio.purchases()) == 2
    assert len(studio.films()) == 2


async def test_a_queued_job_of_a_killed_process_is_submitted_by_the_next(studio: Studio, processes: Processes) -> None:
    studio.sandbox.plan(operation="create", kind="error", status=429, error_code="concurrency_limit_reached", times=2)
    process = processes.start(studio, do="submit")
    short_id = process.wait()["short_id"]
    assert studio.purchases() == []
    told = processes.start(studio, do="collect", job_id=short_id).wait()
    assert told["attempt"] == 1
    assert len(studio.purchases()) == 1


@pytest.mark.parametrize("point", ["SENDING", ACCEPTED, "SUBMITTED"])
async def test_a_process_killed_again_and_again_has_bought_once(studio: Studio, processes: Processes, point: str) -> None:
    for _ in range(3):
        processes.start(studio, die_at=point).wait()
    assert processes.start(studio).wait()["attempt"] == 1
    assert len(studio.purchases()) == 1
    assert len(studio.films()) == 1


async def test_a_journal_survives_its_own_death_in_any_state(studio: Studio, processes: Processes) -> None:
    """Each write is whole: a database that was left in the middle opens, and every row in it reads."""
    for point in POINTS:
        processes.start(studio, die_at=point).wait()
        rows = Journal(Database(studio.workspace.state_dir)).recent()
        assert len(rows) == 1
    assert len(studio.purchases()) == 1
