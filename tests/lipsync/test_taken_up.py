"""What another machine has bought, taken up by its name in the service's list: queueing the same graph here finds it."""

from __future__ import annotations

import shutil

import pytest

from lipsync.errors import JobFailed
from lipsync.jobs import adopt, settle
from lipsync.jobs.database import Database
from lipsync.jobs.journal import Row
from lipsync.jobs.memory import ListsRead
from lipsync.jobs.states import Stage
from tests.lipsync.studio import Studio


async def taken_up(studio: Studio) -> list[Row]:
    account = await studio.runner.accounts.open(studio.choice)
    ours = await settle.read_list(ListsRead(Database(studio.workspace.state_dir)), account)
    return [adopt.take_up(status, account, studio.runner.journal, studio.workspace) for status in ours]


async def new_machine(studio: Studio) -> None:
    shutil.rmtree(studio.workspace.state_dir)
    shutil.rmtree(studio.workspace.films_dir)
    await studio.restart()


async def test_a_graph_queued_after_it_was_taken_up_finds_the_film_and_asks_nobody(studio: Studio) -> None:
    bought = await studio.lip_sync(studio.wish(output_name="x" * 120))
    await new_machine(studio)
    (row,) = await taken_up(studio)
    assert (row.short_id, row.attempt, row.name) == (bought.row.short_id, 1, bought.row.name)
    film = (await studio.collect(row.short_id)).film
    studio.sandbox.clear_requests()
    again = await studio.lip_sync(studio.wish(output_name="x" * 120))
    assert (again.film, again.bought) == (film, False)
    assert studio.operations() == []
    assert len(studio.rows()) == len(studio.purchases()) == len(studio.films()) == 1


async def test_a_graph_queued_before_it_was_fetched_fetches_it(studio: Studio) -> None:
    await studio.lip_sync()
    await new_machine(studio)
    await taken_up(studio)
    assert not (await studio.lip_sync()).bought
    assert len(studio.rows()) == len(studio.purchases()) == len(studio.films()) == 1


async def test_a_failed_job_that_was_taken_up_is_followed_by_a_second_attempt(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout")
    with pytest.raises(JobFailed):
        await studio.lip_sync()
    shutil.rmtree(studio.workspace.state_dir)
    await studio.restart()
    (row,) = await taken_up(studio)
    with pytest.raises(JobFailed):
        await studio.collect(row.short_id)
    assert (await studio.lip_sync()).row.attempt == 2
    assert len(studio.purchases()) == 2


async def test_what_was_only_prepared_here_makes_place(studio: Studio) -> None:
    bought = await studio.lip_sync()
    await new_machine(studio)
    unsent = bought.row.but(stage=Stage.PREPARED, service_job_id=None, path=None, submitted_at=None, handed_over_at=None)
    studio.runner.journal.insert(unsent)
    (row,) = await taken_up(studio)
    assert (row.short_id, row.stage, row.service_job_id) == (bought.row.short_id, Stage.SUBMITTED, bought.row.service_job_id)
    assert not (await studio.lip_sync()).bought
    assert len(studio.rows()) == len(studio.purchases()) == 1


async def test_two_jobs_of_one_name_are_both_taken_up(studio: Studio) -> None:
    bought = await studio.lip_sync()
    studio.runner.journal.note(bought.row, service_job_id="another-job")
    (row,) = await taken_up(studio)
    assert row.short_id != bought.row.short_id
    assert (await studio.collect(row.short_id)).film != bought.film
    assert len(studio.purchases()) == 1
