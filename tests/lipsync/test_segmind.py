"""The second service from a wish to a film: its answers, its failures and its forgetfulness. Source: segmind-api.md."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from lipsync.catalogue import service_choice
from lipsync.errors import (
    CreditsShort,
    InputRefused,
    KeyRefused,
    LipsyncError,
    NoSuchJob,
    OverLimit,
    PriceUnknown,
    ServiceRefused,
    TooLong,
    UnexpectedAnswer,
    UploadTooLarge,
)
from lipsync.jobs.states import Stage
from lipsync.media.boxes import boxes
from lipsync.media.digests import sha256_of
from lipsync.media.sources import VideoFile
from lipsync.services.origins import origin_for
from tests.lipsync.studio import Ear, Studio, sentence_of
from tests.lipsync.test_no_foreign_connections import DEAD, PROXIES, foreign, run
from tests.sandbox.clips import make_video

SUBMIT = {"operation": "segmind_submit"}
REAL_KEY = "SG_0123456789abcdef"


@pytest.fixture
def choice() -> str:
    return "Segmind"


async def refused(studio: Studio, kind: type[LipsyncError], **wish: Any) -> str:
    """The sentence of a refusal that bought nothing."""
    bought = len(studio.purchases())
    with pytest.raises(kind) as refusal:
        await studio.lip_sync(studio.wish(**wish))
    assert len(studio.purchases()) == bought
    return sentence_of(refusal.value)


async def test_a_wish_becomes_a_film(studio: Studio) -> None:
    ear = Ear()
    done = await studio.lip_sync(listener=ear)
    (purchase,), row = studio.purchases(), studio.row()
    assert studio.films() == [done.film] == [studio.workspace.films_dir / f"lipsync-{row.short_id}-1.mp4"]
    with done.film.open("rb") as film:
        assert next(box.kind for box in boxes(film)) == "ftyp"
    assert (row.stage, row.service, row.service_job_id, row.sha256) == (Stage.DONE, "segmind", purchase["id"], sha256_of(done.film))
    assert row.cost_usd == purchase["cost_usd"] == pytest.approx(0.084, abs=0.001), "what metrics.cost says"
    assert row.price_usd == pytest.approx(0.084, abs=0.005), "one second, told beforehand"
    assert row.body is None
    assert done.bought
    assert studio.passing() == []
    assert "0.08 USD" in ear.text.partition("Uploading")[0], "the price is said first"
    assert studio.operations().index("segmind_credits") < studio.operations().index("segmind_upload")


async def test_the_key_goes_to_segmind_and_to_no_file(studio: Studio) -> None:
    await studio.lip_sync()
    notes = studio.sandbox.requests()
    assert {note["key"] for note in notes if note["operation"] in ("segmind_asset", "segmind_film")} == {False}
    key = os.environ["SEGMIND_API_KEY"].encode()
    files = [path for path in studio.workspace.state_dir.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if key in path.read_bytes()]


# Said before anything is sent.


@pytest.mark.parametrize(
    ("left", "free", "told"), [(0.05, 0.0, "0.05 USD are there"), (0.0, 0.01, "0.01 USD are there"), (None, 0.0, "0.00 USD")]
)
async def test_credits_that_do_not_suffice(studio: Studio, left: float | None, free: float, told: str) -> None:
    studio.sandbox.give_credits(os.environ["SEGMIND_API_KEY"], left, free_credits=free)
    sentence = await refused(studio, CreditsShort)
    assert told in sentence
    assert "needs about 0.08 USD" in sentence
    assert "cloud.segmind.com/billing" in sentence
    assert studio.operations() == ["segmind_credits"]
    assert studio.rows() == []
    studio.sandbox.give_credits(os.environ["SEGMIND_API_KEY"], 1.0)
    assert (await studio.lip_sync()).bought


def padded(clip: Path, target: Path, size: int) -> Path:
    """`clip` with a hole at its end, which takes no room on the disk."""
    shutil.copy(clip, target)
    hole = size - target.stat().st_size
    with target.open("ab") as file:
        file.write((1).to_bytes(4, "big") + b"free" + hole.to_bytes(8, "big"))
        file.truncate(size)
    return target


async def test_a_file_that_is_too_large(studio: Studio, tmp_path: Path) -> None:
    film = padded(studio.clip, tmp_path / "Long.mp4", 201_000_000)
    sentence = await refused(studio, UploadTooLarge, video=VideoFile(path=film))
    assert "Long.mp4 is too large: 201 MB, and Segmind takes at most 200 MB." in sentence
    assert "segmind_upload" not in studio.operations()


async def test_the_other_services_key(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMIND_API_KEY", "bad-key-of-sync")
    sentence = await refused(studio, KeyRefused)
    assert "Segmind does not accept the key in SEGMIND_API_KEY." in sentence
    assert "belongs to Segmind" in sentence
    assert "Nothing was billed." in sentence
    assert "segmind_upload" not in studio.operations()


async def test_a_long_clip_for_react_1(studio: Studio, tmp_path: Path) -> None:
    film = make_video(tmp_path / "long.mp4", seconds=16.0, rate=5)
    sentence = await refused(studio, TooLong, model="react-1", video=VideoFile(path=film), max_cost_usd=5.0)
    assert "react-1 takes at most 15 s" in sentence
    assert studio.operations() == []


async def test_react_1_has_no_price_and_wants_a_limit(studio: Studio) -> None:
    assert "'max_cost_usd'" in await refused(studio, PriceUnknown, model="react-1")
    done = await studio.lip_sync(studio.wish(model="react-1", options={"prompt": "happy"}, max_cost_usd=2.0))
    assert done.row.reserved_usd == 2.0
    assert done.row.cost_usd == pytest.approx(0.15, abs=0.01)


async def test_the_spending_limit_holds_for_both(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_MAX_USD_PER_DAY", "0.01")
    await refused(studio, OverLimit)


async def test_a_job_id_of_the_other_service(studio: Studio) -> None:
    here = await studio.lip_sync()
    there = Studio(studio.sandbox, studio.workspace, studio.clip, studio.speech)
    other = await there.lip_sync()
    for collector, ids in ((studio, other), (there, here)):
        for job_id in (ids.row.short_id, ids.row.service_job_id):
            with pytest.raises(NoSuchJob) as refusal:
                await collector.collect(str(job_id))
            assert "that 'service' is the one it was bought at" in sentence_of(refusal.value)
    assert (await studio.collect(str(here.row.service_job_id))).film == here.film


async def test_a_job_that_this_journal_does_not_know_is_fetched_by_segmind_s_id(studio: Studio) -> None:
    first = await studio.lip_sync()
    shutil.rmtree(studio.workspace.state_dir)
    await studio.restart()
    again = await studio.collect(str(first.row.service_job_id))
    assert again.film.read_bytes() == first.film.read_bytes()
    assert len(studio.purchases()) == 1


# What the paid call is told.

_406 = {
    "credits": ({"message": "Insufficient credits: your balance is $0.0100 and this request needs $0.0840"}, "Top up at", "needs $0.0840"),
    "content type": ({"message": "Invalid content type. Use application/json"}, "report this to the pack's authors", "content type"),
    "spend limit": ({"message": "Team spend limit of $5.00 reached"}, "Ask the owner of the team to raise it.", "$5.00"),
    "a value": ({"message": "Invalid value for sync_mode: 'x'. Allowed values: loop"}, "Change the option that it names.", "sync_mode"),
}


@pytest.mark.parametrize(("plan", "cure", "said"), _406.values(), ids=_406.keys())
async def test_each_meaning_of_406(studio: Studio, plan: dict[str, Any], cure: str, said: str) -> None:
    studio.sandbox.plan({**SUBMIT, "kind": "error", "status": 406, **plan})
    sentence = await refused(studio, ServiceRefused)
    assert cure in sentence
    assert said in sentence, "what Segmind said"
    assert "Nothing was billed." in sentence


_REFUSED: dict[str, tuple[dict[str, Any], type[LipsyncError], str]] = {
    "400": ({"status": 400, "message": "Missing required field: video_url"}, ServiceRefused, "video_url"),
    "401": ({"status": 401}, KeyRefused, "SEGMIND_API_KEY"),
    "403": ({"status": 403, "message": "not allowed"}, ServiceRefused, "choose another model"),
    "404": ({"status": 404, "message": "Model information not found"}, ServiceRefused, "Check the model"),
    "410": ({"status": 410, "message": "retired"}, ServiceRefused, "retired this model"),
    "422": ({"status": 422, "body": {"detail": "bad video"}}, ServiceRefused, "bad video"),
    "an object": ({"status": 400, "body": {"error": {"message": "bad seed"}}}, ServiceRefused, "bad seed"),
    "a description": ({"status": 400, "body": {"error_description": "bad token"}}, ServiceRefused, "bad token"),
}


@pytest.mark.parametrize(("plan", "kind", "words"), _REFUSED.values(), ids=_REFUSED.keys())
async def test_what_is_refused_says_what_to_do(studio: Studio, plan: dict[str, Any], kind: type[LipsyncError], words: str) -> None:
    studio.sandbox.plan({**SUBMIT, "kind": "error", **plan})
    sentence = await refused(studio, kind)
    assert words in sentence
    assert "Nothing was billed." in sentence
    assert studio.row().stage is Stage.FAILED


async def test_a_firewall_s_page_is_told_as_one(studio: Studio) -> None:
    studio.sandbox.plan({**SUBMIT, "kind": "html", "status": 403})
    assert "firewall" in await refused(studio, UnexpectedAnswer)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"segmind_forbidden": ["sync.so-lipsync-2-pro"]}, "may not use this model"),
        ({"segmind_retired": ["sync.so-lipsync-2-pro"]}, "has retired this model"),
        ({"segmind_spend_limit_usd": 0.01}, "spending limit at Segmind is reached"),
    ],
)
async def test_what_the_account_may_not(studio: Studio, setting: dict[str, Any], words: str) -> None:
    studio.sandbox.settings(**setting)
    assert words in await refused(studio, ServiceRefused)


# Where it goes.


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v2/"])
async def test_an_address_moves_all_three_hosts(studio: Studio, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.setenv("SEGMIND_BASE_URL", studio.sandbox.segmind_url + ending)
    segmind = service_choice("Segmind")
    assert segmind is not None
    origin = origin_for(segmind, state_dir=studio.workspace.state_dir)
    assert {origin.host(purpose) for purpose in ("", "storage", "history")} == {studio.sandbox.segmind_url}
    studio.sandbox.plan({**SUBMIT, "kind": "drop_after"})  # so that the history is asked too
    assert (await studio.lip_sync()).row.stage is Stage.DONE
    assert {"segmind_upload", "segmind_submit", "segmind_history"} <= set(studio.operations())


async def test_an_address_that_is_none(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMIND_BASE_URL", "ftp://127.0.0.1")
    assert "SEGMIND_BASE_URL" in await refused(studio, InputRefused)


def test_the_sandbox_is_on_this_machine_whatever_is_set(tmp_path: Path, clip: Path, speech: Path) -> None:
    elsewhere = {"SYNC_BASE_URL": DEAD, "SEGMIND_BASE_URL": DEAD, "SEGMIND_API_KEY": REAL_KEY}
    told = run(tmp_path, clip, speech, "Segmind (sandbox)", **elsewhere, **PROXIES)
    assert all(end.endswith(".mp4") for end in told["ends"]), told["ends"]
    assert foreign(told["tried"]) == []


def test_a_base_url_on_this_machine_moves_every_host(studio: Studio, tmp_path: Path) -> None:
    where = {"SEGMIND_BASE_URL": studio.sandbox.segmind_url, "SEGMIND_API_KEY": REAL_KEY}
    told = run(tmp_path, studio.clip, studio.speech, "Segmind", **where, **PROXIES)
    assert all(end.endswith(".mp4") for end in told["ends"]), told["ends"]
    assert foreign(told["tried"]) == []
