"""Voices and speech on its own: sync-api.md 2.9."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.clips import loudness_of, make_video, make_wav, sound_of, tone
from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess

SPEECH = {"provider": "elevenlabs", "voiceId": "sandbox-tone-bass", "script": "one two"}


def error(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("errorCode")


def test_voices_say_what_they_are(api: Api) -> None:
    voices = api.http.get("/v2/voices").json()
    assert len(voices) == 3
    for voice in voices:
        assert set(voice) == {"id", "internalVoiceId", "voiceId", "name", "provider", "previewUrl"}
        assert "tones" in voice["name"]
        assert api.http.get(f"/v2/voices/{voice['id']}").json() == voice
    assert error(api.http.get("/v2/voices/nobody")) == (404, "voice_not_found")
    assert error(api.http.delete(f"/v2/voices/{voices[0]['id']}")) == (404, "voice_not_found")


def test_speech(api: Api, tmp_path: Path) -> None:
    spoken = api.http.post("/v2/tts", json=SPEECH)
    assert spoken.status_code == 200
    assert spoken.json()["duration"] == pytest.approx(len("one two") / 15, abs=0.01)
    (tmp_path / "s.wav").write_bytes(api.bare.get(spoken.json()["url"]).content)
    quiet = loudness_of(sound_of(tmp_path / "s.wav"), 1 / 15) < 0.05
    assert [bool(q) for q in quiet[:7]] == [False] * 3 + [True] + [False] * 3


@pytest.mark.parametrize("path", ["/v2/tts", "/v2/tts/jobs"])
def test_speech_that_is_refused(api: Api, path: str) -> None:
    assert error(api.http.post(path, json={**SPEECH, "voiceId": "nobody"})) == (422, "voice_not_found")
    for bad in ({}, {**SPEECH, "script": ""}, {**SPEECH, "script": "x" * 5001}, {**SPEECH, "stability": 2}):
        assert api.http.post(path, json=bad).status_code == 400


def test_speech_jobs(api: Api, sandbox: SandboxProcess) -> None:
    started = api.http.post("/v2/tts/jobs", json=SPEECH, headers={"Idempotency-Key": "k"})
    assert (started.status_code, started.headers["Location"]) == (202, f"/v2/tts/jobs/{started.json()['id']}")
    assert started.json()["status"] == "PENDING"
    assert api.http.get(started.headers["Location"]).headers["Retry-After"] == "3"
    assert api.http.post("/v2/tts/jobs", json=SPEECH, headers={"Idempotency-Key": "k"}).json()["id"] == started.json()["id"]
    assert api.http.post("/v2/tts/jobs", json={**SPEECH, "script": "x"}, headers={"Idempotency-Key": "k"}).status_code == 409
    while (job := api.http.get(started.headers["Location"])).json()["status"] != "SUCCESS":
        assert job.json()["url"] is None
    assert api.bare.get(job.json()["url"]).content[:4] == b"RIFF"
    with sandbox.with_settings(tts_jobs="not_enabled"):
        assert api.http.post("/v2/tts/jobs", json=SPEECH).status_code == 503


def test_clones(api: Api, sandbox: SandboxProcess, tmp_path: Path) -> None:
    sample = api.put(make_wav(tmp_path / "a.wav", tone(31)))

    def clone(**rest: Any) -> httpx.Response:
        return api.http.post("/v2/voices", json={"provider": "elevenlabs", "name": "Me", "url": sample, **rest})

    made = clone()
    assert (made.status_code, made.json()["name"]) == (201, "Me")
    assert api.http.get("/v2/voices").json()[0]["id"] == made.json()["id"]
    assert api.http.post("/v2/tts", json={**SPEECH, "voiceId": made.json()["id"]}).status_code == 200
    assert Api(sandbox).http.post("/v2/tts", json={**SPEECH, "voiceId": made.json()["id"]}).status_code == 422
    assert error(clone()) == (409, "voice_name_conflict")
    assert error(clone(name="B", url="http://127.0.0.1:9/a.wav")) == (422, "voice_sample_upload_required")
    assert error(clone(name="B", url=api.put(make_wav(tmp_path / "b.wav", tone(2))))) == (422, "voice_sample_too_short")
    assert error(clone(name="B", url=None, assetId=api.asset(make_video(tmp_path / "v.mp4")))) == (422, "voice_sample_extraction_failed")
    with sandbox.with_settings(clone_limit=1):
        assert error(clone(name="B")) == (403, "voice_clone_limit_reached")
    assert clone(url=None).status_code == 400
    assert api.http.delete(f"/v2/voices/{made.json()['id']}").json() is True
    assert error(api.http.get(f"/v2/voices/{made.json()['id']}")) == (404, "voice_not_found")
