"""Reading back: sync-api.md 2.3 to 2.7, 2.9, 2.10."""

from __future__ import annotations

import time
import uuid
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess

FINISHED = "00000000-0000-4000-8000-000000000001"


def error(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("errorCode")


@pytest.mark.parametrize("path", ["/v2/generate/{}", "/v2/generations/{}"])
def test_ids(api: Api, path: str) -> None:
    assert error(api.http.get(path.format(uuid.uuid4()))) == (404, "generation_not_found")
    assert error(api.http.get(path.format("abc"))) == (400, "unsupported_generation_id_format")
    assert error(api.http.get(path.format("a%20b"))) == (400, "invalid_generation_id")


def test_generations_are_their_organisation_s_own(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    id = api.create(body).json()["id"]
    for path in (f"/v2/generate/{id}", f"/v2/generations/{id}", f"/v2/generations/{id}/download", f"/v2/generate/{id}/costs"):
        assert error(Api(sandbox).http.get(path)) == (404, "generation_not_found")


def test_states_on_the_clock(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(pending_s=0.4, processing_s=0.4)
    id, seen = api.create(body).json()["id"], []
    while not seen or seen[-1] != "COMPLETED":
        status = api.http.get(f"/v2/generations/{id}").json()["status"]
        seen += [] if seen and seen[-1] == status else [status]
    assert seen == ["PENDING", "PROCESSING", "COMPLETED"]


def test_a_short_job_ends_within_ten_seconds(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    httpx.delete(f"{sandbox.control_url}/settings", trust_env=False)
    began = time.monotonic()
    assert api.made(body)["status"] == "COMPLETED"
    assert 3 < time.monotonic() - began < 10


@pytest.mark.parametrize(
    "query", ["timeout=0", "timeout=11", "timeout=55", "timeout=x", "wait=maybe", "include=all", "wait=true&include=progress"]
)
def test_bad_waits(api: Api, query: str) -> None:
    answer = api.http.get(f"/v2/generate/{FINISHED}?{query}")
    assert answer.status_code == 400
    assert isinstance(answer.json()["message"], list)


def test_long_poll_waits(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(pending_s=1.5)
    id, began = api.create(body).json()["id"], time.monotonic()
    first = api.http.get(f"/v2/generate/{id}", params={"wait": "true", "timeout": "1"})
    assert (first.json()["status"], 0.9 < time.monotonic() - began < 1.4) == ("PENDING", True)
    assert (first.headers["Retry-After"], first.headers["X-Sync-Wait-Mode"], first.headers["X-Sync-Wait-Timeout-Seconds"]) == (
        "2",
        "long_poll",
        "1",
    )
    second = api.http.get(f"/v2/generate/{id}", params={"wait": "true"})
    assert (second.json()["status"], second.headers["X-Sync-Wait-Timeout-Seconds"]) == ("COMPLETED", "5")
    assert time.monotonic() - began < 4
    plain = api.http.get(f"/v2/generate/{id}")
    assert "X-Sync-Wait-Mode" not in plain.headers


def test_progress(api: Api) -> None:
    assert "progress" in api.http.get(f"/v2/generate/{FINISHED}?include=progress").json()
    assert "progress" not in api.http.get(f"/v2/generate/{FINISHED}").json()


def test_list(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    ids = [api.made(body)["id"] for _ in range(3)]
    newest_first = [*reversed(ids), FINISHED]

    def listed(**query: Any) -> list[str]:
        answer = api.http.get("/v2/generations", params=query)
        assert answer.status_code == 200, answer.text
        assert isinstance(answer.json(), list)
        return [generation["id"] for generation in answer.json()]

    assert listed(limit=100) == newest_first
    assert listed(limit=2) == newest_first[:2]
    assert listed(limit=2, cursor=newest_first[1]) == newest_first[2:]
    assert listed(limit=2, cursor=newest_first[3]) == []
    assert sorted(listed()) == sorted(newest_first)
    assert listed(limit=9, ids=f"{ids[0]},{ids[1]}") == [ids[1], ids[0]]
    assert listed(limit=9, ids=[ids[0], ids[1]]) == [ids[1], ids[0]]
    assert listed(limit=9, status="FAILED,REJECTED") == []
    assert listed(limit=9, status=["COMPLETED", "FAILED"]) == newest_first
    assert api.http.get("/v2/generations/count", params={"status": "COMPLETED"}).json() == {"count": 4}


def test_list_by_source(api: Api, body: dict[str, Any]) -> None:
    made = api.http.post("/v2/generate", json=body, headers={"x-sync-source": "comfyui"}).json()
    api.create(body)
    assert [g["id"] for g in api.http.get("/v2/generations?source=comfyui,mcp").json()] == [made["id"]]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        f"cursor={FINISHED}",
        "limit=2&cursor=5b4c7a52-6a0e-4c93-9a2e-1f0d6f3c8b11",
        "status=DONE",
        "projectId=x",
    ],
)
def test_bad_lists(api: Api, query: str) -> None:
    assert api.http.get(f"/v2/generations?{query}").status_code == 400


def test_the_finished_generation_is_always_there(api: Api) -> None:
    found = api.http.get(f"/v2/generate/{FINISHED}").json()
    assert (found["status"], found["createdAt"]) == ("COMPLETED", "2026-01-01T00:00:00.000Z")
    film = api.bare.get(found["outputUrl"], follow_redirects=True)
    assert film.content[4:8] == b"ftyp"
    assert error(api.http.delete(f"/v2/generations/{FINISHED}")) == (409, "generation_conflict")


def test_delete(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(pending_s=0.5)
    id = api.create(body).json()["id"]
    assert error(api.http.delete(f"/v2/generations/{id}")) == (409, "generation_not_deletable_while_processing")
    done = api.finish(id)
    assert api.http.delete(f"/v2/generations/{id}").json()["status"] == "COMPLETED"
    assert error(api.http.get(f"/v2/generate/{id}")) == (404, "generation_not_found")
    assert api.bare.get(done["outputUrl"]).status_code == 404
    assert sandbox.ledger()[-1]["id"] == id


def test_links_are_made_for_whoever_asks(api: Api, body: dict[str, Any]) -> None:
    id = api.made(body)["id"]
    port = api.http.base_url.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "sandbox.example:80"):
        asked = {"Host": host}
        assert api.http.get(f"/v2/generate/{id}", headers=asked).json()["outputUrl"].startswith(f"http://{host}/v2/")
        assert api.http.get(f"/v2/generations/{id}/download", headers=asked).text.startswith(f"http://{host}/storage/")
        presigned = api.http.post(
            "/v2/assets/upload", json={"fileName": "a.wav", "contentType": "audio/wav", "size": 1}, headers=asked
        ).json()
        assert all(presigned[name].startswith(f"http://{host}/storage/") for name in ("url", "uploadUrl"))


def test_result_redirects_and_needs_no_key(api: Api, body: dict[str, Any]) -> None:
    done = api.made({**body, "outputFileName": "mine"})
    moved = api.bare.get(done["outputUrl"])
    assert moved.status_code == 302
    film = api.bare.get(moved.headers["Location"])
    assert film.headers["Content-Type"] == "video/mp4"
    assert "/mine.mp4?" in moved.headers["Location"]
    part = api.bare.get(moved.headers["Location"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert api.bare.head(moved.headers["Location"]).headers["Content-Length"] == str(len(film.content))


def test_links_expire(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    done = api.made(body)
    with sandbox.with_settings(storage_link_s=0.3):
        link = api.bare.get(done["outputUrl"]).headers["Location"]
        assert api.bare.get(link).status_code == 200
        time.sleep(0.4)
        expired = api.bare.get(link)
        assert (expired.status_code, "Request has expired" in expired.text, expired.headers["Content-Type"][:15]) == (
            403,
            True,
            "application/xml",
        )
        assert api.bare.get(done["outputUrl"], follow_redirects=True).status_code == 200
    with sandbox.with_settings(output_link_s=0.3):
        output_url = api.http.get(f"/v2/generate/{done['id']}").json()["outputUrl"]
        time.sleep(0.4)
        assert api.bare.get(output_url).status_code == 403
    assert api.bare.get(api.http.get(f"/v2/generations/{done['id']}/download").text).status_code == 200


def test_links_cannot_be_edited(api: Api, body: dict[str, Any]) -> None:
    done = api.made(body)
    assert api.bare.get(done["outputUrl"] + "0").status_code == 403
    link = api.http.get(f"/v2/generations/{done['id']}/download").text
    assert api.bare.get(link.replace("Expires=", "Expires=9")).status_code == 403
    assert api.bare.get(link.partition("?")[0]).status_code == 403


def test_download_is_plain_text(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(processing_s=0.5)
    id = api.create(body).json()["id"]
    assert error(api.http.get(f"/v2/generations/{id}/download")) == (409, "generation_conflict")
    api.finish(id)
    answer = api.http.get(f"/v2/generations/{id}/download")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert httpx.URL(answer.text).scheme == "http"


def test_costs(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.settings(processing_s=0.5)
    id = api.create(body).json()["id"]
    pending = api.http.get(f"/v2/generate/{id}/costs").json()
    assert (pending["availability"], pending["totalCostUsd"], pending["retryAfterSeconds"]) == ("pending", None, 5)
    api.finish(id)
    done = api.http.get(f"/v2/generate/{id}/costs").json()
    assert (done["generationId"], done["availability"], done["totalCostUsd"], done["currency"]) == (id, "complete", "0.050000", "USD")


@pytest.mark.parametrize("path", ["/v2/generations/estimate", "/v2/generate/estimate-cost"])
def test_estimate_by_length(api: Api, sandbox: SandboxProcess, path: str) -> None:
    told = api.http.post(path, json={"model": "lipsync-2-pro", "duration": 3})
    assert told.json() == {"estimatedFrameCount": 90, "estimatedGenerationCost": pytest.approx(0.2997), "estimatedCredits": None}
    assert api.http.post(path, json={"model": "lipsync-2-pro", "duration": 3, "fps": 25}).json()["estimatedFrameCount"] == 75
    with sandbox.with_settings(estimate_shape="array", plan="Scale"):
        (told,) = api.http.post(path, json={"model": "sync-3", "duration": 1}).json()
        assert told["estimatedGenerationCost"] == pytest.approx(30 * 0.00534 * 0.8)
    assert error(api.http.post(path, json={"model": "lipsync-9", "duration": 3})) == (422, "cost_estimate_unavailable")
    for bad in ({}, {"model": "sync-3"}, {"model": "sync-3", "duration": 0}, {"model": "sync-3", "duration": 1, "fps": -1}):
        assert api.http.post(path, json=bad).status_code == 400


def test_estimate_by_media(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    bought = len(sandbox.ledger())
    assert api.http.post("/v2/analyze/cost", json=body).json() == [{"estimatedFrameCount": 25, "estimatedGenerationCost": 0.05}]
    with sandbox.with_settings(analyze_shape="object"):
        assert api.http.post("/v2/analyze/cost", json=body).json()["estimatedFrameCount"] == 25
    broken = {**body, "input": [{"type": "video", "url": "http://127.0.0.1:9/v.mp4"}, body["input"][1]]}
    assert api.http.post("/v2/analyze/cost", json=broken).status_code == 422
    assert len(sandbox.ledger()) == bought


def test_error_catalogue_needs_no_key(api: Api) -> None:
    catalogue = api.bare.get("/v2/errors").json()
    assert len(catalogue) == 62
    assert set(catalogue[0]) == {"code", "message", "suggestion"}
