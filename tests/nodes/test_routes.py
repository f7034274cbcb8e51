"""The routes of the browser side in a real server: what they do for our own page, and that nobody else changes anything."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.nodes.conftest import Canvas
from tests.sandbox.clips import make_wav, tone
from tests.support.sandbox_process import SandboxProcess

KEY = "panel-Rk4WzT8mBq1x-Nc7LpD2vYs9f"
PIECES = (KEY, "Rk4WzT8m", "Nc7LpD2v")
HOOK = "https://hooks.example.com/t/Hq6ZrX3c?token=Vb9JwM5k"
PREFIX = "/sync_lipsync/v1/"
VARIABLES = ("SYNC_API_KEY", "SEGMIND_API_KEY", "SYNC_MAX_USD_PER_DAY", "SYNC_WEBHOOK_URL", "SYNC_PLAN")
FOREIGN = "203.0.113.7"
CHANGES: dict[str, dict[str, Any]] = {
    "key": {"service": "sync", "key": KEY},
    "key/test": {"service": "sync"},
    "key/remove": {"service": "sync"},
    "limit": {"usd": 1000},
    "webhook": {"url": HOOK},
    "plan": {"plan": "Scale"},
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def forged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Gives a request the peer that the test wants it to have."""
    peer = request.headers.get("x-test-peer")
    return await handler(request.clone(remote=peer) if peer else request)


@web.middleware
async def permissive(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What ComfyUI does under --enable-cors-header, in place of its own check of origins."""
    answer = web.Response() if request.method == "OPTIONS" else await handler(request)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Allow-Methods"] = "POST, GET, DELETE, PUT, OPTIONS, PATCH"
    answer.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
    return answer


class Panel:
    """The pack's routes as a client reaches them."""

    def __init__(self, client: TestClient[Any, Any], state_dir: Path) -> None:
        self.client, self.state_dir = client, state_dir

    @property
    def origin(self) -> str:
        return str(self.client.make_url("")).rstrip("/")

    @property
    def own_tab(self) -> dict[str, str]:
        """What a browser adds to a request of our own page."""
        return {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        answer = await self.client.get(PREFIX + path, params=query)
        return answer.status, await answer.json()

    async def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        answer = await self.client.post(PREFIX + path, json=body, headers=self.own_tab if headers is None else headers)
        return answer.status, await answer.json()

    def saved(self) -> dict[str, Any]:
        """All that the routes have written down."""
        found = [self.state_dir / name for name in ("keys.json", "settings.json")]
        return {path.name: json.loads(path.read_text()) for path in found if path.exists()}


@pytest.fixture(params=["", "--enable-cors-header"])
async def panel(
    request: pytest.FixtureRequest, canvas: Canvas, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Panel]:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    app = web.Application(middlewares=[permissive, forged] if request.param else [forged])
    app.add_routes(sys.modules["server"].PromptServer.instance.routes)
    async with TestClient(TestServer(app)) as client:
        yield Panel(client, canvas.base / "user" / "__sync_lipsync")


# For our own page.


async def test_a_key_is_saved_tested_used_and_removed(panel: Panel, canvas: Canvas) -> None:
    status, told = await panel.get("status")
    assert (status, told["keys"]["sync"]["source"]) == (200, None)
    status, told = await panel.post("key", {"service": "sync", "key": f" {KEY}\n"})
    assert (status, told["keys"]["sync"]["source"]) == (200, "file")
    assert told["keys"]["segmind"]["source"] is None
    assert await panel.post("key/test", {"service": "sync"}) == (200, {"credits_usd": None})
    status, told = await panel.post("key/remove", {"service": "sync"})
    assert (status, told["keys"]["sync"]["source"]) == (200, None)
    status, told = await panel.post("key/test", {"service": "sync"})
    assert status == 400
    assert "There is no Sync key." in told["error"]


async def test_a_bad_key_is_told_with_what_to_do(panel: Panel) -> None:
    await panel.post("key", {"service": "sync", "key": "bad-key-of-this-user"})
    status, told = await panel.post("key/test", {"service": "sync"})
    assert status == 400
    assert "Sync does not accept the key in ComfyUI's settings." in told["error"]
    assert "bad-key" not in told["error"]


async def test_a_key_of_the_environment_is_told_as_such(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_API_KEY", KEY)
    _, told = await panel.get("status")
    expected = {"source": "environment", "title": "Sync", "variable": "SYNC_API_KEY", "keys_page": "sync.so/settings/api-keys"}
    assert told["keys"]["sync"] == expected
    assert not any(piece in json.dumps(told) for piece in PIECES)


async def test_the_limit_and_the_webhook_are_saved_and_taken_back(panel: Panel) -> None:
    await panel.post("limit", {"usd": 12.5})
    _, told = await panel.post("webhook", {"url": HOOK})
    assert told["limit"] == {"value": 12.5, "source": "file", "variable": "SYNC_MAX_USD_PER_DAY"}
    assert told["webhook"] == {"host": "hooks.example.com", "source": "file", "variable": "SYNC_WEBHOOK_URL"}
    assert panel.saved()["settings.json"] == {"max_usd_per_day": 12.5, "webhook_url": HOOK}
    await panel.post("limit", {"usd": None})
    _, told = await panel.post("webhook", {"url": ""})
    assert (told["limit"]["value"], told["webhook"]["host"]) == (50.0, None)


async def test_the_plan_is_saved_and_taken_back(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    known = ["Free", "Hobbyist", "Creator", "Growth", "Scale", "Enterprise"]
    _, told = await panel.post("plan", {"plan": "growth"})
    assert told["plan"] == {"value": "Growth", "source": "file", "variable": "SYNC_PLAN", "known": known}
    assert panel.saved()["settings.json"] == {"plan": "Growth"}
    monkeypatch.setenv("SYNC_PLAN", "Scale")
    _, told = await panel.post("plan", {"plan": ""})
    assert (told["plan"]["value"], told["plan"]["source"]) == ("Scale", "environment")
    monkeypatch.delenv("SYNC_PLAN")
    assert (await panel.get("status"))[1]["plan"] == {"value": None, "source": "default", "variable": "SYNC_PLAN", "known": known}


async def test_the_accounts_own_voices(panel: Panel, sandbox: SandboxProcess, tmp_path: Path) -> None:
    assert await panel.get("voices", service="sync") == (200, [])
    key = f"sk-{uuid.uuid4().hex}"
    await panel.post("key", {"service": "sync", "key": key})
    voice = clone_voice(sandbox, key, make_wav(tmp_path / "sample.wav", tone(31)))
    status, labels = await panel.get("voices", service="sync")
    assert (status, labels) == (200, [f"My own ({voice})"]), "built-in ones are in the node's list already"
    sandbox.clear_requests()
    assert (await panel.get("voices", service="sync"))[1] == labels
    assert sandbox.requests() == [], "asked once and remembered"


async def test_the_jobs_are_those_that_wait_for_lip_sync_offers(panel: Panel, canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await panel.get("jobs") == (200, [])
    monkeypatch.setenv("SYNC_API_KEY", KEY)
    run = await in_a_thread(canvas.lip_sync)
    assert run.errors == {}
    _, jobs = await panel.get("jobs")
    assert len(jobs) == 1
    assert jobs == canvas.host.object_info()["SyncPoll"]["input"]["optional"]["pick"][1]["options"][1:]


# For anybody else.


async def refused(panel: Panel, path: str, headers: dict[str, str]) -> None:
    before = panel.saved()
    status, told = await panel.post(path, CHANGES[path], headers)
    assert status == 403
    assert all(variable in told["error"] for variable in VARIABLES)
    assert panel.saved() == before


@pytest.mark.parametrize("path", CHANGES)
async def test_strangers_change_nothing(panel: Panel, path: str) -> None:
    own, origin = panel.own_tab, panel.origin
    port = origin.rpartition(":")[2]
    rebound = f"evil.example:{port}"
    strangers = {
        "a page of another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        "such a page that hides where it is": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        "a page of another port of this machine": {"Origin": "http://127.0.0.1:9", "Sec-Fetch-Site": "same-site"},
        "an older browser's page of another site": {"Origin": "https://evil.example"},
        "a browser without fetch metadata": {"Origin": origin},
        "an address typed into the browser": {"Sec-Fetch-Site": "none"},
        "a name that leads here (DNS rebinding)": {"Host": rebound, "Origin": f"http://{rebound}", "Sec-Fetch-Site": "same-origin"},
        "such a name without any metadata": {"Host": rebound},
        "a name that begins like ours": {**own, "Host": f"localhost.evil.example:{port}"},
        "a name that hides ours": {**own, "Host": f"127.0.0.1:{port}@evil.example"},
        "no name": {**own, "Host": ""},
        "our page, with another scheme": {**own, "Origin": origin.replace("http:", "https:")},
        "another machine": {**own, "x-test-peer": FOREIGN},
        "another machine's program": {"x-test-peer": FOREIGN},
        "another machine over IPv6": {"x-test-peer": "2001:db8::7"},
        "another machine that says it is this one": {**own, "x-test-peer": FOREIGN, "X-Forwarded-For": "127.0.0.1"},
        "another machine through a proxy here": {"X-Forwarded-For": FOREIGN},
        "another machine through a proxy that says so in the new way": {**own, "Forwarded": f"for={FOREIGN}"},
    }
    await panel.post("key", CHANGES["key"])
    for headers in strangers.values():
        await refused(panel, path, headers)
    assert panel.saved() == {"keys.json": {"sync": KEY}}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_by_all_its_names(panel: Panel, host: str, peer: str) -> None:
    own = {"Host": f"{host}:8188", "Origin": f"http://{host}:8188", "Sec-Fetch-Site": "same-origin", "x-test-peer": peer}
    assert (await panel.post("limit", {"usd": 1}, own))[0] == 200
    program = {"Host": f"{host}:8188", "x-test-peer": peer}
    assert (await panel.post("limit", {"usd": 2}, program))[0] == 200


async def test_a_header_that_is_sent_twice_counts_as_none(panel: Panel) -> None:
    for twice in ("Origin", "Sec-Fetch-Site"):
        headers = [*panel.own_tab.items(), (twice, panel.own_tab[twice])]
        answer = await panel.client.post(PREFIX + "limit", json={"usd": 1}, headers=headers)
        assert answer.status == 403
    assert panel.saved() == {}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"]
)
async def test_only_json_is_taken(panel: Panel, content_type: str) -> None:
    headers = {**panel.own_tab, "Content-Type": content_type}
    for path, body in CHANGES.items():
        answer = await panel.client.post(PREFIX + path, data=json.dumps(body).encode(), headers=headers)
        assert answer.status == 415
    assert panel.saved() == {}


@pytest.mark.parametrize("path", CHANGES)
async def test_nothing_is_changed_by_get(panel: Panel, path: str) -> None:
    answer = await panel.client.get(PREFIX + path, params={"service": "sync", "key": KEY})
    assert answer.status == 405


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff", f'{{"service": "sync", "key": "{KEY}"'.encode()])
async def test_what_is_no_json_object_is_refused_without_an_echo(panel: Panel, body: bytes) -> None:
    headers = {**panel.own_tab, "Content-Type": "application/json"}
    answer = await panel.client.post(PREFIX + "key", data=body, headers=headers)
    assert answer.status == 400
    assert KEY not in await answer.text()
    assert panel.saved() == {}


async def test_a_body_that_is_too_long_is_refused(panel: Panel) -> None:
    assert (await panel.post("key", {"service": "sync", "key": "x" * 20_000}))[0] == 413
    assert panel.saved() == {}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("key", {"service": "other", "key": KEY}),
        ("key", {"service": ["sync"], "key": KEY}),
        ("key", {"service": "sync"}),
        ("key", {"service": "sync", "key": f"{KEY} {KEY}"}),
        ("key/test", {}),
        ("key/remove", {"service": "../sync"}),
        ("limit", {"usd": -1}),
        ("limit", {"usd": "a lot"}),
        ("plan", {"plan": "Starter"}),
        ("plan", {"plan": ["Scale"]}),
        ("webhook", {"url": "http://hooks.example.com/"}),
        ("webhook", {"url": "https://169.254.169.254/latest/meta-data"}),
    ],
)
async def test_what_makes_no_sense_is_told_in_a_sentence(panel: Panel, path: str, body: dict[str, Any]) -> None:
    status, told = await panel.post(path, body)
    assert (status, told["error"][-1]) == (400, ".")
    assert not any(piece in told["error"] for piece in PIECES)
    assert panel.saved() == {}


# Secrets.


async def test_no_answer_and_no_log_holds_a_secret(panel: Panel, canvas: Canvas, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    heard = [await panel.post(path, body) for path, body in CHANGES.items() if path != "key/remove"]
    heard += [await panel.get("status"), await panel.get("jobs"), await panel.get("voices", service="sync")]
    heard += [await panel.post("key/test", {"service": "sync"}), await panel.post("key/remove", {"service": "sync"})]
    assert all(status == 200 for status, _ in heard)
    secrets = [*PIECES, "Hq6ZrX3c", "Vb9JwM5k"]
    assert not [secret for secret in secrets if secret in json.dumps(heard) or secret in caplog.text]
    elsewhere = [path for path in canvas.base.rglob("*") if path.is_file() and path.name != "settings.json"]
    assert not [path for path in elsewhere if any(secret.encode() in path.read_bytes() for secret in secrets)]


async def test_no_answer_is_kept_by_the_browser(panel: Panel) -> None:
    for path in ("status", "jobs"):
        assert (await panel.client.get(PREFIX + path)).headers["Cache-Control"] == "no-store"


def clone_voice(sandbox: SandboxProcess, key: str, sample: Path) -> str:
    """A voice of the account of `key`: its id."""
    with httpx.Client(base_url=sandbox.sync_url, trust_env=False) as api:
        mine = {"x-api-key": key}
        wanted = {"fileName": sample.name, "contentType": "audio/wav", "size": sample.stat().st_size}
        place = api.post("/v2/assets/upload", json=wanted, headers=mine).json()
        api.put(place["uploadUrl"], content=sample.read_bytes(), headers={"Content-Type": "audio/wav"}).raise_for_status()
        made = api.post("/v2/voices", json={"provider": "elevenlabs", "name": "My own", "url": place["url"]}, headers=mine)
    return str(made.raise_for_status().json()["id"])


async def in_a_thread(work: Callable[[], Any]) -> Any:
    """The stand-in host runs a loop of its own for every prompt."""
    return await asyncio.to_thread(work)
