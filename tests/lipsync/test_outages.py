"""Twenty minutes without the service and two hours of sleep cost nothing but the time. On a clock whose hours take nine seconds."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from lipsync import clock
from tests.lipsync.processes import Processes, Run
from tests.lipsync.studio import Studio, until
from tests.support.sandbox_process import SandboxProcess

SPEED = 400.0
ANCHOR = time.time()
FASTER = {clock.VARIABLE: f"{SPEED}@{ANCHOR}"}
CUT_S, ASLEEP_S = 20 * 60.0, 2 * 3600.0


@pytest.fixture(autouse=True)
def _fast_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.VARIABLE, FASTER[clock.VARIABLE])
    monkeypatch.setattr(clock, "_SPEED", SPEED)
    monkeypatch.setattr(clock, "_ANCHOR", ANCHOR)


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("outages"), environment=FASTER) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    processes = Processes(tmp_path_factory.mktemp("outages"), FASTER)
    yield processes
    processes.stop()


async def both_processing(studio: Studio, processes: Processes) -> list[Run]:
    """A process at each service, whose job is at work there for a while longer."""
    studio.sandbox.settings(processing_s=900.0)
    begun = [processes.start(studio, service=service) for service in ("Sync", "Segmind")]
    await until(lambda: all(process.has_said("Processing") for process in begun))
    return begun


def check_films(studio: Studio, begun: list[Run]) -> None:
    told = [process.wait() for process in begun]
    assert [one["stage"] for one in told] == ["DONE", "DONE"], told
    assert [one["attempt"] for one in told] == [1, 1]
    assert sorted(bought["service"] for bought in studio.purchases()) == ["segmind", "sync"]
    assert len(studio.films()) == 2


async def test_a_cut_of_twenty_minutes(studio: Studio, processes: Processes) -> None:
    begun = await both_processing(studio, processes)
    studio.sandbox.kill()
    await clock.sleep(CUT_S)
    studio.sandbox.start()
    assert all(process.has_said("the job goes on there") for process in begun)
    check_films(studio, begun)


async def test_two_hours_of_sleep(studio: Studio, processes: Processes) -> None:
    """Segmind forgets a job an hour after it took it in; its history does not."""
    begun = await both_processing(studio, processes)
    for process in begun:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        await clock.sleep(ASLEEP_S)
    finally:
        for process in begun:
            os.kill(process.pid, signal.SIGCONT)
    check_films(studio, begun)
    assert "segmind_past_request" in studio.operations()
