"""Few slots and many jobs: first come, first served, across nodes and processes, and the service is hardly asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lipsync import clock
from lipsync.jobs.database import Database
from lipsync.jobs.line import Line, Standing
from tests.lipsync.processes import Processes
from tests.lipsync.studio import Ear, Studio, until

AT: dict[str, str] = {"origin": "https://service.example", "key_mark": "a key"}


@pytest.fixture
def database(studio: Studio) -> Database:
    return Database(studio.workspace.state_dir)


def ignored(_: Standing) -> None:
    pass


async def passes(line: Line, name: str, order: list[str], heard: list[str] | None = None, hold_s: float = 0.0) -> None:
    def listen(standing: Standing) -> None:
        if heard is not None:
            heard.append(standing.text)

    async with line.place(name, listen):
        order.append(name)
        await asyncio.sleep(hold_s)


async def test_first_come_first_served_in_two_processes(database: Database, studio: Studio) -> None:
    """Two lines on two connections are what two processes have."""
    waiting = {f"job {number}" for number in range(6)}
    lines = [Line(one, **AT, waits=waiting.__contains__) for one in (database, Database(studio.workspace.state_dir))]
    order: list[str] = []
    tasks = []
    for number in range(6):
        tasks.append(asyncio.create_task(passes(lines[number % 2], f"job {number}", order, hold_s=0.05)))
        await asyncio.sleep(0.02)
    await asyncio.gather(*tasks)
    assert order == [f"job {number}" for number in range(6)]


async def test_the_place_of_a_dead_process_is_taken_at_once(database: Database) -> None:
    dead = Line(database, **AT, waits=lambda _: True)
    abandoned = dead.place("dead", ignored)
    await abandoned.__aenter__()
    order: list[str] = []
    living = Line(database, **AT, waits=lambda name: name != "dead")
    await asyncio.wait_for(passes(living, "living", order), 1.0)
    assert order == ["living"]


async def test_an_interrupt_frees_the_place(database: Database) -> None:
    line = Line(database, **AT, waits=lambda _: True)
    order: list[str] = []
    first = asyncio.create_task(passes(line, "first", order, hold_s=60.0))
    second = asyncio.create_task(passes(line, "second", order))
    await asyncio.sleep(0.1)
    first.cancel()
    await asyncio.wait_for(second, 1.0)
    assert order == ["first", "second"]


async def test_it_is_told_how_many_slots_are_busy_and_how_many_wait_before(studio: Studio) -> None:
    studio.sandbox.settings(slots=2, processing_s=40.0)
    for take in range(2):
        await studio.submit(studio.wish(take=take))
    ears = [Ear() for _ in range(3)]
    waiting = []
    for take, ear in enumerate(ears, start=2):
        waiting.append(asyncio.create_task(studio.lip_sync(studio.wish(take=take), listener=ear)))
        await until(lambda ear=ear: "Waiting for a free slot: " in ear.text)
    await until(lambda: "Waiting for a free slot: 2 of 2 slots busy, 2 ahead" in ears[2].text)
    await until(lambda: "Waiting for a free slot: 2 of 2 slots busy, 1 ahead" in ears[1].text)
    assert "Waiting for a free slot: 2 of 2 slots busy\n" in ears[0].text + "\n"
    await asyncio.gather(*waiting)
    names = [purchase["created_at"] for purchase in studio.purchases()]
    assert names == sorted(names)
    assert len(studio.purchases()) == 5


async def test_a_hundred_jobs_on_three_slots_all_finish_in_their_order(studio: Studio) -> None:
    studio.sandbox.settings(slots=3, processing_s=4.0)
    began = clock.monotonic()
    done = await asyncio.gather(*[studio.lip_sync(studio.wish(take=take)) for take in range(100)])
    minutes = (clock.monotonic() - began) / 60
    assert len({one.film for one in done}) == len(studio.purchases()) == 100
    asked = studio.operations().count("create")
    refused = asked - 100
    assert refused <= 2 * minutes + 2, f"{refused} creates were turned away in {minutes:.1f} minutes"


async def test_who_waits_at_the_head_asks_twelve_times_a_minute_at_most(studio: Studio) -> None:
    """All slots are taken by somebody else, so that no end of a job of ours says when to ask."""
    studio.sandbox.plan(
        operation="create", kind="error", status=429, error_code="concurrency_limit_reached", times=None, headers={"retry-after": "1"}
    )
    task = asyncio.create_task(studio.lip_sync())
    await clock.sleep(120.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert 15 <= studio.operations().count("create") <= 24
    assert studio.purchases() == []


async def test_a_plan_that_was_upgraded_is_used_in_full(studio: Studio) -> None:
    studio.sandbox.settings(slots=1, processing_s=200.0)
    await studio.submit(studio.wish(take=0))
    second = asyncio.create_task(studio.submit(studio.wish(take=1)))
    assert (await second).row is None, "it should have been left to this process"
    studio.sandbox.settings(slots=10)
    await until(lambda: len(studio.purchases()) == 2)
    for take in range(2, 8):
        await studio.submit(studio.wish(take=take))
    await until(lambda: len(studio.purchases()) == 8)


async def test_two_processes_stand_in_one_line(studio: Studio, processes: Processes) -> None:
    studio.sandbox.settings(slots=1, processing_s=30.0)
    runs: list[Any] = []
    for take in range(4):
        runs.append(processes.start(studio, take=take))
        await until(lambda: any(runs[-1].has_said(words) for words in ("Submitted", "Waiting for a free slot")))
    assert all(run.wait()["stage"] == "DONE" for run in runs)
    bought = [purchase["outputFileName"] for purchase in studio.purchases()]
    rows = {row.take: row.name for row in studio.rows()}
    assert bought == [rows[take] for take in range(4)]


async def test_the_next_in_line_goes_on_where_one_is_killed(studio: Studio, processes: Processes) -> None:
    studio.sandbox.settings(slots=1, processing_s=60.0)
    await studio.submit(studio.wish(take=0))
    first = processes.start(studio, take=1)
    await until(lambda: first.has_said("Waiting for a free slot"))
    second = processes.start(studio, take=2)
    await until(lambda: second.has_said("1 ahead"))
    first.kill()
    assert second.wait()["stage"] == "DONE"
    assert len(studio.purchases()) == 2
