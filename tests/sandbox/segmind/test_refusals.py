"""Who is refused, and in which words: nothing that is refused is ever bought."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api
from tests.sandbox.segmind.conftest import PRO, REACT, Segmind
from tests.support.sandbox_process import SandboxProcess


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, "Missing Authorization or x-api-key in header"),
        ({"x-api-key": ""}, "Missing Authorization or x-api-key in header"),
        ({"x-api-key": "bad"}, "Invalid or expired API key"),
        ({"Authorization": "Bearer SG_0123456789abcdef"}, "Invalid or expired token"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/v2/{PRO}"),
        ("POST", f"/v1/{PRO}"),
        ("GET", "/v2/requests/x/status"),
        ("GET", "/v2/requests/x"),
        ("GET", "/v1/get-user-credits"),
        ("POST", "/upload-asset"),
        ("GET", "/inference-request/request-history"),
        ("GET", "/inference-model-information/list"),
    ],
)
def test_keys(sandbox: SandboxProcess, method: str, path: str, headers: dict[str, str], error: str) -> None:
    answer = httpx.request(method, sandbox.segmind_url + path, headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()) == (401, {"error": error})


def test_the_other_wording_of_a_rejected_key(segmind: Segmind, sandbox: SandboxProcess) -> None:
    sandbox.settings(segmind_key_refusal="code")
    answer = segmind.http.get("/v1/get-user-credits", headers={"x-api-key": "bad"})
    assert answer.json() == {"error": "invalid_api_key", "error_description": "Invalid or expired API key", "status_code": 401}


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"video_url": None}, 400, "Missing required field: video_url"),
        ({"audio_url": ""}, 400, "Missing required field: audio_url"),
        ({"video_url": "clip.mp4"}, 400, "valid URI"),
        ({"audio_url": "data:audio/mpeg;base64,AAAA"}, 400, "valid URI"),
        ({"sync_mode": "stretch"}, 406, "cut_off"),
        ({"sync_mode": 1}, 406, "sync_mode"),
        ({"sync_mode": None}, 400, "null"),
        ({"temperature": 1.5}, 400, "0 to 1"),
        ({"temperature": True}, 400, "temperature"),
        ({"temperature": "0.5"}, 400, "temperature"),
        ({"auto_active_speaker_detection": "yes"}, 400, "boolean"),
        ({"occlusion_detection_enabled": 1}, 400, "boolean"),
    ],
)
def test_values(segmind: Segmind, body: dict[str, Any], changes: dict[str, Any], status: int, error: str) -> None:
    answer = segmind.submit({**body, **changes})
    assert answer.status_code == status
    assert error in answer.json()["error"]
    assert segmind.purchases() == []


@pytest.mark.parametrize(("name", "value"), [("model_mode", "hands"), ("prompt", "bored"), ("prompt", "Happy")])
def test_values_of_react(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any], name: str, value: str) -> None:
    assert segmind.submit({**body, name: value}, REACT).status_code == 406
    assert segmind.submit({**body, name: value}).status_code == 200  # unknown to the other model, and so ignored
    sandbox.settings(segmind_react_parameters="unchecked")
    assert segmind.submit({**body, name: value, "sync_mode": "stretch"}, REACT).status_code == 200


def test_switches_of_the_checks(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    assert segmind.submit({**body, "seed": 7}).status_code == 200
    sandbox.settings(segmind_unknown_parameters="refused", segmind_null_parameters="ignored", segmind_bad_value="server_error")
    assert segmind.submit({**body, "seed": 7}).json() == {"error": "Unknown parameter: seed"}
    assert segmind.submit({**body, "sync_mode": None}).status_code == 200
    assert segmind.submit({**body, "temperature": 7}).status_code == 500
    sandbox.settings(segmind_bad_value="as_failed")
    failed = segmind.ended(segmind.submitted({**body, "temperature": 7}))
    assert (failed.status_code, failed.json()["error"]) == (422, "temperature must be a number from 0 to 1")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"text"'])
def test_bodies(segmind: Segmind, content: bytes) -> None:
    answer = segmind.http.post(f"/v2/{PRO}", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}])
def test_content_type(segmind: Segmind, body: dict[str, Any], headers: dict[str, str]) -> None:
    for path in (f"/v2/{PRO}", f"/v1/{PRO}", "/upload-asset"):
        answer = segmind.http.post(path, content=json.dumps(body).encode(), headers=headers)
        assert answer.status_code == 406
        assert answer.json()["error"].startswith("Invalid content type")


def test_models(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    assert segmind.submit(body, "sync.so-lipsync-2").status_code == 404
    assert segmind.submit(body, "get-user-credits").json() == {"error": "Model information not found"}
    sandbox.settings(segmind_forbidden=[PRO], segmind_retired=[REACT])
    assert segmind.submit(body, PRO).status_code == 403
    assert segmind.submit(body, REACT).status_code == 410
    listed = segmind.http.get("/inference-model-information/list").json()["models"]
    assert [model["slug"] for model in listed] == [PRO]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", f"/v2/{PRO}"), ("GET", f"/v1/{PRO}"), ("POST", "/v2/requests/x"), ("DELETE", "/v2/requests/x"), ("GET", "/upload-asset")],
)
def test_wrong_verbs(segmind: Segmind, method: str, path: str) -> None:
    answer = segmind.http.request(method, path)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (405, "text/html")


def test_unknown_paths(segmind: Segmind) -> None:
    assert segmind.http.get("/v3/requests/x").json() == {"error": "Not found"}


@pytest.mark.parametrize("form", ["iso", "seconds", "milliseconds"])
def test_rate(segmind: Segmind, sandbox: SandboxProcess, form: str) -> None:
    sandbox.settings(segmind_requests_per_minute=2, segmind_reset_form=form)
    answers = [segmind.http.post(f"/v2/{PRO}", json={}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    told, now = answers[2].headers["x-rate-limit-reset-at-utc"], datetime.now(timezone.utc)
    reset = datetime.fromisoformat(told.replace("Z", "+00:00")).timestamp() if form == "iso" else float(told)
    assert 50 < reset / (1000 if form == "milliseconds" else 1) - now.timestamp() <= 61
    assert "Retry-After" not in answers[2].headers
    assert segmind.http.get("/v2/requests/x").status_code == 404
    sandbox.settings(segmind_polls="counted")
    assert segmind.http.get("/v2/requests/x").status_code == 429


def test_nothing_of_one_service_is_seen_in_the_other(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    id = segmind.submitted(body)
    segmind.ended(id)
    sync = Api(sandbox, segmind.key)
    assert sync.http.get(f"/v2/generate/{id}").status_code == 404
    assert id not in [generation["id"] for generation in sync.http.get("/v2/generations").json()]
    (finished,) = sync.http.get("/v2/generations").json()
    assert segmind.http.get(f"/v2/requests/{finished['id']}").status_code == 404
    assert segmind.past(finished["id"]).status_code == 404
