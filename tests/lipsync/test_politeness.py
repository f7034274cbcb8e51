"""A job that waits, for its film or for a slot, makes at most twelve requests in any minute."""

from __future__ import annotations

import asyncio

from lipsync import clock
from tests.lipsync.studio import Studio, until

A_MINUTE, WATCHED_S = 60.0, 120.0
NEVER_READY = {"kind": "outcome", "status": "PROCESSING"}
PAID = {"sync": "create", "segmind": "segmind_submit"}


async def busiest_minutes(studio: Studio) -> dict[str, int]:
    """How many requests two jobs, one at each service, made in the busiest of the two minutes after their paid calls."""
    wishes = [studio.wish(), studio.wish(service="Segmind", model="lipsync-2-pro")]
    waiting = [asyncio.create_task(studio.lip_sync(wish)) for wish in wishes]
    await until(lambda: set(PAID.values()) <= set(studio.operations()))
    studio.sandbox.clear_requests()
    await clock.sleep(WATCHED_S)
    for job in waiting:
        job.cancel()
    moments: dict[str, list[float]] = {service: [] for service in PAID}
    for note in studio.sandbox.requests():
        moments["segmind" if note["operation"].startswith("segmind") else "sync"].append(note["at"])
    return {service: max(sum(begin <= at < begin + A_MINUTE for at in ats) for begin in ats) for service, ats in moments.items()}


def never_ready(studio: Studio) -> None:
    studio.sandbox.plan(*[{**NEVER_READY, "operation": call} for call in PAID.values()])


async def test_answered_at_once_and_by_a_second_book(studio: Studio) -> None:
    """Segmind's record of a job goes in mid-wait; from then on each question is two."""
    studio.sandbox.settings(long_poll_s=0.0, segmind_record_s=90.0)
    never_ready(studio)
    busiest = await busiest_minutes(studio)
    assert "segmind_past_request" in studio.operations()
    assert all(5 <= requests <= 12 for requests in busiest.values()), busiest


async def test_held_for_a_moment(studio: Studio) -> None:
    studio.sandbox.settings(long_poll_s=1.5)
    never_ready(studio)
    busiest = await busiest_minutes(studio)
    assert all(5 <= requests <= 12 for requests in busiest.values()), busiest


async def test_no_slot_is_free(studio: Studio) -> None:
    studio.sandbox.plan(*[{"operation": call, "kind": "error", "status": 429, "times": None} for call in PAID.values()])
    busiest = await busiest_minutes(studio)
    assert set(studio.operations()) == set(PAID.values())
    assert all(5 <= requests <= 12 for requests in busiest.values()), busiest


async def test_the_service_has_trouble(studio: Studio) -> None:
    never_ready(studio)
    for operation in ("get", "get_in_organisation", "segmind_poll", "segmind_past_request"):
        studio.sandbox.plan(operation=operation, kind="error", status=503, times=None)
    busiest = await busiest_minutes(studio)
    assert all(3 <= requests <= 12 for requests in busiest.values()), busiest
