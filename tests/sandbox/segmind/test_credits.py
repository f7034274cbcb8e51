"""Credits: reserved by a submit, taken by a completed job, given back by a failed one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.segmind.conftest import Segmind
from tests.support.sandbox_process import SandboxProcess

PRICE_USD = 0.084  # of the one-second clip


def test_balance(segmind: Segmind) -> None:
    assert segmind.credits() == {"credits": 100.0, "free-credits": 0.0}
    segmind.give(0.0, free_credits=0.0184921035)
    assert segmind.credits() == {"credits": 0.0, "free-credits": 0.0184921035}
    segmind.give(None)
    answer = segmind.http.get("/v1/get-user-credits")
    assert (answer.status_code, answer.json()) == (404, {"error": "No credits found for the user"})


def test_taken_when_completed(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    segmind.give(0.1, free_credits=0.05)
    sandbox.settings(processing_s=1.0)
    id = segmind.submitted(body)
    assert segmind.credits() == {"credits": 0.1, "free-credits": 0.05}
    refused = segmind.submit(body)
    assert (refused.status_code, refused.json()) == (
        406,
        {"error": "Insufficient credits: your balance is $0.0660 and this request needs $0.0840"},
    )
    assert segmind.result(id)["metrics"]["remaining_credits"] == pytest.approx(0.066)
    assert segmind.credits() == {"credits": pytest.approx(0.066), "free-credits": 0.0}
    assert len(segmind.purchases()) == 1


def test_given_back_when_failed(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    segmind.give(PRICE_USD)
    sandbox.plan(operation="segmind_submit", kind="outcome")
    assert segmind.ended(segmind.submitted(body)).status_code == 422
    assert segmind.credits()["credits"] == PRICE_USD
    assert segmind.purchases()[-1]["cost_usd"] == 0
    assert segmind.ended(segmind.submitted(body)).status_code == 200
    assert segmind.credits()["credits"] == 0
    assert segmind.submit(body).status_code == 406


def test_two_at_once_share_one_balance(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    segmind.give(PRICE_USD * 1.5)
    sandbox.settings(accept_s=0.3)
    with ThreadPoolExecutor(3) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(lambda _: segmind.submit(body), range(3)))
    assert statuses == [200, 406, 406]


def test_spend_limit(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(segmind_spend_limit_usd=0.1)
    segmind.submitted(body)
    refused = segmind.submit(body)
    assert (refused.status_code, refused.json()) == (406, {"error": "Team spend limit of $0.10 reached"})


def test_settable_again(segmind: Segmind, body: dict[str, Any]) -> None:
    segmind.ended(segmind.submitted(body))
    time.sleep(0.1)
    segmind.give(5.0)
    assert segmind.credits()["credits"] == 5.0
