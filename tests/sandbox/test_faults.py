"""Faults do exactly what they were planned to, exactly as often, and nothing else passes for a plan."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess


@pytest.mark.parametrize(
    "plan",
    [
        {},
        [],
        {"operation": "create"},
        {"operation": "create", "kind": "explode"},
        {"operation": "creation", "kind": "error"},
        {"operation": "create", "kind": "error", "status": 200},
        {"operation": "create", "kind": "error", "status": "500"},
        {"operation": "create", "kind": "error", "error_code": "no_such_code"},
        {"operation": "create", "kind": "error", "delay_s": 1},
        {"operation": "create", "kind": "error", "times": 0},
        {"operation": "create", "kind": "error", "times": True},
        {"operation": "create", "kind": "error", "skip": -1},
        {"operation": "create", "kind": "error", "match": 3},
        {"operation": "create", "kind": "error", "headers": {"Retry-After": 3}},
        {"operation": "create", "kind": "slow", "delay_s": -1},
        {"operation": "create", "kind": "wrong_length", "length_delta": 0},
        {"operation": "create", "kind": "expired"},
        {"operation": "get", "kind": "outcome"},
        {"operation": "create", "kind": "outcome", "status": "COMPLETED"},
        {"operation": "create", "kind": "outcome", "error_code": "no_such_code"},
        {"operation": "get", "kind": "outcome_unknown"},
    ],
)
def test_strict_plans(sandbox: SandboxProcess, plan: Any) -> None:
    answer = httpx.post(f"{sandbox.control_url}/faults", json=[plan] if isinstance(plan, dict) else {"faults": plan}, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.faults() == []


def test_a_list_of_plans_is_taken_whole_or_not_at_all(sandbox: SandboxProcess) -> None:
    good = {"operation": "get", "kind": "drop_before"}
    assert httpx.post(f"{sandbox.control_url}/faults", json=[good, {}], trust_env=False).status_code == 400
    assert sandbox.faults() == []
    sandbox.plan(good, good)
    assert [fault["remaining"] for fault in sandbox.faults()] == [1, 1]
    sandbox.clear_faults()
    assert sandbox.faults() == []


def test_error(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    bought = len(sandbox.ledger())
    sandbox.plan(
        operation="create", kind="error", status=503, error_code="controller_unavailable", message=["a", "b"], headers={"Retry-After": "7"}
    )
    answer = api.create(body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json() == {
        "statusCode": 503,
        "message": ["a", "b"],
        "error": "Service Unavailable",
        "errorCode": "controller_unavailable",
    }
    assert len(sandbox.ledger()) == bought
    assert api.create(body).status_code == 201


def test_error_after_acceptance_and_own_body(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    bought = len(sandbox.ledger())
    sandbox.plan(operation="create", kind="error", status=504, body={"anything": 1}, accepted=True)
    answer = api.create(body)
    assert (answer.status_code, answer.json()) == (504, {"anything": 1})
    assert len(sandbox.ledger()) == bought + 1


@pytest.mark.parametrize("status", [403, 502])
def test_html(api: Api, sandbox: SandboxProcess, status: int) -> None:
    sandbox.plan(operation="models", kind="html", status=status)
    answer = api.http.get("/v2/models")
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (status, "text/html")
    assert api.http.get("/v2/models").status_code == 200


@pytest.mark.parametrize(("kind", "accepted"), [("drop_before", 0), ("drop_after", 1)])
def test_dropped(api: Api, sandbox: SandboxProcess, body: dict[str, Any], kind: str, accepted: int) -> None:
    bought = len(sandbox.ledger())
    sandbox.plan(operation="create", kind=kind)
    with pytest.raises(httpx.TransportError):
        api.create(body, key="k")
    assert len(sandbox.ledger()) == bought + accepted
    assert api.create(body, key="k").status_code == 201
    assert len(sandbox.ledger()) == bought + 1


def test_slow(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    bought = len(sandbox.ledger())
    sandbox.plan(operation="create", kind="slow", delay_s=1.0)
    with pytest.raises(httpx.ReadTimeout):
        api.http.post("/v2/generate", json=body, timeout=0.4)
    assert len(sandbox.ledger()) == bought + 1
    sandbox.plan(operation="models", kind="slow", delay_s=0.5)
    began = time.monotonic()
    assert api.http.get("/v2/models").status_code == 200
    assert time.monotonic() - began > 0.5


@pytest.mark.parametrize(
    ("fault", "cut"), [({"kind": "truncated"}, True), ({"kind": "truncated", "after_bytes": 100}, True), ({"kind": "wrong_length"}, True)]
)
def test_films_that_break_off(api: Api, sandbox: SandboxProcess, body: dict[str, Any], fault: dict[str, Any], cut: bool) -> None:
    done = api.made(body)
    sandbox.plan(operation="storage", **fault)
    with pytest.raises(httpx.RemoteProtocolError):
        api.bare.get(done["outputUrl"], follow_redirects=True)
    assert api.bare.get(done["outputUrl"], follow_redirects=True).content[4:8] == b"ftyp"


def test_length_too_short(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    done = api.made(body)
    whole = api.bare.get(done["outputUrl"], follow_redirects=True).content
    sandbox.plan(operation="storage", kind="wrong_length", length_delta=-1000)
    assert api.bare.get(done["outputUrl"], follow_redirects=True).content == whole[:-1000]


def test_json_that_breaks_off(api: Api, sandbox: SandboxProcess) -> None:
    sandbox.plan(operation="list", kind="truncated")
    with pytest.raises(httpx.RemoteProtocolError):
        api.http.get("/v2/generations")


def test_garbage_and_expiry(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    done = api.made(body)
    sandbox.plan(operation="storage", kind="garbage")
    garbage = api.bare.get(done["outputUrl"], follow_redirects=True)
    assert (garbage.status_code, garbage.headers["Content-Type"], b"ftyp" in garbage.content) == (200, "video/mp4", False)
    sandbox.plan({"operation": "result", "kind": "expired"}, {"operation": "storage", "kind": "expired"})
    assert api.bare.get(done["outputUrl"]).status_code == 403
    assert api.bare.get(done["outputUrl"], follow_redirects=True).status_code == 403
    assert api.bare.get(done["outputUrl"], follow_redirects=True).status_code == 200


def test_expired_put(api: Api, sandbox: SandboxProcess, speech: Path) -> None:
    links = api.presign(speech)
    sandbox.plan(operation="put", kind="expired")
    headers = {"Content-Type": "audio/wav"}
    assert api.bare.put(links["uploadUrl"], content=speech.read_bytes(), headers=headers).status_code == 403
    assert api.bare.put(links["uploadUrl"], content=speech.read_bytes(), headers=headers).status_code == 200


def test_completed_without_output(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    id = api.made(body)["id"]
    sandbox.plan(operation="get", kind="no_output_url", times=2)
    seen = [api.http.get(f"/v2/generate/{id}").json() for _ in range(3)]
    assert [generation["status"] for generation in seen] == ["COMPLETED"] * 3
    assert [generation["outputUrl"] is None for generation in seen] == [True, True, False]


@pytest.mark.parametrize(
    "code", ["generation_pipeline_failed", "generation_unknown_error", "generation_input_face_selection_invalid", "generation_timeout"]
)
def test_failed(api: Api, sandbox: SandboxProcess, body: dict[str, Any], code: str) -> None:
    sandbox.plan(operation="create", kind="outcome", error_code=code)
    done = api.made(body)
    assert (done["status"], done["errorCode"], bool(done["error"]), done["outputUrl"]) == ("FAILED", code, True, None)
    assert (sandbox.ledger()[-1]["status"], sandbox.ledger()[-1]["cost_usd"]) == ("FAILED", 0)


def test_rejected(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.plan(operation="create", kind="outcome", status="REJECTED", message="Moderation said no.")
    done = api.made(body)
    assert (done["status"], done["error"], done["errorCode"]) == ("REJECTED", "Moderation said no.", None)


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING"])
def test_never_ends(api: Api, sandbox: SandboxProcess, body: dict[str, Any], status: str) -> None:
    sandbox.plan(operation="create", kind="outcome", status=status)
    id = api.create(body).json()["id"]
    assert api.http.get(f"/v2/generate/{id}?wait=true&timeout=1").json()["status"] == status


def test_outcomes_wait_for_an_accepted_create(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.plan(operation="create", kind="outcome")
    assert api.create({**body, "model": "lipsync-9"}).status_code == 422
    assert api.made(body)["status"] == "FAILED"
    assert api.made(body)["status"] == "COMPLETED"


def test_skip_times_and_match(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.plan(operation="models", kind="error", skip=1, times=2)
    assert [api.http.get("/v2/models").status_code for _ in range(4)] == [200, 500, 500, 200]
    sandbox.plan(operation="models", kind="error", times=None)
    assert [api.http.get("/v2/models").status_code for _ in range(4)] == [500] * 4
    sandbox.plan(operation="create", kind="error", match='"outputFileName":"unlucky"')
    assert api.create({**body, "outputFileName": "lucky"}).status_code == 201
    assert api.create({**body, "outputFileName": "unlucky"}).status_code == 500
