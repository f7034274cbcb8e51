"""What is never spent: the day's limit, the job's own, prices that nobody knows, and generated frames that were paid for already."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from lipsync import clock
from lipsync.errors import InputRefused, OverLimit, PaidFramesWaiting, PriceUnknown
from lipsync.jobs.states import Stage
from lipsync.media.sources import Asset, Frames, Link, Photo, Script, Speech
from lipsync.settings import LIMIT_VARIABLE as VARIABLE
from lipsync.workspace import Workspace
from tests.lipsync.studio import Ear, Studio, sentence_of, until

PRICE_USD = 0.05  # one second of lipsync-2 at 25 frames a second


async def test_the_days_limit_holds_for_jobs_side_by_side(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0.12")
    ends = await asyncio.gather(*[studio.lip_sync(studio.wish(take=take)) for take in range(20)], return_exceptions=True)
    refused = [end for end in ends if isinstance(end, BaseException)]
    assert len(studio.purchases()) == 2
    assert {type(end) for end in refused} == {OverLimit}
    assert len(refused) == 18
    assert VARIABLE in sentence_of(refused[0])
    assert "of the 0.12 USD for 24 hours are left" in str(refused[-1])


async def test_what_was_spent_yesterday_does_not_count_and_what_is_in_flight_does(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0.08")
    first = await studio.lip_sync(studio.wish(take=1))
    journal = studio.runner.journal
    with pytest.raises(OverLimit):
        await studio.lip_sync(studio.wish(take=2))
    journal.note(first.row, created_at=clock.now() - 25 * 3600)
    await studio.lip_sync(studio.wish(take=2))
    spent = {"key_mark": first.row.key_mark, "since": clock.now() - 24 * 3600}
    assert journal.spent_usd(**spent) == pytest.approx(PRICE_USD)
    for stage, counts in (("SENDING", 1), ("UNKNOWN", 1), ("PROCESSING", 1), ("COMPLETED", 0), ("DONE", 0), ("FAILED", 0)):
        journal.note(first.row, stage=stage)
        assert journal.spent_usd(**spent) == pytest.approx(PRICE_USD * (1 + counts)), stage


async def test_a_failed_job_gives_its_money_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0.08")
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED")
    with pytest.raises(Exception, match="failed"):
        await studio.lip_sync()
    assert (await studio.lip_sync()).bought


async def test_limits_are_per_key(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0.08")
    await studio.lip_sync(studio.wish(take=1))
    monkeypatch.setenv("SYNC_API_KEY", "the-other-purse-of-this-user")
    assert (await studio.lip_sync(studio.wish(take=2))).bought


async def test_a_limit_met_while_waiting_for_a_slot_is_met_before_sending(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.sandbox.plan(operation="create", kind="error", status=429, error_code="concurrency_limit_reached")
    ear = Ear()
    waiting = asyncio.create_task(studio.lip_sync(listener=ear))
    await until(lambda: "free slot" in ear.text)
    monkeypatch.setenv(VARIABLE, "0.01")
    with pytest.raises(OverLimit):
        await waiting
    assert studio.purchases() == []
    assert studio.row().stage is Stage.PREPARED


@pytest.mark.parametrize("limit", ["many", "-1", "nan", "inf"])
async def test_a_limit_that_is_no_price_is_refused(studio: Studio, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv(VARIABLE, limit)
    with pytest.raises(InputRefused) as refusal:
        await studio.lip_sync()
    assert VARIABLE in sentence_of(refusal.value)
    assert studio.purchases() == []


async def test_the_jobs_own_limit(studio: Studio) -> None:
    with pytest.raises(OverLimit) as refusal:
        await studio.lip_sync(studio.wish(max_cost_usd=0.01))
    assert "max_cost_usd is 0.01" in sentence_of(refusal.value)
    assert "Nothing was sent" in str(refusal.value)
    assert not {"upload", "create"} & set(studio.operations())
    assert studio.rows() == []
    assert (await studio.lip_sync(studio.wish(max_cost_usd=PRICE_USD))).bought


async def test_a_limit_set_after_an_interrupt_holds_for_what_was_prepared_without_one(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="error", status=429, error_code="concurrency_limit_reached")
    ear = Ear()
    waiting = asyncio.create_task(studio.lip_sync(listener=ear))
    await until(lambda: "free slot" in ear.text)
    waiting.cancel()
    await asyncio.sleep(0.1)
    with pytest.raises(OverLimit):
        await studio.lip_sync(studio.wish(max_cost_usd=0.01))
    assert studio.purchases() == []
    assert studio.row().reserved_usd == 0
    done = await studio.lip_sync()
    assert done.bought, "paid for in this run, though prepared in another"
    assert done.row.reserved_usd == pytest.approx(PRICE_USD)


async def test_a_limit_does_not_keep_back_what_was_bought_before(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await studio.lip_sync()
    monkeypatch.setenv(VARIABLE, "0")
    empty = Workspace(state_dir=tmp_path / "s2", output_dir=tmp_path / "o2", temp_dir=tmp_path / "t2")
    again = await Studio(studio.sandbox, empty, studio.clip, studio.speech).lip_sync(studio.wish(max_cost_usd=0.001))
    assert not again.bought
    assert len(studio.purchases()) == 1


@pytest.mark.parametrize("speech", [Link(url="https://media.example/voice.wav"), Asset(id="12345678-1234-1234-1234-123456789012")])
async def test_a_price_that_nobody_knows_needs_a_limit(studio: Studio, speech: Link | Asset) -> None:
    with pytest.raises(PriceUnknown) as refusal:
        await studio.lip_sync(studio.wish(speech=Speech(source=speech)))
    assert "'max_cost_usd'" in sentence_of(refusal.value)
    assert set(studio.operations()) <= {"list"}
    assert studio.rows() == []


async def test_a_price_that_nobody_knows_reserves_the_limit_and_is_not_told_as_a_price(studio: Studio) -> None:
    await studio.lip_sync()
    asset = studio.sandbox.requests("create")[0]["body"]["input"][1]["assetId"]
    ear = Ear()
    speech = Speech(source=Asset(id=asset))
    submitted = await studio.submit(studio.wish(speech=speech, max_cost_usd=2.5), listener=ear)
    assert submitted.row is not None
    assert submitted.row.price_usd is None
    assert submitted.row.reserved_usd == 2.5
    assert "at most 2.50 USD" in ear.text
    assert (await studio.collect(submitted.short_id)).row.cost_usd == pytest.approx(PRICE_USD)


async def test_a_script_is_priced_by_its_length(studio: Studio) -> None:
    speech = Speech(source=Script(script="Hello there. " * 10, voice_id="sandbox-tone-alto"))
    submitted = await studio.submit(studio.wish(speech=speech))
    assert submitted.row is not None
    assert submitted.row.price_usd is not None
    done = await studio.collect(submitted.short_id)
    assert done.row.cost_usd is not None
    assert submitted.row.price_usd >= done.row.cost_usd, "rather too high than too low"


# Frames that were paid for, and are a little other ones now.


def frames(shade: float) -> Frames:
    return Frames(images=torch.full((10, 64, 64, 3), shade), frame_rate=Fraction(25))


async def test_generated_frames_that_were_paid_for_stop_the_next_purchase_once(studio: Studio) -> None:
    first = await studio.submit(studio.wish(video=frames(0.2)))
    with pytest.raises(PaidFramesWaiting) as warning:
        await studio.lip_sync(studio.wish(video=frames(0.21)))
    assert first.short_id in sentence_of(warning.value)
    assert "queue again" in str(warning.value)
    assert len(studio.purchases()) == 1
    assert (await studio.lip_sync(studio.wish(video=frames(0.21)))).bought
    assert len(studio.purchases()) == 2


@pytest.mark.parametrize("case", ["another node", "another length", "received", "another option", "files"])
async def test_other_frames_are_other_wishes(studio: Studio, case: str) -> None:
    clip = frames(0.2)
    first = await studio.submit(studio.wish() if case == "files" else studio.wish(video=clip), node_id="1")
    if case == "received":
        await studio.collect(first.short_id)
    longer = Frames(images=torch.full((12, 64, 64, 3), 0.3), frame_rate=Fraction(25))
    second = {"another length": longer, "files": frames(0.1)}.get(case, frames(0.3))
    options = {"temperature": 0.9} if case == "another option" else {}
    await studio.submit(studio.wish(video=second, options=options), node_id="2" if case == "another node" else "1")
    assert len(studio.purchases()) == 2


async def test_a_photo_is_paid_for_by_the_seconds_of_its_speech(studio: Studio) -> None:
    photo = Photo(image=torch.rand(96, 96, 3))
    submitted = await studio.submit(studio.wish(model="sync-3", video=photo))
    assert submitted.row is not None
    assert submitted.row.price_usd == pytest.approx(25 * 0.00534)
