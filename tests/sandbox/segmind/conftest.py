from __future__ import annotations

import base64
import hashlib
import importlib
import time
import uuid
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from segmind import SegmindClient
from segmind.files import Files

from tests.sandbox.clips import RATE, make_video, tone
from tests.support.sandbox_process import SandboxProcess

PRO, REACT = "sync.so-lipsync-2-pro", "sync.so-react-1"
TYPES = {".mp4": "video/mp4", ".mp3": "audio/mpeg", ".wav": "audio/wav"}


class Segmind:
    """An account of its own on a sandbox, over plain HTTP."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.key = f"SG_{uuid.uuid4().hex[:16]}"
        self.http = httpx.Client(base_url=sandbox.segmind_url, headers={"x-api-key": self.key}, trust_env=False, timeout=60)
        self.bare = httpx.Client(trust_env=False, timeout=60)

    def upload(self, path: Path) -> str:
        answer = self.http.post("/upload-asset", json={"data_urls": [data_url(path)]})
        assert answer.status_code == 200, answer.text
        return answer.json()["file_urls"][0]

    def body(self, video: Path, speech: Path, **rest: Any) -> dict[str, Any]:
        """A submit body of uploaded files."""
        return {"video_url": self.upload(video), "audio_url": self.upload(speech), **rest}

    def submit(self, body: dict[str, Any], slug: str = PRO) -> httpx.Response:
        return self.http.post(f"/v2/{slug}", json=body)

    def submitted(self, body: dict[str, Any], slug: str = PRO) -> str:
        """The id of an accepted submit."""
        answer = self.submit(body, slug)
        assert answer.status_code == 200, answer.text
        return answer.json()["request_id"]

    def ended(self, id: str) -> httpx.Response:
        """Wait for the end of a job and return its last status."""
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            answer = self.http.get(f"/v2/requests/{id}/status")
            if answer.json().get("status") in ("COMPLETED", "FAILED"):
                return answer
            time.sleep(0.05)
        raise AssertionError(f"request {id} did not end")

    def result(self, id: str) -> dict[str, Any]:
        """The finished job of an id."""
        assert self.ended(id).json()["status"] == "COMPLETED"
        answer = self.http.get(f"/v2/requests/{id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def history(self, **query: Any) -> httpx.Response:
        return self.http.get("/inference-request/request-history", params=query)

    def past(self, id: str) -> httpx.Response:
        return self.http.get(f"/inference-request/request-history/{id}")

    def credits(self) -> dict[str, float]:
        return self.http.get("/v1/get-user-credits").json()

    def give(self, credits: float | None, *, free_credits: float = 0.0) -> None:
        self.sandbox.give_credits(self.key, credits, free_credits=free_credits)

    def purchases(self) -> list[dict[str, Any]]:
        """What this account has bought, oldest first."""
        ours = hashlib.sha256(self.key.encode()).hexdigest()[:16]
        return [purchase for purchase in self.sandbox.ledger() if (purchase["service"], purchase["key_hash"]) == ("segmind", ours)]


def data_url(path: Path) -> str:
    return f"data:{TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def make_mp3(target: Path, seconds: float) -> Path:
    with av.open(str(target), "w", format="mp3") as output:
        stream = output.add_stream("libmp3lame", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(seconds).astype("float32").reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate = RATE
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return target


@pytest.fixture
def segmind(sandbox: SandboxProcess) -> Segmind:
    return Segmind(sandbox)


@pytest.fixture(scope="session")
def mp3(media_dir: Path) -> Path:
    """One second and a half of a tone."""
    return make_mp3(media_dir / "speech.mp3", 1.5)


@pytest.fixture(scope="session")
def long_clip(media_dir: Path) -> Path:
    """Sixteen seconds: more than react-1 takes."""
    return make_video(media_dir / "long.mp4", seconds=16, rate=5)


@pytest.fixture
def body(segmind: Segmind, clip: Path, mp3: Path) -> dict[str, Any]:
    """A submit body that is accepted."""
    return segmind.body(clip, mp3)


@pytest.fixture
def client(sandbox: SandboxProcess, segmind: Segmind, monkeypatch: pytest.MonkeyPatch) -> SegmindClient:
    """The vendor's SDK, with its three constants for the other hosts set."""
    return redirected(sandbox, segmind.key, monkeypatch)


def redirected(sandbox: SandboxProcess, key: str, monkeypatch: pytest.MonkeyPatch, *, base_url: str | None = None) -> SegmindClient:
    monkeypatch.setattr(Files, "STORAGE_BASE_URL", sandbox.segmind_storage_url)
    module = importlib.import_module("segmind.generations")  # the package's attribute of this name is something else
    monkeypatch.setattr(module, "REQUEST_HISTORY_URL", f"{sandbox.segmind_history_url}/inference-request/request-history")
    return SegmindClient(api_key=key, base_url=base_url or f"{sandbox.segmind_url}/v1")
