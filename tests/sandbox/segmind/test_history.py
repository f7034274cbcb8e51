"""The request history: with our row, without it, late, or not at all."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.sandbox.segmind.conftest import PRO, REACT, Segmind
from tests.support.sandbox_process import SandboxProcess


def test_rows(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    done = segmind.submitted({**body, "temperature": 0.25})
    segmind.ended(done)
    sandbox.plan(operation="segmind_submit", kind="outcome", message="No face.")
    failed = segmind.submitted(body, REACT)
    segmind.ended(failed)
    sandbox.settings(processing_s=30.0)
    running = segmind.submitted(body)
    whole = segmind.history().json()
    assert (whole["page"], whole["per_page"], whole["total"], whole["total_pages"]) == (1, 20, 3, 1)
    assert [row["request_id"] for row in whole["data"]] == [running, failed, done]
    rows = {row["request_id"]: row for row in whole["data"]}
    assert set(rows[done]) == {
        "request_id",
        "model_name",
        "model_status",
        "credits_deduction",
        "request_body",
        "generation_url",
        "latency_ms",
        "created_at",
        "model_created",
        "error",
    }
    assert rows[done]["request_body"] == {**body, "temperature": 0.25}
    assert segmind.bare.get(rows[done]["generation_url"]).content[4:8] == b"ftyp"
    assert (rows[done]["credits_deduction"], rows[done]["latency_ms"] >= 0) == (pytest.approx(0.084), True)
    assert (rows[failed]["model_status"], rows[failed]["error"], rows[failed]["credits_deduction"]) == ("FAILED", "No face.", 0)
    assert (rows[running]["model_status"], rows[running]["generation_url"], rows[running]["latency_ms"]) == ("PENDING", None, None)
    assert segmind.past(done).json() == rows[done]


def test_filters_and_pages(segmind: Segmind, body: dict[str, Any]) -> None:
    ids = [segmind.submitted(body, slug) for slug in (PRO, REACT, PRO)]
    for id in ids:
        segmind.ended(id)

    def found(**query: Any) -> list[str]:
        answer = segmind.history(**query)
        assert answer.status_code == 200, answer.text
        return [row["request_id"] for row in answer.json()["data"]]

    assert found(model_name="react") == [ids[1]]
    assert found(status="COMPLETED", sort_order="asc") == ids
    assert found(status="PENDING") == []
    assert found(sort_by="credits_deduction")[0] == ids[1]
    assert [found(page=page, per_page=2) for page in (1, 2, 3)] == [[ids[2], ids[1]], [ids[0]], []]
    today = datetime.now(timezone.utc).date()
    yesterday = today - timedelta(days=1)
    assert found(from_date=today, to_date=today) == ids[::-1]
    assert found(from_date=yesterday - timedelta(days=30), to_date=yesterday) == []


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "x"},
        {"per_page": "0"},
        {"per_page": "101"},
        {"from_date": "21.11.2026"},
        {"from_date": "2020-01-01"},
        {"to_date": "2020-01-01"},
        {"status": "QUEUED"},
        {"sort_by": "cost"},
        {"sort_order": "down"},
    ],
)
def test_bad_queries(segmind: Segmind, query: dict[str, str]) -> None:
    answer = segmind.history(**query)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_without_our_row(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.plan(operation="segmind_submit", kind="error", status=504, accepted=True)
    assert segmind.submit({**body, "temperature": 0.125}).status_code == 504
    kept = segmind.submitted(body)
    (purchase, _) = segmind.purchases()
    sandbox.settings(segmind_history_leaves_out=['"temperature":0.125'])
    assert [row["request_id"] for row in segmind.history().json()["data"]] == [kept]
    assert segmind.past(purchase["id"]).status_code == 404
    sandbox.settings(segmind_history_leaves_out=[purchase["id"], kept])
    assert segmind.history().json()["data"] == []
    sandbox.settings(segmind_history_leaves_out=[])
    assert segmind.past(purchase["id"]).json()["request_body"]["temperature"] == 0.125


def test_late(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(segmind_history_delay_s=1.0)
    id = segmind.submitted(body)
    assert (segmind.history().json()["data"], segmind.past(id).status_code) == ([], 404)
    time.sleep(1.1)
    assert (len(segmind.history().json()["data"]), segmind.past(id).status_code) == (1, 200)


def test_unavailable(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    id = segmind.submitted(body)
    sandbox.settings(segmind_history="unavailable")
    assert (segmind.history().status_code, segmind.past(id).status_code) == (503, 503)
    assert segmind.http.get(f"/v2/requests/{id}/status").status_code == 200


def test_other_shapes(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    segmind.submitted(body)
    sandbox.settings(segmind_history_list="requests", segmind_history_body="text")
    (row,) = segmind.history().json()["requests"]
    assert json.loads(row["request_body"]) == body
    assert row["request_body"] == segmind.purchases()[0]["body_text"]


def test_generations(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    id = segmind.submitted(body)
    segmind.ended(id)
    sandbox.plan(operation="segmind_submit", kind="outcome")
    segmind.ended(segmind.submitted(body))
    (row,) = segmind.http.get("/inference-request/generations").json()["generations"]
    assert (row["request_id"], row["status"], row["parameters"]) == (id, "COMPLETED", body)
    recent = segmind.http.get("/inference-request/recent-generations", params={"model_name": REACT}).json()
    assert recent["generations"] == []
