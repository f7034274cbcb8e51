"""What waits for whom: slots, time limits, interrupts, and what goes on without anybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from lipsync import clock
from lipsync.engine import ENGINE, Interrupted
from lipsync.errors import StillRunning
from lipsync.jobs.states import Stage
from tests.lipsync.studio import Ear, Studio, sentence_of, until

FOR_EVER = {"operation": "create", "kind": "outcome", "status": "PROCESSING"}


# Slots.


async def test_submit_returns_queued_when_all_slots_are_busy_and_the_job_is_submitted_by_itself(studio: Studio) -> None:
    studio.sandbox.settings(slots=1, processing_s=40.0)
    first = await studio.submit(studio.wish(take=1))
    second = await studio.submit(studio.wish(take=2))
    third = await studio.submit(studio.wish(take=3))
    assert first.row is not None
    assert second.row is None
    assert third.row is None
    assert "queued" in second.told
    assert [row.queued for row in studio.rows()] == [False, True, True]
    studio.sandbox.settings(processing_s=0.0)
    await until(lambda: len(studio.films()) == 3)
    assert [purchase["outputFileName"] for purchase in studio.purchases()] == [
        f"lipsync-{job.short_id}-1" for job in (first, second, third)
    ], "first come, first served"


async def test_a_queued_job_is_submitted_by_the_next_process(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="error", status=429, error_code="concurrency_limit_reached", times=None)
    queued = await studio.submit()
    assert queued.row is None
    await until(lambda: studio.operations().count("create") >= 2 and studio.row().stage is Stage.PREPARED)
    await studio.restart()
    assert studio.row().stage is Stage.PREPARED
    assert studio.row().queued, "however often the slots were found busy"
    studio.sandbox.clear_faults()
    await studio.lip_sync(studio.wish(take=7))
    await until(lambda: len(studio.films()) == 2)
    assert len(studio.purchases()) == 2


async def test_lip_sync_waits_for_a_slot(studio: Studio) -> None:
    studio.sandbox.settings(slots=1, processing_s=20.0)
    await studio.submit(studio.wish(take=1))
    ear = Ear()
    await studio.lip_sync(studio.wish(take=2), listener=ear)
    assert "Waiting for a free slot: 1 of 1 slots busy" in ear.text
    assert len(studio.purchases()) == 2
    assert studio.operations().count("create") < 8, "only when a slot may be free"


async def test_a_graph_that_stops_waiting_for_a_slot_has_bought_nothing(studio: Studio) -> None:
    studio.sandbox.plan(FOR_EVER)
    studio.sandbox.settings(slots=1)
    await studio.submit(studio.wish(take=1))
    ear = Ear()
    waiting = asyncio.create_task(studio.lip_sync(studio.wish(take=2), listener=ear))
    await until(lambda: "Waiting for a free slot" in ear.text)
    assert not ear.heard[-1].paid
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0.7)
    row = next(row for row in studio.rows() if row.take == 2)
    assert row.stage is Stage.PREPARED
    assert row.reserved_usd == 0, "what was reserved is free again"
    assert len(studio.purchases()) == 1


async def test_to_stop_waiting_for_a_queued_job_is_not_to_stop_the_job(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="error", status=429, error_code="concurrency_limit_reached", times=2)
    await studio.submit()
    ear = Ear()
    waiting = asyncio.create_task(studio.lip_sync(listener=ear))
    await until(lambda: bool(ear.heard))
    assert ear.heard[-1].paid, "the node must say that the job goes on"
    waiting.cancel()
    await until(lambda: len(studio.films()) == 1)


# Interrupts.


def interrupt_when(true: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def interrupted() -> bool:
        return true()

    return interrupted


async def never() -> bool:
    return False


async def test_an_interrupt_before_the_paid_call_buys_nothing_and_leaves_nothing(studio: Studio) -> None:
    studio.sandbox.plan(operation="upload", kind="slow", delay_s=60.0)
    ear = Ear()
    asked = time.monotonic()
    with pytest.raises(Interrupted):
        await ENGINE.follow(studio.lip_sync(listener=ear), interrupt_when(lambda: "upload" in studio.operations()))
    assert time.monotonic() - asked < 3.0
    assert not ear.heard[-1].paid
    assert studio.purchases() == []
    assert studio.rows() == []
    assert studio.passing() == []
    done = await ENGINE.follow(studio.lip_sync(), never)
    assert done.bought
    assert len(studio.purchases()) == 1


async def test_an_interrupt_after_the_paid_call_ends_the_waiting_and_not_the_job(studio: Studio) -> None:
    studio.sandbox.settings(processing_s=20.0)
    ear = Ear()
    with pytest.raises(Interrupted):
        await ENGINE.follow(studio.lip_sync(listener=ear), interrupt_when(lambda: "Processing" in ear.text))
    assert ear.heard[-1].paid
    assert ear.heard[-1].job == studio.row().short_id
    assert studio.films() == []
    await until(lambda: len(studio.films()) == 1)
    studio.sandbox.clear_requests()
    done = await ENGINE.follow(studio.lip_sync(), never)
    assert studio.operations() == []
    assert len(studio.purchases()) == 1
    assert not done.bought


async def test_an_interrupt_during_the_paid_call_does_not_take_it_back(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="slow", delay_s=20.0)
    ear = Ear()
    with pytest.raises(Interrupted):
        await ENGINE.follow(studio.lip_sync(listener=ear), interrupt_when(lambda: "create" in studio.operations()))
    assert ear.heard[-1].paid
    await until(lambda: len(studio.films()) == 1)
    assert len(studio.purchases()) == 1


async def test_one_of_two_that_wait_may_leave(studio: Studio) -> None:
    studio.sandbox.plan(operation="upload", kind="slow", delay_s=20.0)
    other = ENGINE.start(studio.lip_sync())
    with pytest.raises(Interrupted):
        await ENGINE.follow(studio.lip_sync(), interrupt_when(lambda: "upload" in studio.operations()))
    await until(other.done)
    assert other.result().bought
    assert len(studio.purchases()) == 1


async def test_a_wish_that_comes_while_the_last_one_is_being_stopped_is_not_stopped_with_it(studio: Studio) -> None:
    studio.sandbox.plan(operation="upload", kind="slow", delay_s=60.0)
    first = asyncio.create_task(studio.lip_sync())
    await until(lambda: "upload" in studio.operations())
    first.cancel()
    await asyncio.sleep(0)
    assert (await studio.lip_sync()).film.exists()
    assert len(studio.purchases()) == 1


# Time limits.


async def test_at_the_end_of_its_patience_a_node_says_so_and_queueing_goes_on_waiting(studio: Studio) -> None:
    studio.sandbox.settings(processing_s=60.0)
    started = clock.monotonic()
    with pytest.raises(StillRunning) as patience:
        await studio.lip_sync(wait_limit_s=20)
    assert 19.0 < clock.monotonic() - started < 55.0
    assert "queue again" in sentence_of(patience.value)
    assert studio.row().short_id in str(patience.value)
    done = await studio.lip_sync(wait_limit_s=600)
    assert done.film.exists()
    assert len(studio.purchases()) == 1


async def test_the_limit_counts_from_the_submission(studio: Studio) -> None:
    studio.sandbox.plan(FOR_EVER)
    submitted = await studio.submit()
    await clock.sleep(30)
    started = clock.monotonic()
    with pytest.raises(StillRunning):
        await studio.collect(submitted.short_id, wait_limit_s=31)
    assert clock.monotonic() - started < 20


async def test_a_long_wait_comes_with_advice(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="PENDING")
    ear = Ear()
    submitted = await studio.submit()
    studio.runner.journal.note(studio.row(), submitted_at=clock.now() - 400)
    await studio.restart()
    with pytest.raises(StillRunning):
        await studio.collect(submitted.short_id, wait_limit_s=430, listener=ear)
    assert "status.sync.so" in ear.text
    assert studio.row().service_job_id in ear.text


async def test_polling_is_polite(studio: Studio) -> None:
    studio.sandbox.settings(processing_s=60.0)
    await studio.lip_sync()
    assert studio.operations().count("get") < 14


# What goes on by itself.


async def test_a_paid_film_comes_down_though_nobody_waits_and_the_service_has_trouble(studio: Studio) -> None:
    studio.sandbox.settings(processing_s=10.0)
    studio.sandbox.plan(operation="storage", kind="error", status=503, times=14)
    submitted = await studio.submit()
    await until(lambda: len(studio.films()) == 1, seconds=40)
    assert (await studio.collect(submitted.short_id)).film == studio.films()[0]


async def test_a_restart_goes_on_with_what_is_paid_for(studio: Studio) -> None:
    studio.sandbox.settings(processing_s=20.0)
    first = await studio.submit()
    await studio.restart()
    await studio.submit(studio.wish(take=1))
    await until(lambda: len(studio.films()) == 2)
    assert (await studio.collect(first.short_id)).row.attempt == 1
    assert len(studio.purchases()) == 2


async def test_a_restart_gives_back_what_a_killed_process_had_only_reserved(studio: Studio) -> None:
    studio.sandbox.plan(FOR_EVER)
    studio.sandbox.settings(slots=1)
    await studio.submit(studio.wish(take=1))
    ear = Ear()
    waiting = asyncio.create_task(studio.lip_sync(studio.wish(take=2), listener=ear))
    await until(lambda: "Waiting for a free slot" in ear.text and studio.rows()[1].stage is Stage.PREPARED)
    row = studio.rows()[1]
    await studio.restart()
    assert waiting.cancelled()
    studio.runner.journal.note(row, reserved_usd=0.05)  # as a kill would have left it
    await studio.submit(studio.wish(take=1))
    assert studio.rows()[1].reserved_usd == 0
