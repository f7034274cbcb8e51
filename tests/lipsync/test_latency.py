"""How soon a finished film is here, by ordinary time."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator

import pytest

from lipsync import clock
from tests.lipsync.studio import Studio
from tests.support.sandbox_process import SandboxProcess

pytestmark = pytest.mark.alone

ORDINARY = {clock.VARIABLE: "1@0"}
JOBS = {"sync": 8, "segmind": 3}  # Segmind lets a key ask once a second, whatever it asks for
POLL_S = 6.0


@pytest.fixture(autouse=True)
def _fast_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not here."""
    monkeypatch.setenv(clock.VARIABLE, ORDINARY[clock.VARIABLE])
    monkeypatch.setattr(clock, "_SPEED", 1.0)
    monkeypatch.setattr(clock, "_ANCHOR", 0.0)


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("ordinary"), environment=ORDINARY) as sandbox:
        yield sandbox


async def test_a_finished_film_is_here_at_once(studio: Studio) -> None:
    """At Sync, which holds a question until there is an answer, within a second; at Segmind, which is polled, within one interval."""
    studio.sandbox.settings(slots=JOBS["sync"], processing_s=3.0)
    wishes = [{} for _ in range(JOBS["sync"])] + [{"service": "Segmind", "model": "lipsync-2-pro"} for _ in range(JOBS["segmind"])]

    async def later(take: int) -> None:
        await asyncio.sleep(take / len(wishes))
        await studio.lip_sync(studio.wish(take=take, **wishes[take]))

    await asyncio.gather(*[later(take) for take in range(len(wishes))])
    finished = {bought["id"]: bought["finished_at"] for bought in studio.purchases()}
    delays: dict[str, list[float]] = {"sync": [], "segmind": []}
    for row in studio.rows():
        delays[row.service].append((row.ended_at or 0.0) - finished[row.service_job_id])
    assert {service: len(each) for service, each in delays.items()} == JOBS
    assert statistics.median(delays["sync"]) < 1.0
    assert max(delays["segmind"]) < POLL_S + 1.0
