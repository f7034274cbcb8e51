"""From a wish to a film on disk: bought once, found again, never bought twice."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import Any

import httpx
import pytest

from lipsync.errors import BoughtByAnotherKey, JobFailed, JobRejected, ResultGone
from lipsync.jobs.states import Stage
from lipsync.media.boxes import boxes
from lipsync.media.digests import sha256_of
from tests.lipsync.studio import Ear, Studio, sentence_of

both = pytest.mark.parametrize("choice", ["Sync", "Segmind"])
"""What the two services have in common, each as it would be by itself."""


def at_service(studio: Studio, method: str, path: str) -> httpx.Response:
    """What a user does on the service's website, with his own key."""
    return httpx.request(method, studio.sandbox.sync_url + path, headers={"x-api-key": os.environ["SYNC_API_KEY"]}, trust_env=False)


@both
async def test_a_wish_becomes_a_film(studio: Studio, choice: str) -> None:
    ear = Ear()
    done = await studio.lip_sync(listener=ear)
    (purchase,), row = studio.purchases(), studio.row()
    assert studio.films() == [done.film]
    assert done.film == studio.workspace.films_dir / f"lipsync-{row.short_id}-1.mp4"
    with done.film.open("rb") as film:
        assert next(box.kind for box in boxes(film)) == "ftyp"
    assert row == done.row
    assert row.stage is Stage.DONE
    assert (row.service_job_id, row.cost_usd, row.sha256) == (purchase["id"], purchase["cost_usd"], sha256_of(done.film))
    assert row.body is None, "a frozen body names the user's media, and is not needed any more"
    assert purchase["idempotency_key"] == (f"{row.fingerprint}-1" if choice == "Sync" else None)
    assert purchase["outputFileName"] == (f"lipsync-{row.short_id}-1" if choice == "Sync" else None)
    assert done.bought
    assert studio.passing() == []
    assert f"{row.price_usd:.2f} USD" in ear.text.partition("Uploading")[0], "the price is said first"
    assert {progress.paid for progress in ear.heard if "Uploading" in progress.text} == {False}
    assert {progress.paid for progress in ear.heard if f"{choice} for" in progress.text} == {True}


@both
async def test_the_same_wish_again_asks_nobody(studio: Studio) -> None:
    first = await studio.lip_sync()
    studio.sandbox.clear_requests()
    again = await studio.lip_sync()
    await studio.restart()
    later = await studio.lip_sync()
    assert studio.operations() == []
    assert again.film == later.film == first.film
    assert not again.bought
    assert not later.bought


@both
async def test_names_project_and_limit_are_not_part_of_a_wish(studio: Studio) -> None:
    project = "12345678-1234-1234-1234-123456789012"
    first = await studio.lip_sync()
    other = await studio.lip_sync(studio.wish(output_name="scene 7", project_id=project, max_cost_usd=7.5))
    assert other.film == first.film
    assert len(studio.purchases()) == 1


@both
async def test_two_at_once_share_one_purchase(studio: Studio) -> None:
    one, submitted, other = await asyncio.gather(studio.lip_sync(), studio.submit(node_id="2"), studio.lip_sync(studio.wish(take=0)))
    assert one.film == other.film
    assert submitted.short_id == one.row.short_id
    assert len(studio.purchases()) == 1


@both
async def test_jobs_that_begin_together_upload_their_media_once(studio: Studio) -> None:
    studio.sandbox.settings(slots=3)
    await asyncio.gather(*[studio.lip_sync(studio.wish(take=take)) for take in range(3)])
    assert len(studio.purchases()) == 3
    uploads = [operation for operation in studio.operations() if operation in ("put", "segmind_upload")]
    assert len(uploads) == 2, "the clip and the speech"


@both
async def test_another_take_buys_anew_and_uploads_nothing(studio: Studio) -> None:
    first = await studio.lip_sync()
    studio.sandbox.clear_requests()
    second = await studio.lip_sync(studio.wish(take=1))
    assert second.film != first.film
    assert len(studio.purchases()) == 2
    assert not {"upload", "put", "register", "list", "segmind_upload"} & set(studio.operations())


@both
async def test_a_film_that_is_gone_from_the_disk_is_fetched_by_its_id(studio: Studio) -> None:
    first = await studio.lip_sync()
    content = first.film.read_bytes()
    first.film.unlink()
    studio.sandbox.clear_requests()
    again = await studio.lip_sync()
    assert again.film == first.film
    assert again.film.read_bytes() == content
    assert set(studio.operations()) <= {"get", "download", "storage", "costs", "segmind_status", "segmind_result", "segmind_film"}
    assert not again.bought


@both
async def test_a_film_that_the_user_replaced_is_neither_served_nor_overwritten(studio: Studio) -> None:
    first = await studio.lip_sync()
    content = first.film.read_bytes()
    first.film.write_bytes(b"the user's own cut")
    again = await studio.lip_sync()
    assert again.film.name == f"{first.film.stem}_2.mp4"
    assert again.film.read_bytes() == content
    assert first.film.read_bytes() == b"the user's own cut"
    assert len(studio.purchases()) == 1


@both
async def test_a_film_of_another_user_of_the_same_size_is_found_out_by_its_content(studio: Studio) -> None:
    first = await studio.lip_sync()
    first.film.write_bytes(bytes(first.film.stat().st_size))
    again = await studio.lip_sync()
    assert sha256_of(again.film) == first.row.sha256
    assert again.film != first.film


@both
async def test_a_film_that_was_only_touched_is_served_without_a_request(studio: Studio) -> None:
    first = await studio.lip_sync()
    studio.sandbox.clear_requests()
    os.utime(first.film, (1, 1))
    assert (await studio.lip_sync()).film == first.film
    assert studio.operations() == []


async def test_a_film_that_is_gone_everywhere_is_said_to_be_and_not_bought(studio: Studio) -> None:
    first = await studio.lip_sync()
    first.film.unlink()
    assert at_service(studio, "DELETE", f"/v2/generations/{first.row.service_job_id}").status_code == 200
    with pytest.raises(ResultGone) as gone:
        await studio.lip_sync()
    assert "'take'" in sentence_of(gone.value)
    assert len(studio.purchases()) == 1


@pytest.mark.parametrize(("status", "kind"), [("FAILED", JobFailed), ("REJECTED", JobRejected)])
async def test_a_dead_job_says_why_and_is_bought_anew_when_queued_again(studio: Studio, status: str, kind: Any) -> None:
    code = "generation_input_face_selection_invalid"
    studio.sandbox.plan(operation="create", kind="outcome", status=status, error_code=code)
    with pytest.raises(kind) as failure:
        await studio.lip_sync()
    sentence = sentence_of(failure.value)
    assert code in sentence
    assert "Choose another frame or point." in sentence
    assert "Nothing was billed." in sentence
    row = studio.row()
    assert row.stage is Stage[status]
    assert row.reserved_usd == 0
    done = await studio.lip_sync()
    assert done.row.attempt == 2
    keys = [purchase["idempotency_key"] for purchase in studio.purchases()]
    assert keys == [f"{row.fingerprint}-1", f"{row.fingerprint}-2"]
    assert [purchase["cost_usd"] > 0 for purchase in studio.purchases()] == [False, True]


@both
async def test_twins_of_a_failed_job_hear_of_it_both_and_buy_one_new_attempt(studio: Studio) -> None:
    studio.sandbox.plan(operation=studio.paid_call, kind="outcome", status="FAILED")
    failures = await asyncio.gather(studio.lip_sync(), studio.lip_sync(), return_exceptions=True)
    assert [type(failure) for failure in failures] == [JobFailed, JobFailed]
    one, other = await asyncio.gather(studio.lip_sync(), studio.lip_sync())
    assert one.film == other.film
    assert len(studio.purchases()) == 2


@both
async def test_another_key_neither_buys_nor_fetches_what_is_under_way(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.sandbox.plan(operation=studio.paid_call, kind="outcome", status="PROCESSING")
    submitted = await studio.submit()
    monkeypatch.setenv(studio.key_variable, "key-of-another-account")
    await studio.restart()
    for ask in (studio.lip_sync, lambda: studio.collect(submitted.short_id)):
        with pytest.raises(BoughtByAnotherKey) as refusal:
            await ask()
        assert studio.key_variable in sentence_of(refusal.value)
    assert len(studio.purchases()) == 1


@both
async def test_what_lies_on_the_disk_needs_no_key(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await studio.lip_sync()
    monkeypatch.delenv(studio.key_variable)
    await studio.restart()
    assert (await studio.lip_sync()).film == first.film
    assert (await studio.collect(first.row.short_id)).film == first.film


async def test_a_lost_journal_finds_in_the_list_what_was_bought(studio: Studio) -> None:
    first = await studio.lip_sync()
    shutil.rmtree(studio.workspace.state_dir)
    shutil.rmtree(studio.workspace.films_dir)
    await studio.restart()
    again = await studio.lip_sync()
    assert again.row.service_job_id == first.row.service_job_id
    assert again.film == first.film
    assert not again.bought
    assert len(studio.purchases()) == 1
    assert "found again" in again.row.notes[0]


async def test_a_lost_journal_does_not_overwrite_what_the_user_made_of_his_film(studio: Studio) -> None:
    first = await studio.lip_sync()
    shutil.rmtree(studio.workspace.state_dir)
    first.film.write_bytes(b"the user's own cut")
    await studio.restart()
    again = await studio.lip_sync()
    assert first.film.read_bytes() == b"the user's own cut"
    assert again.film != first.film


async def test_a_lost_journal_takes_up_the_attempts_where_they_were(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED")
    with pytest.raises(JobFailed):
        await studio.lip_sync()
    shutil.rmtree(studio.workspace.state_dir)
    await studio.restart()
    assert (await studio.lip_sync()).row.attempt == 2


async def test_the_list_is_read_through_once_and_to_its_end(studio: Studio) -> None:
    for take in range(3):
        await studio.submit(studio.wish(take=take))
    assert studio.operations().count("list") == 1
    await studio.restart()
    await studio.lip_sync(studio.wish(take=9))
    assert studio.operations().count("list") == 1


async def test_an_asset_that_the_account_has_lost_goes_up_again(studio: Studio) -> None:
    await studio.lip_sync()
    for asset in at_service(studio, "GET", "/v2/assets").json()["items"]:
        at_service(studio, "DELETE", f"/v2/assets/{asset['id']}")
    with pytest.raises(Exception, match=r"\[asset_not_found\].*uploaded anew"):
        await studio.lip_sync(studio.wish(take=1))
    done = await studio.lip_sync(studio.wish(take=1))
    assert done.row.attempt == 2
    assert len(studio.purchases()) == 2
