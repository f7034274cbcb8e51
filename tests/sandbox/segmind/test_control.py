"""The back door takes nothing of Segmind's that it does not exactly know."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.sandbox_process import SandboxProcess


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"key": "k"},
        {"key": 1, "credits": 1},
        {"key": "k", "credits": -1},
        {"key": "k", "credits": "1"},
        {"key": "k", "credits": 1, "free": 2},
        {"key": "k", "credits": 1, "free_credits": None},
    ],
)
def test_credits(sandbox: SandboxProcess, body: Any) -> None:
    refused(sandbox, "/segmind/credits", body)


@pytest.mark.parametrize(
    "values",
    [
        {"segmind_credits": "1"},
        {"segmind_credits": -0.5},
        {"segmind_credits": True},
        {"segmind_record_s": None},
        {"segmind_output": "none"},
        {"segmind_failed_status": 400},
        {"segmind_forbidden": "sync.so-react-1"},
        {"segmind_history_leaves_out": [1]},
        {"segmind_upload_bytes": 0},
        {"slots": 1.5},
        {"plan": None},
    ],
)
def test_settings(sandbox: SandboxProcess, values: dict[str, Any]) -> None:
    before = sandbox.settings()
    refused(sandbox, "/settings", values)
    assert sandbox.settings() == before


@pytest.mark.parametrize(
    "plan",
    [
        {"operation": "segmind_submit", "kind": "expired"},
        {"operation": "segmind_status", "kind": "outcome"},
        {"operation": "segmind_submit", "kind": "outcome_unknown"},
        {"operation": "segmind_submit", "kind": "outcome", "error_code": "generation_pipeline_failed"},
        {"operation": "segmind_submit", "kind": "error", "error_code": "internal_error"},
        {"operation": "segmind_create", "kind": "error"},
    ],
)
def test_faults(sandbox: SandboxProcess, plan: dict[str, Any]) -> None:
    refused(sandbox, "/faults", plan)
    assert sandbox.faults() == []


def test_null_credits_and_limits(sandbox: SandboxProcess) -> None:
    assert sandbox.settings(segmind_credits=None, segmind_react_limit_s=None, slots=None)["segmind_credits"] is None
    assert sandbox.settings(segmind_credits=3)["segmind_credits"] == 3


def refused(sandbox: SandboxProcess, path: str, body: Any) -> None:
    answer = httpx.post(sandbox.control_url + path, json=body, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]
