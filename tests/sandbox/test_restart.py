"""kill -9 at any moment, and the next process knows everything that was ever answered."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import INSTANT, SandboxProcess

FINISHED = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path / "deep" / "state") as sandbox:
        yield sandbox


def restarted(sandbox: SandboxProcess) -> None:
    sandbox.kill()
    sandbox.start()


def test_everything_is_still_there(own: SandboxProcess, clip: Path, speech: Path) -> None:
    own.settings(**INSTANT)
    api = Api(own)
    body: dict[str, Any] = api.body(clip, speech)
    done = api.finish(api.create(body, key="k").json()["id"])
    own.settings(pending_s=0.5)
    running = api.create({**body, "outputFileName": "running"}, key="k2").json()
    own.plan(operation="models", kind="error")
    links = api.presign(speech)
    ledger, finished = own.ledger(), api.http.get(f"/v2/generate/{FINISHED}").json()
    restarted(own)
    assert [purchase["id"] for purchase in own.ledger()] == [purchase["id"] for purchase in ledger]
    assert own.ledger()[0] == ledger[0]
    assert own.settings()["pending_s"] == 0.5
    assert api.create(body, key="k").json()["id"] == done["id"]
    assert api.create({**body, "outputFileName": "running"}, key="k2").json()["id"] == running["id"]
    assert api.create(body, key="k2").status_code == 409
    assert api.bare.get(done["outputUrl"], follow_redirects=True).status_code == 200
    assert api.finish(running["id"])["status"] == "COMPLETED"
    assert api.bare.put(links["uploadUrl"], content=speech.read_bytes(), headers={"Content-Type": "audio/wav"}).status_code == 200
    assert api.http.get("/v2/models").status_code == 500
    assert api.http.get("/v2/assets").json()["totalCount"] == 2
    assert api.http.get(f"/v2/generate/{FINISHED}").json()["outputDuration"] == finished["outputDuration"]


def test_a_film_half_made_is_made_again(own: SandboxProcess, clip: Path, speech: Path) -> None:
    own.settings(pending_s=0.0, processing_s=1.0)
    api = Api(own)
    id = api.create(api.body(clip, speech)).json()["id"]
    restarted(own)
    assert api.finish(id)["status"] == "COMPLETED"
    assert not list((own.state_dir / "objects").glob("*.part"))


def test_a_batch_goes_on(own: SandboxProcess, clip: Path, speech: Path) -> None:
    own.settings(**INSTANT, plan="Scale", batch_min_lines=1)
    api = Api(own)
    body = api.body(clip, speech)
    rows = "\n".join(
        f'{{"request_id": "r{n}", "endpoint": "/v2/generate", "payload": {httpx.Request("POST", "http://x", json=body).content.decode()}}}'
        for n in range(12)
    )
    batch = api.http.post("/v2/batch", files={"input": rows.encode()}).json()
    while not own.ledger():
        time.sleep(0.01)
    restarted(own)
    while (now := api.http.get(f"/v2/batch/{batch['id']}").json())["status"] != "COMPLETED":
        time.sleep(0.05)
    assert now["metrics"]["success_count"] == 12
    assert len(own.ledger()) == 12


def test_a_fast_clock(tmp_path: Path, clip: Path, speech: Path) -> None:
    environment = {"SYNC_LIPSYNC_CLOCK": f"30@{time.time()}"}
    with SandboxProcess(tmp_path, environment=environment) as sandbox:
        sandbox.settings(pending_s=20.0, processing_s=40.0)
        api = Api(sandbox)
        began = time.monotonic()
        assert api.made(api.body(clip, speech))["status"] == "COMPLETED"
        assert 1.9 < time.monotonic() - began < 6


def test_the_port_stays_while_it_is_free(own: SandboxProcess) -> None:
    before = own.sync_url
    own.stop()
    own.start()
    assert own.sync_url == before
    own.stop()
    port = int(before.rpartition(":")[2])
    with httpx.Client() as _, _listening(port):
        own.start()
        assert own.sync_url != before


def _listening(port: int) -> Any:
    import socket

    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen()
    return taken
