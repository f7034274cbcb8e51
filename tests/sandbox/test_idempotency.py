"""The same purchase is never made twice under one key: sync-api.md 1.3."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess


def bought(sandbox: SandboxProcess, key: str) -> list[str]:
    return [purchase["id"] for purchase in sandbox.ledger() if purchase["idempotency_key"] == key]


@pytest.fixture
def key(api: Api) -> str:
    return f"{api.key}-1"


@pytest.mark.parametrize("bad", ["", "a b", "a,b", "ä".encode(), "x" * 129, "a/b"])
def test_bad_keys(api: Api, body: dict[str, Any], bad: str | bytes) -> None:
    answer = api.http.post("/v2/generate", json=body, headers=[("Idempotency-Key", bad)])
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "INVALID_IDEMPOTENCY_KEY")


def test_two_keys(api: Api, body: dict[str, Any]) -> None:
    answer = api.http.post("/v2/generate", json=body, headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "a")])
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "INVALID_IDEMPOTENCY_KEY")


def test_good_keys(api: Api, body: dict[str, Any]) -> None:
    for good in ("a", "A.b_c~d-9", "x" * 128):
        assert api.create(body, key=good).status_code == 201


@pytest.mark.parametrize("status", [201, 200])
def test_replay_tells_the_state_of_now(api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str, status: int) -> None:
    with sandbox.with_settings(replay_status=status):
        first = api.create(body, key=key)
        api.finish(first.json()["id"])
        again = api.create(body, key=key)
    assert (first.status_code, again.status_code) == (201, status)
    assert (again.json()["id"], again.json()["status"]) == (first.json()["id"], "COMPLETED")
    assert bought(sandbox, key) == [first.json()["id"]]


def test_replay_of_a_failed_one_stays_failed(api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str) -> None:
    sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_unknown_error")
    api.finish(api.create(body, key=key).json()["id"])
    assert api.create(body, key=key).json()["status"] == "FAILED"


def test_keys_are_case_sensitive_and_each_organisation_s_own(
    api: Api, sandbox: SandboxProcess, body: dict[str, Any], clip: Path, speech: Path
) -> None:
    other = Api(sandbox)
    ids = [api.create(body, key="k").json()["id"], api.create(body, key="K").json()["id"]]
    ids.append(other.create(other.body(clip, speech), key="k").json()["id"])
    assert len(set(ids)) == 3


def test_another_body_is_a_conflict(api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str) -> None:
    made = api.create(body, key=key).json()
    answer = api.create({**body, "outputFileName": "other"}, key=key)
    assert (answer.status_code, answer.json()["errorCode"]) == (409, "IDEMPOTENCY_KEY_CONFLICT")
    assert "generationId" not in answer.json()
    with sandbox.with_settings(conflict_status=422, conflict_code="IDEMPOTENCY_PAYLOAD_MISMATCH", conflict_names_generation=True):
        answer = api.create({**body, "outputFileName": "other"}, key=key)
    assert (answer.status_code, answer.json()["errorCode"]) == (422, "IDEMPOTENCY_PAYLOAD_MISMATCH")
    assert answer.json()["generationId"] == made["id"]
    assert bought(sandbox, key) == [made["id"]]


def test_a_body_is_its_bytes_unless_set_otherwise(api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str) -> None:
    turned = dict(reversed(body.items()))
    api.create(body, key=key)
    assert api.create(turned, key=key).status_code == 409
    with sandbox.with_settings(idempotency_compares="json"):
        assert api.create(body, key=f"{key}-2").status_code == 201
        assert api.create(turned, key=f"{key}-2").status_code == 201


def test_forms_are_compared_by_their_parts(api: Api, sandbox: SandboxProcess, clip: Path, speech: Path, key: str) -> None:
    def send(**fields: str) -> httpx.Response:
        files = {"video": clip.read_bytes(), "audio": speech.read_bytes()}
        return api.http.post("/v2/generate", data={"model": "lipsync-2", **fields}, files=files, headers={"Idempotency-Key": key})

    assert send().json()["id"] == send().json()["id"]
    assert send(outputFileName="other").status_code == 409
    assert len(bought(sandbox, key)) == 1


def test_concurrent_copies(api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str) -> None:
    with sandbox.with_settings(accept_s=0.5), ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: api.create(body, key=key), range(4)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201, 409, 409, 409]
    waiting = next(answer for answer in answers if answer.status_code == 409)
    assert (waiting.json()["errorCode"], waiting.headers["Retry-After"]) == ("IDEMPOTENCY_IN_PROGRESS", "2")
    assert len(bought(sandbox, key)) == 1


def test_a_refusal_leaves_the_key_free_unless_set_otherwise(api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str) -> None:
    wrong = {**body, "model": "lipsync-9"}
    assert api.create(wrong, key=key).status_code == 422
    assert api.create(body, key=key).status_code == 201
    with sandbox.with_settings(refusal_consumes_key=True):
        refused = api.create(wrong, key=f"{key}-2")
        assert api.create(wrong, key=f"{key}-2").json() == refused.json()
        assert api.create(body, key=f"{key}-2").status_code == 409


@pytest.mark.parametrize("names_generation", [True, False])
def test_unknown_outcome_after_acceptance(
    api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str, names_generation: bool
) -> None:
    sandbox.plan(operation="create", kind="outcome_unknown", names_generation=names_generation)
    answer = api.create(body, key=key)
    assert (answer.status_code, answer.json()["errorCode"]) == (503, "IDEMPOTENCY_OUTCOME_UNKNOWN")
    (id,) = bought(sandbox, key)
    assert answer.json().get("generationId") == (id if names_generation else None)
    assert api.create(body, key=key).json()["id"] == id


def test_unknown_outcome_before_acceptance(api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str) -> None:
    sandbox.plan(operation="create", kind="outcome_unknown", accepted=False)
    assert api.create(body, key=key).status_code == 503
    assert bought(sandbox, key) == []
    assert api.create(body, key=key).status_code == 201


def test_unknown_outcome_without_a_key(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.plan(operation="create", kind="outcome_unknown")
    assert api.create(body).json()["errorCode"] == "elevenlabs_service_unavailable"


def test_keys_are_forgotten_in_the_end(api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str) -> None:
    api.create(body, key=key)
    with sandbox.with_settings(idempotency_retention_s=0.0):
        api.create(body, key=key)
    assert len(bought(sandbox, key)) == 2


def test_a_deleted_generation_is_not_bought_again(api: Api, sandbox: SandboxProcess, body: dict[str, Any], key: str) -> None:
    done = api.finish(api.create(body, key=key).json()["id"])
    assert api.http.delete(f"/v2/generations/{done['id']}").json()["id"] == done["id"]
    assert api.create(body, key=key).status_code == 404
    assert bought(sandbox, key) == [done["id"]]


def test_without_a_key_every_create_buys(api: Api, body: dict[str, Any]) -> None:
    assert api.create(body).json()["id"] != api.create(body).json()["id"]
