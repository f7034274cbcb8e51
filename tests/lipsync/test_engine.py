"""The one thread on which everything waits: how it is followed, and that it costs the same after fifty jobs as after five."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from lipsync.engine import ENGINE, THREAD_NAME, Engine, Interrupted
from tests.lipsync.studio import Studio

SPREAD = 5


async def never() -> bool:
    return False


async def always() -> bool:
    return True


async def answer() -> int:
    await asyncio.sleep(0.05)
    return 42


async def failure() -> int:
    raise KeyError("why")


def test_it_is_not_there_before_it_is_needed() -> None:
    before = threading.active_count()
    engine = Engine()
    assert threading.active_count() == before
    assert engine.wait(answer()) == 42
    assert threading.active_count() == before + 1
    engine.wait(answer())
    assert threading.active_count() == before + 1


async def test_results_and_failures_come_over() -> None:
    assert await ENGINE.follow(answer(), never) == 42
    with pytest.raises(KeyError, match="why"):
        await ENGINE.follow(failure(), never)


async def test_an_interrupt_is_seen_within_a_quarter_of_a_second() -> None:
    ended: list[str] = []

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("told")

    started = time.monotonic()
    asked: list[float] = []

    async def interrupted() -> bool:
        asked.append(time.monotonic())
        return time.monotonic() - started > 0.5

    with pytest.raises(Interrupted):
        await ENGINE.follow(long(), interrupted)
    assert time.monotonic() - started < 1.0
    assert len(asked) >= 3
    await asyncio.sleep(0.1)
    assert ended == ["told"]


async def test_what_was_done_before_the_interrupt_was_seen_is_not_lost() -> None:
    done = threading.Event()

    async def work() -> int:
        try:
            return await answer()
        finally:
            done.set()

    def stand_still() -> None:
        done.wait()
        time.sleep(0.1)

    async def interrupted() -> bool:
        stand_still()  # so that this loop has not heard of the end
        return True

    assert await ENGINE.follow(work(), interrupted) == 42


async def test_a_loop_that_is_cancelled_ends_the_waiting() -> None:
    waiting = asyncio.create_task(ENGINE.follow(asyncio.sleep(60), never))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_many_loops_one_after_the_other_share_it() -> None:
    for _ in range(5):
        assert asyncio.run(ENGINE.follow(answer(), never)) == 42
    assert [thread.name for thread in threading.enumerate()].count(THREAD_NAME) >= 1


def sockets() -> int:
    return sum(os.readlink(f"/proc/self/fd/{name}").startswith("socket:") for name in os.listdir("/proc/self/fd") if _there(name))


def _there(name: str) -> bool:
    return Path(f"/proc/self/fd/{name}").is_symlink()


@pytest.mark.skipif(sys.platform != "linux", reason="counts what /proc shows")
def test_fifty_jobs_cost_no_more_threads_and_sockets_than_five(studio: Studio) -> None:
    def jobs(takes: range) -> None:
        """Each as a prompt of its own, on a loop of its own, as ComfyUI does it."""
        for take in takes:
            assert asyncio.run(ENGINE.follow(studio.lip_sync(studio.wish(take=take)), never)).bought

    jobs(range(5))
    before = threading.active_count(), sockets()
    jobs(range(5, 50))
    after = threading.active_count(), sockets()
    assert len(studio.purchases()) == 50
    assert after[0] - before[0] <= SPREAD, f"threads: {before[0]} then {after[0]}; a pool may still grow a little"
    assert after[1] - before[1] <= 2, f"sockets: {before[1]} then {after[1]}"
