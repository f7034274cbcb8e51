"""Jobs taken up by their id: ours, the service's, and ids that are none."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from lipsync.catalogue import service_choice
from lipsync.errors import JobFailed, NeverSent, NoSuchJob
from lipsync.jobs.runner import Finished
from lipsync.jobs.states import Stage
from lipsync.sandbox.sync.finished import FINISHED_ID
from tests.lipsync.studio import Ear, Studio, sentence_of


async def test_a_job_is_collected_by_our_id_and_by_the_services(studio: Studio) -> None:
    submitted = await studio.submit()
    done = await studio.collect(submitted.short_id)
    assert not done.bought
    assert done.row.handed_over_at is not None
    assert (await studio.collect(str(done.row.service_job_id))).film == done.film
    assert len(studio.purchases()) == 1


async def test_a_job_that_this_journal_does_not_know_is_taken_up_by_the_services_id(studio: Studio) -> None:
    bought = await studio.lip_sync(studio.wish(output_name="scene"))
    shutil.rmtree(studio.workspace.state_dir)
    shutil.rmtree(studio.workspace.films_dir)
    await studio.restart()
    one, other = await asyncio.gather(*[studio.collect(str(bought.row.service_job_id)) for _ in range(2)])
    assert one.film == other.film
    assert one.film.read_bytes()
    assert one.row.model == "lipsync-2"
    assert (await studio.collect(one.row.short_id)).film == one.film
    assert len(studio.purchases()) == 1
    assert len(studio.films()) == 1


async def test_the_sandboxs_own_job_is_always_there(studio: Studio) -> None:
    assert (await studio.collect(FINISHED_ID)).film.stat().st_size > 1000


@pytest.mark.parametrize("job_id", ["0123456789ab", "5b4c7a52-6a0e-4c93-9a2e-1f0d6f3c8b11", "../../etc/passwd", "", "x" * 500])
async def test_an_unknown_id_is_said_to_be(studio: Studio, job_id: str) -> None:
    with pytest.raises(NoSuchJob) as unknown:
        await studio.collect(job_id)
    assert "'service'" in sentence_of(unknown.value)
    assert studio.rows() == []


async def test_nothing_of_one_origin_is_looked_up_at_another(studio: Studio) -> None:
    bought = await studio.lip_sync()
    sandbox = service_choice("Sync (sandbox)")
    assert sandbox is not None
    for job_id in (bought.row.short_id, str(bought.row.service_job_id)):
        with pytest.raises(NoSuchJob):
            await studio.runner.collect(job_id, sandbox, listener=Ear())
    assert isinstance(await studio.collect(bought.row.short_id), Finished)


async def test_a_dead_job_is_raised_and_not_bought(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout")
    submitted = await studio.submit()
    with pytest.raises(JobFailed, match="generation_timeout"):
        await studio.collect(submitted.short_id)
    await studio.restart()
    with pytest.raises(JobFailed, match="generation_timeout"):
        await studio.collect(submitted.short_id)
    assert len(studio.purchases()) == 1


async def test_a_job_that_was_never_sent_is_said_to_be(studio: Studio) -> None:
    submitted = await studio.submit()
    done = await studio.collect(submitted.short_id)
    journal = studio.runner.journal
    with journal.transaction():
        journal.insert(
            done.row.but(fingerprint="f" * 64, short_id="f" * 12, stage=Stage.PREPARED, service_job_id=None, path=None, handed_over_at=None)
        )
    with pytest.raises(NeverSent) as never:
        await studio.collect("f" * 12)
    assert "Queue" in sentence_of(never.value)


async def test_the_newest_job_that_was_not_received_is_the_first_to_be_offered(studio: Studio) -> None:
    first = await studio.submit(studio.wish(take=1))
    second = await studio.submit(studio.wish(take=2))
    at = {"service": "sync", "origin": first.origin}
    assert [row.short_id for row in studio.runner.journal.not_handed_over(**at)] == [second.short_id, first.short_id]
    await studio.collect(second.short_id)
    assert [row.short_id for row in studio.runner.journal.not_handed_over(**at)] == [first.short_id]
