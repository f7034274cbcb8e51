"""kill -9 wherever it hurts, at Segmind: one purchase and one film, or one sentence where nothing can be known."""

from __future__ import annotations

import pytest

from lipsync.jobs.states import Stage
from tests.lipsync.mortal import ACCEPTED, FETCHING, RENAMED
from tests.lipsync.processes import Processes
from tests.lipsync.studio import Studio
from tests.lipsync.test_kill import FOUND, POINTS


@pytest.fixture
def choice() -> str:
    return "Segmind"


@pytest.mark.parametrize("point", [point for point in POINTS if point != "SENDING"])
async def test_a_killed_process_has_bought_once(studio: Studio, processes: Processes, point: str) -> None:
    studio.sandbox.settings(processing_s=15.0)
    assert processes.start(studio, die_at=point).wait() == {}, "it should have died"
    sold = len(studio.purchases())
    assert sold == (point != "PREPARED")
    row = studio.row()
    assert row.stage is FOUND.get(point) or row.stage.value == point
    told = processes.start(studio).wait()
    assert (told["stage"], told["attempt"]) == ("DONE", 1)
    assert told["bought"] is (sold == 0)
    assert len(studio.purchases()) == 1
    assert studio.operations().count("segmind_submit") == 1
    assert [str(film) for film in studio.films()] == [told["film"]]
    assert studio.passing() == []


async def test_killed_before_the_first_byte_nobody_can_know_that_nothing_was_sent(studio: Studio, processes: Processes) -> None:
    for _ in range(2):
        processes.start(studio, die_at="SENDING").wait()
    for _ in range(2):
        told = processes.start(studio).wait()
        assert told["error"] == "OutcomeUnknown"
        assert "higher 'take'" in told["sentence"]
    assert studio.row().stage is Stage.UNKNOWN
    assert studio.purchases() == []
    assert "segmind_submit" not in studio.operations()
    assert processes.start(studio, take=1).wait()["bought"]
    assert len(studio.purchases()) == 1


@pytest.mark.parametrize("point", [ACCEPTED, "SUBMITTED", "COMPLETED", RENAMED])
async def test_a_process_killed_again_and_again_has_bought_once(studio: Studio, processes: Processes, point: str) -> None:
    for _ in range(3):
        processes.start(studio, die_at=point).wait()
    assert processes.start(studio).wait()["attempt"] == 1
    assert studio.operations().count("segmind_submit") == len(studio.purchases()) == 1
    assert len(studio.films()) == 1


@pytest.mark.parametrize("point", ["SUBMITTED", FETCHING])
async def test_after_an_hour_the_history_has_what_was_bought(studio: Studio, processes: Processes, point: str) -> None:
    processes.start(studio, die_at=point).wait()
    studio.sandbox.settings(segmind_record_s=0.0)
    told = processes.start(studio).wait()
    assert told["stage"] == "DONE"
    assert len(studio.purchases()) == 1
    assert "segmind_past_request" in studio.operations()
