from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.clips import make_video, make_wav, silence, tone
from tests.support.sandbox_process import INSTANT, NO_LIMITS, SandboxProcess

TERMINAL = ("COMPLETED", "FAILED", "REJECTED")
_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".wav": "audio/wav", ".png": "image/png", ".jpg": "image/jpeg"}


@pytest.fixture(scope="session", autouse=True)
def _no_proxy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox") / "state") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: SandboxProcess) -> SandboxProcess:
    """The shared sandbox as at first, but as fast as it can be."""
    shared_sandbox.reset()
    shared_sandbox.settings(**INSTANT, **NO_LIMITS)
    return shared_sandbox


class Api:
    """An account of its own on a sandbox, over plain HTTP."""

    def __init__(self, sandbox: SandboxProcess, key: str | None = None) -> None:
        self.key = key or f"sk-{uuid.uuid4().hex}"
        self.http = httpx.Client(base_url=sandbox.sync_url, headers={"x-api-key": self.key}, trust_env=False, timeout=60)
        self.bare = httpx.Client(base_url=sandbox.sync_url, trust_env=False, timeout=60)

    def presign(self, path: Path) -> dict[str, Any]:
        body = {"fileName": path.name, "contentType": _TYPES[path.suffix], "size": path.stat().st_size}
        answer = self.http.post("/v2/assets/upload", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def put(self, path: Path) -> str:
        """Upload a file and return its url."""
        links = self.presign(path)
        answer = self.bare.put(links["uploadUrl"], content=path.read_bytes(), headers={"Content-Type": _TYPES[path.suffix]})
        assert answer.status_code == 200, answer.text
        return links["url"]

    def asset(self, path: Path) -> str:
        """Upload and register a file and return its asset's id."""
        kind = _TYPES[path.suffix].partition("/")[0].upper()
        answer = self.http.post("/v2/assets", json={"url": self.put(path), "type": kind})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def body(self, video: Path, *speeches: Path, **rest: Any) -> dict[str, Any]:
        """A create body of uploaded files."""
        kind = "image" if video.suffix in (".png", ".jpg") else "video"
        items = [{"type": kind, "assetId": self.asset(video)}, *({"type": "audio", "assetId": self.asset(s)} for s in speeches)]
        return {"model": "lipsync-2", "input": items, **rest}

    def create(self, body: dict[str, Any], *, key: str | None = None) -> httpx.Response:
        return self.http.post("/v2/generate", json=body, headers={"Idempotency-Key": key} if key else {})

    def finish(self, id: str) -> dict[str, Any]:
        """Wait for the end of a generation."""
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            answer = self.http.get(f"/v2/generate/{id}", params={"wait": "true", "timeout": "10"})
            assert answer.status_code == 200, answer.text
            if answer.json()["status"] in TERMINAL:
                return answer.json()
        raise AssertionError(f"generation {id} did not end")

    def made(self, body: dict[str, Any]) -> dict[str, Any]:
        """The finished generation of a body."""
        answer = self.create(body)
        assert answer.status_code == 201, answer.text
        return self.finish(answer.json()["id"])

    def film(self, generation: dict[str, Any], target: Path) -> Path:
        answer = self.bare.get(generation["outputUrl"], follow_redirects=True)
        assert answer.status_code == 200, answer.text
        target.write_bytes(answer.content)
        return target


@pytest.fixture
def api(sandbox: SandboxProcess) -> Api:
    return Api(sandbox)


@pytest.fixture(scope="session")
def media_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session")
def clip(media_dir: Path) -> Path:
    """One second of video, 160x96 at 25 frames a second, without sound."""
    return make_video(media_dir / "clip.mp4")


@pytest.fixture(scope="session")
def speech(media_dir: Path) -> Path:
    """One second: loud, silent, loud."""
    return make_wav(media_dir / "speech.wav", tone(0.4), silence(0.2), tone(0.4))


@pytest.fixture
def body(api: Api, clip: Path, speech: Path) -> dict[str, Any]:
    """A create body that is accepted."""
    return api.body(clip, speech)
