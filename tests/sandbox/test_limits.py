"""Keys, rates and slots: sync-api.md 1, 4.1, 4.2, 5.1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess


def test_missing_key(sandbox: SandboxProcess) -> None:
    expected = {"statusCode": 401, "message": "Either Cookie or x-api-key header must be provided", "error": "Unauthorized"}
    for headers in ({}, {"x-api-key": ""}, {"Authorization": "Bearer token"}):
        answer = httpx.get(f"{sandbox.sync_url}/v2/models", headers=headers, trust_env=False)
        assert (answer.status_code, answer.json()) == (401, expected)


@pytest.mark.parametrize("key", ["bad", "bad-key", "badly"])
def test_bad_key(sandbox: SandboxProcess, key: str) -> None:
    answer = httpx.get(f"{sandbox.sync_url}/v2/models", headers={"x-api-key": key}, trust_env=False)
    assert (answer.status_code, answer.json()) == (401, {"statusCode": 401, "message": "Unauthorized"})


def test_any_other_key_is_good(sandbox: SandboxProcess) -> None:
    for key in ("k", "sk-1", "Bad", "SG_0123456789abcdef"):
        assert httpx.get(f"{sandbox.sync_url}/v2/models", headers={"x-api-key": key}, trust_env=False).status_code == 200


def test_key_comes_before_body(sandbox: SandboxProcess) -> None:
    assert httpx.post(f"{sandbox.sync_url}/v2/generate", json={}, headers={"x-api-key": "bad"}, trust_env=False).status_code == 401


@pytest.mark.parametrize(
    ("setting", "method", "path"),
    [
        ("reads_per_minute", "GET", "/v2/models"),
        ("creates_per_minute", "POST", "/v2/generate"),
        ("uploads_per_minute", "POST", "/v2/assets/upload"),
    ],
)
def test_rates(api: Api, sandbox: SandboxProcess, setting: str, method: str, path: str) -> None:
    sandbox.settings(**{setting: 2})
    answers = [api.http.request(method, path) for _ in range(3)]
    limited = answers[-1]
    assert 429 not in [answer.status_code for answer in answers[:2]]
    assert (limited.status_code, limited.json()["errorCode"], limited.json()["error"]) == (429, "rate_limit_exceeded", "Too Many Requests")
    assert 55 <= int(limited.headers["Retry-After"]) <= 60
    assert Api(sandbox).http.request(method, path).status_code != 429


def test_rates_by_default(sandbox: SandboxProcess) -> None:
    httpx.delete(f"{sandbox.control_url}/settings", trust_env=False)
    settings = sandbox.settings()
    assert (settings["creates_per_minute"], settings["reads_per_minute"], settings["uploads_per_minute"]) == (60, 600, 120)


def test_three_slots(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(pending_s=1.0, processing_s=1.0)
    ids = [api.create(body).json()["id"] for _ in range(3)]
    bought = len(sandbox.ledger())
    full = api.create(body, key="k")
    assert full.status_code == 429
    told = full.json()
    assert (told["errorCode"], told["activeGenerations"], told["concurrencyLimit"]) == ("concurrency_limit_reached", 3, 3)
    assert told["retryAfterSeconds"] > 0
    assert told["upgradeUrl"].startswith("https://")
    assert len(sandbox.ledger()) == bought
    api.finish(ids[0])
    assert api.create(body, key="k").status_code == 201


def test_slots_are_the_plan_s_unless_set(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(pending_s=60.0, plan="Hobbyist")
    assert [api.create(body).status_code for _ in range(2)] == [201, 429]
    sandbox.settings(slots=2)
    assert [api.create(body).status_code for _ in range(2)] == [201, 429]
    sandbox.settings(plan="Enterprise", slots=None)
    assert [api.create(body).status_code for _ in range(5)] == [201] * 5


def test_slots_are_counted_while_media_are_looked_at(api: Api, sandbox: SandboxProcess, clip: Path, speech: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    sandbox.settings(accept_s=0.5, pending_s=5.0)
    body = api.body(clip, speech)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: api.create(body).status_code, range(5)))
    assert sorted(answers) == [201, 201, 201, 429, 429]
