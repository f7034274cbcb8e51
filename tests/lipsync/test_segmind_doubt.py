"""Segmind knows no idempotency keys: a submit without a clear answer is never made again, and only its history settles the doubt."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from lipsync import clock
from lipsync.errors import LipsyncError, OutcomeUnknown
from lipsync.jobs.states import Stage
from tests.lipsync.mortal import ACCEPTED
from tests.lipsync.processes import Processes
from tests.lipsync.studio import Studio, sentence_of, until

SUBMIT = {"operation": "segmind_submit"}


@pytest.fixture
def choice() -> str:
    return "Segmind"


def error(status: int, **more: Any) -> dict[str, Any]:
    return {**SUBMIT, "kind": "error", "status": status, **more}


def fault(kind: str, **more: Any) -> dict[str, Any]:
    return {**SUBMIT, "kind": kind, **more}


def submits(studio: Studio) -> int:
    return studio.operations().count("segmind_submit")


async def told_unknown(studio: Studio, **wish: Any) -> str:
    with pytest.raises(OutcomeUnknown) as doubt:
        await studio.lip_sync(studio.wish(**wish))
    return sentence_of(doubt.value)


ACCEPTED_ALL_THE_SAME: dict[str, dict[str, Any]] = {
    "dropped": fault("drop_after"),
    "408": error(408, accepted=True),
    "500": error(500, accepted=True),
    "502": fault("html", status=502, accepted=True),
    "503": error(503, accepted=True),
    "504": error(504, accepted=True),
    "cut short": fault("truncated"),
    "nonsense": fault("garbage"),
}
NOT_ACCEPTED: dict[str, dict[str, Any]] = {
    "dropped": fault("drop_before"),
    "500": error(500),
    "502": fault("html", status=502),
    "504": error(504),
}


@pytest.mark.parametrize("plan", ACCEPTED_ALL_THE_SAME.values(), ids=ACCEPTED_ALL_THE_SAME.keys())
async def test_what_the_history_has_is_ours_and_was_sent_once(studio: Studio, plan: dict[str, Any]) -> None:
    studio.sandbox.plan(plan)
    done = await studio.lip_sync()
    (purchase,) = studio.purchases()
    assert (done.row.service_job_id, done.row.stage, done.row.attempt) == (purchase["id"], Stage.DONE, 1)
    assert done.row.cost_usd == purchase["cost_usd"]
    assert submits(studio) == 1
    assert len(studio.films()) == 1


@pytest.mark.parametrize("plan", NOT_ACCEPTED.values(), ids=NOT_ACCEPTED.keys())
async def test_what_the_history_has_not_is_told_and_not_sent_again(studio: Studio, plan: dict[str, Any]) -> None:
    studio.sandbox.plan(plan)
    sentence = await told_unknown(studio)
    row = studio.row()
    assert row.stage is Stage.UNKNOWN
    assert row.reserved_usd > 0, "what may have been bought counts against the limit"
    assert f"the request history at Segmind for {row.model}" in sentence
    assert "UTC" in sentence
    assert "higher 'take'" in sentence
    await studio.restart()
    await told_unknown(studio)
    assert submits(studio) == 1, "queueing again only asks again"
    assert studio.purchases() == []
    bought = await studio.lip_sync(studio.wish(take=1))
    assert bought.bought, "as the sentence says"
    assert len(studio.purchases()) == 1


UNCLEAR: dict[str, dict[str, Any]] = {
    "no history": {"segmind_history": "unavailable"},
    "a history that has not got that far": {"segmind_history_delay_s": 400.0},
    "a history without our row": {"segmind_history_leaves_out": ["lipsync-2-pro", "video_url"]},
}


@pytest.mark.parametrize("settings", UNCLEAR.values(), ids=UNCLEAR.keys())
async def test_a_history_that_does_not_say_leaves_the_doubt_until_it_does(studio: Studio, settings: dict[str, Any]) -> None:
    studio.sandbox.plan(fault("drop_after"))
    with studio.sandbox.with_settings(**settings):
        await told_unknown(studio)
        await told_unknown(studio)
    assert studio.row().stage is Stage.UNKNOWN
    done = await studio.lip_sync()
    assert done.row.service_job_id == studio.purchases()[0]["id"]
    assert submits(studio) == len(studio.purchases()) == 1


@pytest.mark.parametrize("plan", [{"status": 403}, {"status": 404}, {"status": 400}])
async def test_a_history_that_refuses_leaves_the_doubt(studio: Studio, plan: dict[str, Any]) -> None:
    studio.sandbox.plan(fault("drop_after"), {"operation": "segmind_history", "kind": "error", **plan})
    sentence = await told_unknown(studio)
    assert "Nothing was billed" not in sentence
    assert (await studio.lip_sync()).row.attempt == 1
    assert submits(studio) == 1


async def test_a_history_behind_a_firewall_leaves_the_doubt(studio: Studio) -> None:
    studio.sandbox.plan(fault("drop_after"), {"operation": "segmind_history", "kind": "html", "status": 403})
    await told_unknown(studio)
    assert studio.row().stage is Stage.UNKNOWN


HISTORIES: dict[str, dict[str, Any]] = {
    **{f"rows in {name}": {"segmind_history_list": name} for name in ("data", "requests", "results", "history", "items")},
    "bodies as text": {"segmind_history_body": "text"},
}


@pytest.mark.parametrize("settings", HISTORIES.values(), ids=HISTORIES.keys())
async def test_every_form_of_the_history(studio: Studio, settings: dict[str, Any]) -> None:
    studio.sandbox.settings(**settings)
    studio.sandbox.plan(fault("drop_after"))
    assert (await studio.lip_sync()).row.stage is Stage.DONE
    assert submits(studio) == 1


async def test_one_of_several_is_not_guessed(studio: Studio) -> None:
    """Two takes send the same body; if neither answer came, either row may be either's."""
    studio.sandbox.plan(fault("drop_after", times=2))
    with studio.sandbox.with_settings(segmind_history="unavailable"):
        await told_unknown(studio)
        await told_unknown(studio, take=1)
    assert len(studio.purchases()) == 2
    await told_unknown(studio)
    await told_unknown(studio, take=1)
    assert submits(studio) == 2


async def test_a_row_that_is_known_to_be_another_job_is_not_ours(studio: Studio) -> None:
    first = await studio.lip_sync()
    studio.sandbox.plan(fault("drop_before"))
    await told_unknown(studio, take=1)
    assert len(studio.purchases()) == 1
    studio.sandbox.plan(fault("drop_after"))
    other = await studio.lip_sync(studio.wish(take=2))
    assert other.row.service_job_id != first.row.service_job_id
    assert [row.stage for row in studio.rows()] == [Stage.DONE, Stage.UNKNOWN, Stage.DONE]


async def test_the_row_is_found_behind_a_hundred_others(studio: Studio) -> None:
    studio.sandbox.settings(processing_s=1.0)
    studio.sandbox.plan(fault("drop_after"))
    with studio.sandbox.with_settings(segmind_history="unavailable"):
        await told_unknown(studio)
    for number in range(105):
        crowd(studio, number)
    done = await studio.lip_sync()
    assert done.row.service_job_id == studio.purchases()[0]["id"]
    pages = [dict(note["query"]) for note in studio.sandbox.requests("segmind_history")]
    assert [page["page"] for page in pages[-3:]] == ["1", "2", "3"]
    assert len({page["from_date"] for page in pages}) == 1


def crowd(studio: Studio, number: int) -> None:
    """A purchase that somebody else makes with the same account, of a film that cannot be fetched."""
    answer = httpx.post(
        f"{studio.sandbox.segmind_url}/v2/sync.so-lipsync-2-pro",
        json={"video_url": f"http://127.0.0.1:9/{number}.mp4", "audio_url": "http://127.0.0.1:9/a.mp3"},
        headers={"x-api-key": os.environ["SEGMIND_API_KEY"]},
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text


async def test_an_old_doubt_asks_for_its_own_days(studio: Studio, processes: Processes) -> None:
    processes.start(studio, die_at="SENDING").wait()
    studio.runner.journal.note(studio.row(), created_at=clock.now() - 200 * 86400)
    studio.sandbox.clear_requests()
    await told_unknown(studio)
    (asked,) = [dict(note["query"]) for note in studio.sandbox.requests("segmind_history")]
    assert asked["from_date"] < asked["to_date"] < clock_day()
    assert submits(studio) == 0


def clock_day() -> str:
    return datetime.fromtimestamp(clock.now(), timezone.utc).date().isoformat()


async def test_a_killed_submit_is_settled_by_whichever_process_comes_next(studio: Studio, processes: Processes) -> None:
    processes.start(studio, die_at=ACCEPTED).wait()
    done = await studio.lip_sync(studio.wish(take=1))
    assert done.bought
    first = await studio.lip_sync()
    assert {first.row.service_job_id, done.row.service_job_id} == {purchase["id"] for purchase in studio.purchases()}
    assert submits(studio) == 2


async def test_two_takes_in_doubt_do_not_share_what_one_of_them_bought(studio: Studio, processes: Processes) -> None:
    processes.start(studio, die_at="SENDING").wait()
    processes.start(studio, die_at=ACCEPTED, take=1).wait()
    studio.runner.resume()
    await until(lambda: Stage.DONE in {row.stage for row in studio.rows()})
    assert sorted(row.stage.value for row in studio.rows()) == ["DONE", "UNKNOWN"]
    assert submits(studio) == 1


REFUSED_AT_ONCE = [error(400), error(401), error(403), error(404), error(406), error(410), error(413), error(422)]


@pytest.mark.parametrize("plan", REFUSED_AT_ONCE, ids=lambda plan: str(plan["status"]))
async def test_a_plain_refusal_is_no_doubt(studio: Studio, plan: dict[str, Any]) -> None:
    studio.sandbox.plan(plan)
    with pytest.raises(LipsyncError) as refusal:
        await studio.lip_sync()
    assert "Nothing was billed." in sentence_of(refusal.value)
    row = studio.row()
    assert (row.stage, row.reserved_usd, row.body) == (Stage.FAILED, 0, None)
    assert "segmind_history" not in studio.operations()
    assert (await studio.lip_sync()).row.attempt == 2
    assert len(studio.purchases()) == 1


async def test_too_many_requests_is_waited_out(studio: Studio) -> None:
    studio.sandbox.plan(error(429, times=3))
    done = await studio.lip_sync()
    assert done.row.attempt == 1
    assert submits(studio) == 4
    assert len(studio.purchases()) == 1
