"""What is made of the media: really fetched, really probed, and a film by the rules of sync_mode."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import pytest

from tests.sandbox.clips import luma_of
from tests.sandbox.segmind.conftest import PRO, REACT, Segmind, data_url
from tests.support.sandbox_process import SandboxProcess


@pytest.mark.parametrize(
    ("mode", "length_s"), [(None, 1.5), ("bounce", 1.5), ("loop", 1.5), ("cut_off", 1.0), ("silence", 1.5), ("remap", 1.5)]
)
def test_films(segmind: Segmind, clip: Path, mp3: Path, tmp_path: Path, mode: str | None, length_s: float) -> None:
    body = segmind.body(clip, mp3, **({"sync_mode": mode} if mode else {}))
    film = tmp_path / "film.mp4"
    film.write_bytes(segmind.bare.get(segmind.result(segmind.submitted(body))["output"]).content)
    with av.open(str(film)) as media:
        assert float(media.duration / av.time_base) == pytest.approx(length_s, abs=0.1)
        assert media.streams.audio
    assert luma_of(film).shape[0] == pytest.approx(length_s * 25, abs=2)


def test_prices(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    assert segmind.result(segmind.submitted(body))["metrics"]["cost"] == pytest.approx(0.084, abs=1e-6)
    assert segmind.result(segmind.submitted(body, REACT))["metrics"]["cost"] == pytest.approx(0.15, abs=1e-6)
    sandbox.settings(segmind_billed_length="longest")
    assert segmind.result(segmind.submitted(body))["metrics"]["cost"] == pytest.approx(1.5 * 0.084, rel=0.05)


def test_react_takes_fifteen_seconds(segmind: Segmind, sandbox: SandboxProcess, long_clip: Path, mp3: Path) -> None:
    body = segmind.body(long_clip, mp3, sync_mode="cut_off")
    failed = segmind.ended(segmind.submitted(body, REACT))
    assert (failed.status_code, "15 seconds" in failed.json()["error"]) == (422, True)
    assert segmind.ended(segmind.submitted(body, PRO)).status_code == 200
    sandbox.settings(segmind_react_limit_s=None)
    assert segmind.ended(segmind.submitted(body, REACT)).status_code == 200


@pytest.mark.parametrize("link", ["http://127.0.0.1:9/clip.mp4", "https://example.com/clip.mp4"])
def test_unreachable(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any], link: str) -> None:
    failed = segmind.ended(segmind.submitted({**body, "video_url": link}))
    assert failed.status_code == 422
    assert failed.json()["error"].startswith("Failed to download video_url")
    sandbox.settings(segmind_unreachable_media="at_submit")
    refused = segmind.submit({**body, "video_url": link})
    assert (refused.status_code, refused.json()["error"][:28]) == (400, "Failed to download video_url")
    assert len(segmind.purchases()) == 1
    assert segmind.credits()["credits"] == 100


def test_unusable(segmind: Segmind, clip: Path, mp3: Path) -> None:
    video, sound = segmind.upload(clip), segmind.upload(mp3)
    for body, name in (({"video_url": sound, "audio_url": sound}, "video_url"), ({"video_url": video, "audio_url": video}, "audio_url")):
        failed = segmind.ended(segmind.submitted(body))
        assert (failed.status_code, failed.json()["error"].startswith(f"Invalid {name}")) == (422, True)


def test_an_upload_that_is_gone(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    sandbox.plan(operation="segmind_asset", kind="expired")
    assert "HTTP 403" in segmind.ended(segmind.submitted(body)).json()["error"]
    assert segmind.ended(segmind.submitted(body)).status_code == 200


def test_data_urls(segmind: Segmind, sandbox: SandboxProcess, clip: Path, mp3: Path) -> None:
    sandbox.settings(segmind_data_url_media="fetched")
    assert segmind.ended(segmind.submitted({"video_url": data_url(clip), "audio_url": data_url(mp3)})).status_code == 200
    assert segmind.ended(segmind.submitted({"video_url": "data:video/mp4;base64,?", "audio_url": data_url(mp3)})).status_code == 422


@pytest.fixture
def redirecting() -> Iterator[str]:
    """A server that sends everyone on to the address in its query."""

    class Redirect(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", self.path.partition("?")[2])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirect)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/?"
    server.shutdown()
    server.server_close()


def test_redirects(segmind: Segmind, sandbox: SandboxProcess, body: dict[str, Any], redirecting: str) -> None:
    led_on = {**body, "video_url": redirecting + body["video_url"]}
    assert segmind.ended(segmind.submitted(led_on)).status_code == 200
    sandbox.settings(segmind_redirecting_media="refused")
    assert segmind.ended(segmind.submitted(led_on)).status_code == 422
    assert segmind.ended(segmind.submitted(body)).status_code == 200
