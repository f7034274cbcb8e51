"""`doctor --bundle FILE`: what support needs, and nothing that the user would not post in public."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
from pathlib import Path

import pytest

from lipsync.errors import LipsyncError
from lipsync.jobs.states import Stage
from lipsync.media.sources import AudioFile, Script, Speech, VideoFile
from tests.lipsync.shell import Ended, Shell
from tests.lipsync.studio import Studio

HOOK = "https://hooks.example.org/services/T0SECRET/hook-with-a-secret?token=abc"
SCRIPT = "Words that nobody else should read"


def bundled(shell: Shell, path: Path) -> Ended:
    return shell.run("doctor", "--bundle", str(path), SYNC_LIPSYNC_CLOCK=None, SYNC_WEBHOOK_URL=HOOK, HOME=str(path.parent))


@pytest.fixture
async def lived(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A life with a film, a failure that quotes much, a call in doubt, a job in the line; and every secret that was in it."""
    monkeypatch.setenv("SYNC_WEBHOOK_URL", HOOK)
    clip = shutil.copy(studio.clip, tmp_path / "Grandmother at home.mp4")
    speech = shutil.copy(studio.speech, tmp_path / "voice of Anna.wav")
    mine = {"video": VideoFile(path=clip), "speech": Speech(source=AudioFile(path=speech)), "output_name": "anna-and-grandmother"}
    await studio.lip_sync(studio.wish(**mine))
    said = f"broke at https://host.example/anna.mp4?X-Amz-Signature=signature-1 for {os.environ['SYNC_API_KEY']} in /homes/anna/clips"
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", message=said)
    with pytest.raises(LipsyncError):
        await studio.lip_sync(studio.wish(**mine, take=1))
    studio.sandbox.plan(operation="create", kind="html", status=403)
    with pytest.raises(LipsyncError):
        await studio.lip_sync(studio.wish(**mine, take=2))
    text = {**mine, "speech": Speech(source=Script(script=SCRIPT, voice_id="private-voice-id"))}
    studio.sandbox.plan(operation="create", kind="error", status=429, error_code="concurrency_limit_reached", times=None)
    await studio.submit(studio.wish(**text))
    (row,) = [row for row in studio.rows() if row.body is not None]
    await studio.restart()
    studio.runner.journal.note(row, stage=Stage.UNKNOWN.value, error="the name secret-host.corp.example cannot be looked up")
    return [
        *(os.environ["SYNC_API_KEY"], os.environ["SEGMIND_API_KEY"], HOOK, "hooks.example", "T0SECRET", SCRIPT, "private-voice-id"),
        *("signature-1", "X-Amz", "host.example", "corp.example", "anna", "Anna", "Grandmother", "grandmother"),
        *(str(tmp_path), tmp_path.name, platform.node(), row.key_mark, "127.0.0.1", "/home/", "/homes/"),
        *(line for line in (row.body or b"").decode().split('"') if re.fullmatch(r"[0-9a-f-]{36}", line)),
    ]


async def test_it_holds_what_support_needs_and_no_secret(studio: Studio, shell: Shell, tmp_path: Path, lived: list[str]) -> None:
    ended = bundled(shell, tmp_path / "bundle.json")
    assert ended.code == 8
    text = (tmp_path / "bundle.json").read_text(encoding="utf-8")
    assert [secret for secret in lived if secret in text] == []
    told = json.loads(text)
    jobs = told["jobs"]
    assert [job["job_id"] for job in jobs] == [row.short_id for row in studio.runner.journal.recent()]
    assert {job["stage"] for job in jobs} == {"DONE", "FAILED", "UNKNOWN"}
    done = next(job for job in jobs if job["stage"] == "DONE")
    assert done["service_job_id"]
    assert done["submitted_after_s"] <= done["ended_after_s"] <= done["collected_after_s"]
    request = next(job["request"] for job in jobs if job["request"])
    assert (request["model"], request["options"]["sync_mode"], request["webhookUrl"]) == ("lipsync-2", "bounce", "***")
    assert [part["type"] for part in request["input"]] == ["video", "text"]
    assert "SYNC_API_KEY" in told["variables_set"]
    assert {"pack", "python", "httpx", "journal", "Sync"} <= {one["about"] for one in told["findings"]}


async def test_a_file_that_is_there_is_not_written_over(studio: Studio, shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("mine", encoding="utf-8")
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere.json")
    for name in ("mine.json", "link.json"):
        assert name in shell.refused("doctor", "--bundle", str(tmp_path / name), code=2)
    assert (tmp_path / "mine.json").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "nowhere.json").exists()


async def test_a_folder_that_is_not_there(studio: Studio, shell: Shell, tmp_path: Path) -> None:
    ended = bundled(shell, tmp_path / "nowhere" / "bundle.json")
    assert ended.code == 2
    assert "could not be written" in ended.err
