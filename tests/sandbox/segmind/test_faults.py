"""Faults on the wire, in Segmind's words, and kill -9."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.segmind.conftest import PRO, Segmind
from tests.support.sandbox_process import INSTANT, SandboxProcess


@pytest.mark.parametrize("status", [500, 502, 504])
@pytest.mark.parametrize("accepted", [False, True])
def test_errors(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any], status: int, accepted: bool) -> None:
    sandbox.plan(operation="segmind_submit", kind="error", status=status, message="Bad gateway", accepted=accepted)
    answer = segmind.submit(body)
    assert (answer.status_code, answer.json()) == (status, {"error": "Bad gateway"})
    assert len(segmind.purchases()) == int(accepted)
    sandbox.plan(operation="segmind_submit", kind="html", status=status, accepted=accepted)
    page = segmind.submit(body)
    assert (page.status_code, page.headers["Content-Type"].partition(";")[0]) == (status, "text/html")
    assert len(segmind.purchases()) == 2 * int(accepted)


@pytest.mark.parametrize(("kind", "bought"), [("drop_before", 0), ("drop_after", 1)])
def test_dropped(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any], kind: str, bought: int) -> None:
    sandbox.plan(operation="segmind_submit", kind=kind)
    with pytest.raises(httpx.TransportError):
        segmind.submit(body)
    assert len(segmind.purchases()) == bought


def test_a_planned_429(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    headers = {"x-rate-limit-reset-at-utc": "2026-11-21T00:00:00Z"}
    sandbox.plan(operation="segmind_status", kind="error", status=429, headers=headers, times=2)
    id = segmind.submitted(body)
    answers = [segmind.http.get(f"/v2/requests/{id}/status") for _ in range(3)]
    assert [answer.status_code for answer in answers[:2]] == [429, 429]
    assert answers[2].status_code == 200
    assert answers[0].headers["x-rate-limit-reset-at-utc"] == headers["x-rate-limit-reset-at-utc"]


@pytest.mark.parametrize("kind", ["truncated", "wrong_length"])
def test_films_that_break_off(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any], kind: str) -> None:
    link = segmind.result(segmind.submitted(body))["output"]
    sandbox.plan(operation="segmind_film", kind=kind)
    with pytest.raises(httpx.RemoteProtocolError):
        segmind.bare.get(link)
    sandbox.plan({"operation": "segmind_film", "kind": "garbage"}, {"operation": "segmind_film", "kind": "expired"})
    assert b"ftyp" not in segmind.bare.get(link).content
    assert segmind.bare.get(link).status_code == 403
    assert segmind.bare.get(link).content[4:8] == b"ftyp"


def test_uploads_fail_too(segmind: Segmind, sandbox: SandboxProcess, mp3: Path) -> None:
    sandbox.plan({"operation": "segmind_upload", "kind": "html", "status": 502}, {"operation": "segmind_upload", "kind": "drop_before"})
    assert segmind.http.post("/upload-asset", json={"data_urls": ["data:a/b;base64,AAAA"]}).status_code == 502
    with pytest.raises(httpx.TransportError):
        segmind.upload(mp3)
    assert segmind.bare.get(segmind.upload(mp3)).content == mp3.read_bytes()


def test_what_is_received(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.clear_requests()
    segmind.submitted(body)
    (note,) = sandbox.requests("segmind_submit")
    assert (note["path"], note["key"], note["body"]) == (f"/segmind/v2/{PRO}", True, body)
    (purchase,) = segmind.purchases()
    assert purchase["body_text"] == note["body_text"]
    assert (purchase["service"], purchase["model"], purchase["outputFileName"]) == ("segmind", PRO, None)


def test_kill_9(tmp_path: Path, clip: Path, mp3: Path) -> None:
    with SandboxProcess(tmp_path / "state") as sandbox:
        sandbox.settings(**INSTANT)
        segmind = Segmind(sandbox)
        segmind.give(0.2)
        body = segmind.body(clip, mp3)
        done = segmind.result(segmind.submitted(body))
        sandbox.settings(processing_s=1.0)
        running = segmind.submitted(body)
        bought = segmind.purchases()
        sandbox.kill()
        sandbox.start()
        assert [purchase["id"] for purchase in segmind.purchases()] == [purchase["id"] for purchase in bought]
        assert segmind.submit(body).status_code == 406  # the running job's reservation is still there
        assert segmind.result(done["request_id"])["output"] == done["output"]
        assert segmind.bare.get(done["output"]).content[4:8] == b"ftyp"
        assert segmind.bare.get(body["video_url"]).content == clip.read_bytes()
        assert segmind.result(running)["status"] == "COMPLETED"
        assert segmind.credits()["credits"] == pytest.approx(0.2 - 2 * 0.084)
        assert len(segmind.history().json()["data"]) == 2


def test_a_fast_clock(tmp_path: Path, clip: Path, mp3: Path) -> None:
    with SandboxProcess(tmp_path, environment={"SYNC_LIPSYNC_CLOCK": f"60@{time.time()}"}) as sandbox:
        sandbox.settings(pending_s=30.0, processing_s=90.0)
        segmind, began = Segmind(sandbox), time.monotonic()
        metrics = segmind.result(segmind.submitted(segmind.body(clip, mp3)))["metrics"]
        assert 1.5 < time.monotonic() - began < 8
        assert metrics["queue_time"] == 30.0
        assert metrics["inference_time"] >= 90.0
