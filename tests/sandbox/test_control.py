"""The back door: strict, in JSON, without a key, and it never tells one."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess


@pytest.mark.parametrize(
    "values",
    [
        {"slot": 3},
        {"slots": "3"},
        {"slots": -1},
        {"slots": True},
        {"plan": "Gold"},
        {"pending_s": "1"},
        {"pending_s": -1},
        {"replay_status": 202},
        {"conflict_names_generation": 1},
        {"estimate_shape": "list"},
        {"missing_paths": ["GET /v2/nothing"]},
        {"missing_paths": "GET /v2/generations"},
        {"pending_s": 2.0, "slot": 1},
        [],
    ],
)
def test_strict_settings(sandbox: SandboxProcess, values: Any) -> None:
    before = sandbox.settings()
    answer = httpx.post(f"{sandbox.control_url}/settings", json=values, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.settings() == before


def test_settings_are_kept_and_reset(sandbox: SandboxProcess) -> None:
    assert sandbox.settings(slots=2, plan="Growth")["slots"] == 2
    assert sandbox.settings(plan="Free")["slots"] == 2
    assert httpx.delete(f"{sandbox.control_url}/settings", trust_env=False).json()["plan"] == "Creator"


def test_requests(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.clear_requests()
    api.create({**body, "outputFileName": "seen"}, key="k")
    api.bare.get("/v2/nothing?a=1")
    create, lost = sandbox.requests()
    assert (create["operation"], create["method"], create["path"], create["key"]) == ("create", "POST", "/v2/generate", True)
    assert create["body"]["outputFileName"] == "seen"
    assert json.loads(create["body_text"]) == create["body"]
    assert ["idempotency-key", "k"] in [[name.lower(), value] for name, value in create["headers"]]
    assert (lost["operation"], lost["path"], lost["query"], lost["key"]) == (None, "/v2/nothing", [["a", "1"]], False)
    assert sandbox.requests("create") == [create]


def test_the_key_is_nowhere(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    api.made(body)
    api.bare.get("/v2/models", headers={"Authorization": f"Bearer {api.key}"})
    told = json.dumps([sandbox.requests(), sandbox.ledger(), sandbox.settings(), sandbox.faults()])
    assert api.key not in told
    for path in sandbox.state_dir.rglob("*"):
        assert path.is_dir() or api.key.encode() not in path.read_bytes()


def test_refused_creates_are_not_in_the_ledger(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    before = sandbox.ledger()
    api.create({**body, "model": "lipsync-9"})
    api.create({})
    assert sandbox.ledger() == before
