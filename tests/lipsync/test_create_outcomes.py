"""Every answer to the paid call: exactly one purchase or none, the right state, the right sentence. Sources: sync-api.md 1.3, 5.2."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lipsync import clock
from lipsync.errors import (
    ConnectionFailed,
    KeyRefused,
    LipsyncError,
    OutcomeUnknown,
    ServiceRefused,
    UnexpectedAnswer,
)
from lipsync.jobs.states import Stage
from lipsync.workspace import Workspace
from tests.lipsync.mortal import ACCEPTED
from tests.lipsync.processes import Processes
from tests.lipsync.studio import Ear, Studio, sentence_of, until
from tests.support.sandbox_process import INSTANT, NO_LIMITS, SandboxProcess

Fault = dict[str, Any]
CREATE = {"operation": "create"}


def error(status: int, code: str | None = None, **more: Any) -> Fault:
    return {**CREATE, "kind": "error", "status": status, "error_code": code, **more}


def fault(kind: str, **more: Any) -> Fault:
    return {**CREATE, "kind": kind, **more}


def check_the_same_thing_was_asked(studio: Studio) -> None:
    """However often: one key, one body, to the byte."""
    creates = studio.sandbox.requests("create")
    keys = {value for note in creates for name, value in note["headers"] if name.lower() == "idempotency-key"}
    assert keys == {studio.row().idempotency_key}
    assert len({note["body_text"] for note in creates}) == 1


HEALED: dict[str, list[Fault]] = {
    "dropped before acceptance": [fault("drop_before")],
    "dropped after acceptance": [fault("drop_after")],
    "dropped three times": [fault("drop_before"), fault("drop_after"), fault("drop_before")],
    "408 after acceptance": [error(408, accepted=True)],
    "409 without a code": [error(409)],
    "409 in progress": [error(409, "IDEMPOTENCY_IN_PROGRESS", headers={"Retry-After": "2"})],
    "500 before acceptance": [error(500, "internal_error")],
    "500 after acceptance": [error(500, accepted=True)],
    "502 as a page": [fault("html", status=502, accepted=True)],
    "503 as a page": [fault("html", status=503)],
    "504": [error(504, "controller_timeout", accepted=True)],
    "cut short after acceptance": [fault("truncated")],
    "nonsense after acceptance": [fault("garbage")],
    "outcome unknown, accepted": [fault("outcome_unknown")],
    "outcome unknown, named": [fault("outcome_unknown", names_generation=True)],
    "outcome unknown, not accepted": [fault("outcome_unknown", accepted=False)],
    "slots busy": [error(429, "concurrency_limit_reached", headers={"Retry-After": "2"})],
    "too many requests": [error(429, "rate_limit_exceeded", headers={"Retry-After": "2"})],
    "429 without a code": [error(429)],
    "429 as a page": [fault("html", status=429)],
    "dropped after acceptance, then slots busy": [fault("drop_after"), error(429, "concurrency_limit_reached")],
    "dropped before acceptance, then slots busy": [fault("drop_before"), error(429, "concurrency_limit_reached")],
    "dropped after acceptance, then payment asked": [fault("drop_after"), error(402, "account_payment_required")],
    "dropped after acceptance, then unacceptable": [fault("drop_after"), error(422, "generation_input_video_invalid")],
    "dropped after acceptance, then a wall": [fault("drop_after"), fault("html", status=403)],
    "conflict after acceptance": [error(409, "IDEMPOTENCY_KEY_CONFLICT", accepted=True)],
}


@pytest.mark.parametrize("faults", HEALED.values(), ids=HEALED.keys())
async def test_what_heals_buys_once(studio: Studio, faults: list[Fault]) -> None:
    studio.sandbox.plan(*faults)
    done = await studio.lip_sync()
    assert len(studio.purchases()) == 1
    assert done.row.attempt == 1
    assert done.row.stage is Stage.DONE
    assert done.film.exists()
    assert studio.sandbox.faults() == []
    check_the_same_thing_was_asked(studio)


REFUSED: dict[str, tuple[Fault, type[LipsyncError], str]] = {
    "400": (error(400, "generation_input_validation_failed", message=["options.x must be y"]), ServiceRefused, "options.x must be y"),
    "400 key": (error(400, "INVALID_IDEMPOTENCY_KEY"), ServiceRefused, "purchase key"),
    "401": (error(401), KeyRefused, "SYNC_API_KEY"),
    "402": (error(402, "account_payment_required"), ServiceRefused, "billing page"),
    "402 free tier": (error(402, "free_tier_generations_exhausted"), ServiceRefused, "next month"),
    "403": (error(403, "account_on_hold"), ServiceRefused, "on hold"),
    "403 as a page": (fault("html", status=403), UnexpectedAnswer, "firewall"),
    "404 as a page": (fault("html", status=404), UnexpectedAnswer, "firewall"),
    "413": (error(413), ServiceRefused, "too large"),
    "422": (error(422, "generation_plan_duration_exceeded"), ServiceRefused, "plan allows"),
    "422 new code": (error(422, body={"message": "No cats.", "errorCode": "cats_forbidden"}), ServiceRefused, "No cats."),
}


@pytest.mark.parametrize(("plan", "kind", "words"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_refused_buys_nothing_and_queueing_again_is_a_new_attempt(
    studio: Studio, plan: Fault, kind: type[LipsyncError], words: str
) -> None:
    studio.sandbox.plan(plan)
    with pytest.raises(kind) as refusal:
        await studio.lip_sync()
    assert words in sentence_of(refusal.value)
    row = studio.row()
    assert (row.stage, row.reserved_usd, row.body) == (Stage.FAILED, 0, None)
    assert studio.purchases() == []
    assert studio.operations().count("create") == 1
    done = await studio.lip_sync()
    assert done.row.attempt == 2
    assert [purchase["idempotency_key"] for purchase in studio.purchases()] == [f"{row.fingerprint}-2"]


async def test_a_key_that_a_refusal_has_used_up_is_not_used_again(studio: Studio) -> None:
    studio.sandbox.settings(refusal_consumes_key=True, plan="Free")
    for take in range(3):
        await studio.lip_sync(studio.wish(take=take))
    with pytest.raises(ServiceRefused, match="free_tier_generations_exhausted"):
        await studio.lip_sync(studio.wish(take=9))
    studio.sandbox.settings(plan="Creator")
    assert (await studio.lip_sync(studio.wish(take=9))).row.attempt == 2


# Doubt that does not go away.


async def test_without_any_answer_the_list_says_that_it_was_bought(studio: Studio) -> None:
    studio.sandbox.plan(fault("drop_after", times=None))
    done = await studio.lip_sync()
    assert done.row.attempt == 1
    assert len(studio.purchases()) == 1


async def test_without_any_answer_and_not_in_the_list_the_user_is_told_and_nothing_is_bought_twice(studio: Studio) -> None:
    studio.sandbox.plan(fault("drop_before", times=None))
    with pytest.raises(OutcomeUnknown) as doubt:
        await studio.lip_sync()
    sentence = sentence_of(doubt.value)
    assert studio.row().short_id in sentence
    assert "higher 'take'" in sentence
    assert studio.row().stage is Stage.UNKNOWN
    assert studio.row().reserved_usd > 0, "what may have been bought counts against the limit"
    studio.sandbox.clear_faults()
    await studio.restart()
    done = await studio.lip_sync()
    assert done.row.attempt == 1
    assert len(studio.purchases()) == 1
    check_the_same_thing_was_asked(studio)


@pytest.mark.parametrize("refusal", [error(401, times=None), error(402, times=None), fault("html", status=403, times=None)])
async def test_a_refusal_that_looked_at_no_key_does_not_settle_a_doubt(studio: Studio, refusal: Fault) -> None:
    studio.sandbox.plan(fault("drop_before"), refusal)
    with pytest.raises(OutcomeUnknown):
        await studio.lip_sync()
    assert studio.row().stage is Stage.UNKNOWN
    studio.sandbox.clear_faults()
    done = await studio.lip_sync()
    assert done.row.attempt == 1
    assert len(studio.purchases()) == 1


async def test_a_refusal_of_the_body_settles_a_doubt(studio: Studio) -> None:
    studio.sandbox.plan(fault("drop_before"), error(422, "generation_input_video_invalid"))
    with pytest.raises(ServiceRefused, match="generation_input_video_invalid"):
        await studio.lip_sync()
    assert studio.row().stage is Stage.FAILED


async def test_a_doubt_older_than_the_services_memory_is_not_repeated(studio: Studio, processes: Processes) -> None:
    processes.start(studio, die_at="SENDING").wait()
    studio.sandbox.clear_requests()
    studio.runner.journal.note(studio.row(), created_at=clock.now() - 13 * 3600)
    with pytest.raises(OutcomeUnknown):
        await studio.lip_sync()
    assert studio.purchases() == []
    assert studio.operations() == ["list"]
    assert (await studio.lip_sync(studio.wish(take=1))).bought, "as the sentence says"


async def test_a_doubt_and_no_way_to_ask_stays_a_doubt(studio: Studio, processes: Processes) -> None:
    processes.start(studio, die_at=ACCEPTED).wait()
    studio.sandbox.plan(operation="list", kind="error", status=503, times=None)
    with pytest.raises(OutcomeUnknown):
        await studio.lip_sync()
    assert studio.row().stage is Stage.UNKNOWN
    studio.sandbox.clear_faults()
    assert (await studio.lip_sync()).row.attempt == 1
    assert len(studio.purchases()) == 1


# Another machine with the same key.

CONFLICTS: dict[str, dict[str, Any]] = {
    "409": {},
    "422": {"conflict_status": 422},
    "names the job": {"conflict_names_generation": True},
    "another word": {"conflict_code": "idempotency_conflict"},
    "another word, 422": {"conflict_code": "idempotency_conflict", "conflict_status": 422},
}


@pytest.mark.parametrize("settings", CONFLICTS.values(), ids=CONFLICTS.keys())
async def test_what_another_machine_has_bought_under_the_same_key_is_found(
    studio: Studio, tmp_path: Path, settings: dict[str, Any]
) -> None:
    studio.sandbox.settings(**settings)
    other = Workspace(state_dir=tmp_path / "s2", output_dir=tmp_path / "o2", temp_dir=tmp_path / "t2")
    here, there = studio, Studio(studio.sandbox, other, studio.clip, studio.speech)
    await here.lip_sync(studio.wish(take=1))
    await there.lip_sync(studio.wish(take=2))  # both have read the list by now
    bought = await here.lip_sync(studio.wish(take=3))
    again = await there.lip_sync(studio.wish(take=3))
    assert again.row.service_job_id == bought.row.service_job_id
    assert again.film.read_bytes() == bought.film.read_bytes()
    assert len(studio.purchases()) == 3


# A service that goes away.


@pytest.fixture
def mortal(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A sandbox of the test's own, to be killed."""
    fast = {clock.VARIABLE: os.environ[clock.VARIABLE]}
    with SandboxProcess(tmp_path / "sandbox", environment=fast) as sandbox:
        sandbox.settings(**INSTANT, **NO_LIMITS)
        monkeypatch.setenv("SYNC_BASE_URL", sandbox.sync_url)
        yield Studio(sandbox, studio.workspace, studio.clip, studio.speech)


async def test_no_connection_is_no_purchase(mortal: Studio) -> None:
    mortal.sandbox.plan(error(429, "concurrency_limit_reached", times=None))
    ear = Ear()

    def listener(progress: Any) -> None:
        if "free slot" in progress.text and "No connection" not in ear.text:
            mortal.sandbox.kill()
        ear(progress)

    with pytest.raises(ConnectionFailed) as failure:
        await mortal.lip_sync(listener=listener)
    assert "Nothing was bought" in sentence_of(failure.value)
    assert {progress.paid for progress in ear.heard if "No connection" in progress.text} == {False}
    assert (mortal.row().stage, mortal.row().reserved_usd) == (Stage.PREPARED, 0)
    mortal.sandbox.start()
    mortal.sandbox.clear_faults()
    assert (await mortal.lip_sync()).row.attempt == 1
    assert len(mortal.purchases()) == 1


async def test_a_queued_job_outlasts_an_outage(mortal: Studio) -> None:
    mortal.sandbox.plan(error(429, "concurrency_limit_reached"))
    await mortal.submit()
    mortal.sandbox.kill()
    await clock.sleep(80)
    mortal.sandbox.start()
    await until(lambda: len(mortal.films()) == 1)
    assert len(mortal.purchases()) == 1


@pytest.mark.parametrize("accepted", [False, True])
async def test_a_service_that_dies_during_the_paid_call_and_comes_back_has_sold_once(mortal: Studio, accepted: bool) -> None:
    if accepted:
        mortal.sandbox.plan(fault("slow", delay_s=30.0))
    else:
        mortal.sandbox.settings(accept_s=30.0)
    waiting = asyncio.create_task(mortal.lip_sync())
    await until(lambda: "create" in mortal.operations() and len(mortal.purchases()) == accepted)
    mortal.sandbox.kill()
    with pytest.raises(OutcomeUnknown):
        await waiting
    assert mortal.row().stage is Stage.UNKNOWN
    mortal.sandbox.start()
    mortal.sandbox.settings(accept_s=0.0)
    assert (await mortal.lip_sync()).row.attempt == 1
    assert len(mortal.purchases()) == 1
