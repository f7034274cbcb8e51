"""The vendor's own SDK, unchanged, against the sandbox: where it is content, so is the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from segmind import InferenceFailed, InferenceTimeout, SegmindClient, SegmindError

from tests.sandbox.segmind.conftest import PRO, REACT, Segmind, redirected
from tests.support.sandbox_process import SandboxProcess


@pytest.fixture
def inputs(client: SegmindClient, clip: Path, mp3: Path) -> dict[str, str]:
    video, speech = client.files.upload([clip, mp3])["file_urls"]
    return {"video_url": video, "audio_url": speech}


def test_upload(client: SegmindClient, clip: Path, mp3: Path) -> None:
    uploaded = client.files.upload([clip, str(mp3)])
    assert uploaded["message"]
    contents = [httpx.get(url, trust_env=False).content for url in uploaded["file_urls"]]
    assert contents == [clip.read_bytes(), mp3.read_bytes()]


def test_upload_refuses_wav_by_itself(client: SegmindClient, speech: Path) -> None:
    with pytest.raises(ValueError, match="not a supported media format"):
        client.files.upload(speech)


def test_submit_wait_and_result(client: SegmindClient, segmind: Segmind, inputs: dict[str, str]) -> None:
    job = client.submit_async(PRO, **inputs, sync_mode="loop", temperature=0.3, occlusion_detection_enabled=True)
    assert job.submit_response["status"] == "QUEUED"
    done = job.wait(timeout=60, interval=0.05)
    assert (done["status"], done["error"], done["request_id"]) == ("COMPLETED", None, job.request_id)
    assert done["output"] == done["video"]["url"]
    assert done["metrics"]["cost"] == pytest.approx(0.084, abs=1e-3)
    film = httpx.get(done["output"], trust_env=False)
    assert (film.headers["Content-Type"], film.content[4:8], str(len(film.content))) == (
        "video/mp4",
        b"ftyp",
        done["video"]["file_size"],
    )
    assert job.status()["status"] == "COMPLETED"
    assert job.result() == done
    (purchase,) = segmind.purchases()
    assert (purchase["id"], purchase["model"], purchase["body"]["temperature"]) == (job.request_id, PRO, 0.3)


def test_run_both_ways(client: SegmindClient, inputs: dict[str, str]) -> None:
    assert client.run(REACT, **inputs, prompt="happy", model_mode="lips")["status"] == "COMPLETED"
    film = client.run_sync(PRO, **inputs)
    assert (film.headers["Content-Type"], film.content[4:8]) == ("video/mp4", b"ftyp")
    assert float(film.headers["x-cost"]) > 0


def test_base_url_with_and_without_version(
    sandbox: SandboxProcess, segmind: Segmind, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    for base_url in (sandbox.segmind_url, f"{sandbox.segmind_url}/v1", f"{sandbox.segmind_url}/v1/"):
        job = redirected(sandbox, segmind.key, monkeypatch, base_url=base_url).submit_async(PRO, **body)
        assert job.wait(timeout=60, interval=0.05)["status"] == "COMPLETED"


def test_failed_job(client: SegmindClient, inputs: dict[str, str]) -> None:
    job = client.submit_async(PRO, **{**inputs, "video_url": inputs["audio_url"]})
    with pytest.raises(InferenceFailed) as failed:
        job.wait(timeout=60, interval=0.05)
    assert "video_url" in str(failed.value.detail)
    assert job.result() == failed.value.status_body
    assert "cost" not in failed.value.status_body["metrics"]


def test_failed_under_200(client: SegmindClient, sandbox: SandboxProcess, inputs: dict[str, str]) -> None:
    sandbox.settings(segmind_failed_status=200)
    sandbox.plan(operation="segmind_submit", kind="outcome", message="No face was found.")
    with pytest.raises(InferenceFailed, match="No face"):
        client.submit_async(PRO, **inputs).wait(timeout=60, interval=0.05)


def test_its_own_deadline(client: SegmindClient, sandbox: SandboxProcess, inputs: dict[str, str]) -> None:
    sandbox.settings(processing_s=60.0)
    job = client.submit_async(PRO, **inputs)
    with pytest.raises(InferenceTimeout):
        job.wait(timeout=0.2, interval=0.05)
    assert job.status()["status"] in ("QUEUED", "PROCESSING")


def test_history(client: SegmindClient, segmind: Segmind, inputs: dict[str, str]) -> None:
    done = client.submit_async(PRO, **inputs).wait(timeout=60, interval=0.05)
    row = client.generations.get(done["request_id"])
    assert (row["model_name"], row["model_status"], row["generation_url"]) == (PRO, "COMPLETED", done["output"])
    assert (row["request_body"], row["credits_deduction"]) == (inputs, done["metrics"]["cost"])
    assert client.generations.history(model_name="lipsync", status="COMPLETED")["data"] == [row]
    assert client.generations.history(status="FAILED")["data"] == []
    with pytest.raises(SegmindError) as unknown:
        client.generations.get("00000000-0000-4000-8000-000000000000")
    assert unknown.value.status == 404


def test_credits(client: SegmindClient, segmind: Segmind, inputs: dict[str, str]) -> None:
    segmind.give(1.0)
    assert client._request("GET", "/get-user-credits").json() == {"credits": 1.0, "free-credits": 0.0}
    done = client.submit_async(PRO, **inputs).wait(timeout=60, interval=0.05)
    left = client._request("GET", "/get-user-credits").json()["credits"]
    assert left == done["metrics"]["remaining_credits"] == pytest.approx(1.0 - done["metrics"]["cost"])


def test_refusals(client: SegmindClient, sandbox: SandboxProcess, segmind: Segmind, inputs: dict[str, str], tmp_path: Path) -> None:
    sandbox.settings(segmind_forbidden=[REACT], segmind_upload_bytes=1000)
    refusals = [
        (lambda: client.submit_async("no-such-model", **inputs), 404, "Model information"),
        (lambda: client.submit_async(REACT, **inputs), 403, "not allowed"),
        (lambda: client.submit_async(PRO, video_url=inputs["video_url"]), 400, "audio_url"),
        (lambda: client.submit_async(PRO, **inputs, sync_mode="dance"), 406, "sync_mode"),
        (lambda: client.submit_async(PRO, **inputs, temperature=2), 400, "temperature"),
        (lambda: client.files.upload(_large(tmp_path)), 413, "larger"),
        (lambda: client.generations.history(per_page=101), 400, "per_page"),
    ]
    for ask, status, detail in refusals:
        with pytest.raises(SegmindError) as refused:
            ask()
        assert (refused.value.status, detail in str(refused.value.detail)) == (status, True), refused.value.detail
    segmind.give(0.01)
    with pytest.raises(SegmindError, match=r"\$0\.0100 .* \$0\.0840"):
        client.submit_async(PRO, **inputs)
    assert segmind.purchases() == []


def _large(folder: Path) -> Path:
    (folder / "large.mp3").write_bytes(bytes(2000))
    return folder / "large.mp3"


def test_keys(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGMIND_API_KEY", raising=False)
    for key, detail in (("", "Missing Authorization or x-api-key in header"), ("bad-key", "Invalid or expired API key")):
        with pytest.raises(SegmindError) as refused:
            redirected(sandbox, key, monkeypatch).run_sync(PRO)
        assert (refused.value.status, refused.value.detail) == (401, detail)


def test_faults(client: SegmindClient, sandbox: SandboxProcess, segmind: Segmind, inputs: dict[str, str]) -> None:
    sandbox.plan(operation="segmind_submit", kind="html", status=504)
    with pytest.raises(SegmindError) as lost:
        client.submit_async(PRO, **inputs)
    assert (lost.value.status, lost.value.detail) == (504, None)
    sandbox.plan(operation="segmind_submit", kind="drop_after")
    with pytest.raises(httpx.TransportError):
        client.submit_async(PRO, **inputs)
    assert len(segmind.purchases()) == 1
    assert client.generations.history()["data"][0]["request_body"] == inputs
