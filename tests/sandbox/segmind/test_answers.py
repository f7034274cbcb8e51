"""Status and result, at every moment of a job's life."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.segmind.conftest import PRO, Segmind
from tests.support.sandbox_process import INSTANT, SandboxProcess


def test_submit_answers_with_links_for_whoever_asks(segmind: Segmind, body: dict[str, Any]) -> None:
    answer = segmind.submit(body).json()
    id, base = answer["request_id"], segmind.sandbox.segmind_url
    assert answer == {
        "request_id": id,
        "status": "QUEUED",
        "poll_url": f"{base}/v1/requests/{id}",
        "status_url": f"{base}/v2/requests/{id}/status",
        "response_url": f"{base}/v2/requests/{id}",
    }
    other = segmind.bare.post(base.replace("127.0.0.1", "localhost") + f"/v2/{PRO}", json=body, headers={"x-api-key": segmind.key}).json()
    assert other["status_url"].startswith(base.replace("127.0.0.1", "localhost"))


def test_a_life_on_the_clock(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(pending_s=0.6, processing_s=0.8)
    id = segmind.submitted(body)
    seen = []
    while not seen or seen[-1] not in ("COMPLETED", "FAILED"):
        status, result = segmind.http.get(f"/v2/requests/{id}/status"), segmind.http.get(f"/v2/requests/{id}")
        assert status.status_code == result.status_code == 200
        if (now := status.json()["status"]) not in seen:
            seen.append(now)
            told = status.json()
        if now != "COMPLETED":
            assert told["metrics"] == {}
            assert told["response_url"].endswith(id)
            assert "output" not in status.json()
        time.sleep(0.05)
    assert seen == ["QUEUED", "PROCESSING", "COMPLETED"]
    final = segmind.http.get(f"/v2/requests/{id}/status").json()
    assert set(final) == {"status", "request_id", "metrics"}
    assert final["metrics"]["inference_time"] == pytest.approx(0.8, abs=0.4)


def test_result(segmind: Segmind, body: dict[str, Any]) -> None:
    id = segmind.submitted(body)
    result = segmind.result(id)
    assert set(result) == {"status", "request_id", "error", "output", "video", "metrics"}
    assert set(result["metrics"]) == {"cost", "remaining_credits", "inference_time", "queue_time", "total_time"}
    assert segmind.http.get(f"/v1/requests/{id}").json() == result


def test_output_forms(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    id = segmind.submitted(body)
    link = segmind.result(id)["output"]
    sandbox.settings(segmind_output="output")
    assert (segmind.result(id)["output"], "video" in segmind.result(id)) == (link, False)
    sandbox.settings(segmind_output="video")
    assert (segmind.result(id)["video"]["url"], "output" in segmind.result(id)) == (link, False)
    sandbox.settings(segmind_output="json")
    assert json.loads(segmind.result(id)["output"])["video"]["url"] == link
    sandbox.settings(segmind_output="both", segmind_metrics="inference_time")
    assert set(segmind.result(id)["metrics"]) == {"inference_time"}
    sandbox.plan(operation="segmind_result", kind="no_output_url")
    empty = segmind.result(id)
    assert (empty["status"], empty["output"], empty["video"]) == ("COMPLETED", None, None)


def test_running_result_under_202(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(processing_s=30.0, segmind_running_result_status=202)
    id = segmind.submitted(body)
    assert segmind.http.get(f"/v2/requests/{id}").status_code == 202


@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_failed(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any], status: str) -> None:
    sandbox.plan(operation="segmind_submit", kind="outcome", status=status, message="The content was blocked.")
    id = segmind.submitted(body)
    answers = [segmind.ended(id), segmind.http.get(f"/v2/requests/{id}"), segmind.http.get(f"/v1/requests/{id}")]
    assert [answer.status_code for answer in answers] == [422] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert (answers[0].json()["status"], answers[0].json()["error"]) == ("FAILED", "The content was blocked.")
    assert "cost" not in answers[0].json()["metrics"]
    sandbox.settings(segmind_failed_status=200)
    assert segmind.http.get(f"/v2/requests/{id}").status_code == 200


@pytest.mark.parametrize(("status", "told"), [("PENDING", "QUEUED"), ("PROCESSING", "PROCESSING")])
def test_never_ends(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any], status: str, told: str) -> None:
    sandbox.plan(operation="segmind_submit", kind="outcome", status=status)
    id = segmind.submitted(body)
    time.sleep(0.3)
    assert segmind.http.get(f"/v2/requests/{id}/status").json()["status"] == told


def test_words_and_records_that_are_new(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(processing_s=30.0, segmind_processing_state="RENDERING", segmind_record_delay_s=0.6)
    id = segmind.submitted(body)
    assert segmind.http.get(f"/v2/requests/{id}/status").status_code == 404
    time.sleep(0.8)
    assert segmind.http.get(f"/v2/requests/{id}/status").json()["status"] == "RENDERING"


def test_records_and_films_go(tmp_path: Path, clip: Path, mp3: Path) -> None:
    environment = {"SYNC_LIPSYNC_CLOCK": f"2000@{time.time()}"}
    with SandboxProcess(tmp_path, environment=environment) as sandbox:
        sandbox.settings(**INSTANT, segmind_film_s=12_000.0, segmind_asset_s=12_000.0)
        segmind = Segmind(sandbox)
        body = segmind.body(clip, mp3)
        id = segmind.submitted(body)
        link = segmind.result(id)["output"]
        assert segmind.bare.get(link).status_code == 200
        time.sleep(2)  # more than an hour of its clock
        for path in (f"/v2/requests/{id}/status", f"/v2/requests/{id}", f"/v1/requests/{id}"):
            answer = segmind.http.get(path)
            assert (answer.status_code, answer.json()) == (404, {"error": f"Request {id} not found"})
        assert segmind.past(id).json()["generation_url"] == link
        assert segmind.bare.get(link).status_code == 200
        time.sleep(5)
        assert segmind.bare.get(link).status_code == 404
        assert segmind.bare.get(body["video_url"]).status_code == 404
        assert segmind.past(id).json()["model_status"] == "COMPLETED"


def test_another_account_sees_nothing(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    id, other = segmind.submitted(body), Segmind(sandbox)
    assert other.http.get(f"/v2/requests/{id}").status_code == other.past(id).status_code == 404
    assert other.history().json()["data"] == []


def test_v1(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    film = segmind.http.post(f"/v1/{PRO}", json=body)
    assert (film.status_code, film.headers["Content-Type"], film.content[4:8]) == (200, "video/mp4", b"ftyp")
    (purchase,) = segmind.purchases()
    assert (film.headers["x-request-id"], float(film.headers["x-cost"])) == (purchase["id"], purchase["cost_usd"])
    assert float(film.headers["x-remaining-credits"]) == pytest.approx(100 - purchase["cost_usd"], abs=1e-3)
    sandbox.plan(operation="segmind_run", kind="outcome", message="No face.")
    failed = segmind.http.post(f"/v1/{PRO}", json=body)
    assert (failed.status_code, failed.json()) == (500, {"error": "No face."})
    sandbox.settings(segmind_run_answer="polling")
    told = segmind.http.post(f"/v1/{PRO}", json=body).json()
    segmind.ended(told["request_id"])
    assert segmind.http.get(told["polling_url"]).json()["status"] == "COMPLETED"
    sandbox.settings(segmind_run_answer="film", segmind_run_s=0.2, processing_s=30.0)
    assert segmind.http.post(f"/v1/{PRO}", json=body).status_code == 504
    assert len(segmind.purchases()) == 4


def test_files_come_with_ranges_and_without_a_key(segmind: Segmind, body: dict[str, Any]) -> None:
    link = segmind.result(segmind.submitted(body))["output"]
    part = httpx.get(link, headers={"Range": "bytes=4-7"}, trust_env=False)
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert segmind.bare.get(body["video_url"]).headers["Content-Type"] == "video/mp4"
    assert segmind.bare.get(link.replace("/generations/", "/generations/0")).status_code == 404
