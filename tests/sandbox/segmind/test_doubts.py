"""The sandbox's own count of submits that no client could settle."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import httpx
import pytest

from tests.sandbox.segmind.conftest import PRO, Segmind
from tests.support.sandbox_process import SandboxProcess


@pytest.fixture
def sent(segmind: Segmind, body: dict[str, Any]) -> str:
    """A body of this test's own, to the letter."""
    return json.dumps({**body, "temperature": 0.5})


def submit(segmind: Segmind, sent: str) -> httpx.Response | None:
    with contextlib.suppress(httpx.TransportError):
        return segmind.http.post(f"/v2/{PRO}", content=sent, headers={"content-type": "application/json"})
    return None


def due(sandbox: SandboxProcess, sent: str, *, attempt: int | None = None) -> int:
    interrupted = [] if attempt is None else [(sent, attempt)]
    return sandbox.unsettled(*interrupted).count(sent)


def fault(kind: str, **more: Any) -> dict[str, Any]:
    return {"operation": "segmind_submit", "kind": kind, **more}


ACCEPTED = [fault("drop_after"), fault("truncated"), fault("wrong_length"), fault("garbage"), fault("error", status=500, accepted=True)]
NOT_ACCEPTED = [fault("drop_before"), fault("error", status=503), fault("html"), fault("error", status=408)]
REFUSED = [fault("error", status=429), fault("error", status=400)]


def test_what_was_answered_is_settled(segmind: Segmind, sandbox: SandboxProcess, sent: str) -> None:
    assert submit(segmind, sent) is not None
    assert due(sandbox, sent) == 0


@pytest.mark.parametrize("plan", REFUSED, ids=str)
def test_a_refusal_is_settled(segmind: Segmind, sandbox: SandboxProcess, sent: str, plan: dict[str, Any]) -> None:
    sandbox.plan(plan)
    submit(segmind, sent)
    assert due(sandbox, sent) == 0


@pytest.mark.parametrize("plan", NOT_ACCEPTED, ids=str)
def test_what_was_neither_answered_nor_accepted_cannot_be_settled(
    segmind: Segmind, sandbox: SandboxProcess, sent: str, plan: dict[str, Any]
) -> None:
    sandbox.plan(plan)
    submit(segmind, sent)
    assert due(sandbox, sent) == 1


@pytest.mark.parametrize("plan", ACCEPTED, ids=str)
def test_the_only_row_with_the_same_body_settles_it(segmind: Segmind, sandbox: SandboxProcess, sent: str, plan: dict[str, Any]) -> None:
    sandbox.plan(plan)
    submit(segmind, sent)
    assert due(sandbox, sent) == 0
    with sandbox.with_settings(segmind_history_leaves_out=[sandbox.ledger()[-1]["id"]]):
        assert due(sandbox, sent) == 1


def test_two_rows_settle_nothing(segmind: Segmind, sandbox: SandboxProcess, sent: str) -> None:
    sandbox.plan(fault("drop_after", times=2))
    submit(segmind, sent)
    submit(segmind, sent)
    assert due(sandbox, sent) == 2
    segmind.http.get(f"/v2/requests/{sandbox.ledger()[-1]['id']}/status")
    assert due(sandbox, sent) == 0, "one of them is known by its id, so the other is the other's"


def test_an_interrupted_client_may_not_have_read_its_answer(segmind: Segmind, sandbox: SandboxProcess, sent: str) -> None:
    answer = submit(segmind, sent)
    assert answer is not None
    id = answer.json()["request_id"]
    assert due(sandbox, sent, attempt=1) == 0, "the history settles it"
    with sandbox.with_settings(segmind_history_leaves_out=[id]):
        assert due(sandbox, sent, attempt=1) == 1
        segmind.http.get(f"/v2/requests/{id}/status")
        assert due(sandbox, sent, attempt=1) == 0
    assert due(sandbox, sent, attempt=2) == 1, "the second attempt never arrived"


def test_an_interrupted_client_whose_submit_never_arrived_cannot_know(sandbox: SandboxProcess, sent: str) -> None:
    assert due(sandbox, sent) == 0
    assert due(sandbox, sent, attempt=1) == 1


def test_only_what_is_exactly_known_is_taken(sandbox: SandboxProcess) -> None:
    for posted in ({}, [{"body": "x"}], [{"body": "x", "attempt": "1"}], [["x", 1]]):
        answer = httpx.post(f"{sandbox.control_url}/segmind/unsettled", json=posted, trust_env=False)
        assert answer.status_code == 400
