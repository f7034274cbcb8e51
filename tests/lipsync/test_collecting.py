"""All that was paid for and not handed over, collected at once."""

from __future__ import annotations

import asyncio

import pytest

from lipsync.errors import BoughtElsewhere, JobFailed, StillRunning
from lipsync.jobs.collecting import collect_all
from lipsync.jobs.states import Stage
from tests.lipsync.studio import Ear, Studio, sentence_of, until


async def test_every_film_that_nobody_received_is_handed_over_once(studio: Studio) -> None:
    for take in range(3):
        await studio.submit(studio.wish(take=take, output_name=f"scene{take}"))
    ear = Ear()
    collected = await collect_all(studio.runner.journal.uncollected(), studio.runner, listener=ear)
    assert [one.row.name[:6] for one in collected] == ["scene0", "scene1", "scene2"]
    assert all(one.finished is not None and one.finished.film.exists() for one in collected)
    assert studio.runner.journal.uncollected() == []
    assert "2 of 3 jobs collected." in ear.text
    assert len(studio.purchases()) == 3


async def test_by_name_and_by_date(studio: Studio) -> None:
    for take in range(2):
        await studio.submit(studio.wish(take=take, output_name=f"Scene{take}"))
    journal = studio.runner.journal
    second = journal.uncollected(name="scene1")
    assert [row.take for row in second] == [1]
    assert [row.take for row in journal.uncollected(since=second[0].created_at)] == [1]


async def test_only_of_one_place(studio: Studio) -> None:
    submitted = await studio.submit()
    journal = studio.runner.journal
    assert [row.short_id for row in journal.uncollected(place=("sync", submitted.origin))] == [submitted.short_id]
    assert journal.uncollected(place=("sync", "sandbox of Sync")) == []
    assert journal.uncollected(place=("segmind", submitted.origin)) == []


async def test_a_job_that_waits_for_a_slot_is_waited_for(studio: Studio) -> None:
    studio.sandbox.settings(slots=1, processing_s=40.0)
    orders = [await studio.submit(studio.wish(take=take)) for take in range(2)]
    assert orders[1].row is None, "all slots are busy"
    collected = await collect_all(studio.runner.journal.uncollected(), studio.runner, listener=Ear())
    assert [one.row.short_id for one in collected if one.finished] == [order.short_id for order in orders]


async def test_what_fails_or_runs_on_keeps_no_other_back(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout", match="fails")
    studio.sandbox.plan(operation="create", kind="outcome", status="PROCESSING", match="endless")
    for take, name in enumerate(("fails", "endless", "good")):
        await studio.submit(studio.wish(take=take, output_name=name))
    fails, endless, good = await collect_all(studio.runner.journal.uncollected(), studio.runner, listener=Ear(), wait_limit_s=30.0)
    assert isinstance(fails.error, JobFailed)
    assert isinstance(endless.error, StillRunning)
    assert good.finished is not None
    assert [row.take for row in studio.runner.journal.uncollected()] == [1]


async def test_an_interrupt_hands_over_nothing_and_the_next_collecting_everything(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout", match="fails")
    studio.sandbox.plan(operation="create", kind="outcome", status="PROCESSING", match="endless")
    for take, name in enumerate(("fails", "endless", "good")):
        await studio.submit(studio.wish(take=take, output_name=name))
    journal, ear = studio.runner.journal, Ear()
    collecting = asyncio.create_task(collect_all(journal.uncollected(), studio.runner, listener=ear))
    await until(lambda: "2 of 3 jobs collected." in ear.text)
    collecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await collecting
    fails, endless, good = await collect_all(journal.uncollected(), studio.runner, listener=Ear(), wait_limit_s=30.0)
    assert isinstance(fails.error, JobFailed)
    assert isinstance(endless.error, StillRunning)
    assert good.finished is not None
    assert len(studio.purchases()) == 3


async def test_a_job_in_doubt_is_settled_first(studio: Studio) -> None:
    submitted = await studio.submit()
    journal = studio.runner.journal
    bought = await studio.collect(submitted.short_id)
    journal.note(bought.row, stage=Stage.UNKNOWN.value, service_job_id=None, handed_over_at=None, path=None)
    (collected,) = await collect_all(journal.uncollected(), studio.runner, listener=Ear())
    assert collected.finished is not None
    assert len(studio.purchases()) == 1


async def test_a_job_of_another_address_is_told(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    await studio.submit()
    rows = studio.runner.journal.uncollected()
    monkeypatch.delenv("SYNC_BASE_URL")
    (collected,) = await collect_all(rows, studio.runner, listener=Ear())
    assert isinstance(collected.error, BoughtElsewhere)
    assert "SYNC_BASE_URL" in sentence_of(collected.error)


async def test_a_failure_that_its_node_was_told_is_not_told_again(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout")
    with pytest.raises(JobFailed):
        await studio.lip_sync()
    assert studio.runner.journal.uncollected() == []
