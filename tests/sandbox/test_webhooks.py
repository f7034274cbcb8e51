"""Webhooks: sync-api.md 2.11."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess


class Listener:
    """A web server on loopback that keeps what is posted to it."""

    def __init__(self) -> None:
        self.posts: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        posts = self.posts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posts.put((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


def test_signed_once_and_not_identical_to_get(api: Api, listener: Listener, body: dict[str, Any]) -> None:
    done = api.made({**body, "webhookUrl": listener.url, "outputFileName": "mine"})
    headers, raw = listener.posts.get(timeout=5)
    told = json.loads(raw)
    assert (told["id"], told["status"]) == (done["id"], "COMPLETED")
    assert not {"outputFileName", "projectId", "synthesizedAudioUrl", "errorCode"} & set(told)
    moment, _, signature = headers["Sync-Signature"].removeprefix("t=").partition(",v1=")
    secret = api.http.get("/v2/organizations/webhook/secret").json()["secret"]
    assert secret.startswith("whsec_")
    assert signature == hmac.new(secret.encode(), f"{moment}.".encode() + raw, hashlib.sha256).hexdigest()
    assert listener.posts.empty()


def test_failure_has_its_code_in_snake_case(api: Api, sandbox: SandboxProcess, listener: Listener, body: dict[str, Any]) -> None:
    sandbox.plan(operation="create", kind="outcome", error_code="generation_unknown_error")
    api.made({**body, "webhookUrl": listener.url})
    assert json.loads(listener.posts.get(timeout=5)[1])["error_code"] == "generation_unknown_error"


def test_rejection_is_told_only_if_set(api: Api, sandbox: SandboxProcess, listener: Listener, body: dict[str, Any]) -> None:
    sandbox.plan(operation="create", kind="outcome", status="REJECTED", times=2)
    quiet = api.made({**body, "webhookUrl": listener.url})
    with sandbox.with_settings(webhook_on_rejected=True):
        told = api.made({**body, "webhookUrl": listener.url})
        assert json.loads(listener.posts.get(timeout=5)[1])["id"] == told["id"] != quiet["id"]
    assert listener.posts.empty()


def test_a_webhook_beyond_loopback_changes_nothing(api: Api, body: dict[str, Any]) -> None:
    assert api.made({**body, "webhookUrl": "https://hooks.example.com/x"})["status"] == "COMPLETED"
