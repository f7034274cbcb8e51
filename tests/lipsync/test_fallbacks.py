"""A service that is older, newer, slower or more damaged than its documents. Sources: sync-api.md 1.3, 2.0, 2.6, 2.7, 6."""

from __future__ import annotations

from typing import Any

import pytest

from lipsync.errors import ResultDamaged, ServiceTrouble
from lipsync.jobs.states import Stage
from lipsync.media.film import check_film
from lipsync.media.sources import VideoFile
from tests.lipsync.studio import Studio, sentence_of
from tests.sandbox.clips import make_video

OLD_PATHS = ("GET /v2/generate", "POST /v2/generate/upload", "POST /v2/generate/batch")  # answer 404 by default


def paths(studio: Studio, operation: str) -> list[str]:
    return [note["path"] for note in studio.sandbox.requests(operation)]


# Paths.


async def test_the_list_is_asked_at_its_old_path_only_where_the_new_one_is_missing(studio: Studio) -> None:
    studio.sandbox.settings(missing_paths=["GET /v2/generations"])
    await studio.lip_sync()
    assert paths(studio, "list") == ["/v2/generations", "/v2/generate"]
    studio.sandbox.settings(missing_paths=list(OLD_PATHS))
    studio.sandbox.clear_requests()
    studio.sandbox.plan(operation="list", kind="error", status=500)
    await studio.lip_sync(studio.wish(take=1))
    assert set(paths(studio, "list")) <= {"/v2/generations"}


async def test_the_estimate_falls_back_to_its_alias_and_then_to_the_price_list(studio: Studio) -> None:
    gone = ["POST /v2/generations/estimate"]
    studio.sandbox.settings(missing_paths=gone)
    await studio.lip_sync(studio.wish(take=1))
    assert paths(studio, "estimate") == ["/v2/generations/estimate", "/v2/generate/estimate-cost"]
    studio.sandbox.settings(missing_paths=[*gone, "POST /v2/generate/estimate-cost"])
    done = await studio.lip_sync(studio.wish(take=2))
    assert done.row.price_usd == pytest.approx(0.05)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "status": 422, "error_code": "cost_estimate_unavailable"},
        {"kind": "error", "status": 500, "times": None},
        {"kind": "html", "status": 403},
        {"kind": "garbage"},
    ],
)
async def test_an_estimate_that_fails_does_not_keep_anybody_from_buying(studio: Studio, fault: dict[str, Any]) -> None:
    studio.sandbox.plan({"operation": "estimate", **fault})
    done = await studio.lip_sync()
    assert done.row.price_usd == pytest.approx(0.05)


async def test_a_job_is_asked_for_in_its_organisation_where_its_own_path_is_missing(studio: Studio) -> None:
    studio.sandbox.settings(missing_paths=["GET /v2/generate/{id}"])
    assert (await studio.lip_sync()).film.exists()
    assert "get_in_organisation" in studio.operations()


async def test_a_create_is_never_sent_to_a_second_path(studio: Studio) -> None:
    studio.sandbox.plan(operation="create", kind="error", status=404)
    with pytest.raises(Exception, match="404"):
        await studio.lip_sync()
    assert paths(studio, "create") == ["/v2/generate"]


# The way to the film.


async def test_without_a_download_path_the_link_of_the_job_is_used_and_redirects_are_followed(studio: Studio) -> None:
    studio.sandbox.settings(missing_paths=["GET /v2/generations/{id}/download"])
    await studio.lip_sync()
    assert [name for name in studio.operations() if name in ("result", "storage")] == ["result", "storage"]
    for name in ("result", "storage", "put"):
        for note in studio.sandbox.requests(name):
            assert not note["key"], f"the key went to {name}"


async def test_a_download_path_in_trouble_does_not_keep_the_film(studio: Studio) -> None:
    studio.sandbox.plan(operation="download", kind="error", status=500, times=None)
    assert (await studio.lip_sync()).film.exists()
    assert "result" in studio.operations()


async def test_a_job_may_be_completed_before_its_link_is_there(studio: Studio) -> None:
    studio.sandbox.plan(
        {"operation": "get", "kind": "no_output_url", "times": 2},
        {"operation": "download", "kind": "error", "status": 409, "error_code": "generation_conflict", "times": 2},
    )
    assert (await studio.lip_sync()).film.exists()


async def test_a_link_that_never_comes_is_trouble_and_not_the_end_of_the_job(studio: Studio) -> None:
    studio.sandbox.plan(
        {"operation": "get", "kind": "no_output_url", "times": None},
        {"operation": "download", "kind": "error", "status": 409, "error_code": "generation_conflict", "times": None},
    )
    with pytest.raises(ServiceTrouble) as trouble:
        await studio.lip_sync()
    assert "not paid again" in sentence_of(trouble.value)
    assert "take" not in str(trouble.value)
    assert studio.row().stage is Stage.COMPLETED
    studio.sandbox.clear_faults()
    assert (await studio.lip_sync()).film.exists()
    assert len(studio.purchases()) == 1


@pytest.mark.parametrize("missing", [[], ["GET /v2/generations/{id}/download"]])
async def test_an_expired_link_is_replaced_by_a_fresh_one(studio: Studio, missing: list[str]) -> None:
    studio.sandbox.settings(missing_paths=missing)
    studio.sandbox.plan(operation="result" if missing else "storage", kind="expired")
    assert (await studio.lip_sync()).film.exists()
    studio.sandbox.plan(operation="storage", kind="expired", times=None)
    with pytest.raises(ServiceTrouble) as trouble:
        await studio.lip_sync(studio.wish(take=1))
    assert "Request has expired" in sentence_of(trouble.value)


DAMAGE: dict[str, dict[str, Any]] = {
    "truncated": {"kind": "truncated"},
    "truncated at once": {"kind": "truncated", "after_bytes": 0},
    "told too long": {"kind": "wrong_length", "length_delta": 100},
    "told too short": {"kind": "wrong_length", "length_delta": -100},
    "something else": {"kind": "garbage"},
    "dropped": {"kind": "drop_before"},
    "an error page": {"kind": "html", "status": 502},
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
async def test_a_damaged_film_is_fetched_again_and_never_kept(studio: Studio, damage: dict[str, Any]) -> None:
    studio.sandbox.plan({"operation": "storage", "times": 2, **damage})
    done = await studio.lip_sync()
    check_film(done.film)
    assert studio.films() == [done.film]
    assert len(studio.purchases()) == 1


@pytest.mark.parametrize("name", ["truncated", "told too short", "something else"])
async def test_a_film_that_stays_damaged_is_said_to_be_and_kept_for_later(studio: Studio, name: str) -> None:
    studio.sandbox.plan({"operation": "storage", "times": None, **DAMAGE[name]})
    with pytest.raises(ServiceTrouble if name == "truncated" else ResultDamaged) as damage:
        await studio.lip_sync()
    assert "again" in sentence_of(damage.value)
    assert studio.films() == []
    assert studio.row().stage is Stage.COMPLETED
    studio.sandbox.clear_faults()
    assert (await studio.lip_sync()).film.exists()
    assert len(studio.purchases()) == 1


async def test_a_bill_that_cannot_be_read_does_not_keep_the_film(studio: Studio) -> None:
    studio.sandbox.plan(operation="costs", kind="error", status=503, times=None)
    done = await studio.lip_sync()
    assert done.row.cost_usd is None
    assert studio.operations().count("costs") == 1


async def test_a_watermark_is_gone_after_an_upgrade(studio: Studio) -> None:
    studio.sandbox.settings(plan="Hobbyist")
    marked = await studio.lip_sync()
    content = marked.film.read_bytes()
    marked.film.unlink()
    studio.sandbox.settings(plan="Creator")
    clean = await studio.lip_sync()
    assert clean.film.read_bytes() != content
    assert len(studio.purchases()) == 1


# Waiting through trouble.

TROUBLE: dict[str, dict[str, Any]] = {
    "500": {"kind": "error", "status": 500, "times": 4},
    "429": {"kind": "error", "status": 429, "error_code": "rate_limit_exceeded", "headers": {"Retry-After": "3"}, "times": 2},
    "a page": {"kind": "html", "status": 503, "times": 2},
    "dropped": {"kind": "drop_before", "times": 3},
    "408": {"kind": "error", "status": 408},
    "slow": {"kind": "slow", "delay_s": 12.0},
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
@pytest.mark.parametrize("operation", ["get", "list", "upload", "register"])
async def test_trouble_passes_and_is_waited_out(studio: Studio, operation: str, trouble: dict[str, Any]) -> None:
    studio.sandbox.plan({"operation": operation, **trouble})
    done = await studio.lip_sync()
    assert done.film.exists()
    assert len(studio.purchases()) == 1


async def test_trouble_while_waiting_never_ends_the_waiting(studio: Studio) -> None:
    studio.sandbox.plan(operation="get", kind="error", status=503, times=14)
    assert (await studio.lip_sync()).film.exists()


@pytest.mark.parametrize("fault", [{"kind": "expired"}, {"kind": "drop_before"}, {"kind": "html", "status": 503}, {"kind": "drop_after"}])
async def test_an_upload_that_fails_is_repeated_with_a_new_link(studio: Studio, fault: dict[str, Any]) -> None:
    studio.sandbox.plan({"operation": "put", "times": 2, **fault})
    await studio.lip_sync()
    assert studio.operations().count("upload") == 4


# What the documents leave open: the pack passes with either.

UNSURE: list[dict[str, Any]] = [
    {"replay_status": 200},
    {"in_progress_code": "IDEMPOTENCY_REQUEST_PENDING"},
    {"idempotency_compares": "json"},
    {"unknown_fields": "refused"},
    {"unreachable_media": "as_failed"},
    {"output_file_name": "sanitized"},
    {"boxes_mismatch": "accepted"},
    {"segment_overlap": "accepted"},
    {"estimate_shape": "array"},
    {"analyze_shape": "object"},
    {"silence_picture": "loop"},
    {"silent_video": "refused"},
    {"missing_paths": []},
]


@pytest.mark.parametrize("switch", UNSURE, ids=lambda switch: "=".join(map(str, next(iter(switch.items())))))
async def test_either_way_a_film_is_bought_once(studio: Studio, switch: dict[str, Any]) -> None:
    studio.sandbox.settings(**switch)
    studio.sandbox.plan(operation="create", kind="drop_after")
    video = {"video": sounding(studio)} if "silent_video" in switch else {}
    done = await studio.lip_sync(studio.wish(**video))
    assert done.row.stage is Stage.DONE
    assert done.row.price_usd == pytest.approx(done.row.cost_usd)
    assert len(studio.purchases()) == 1


def sounding(studio: Studio) -> VideoFile:
    return VideoFile(path=make_video(studio.workspace.temp_dir.parent / "sounding.mp4", sound=True))
