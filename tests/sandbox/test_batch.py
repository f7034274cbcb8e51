"""Batches: sync-api.md 2.8."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess


@pytest.fixture(autouse=True)
def _scale(sandbox: SandboxProcess) -> None:
    sandbox.settings(plan="Scale", batch_min_lines=2)


def lines(*bodies: dict[str, Any], **change: Any) -> list[dict[str, Any]]:
    return [{"request_id": f"r{n}", "endpoint": "/v2/generate", "payload": body, **change} for n, body in enumerate(bodies)]


def send(api: Api, rows: list[Any], **fields: str) -> httpx.Response:
    content = "\n".join(json.dumps(row) for row in rows).encode()
    return api.http.post("/v2/batch", files={"input": ("lines.jsonl", content)}, data=fields)


def ended(api: Api, id: str) -> dict[str, Any]:
    while (batch := api.http.get(f"/v2/batch/{id}").json())["status"] not in ("COMPLETED", "FAILED"):
        assert batch["outputUrl"] is None
    return batch


def test_batch(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(slots=0)
    unreachable = {**body, "input": [{"type": "video", "url": "http://127.0.0.1:9/v.mp4"}, body["input"][1]]}
    sandbox.plan(operation="batch_create", kind="outcome", match="unlucky")
    made = send(api, lines(body, {**body, "outputFileName": "unlucky"}, unreachable))
    assert (made.status_code, made.json()["status"], made.json()["metrics"]["pending_count"]) == (201, "PENDING", 3)
    batch = ended(api, made.json()["id"])
    assert batch["metrics"] == {"total_generations": 3, "success_count": 1, "failed_count": 2, "pending_count": 0}
    moved = api.bare.get(batch["outputUrl"])
    assert moved.status_code == 302
    results = [json.loads(line) for line in api.bare.get(moved.headers["Location"]).text.splitlines()]
    assert [result["request_id"] for result in results] == ["r0", "r1", "r2"]
    assert [result["generation"]["status"] for result in results[:2]] == ["COMPLETED", "FAILED"]
    assert results[2]["error"]["errorCode"] == "generation_input_video_inaccessible"
    bought = [purchase for purchase in sandbox.ledger() if purchase["batch_id"] == batch["id"]]
    assert [purchase["status"] for purchase in bought] == ["COMPLETED", "FAILED"]


def test_dry_run_buys_nothing(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    bought = len(sandbox.ledger())
    assert send(api, lines(body, body), dry_run="true").json() == {"status": "VALIDATED"}
    assert (api.http.get("/v2/batch").json(), len(sandbox.ledger())) == ([], bought)


def test_refused_files(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    twice = [lines(body)[0]] * 2
    for rows in ([], lines(body), twice, lines(body, body, endpoint="/v2/tts"), lines(body, {"model": "sync-3"}), ["x", "y"]):
        answer = send(api, rows)
        assert answer.status_code == 400, rows
        assert isinstance(answer.json()["message"], list)
    sandbox.settings(batch_max_lines=2)
    assert send(api, lines(body, body, body)).status_code == 400
    assert api.http.post("/v2/batch", json={}).status_code == 400
    assert api.http.post("/v2/batch", files={"input": b"x" * 5_300_000}).status_code == 413


def test_plan(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(plan="Creator")
    assert send(api, lines(body, body)).status_code == 402
    assert api.http.get("/v2/batch").json() == []


def test_batch_slots(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(batch_slots=1, processing_s=1.0)
    first = send(api, lines(body, body)).json()
    full = send(api, lines(body, body))
    assert (full.status_code, full.json()["errorCode"]) == (429, "concurrency_limit_reached")
    ended(api, first["id"])
    assert send(api, lines(body, body)).status_code == 201


def test_list(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    ids = [send(api, lines(body, body)).json()["id"] for _ in range(2)]
    for id in ids:
        ended(api, id)

    def listed(**query: str) -> list[str]:
        return [batch["id"] for batch in api.http.get("/v2/batch", params=query).json()]

    assert listed() == ids[::-1]
    assert listed(status="COMPLETED", created_after="2020-01-01T00:00:00Z") == ids[::-1]
    assert listed(status="PENDING") == listed(created_before="2020-01-01T00:00:00Z") == []
    for bad in ({"status": "DONE"}, {"created_after": "yesterday"}):
        assert api.http.get("/v2/batch", params=bad).status_code == 400
    assert Api(sandbox).http.get(f"/v2/batch/{ids[0]}").status_code == 404
