"""Whatever the base URLs and proxies are set to: a sandboxed run never even tries to leave this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT

RUN = """
import json, os, socket, sys
tried = []

def watch(event, args):
    if event == "socket.connect":
        tried.append(args[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and args[0]:
        tried.append([args[0], args[1] if len(args) > 1 else None])

sys.addaudithook(watch)
from pathlib import Path
from lipsync.engine import ENGINE
from lipsync.errors import LipsyncError
from lipsync.jobs.runner import Runner
from lipsync.media.sources import AudioFile, Link, Speech, VideoFile
from lipsync.request import Wish, lipsync_request
from lipsync.workspace import Workspace

base, clip, speech, service = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
jobs = Runner(Workspace(base / "state", base / "output", base / "temp"))


def film(video, **more):
    voice = Speech(source=AudioFile(path=speech))
    wish = Wish(node="n", service=service, model="lipsync-2-pro", video=video, speech=voice, options={}, **more)
    try:
        return str(ENGINE.wait(jobs.lip_sync(lipsync_request(wish), node_id="1", listener=lambda progress: None)).film)
    except LipsyncError as error:
        return f"{type(error).__name__}: {error}"


ends = [film(VideoFile(path=clip)), film(VideoFile(path=clip), take=1)]
if len(sys.argv) > 5:
    ends.append(film(Link(url="http://127.0.0.1:9/nothing.mp4"), max_cost_usd=1.0))
print(json.dumps({"ends": ends, "tried": [list(map(str, address)) for address in tried]}))
"""
DEAD = "http://192.0.2.1:3128"  # TEST-NET-1: nobody is there
PROXIES = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), DEAD)


def run(tmp_path: Path, clip: Path, speech: Path, service: str, *more: str, **environment: str) -> dict[str, list[str]]:
    kept = {name: value for name, value in os.environ.items() if name not in ("SYNC_BASE_URL", "SEGMIND_BASE_URL", "SYNC_API_KEY")}
    ended = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path), str(clip), str(speech), service, *more],
        cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def foreign(tried: list[str]) -> list[str]:
    return [address for address in tried if address[0] not in ("127.0.0.1", "::1", "localhost")]


BASES: dict[str, dict[str, str]] = {
    "nothing set": {},
    "a real key": {"SYNC_API_KEY": "key-of-the-real-service"},
    "both set elsewhere": {
        "SYNC_BASE_URL": "https://192.0.2.2",
        "SEGMIND_BASE_URL": "https://192.0.2.3",
        "SYNC_API_KEY": "key-of-the-real-service",
    },
    "nonsense": {"SYNC_BASE_URL": "not an address"},
}


@pytest.mark.parametrize("environment", BASES.values(), ids=BASES.keys())
def test_the_sandbox_is_on_this_machine_whatever_is_set(tmp_path: Path, clip: Path, speech: Path, environment: dict[str, str]) -> None:
    told = run(tmp_path, clip, speech, "Sync (sandbox)", "link", **environment, **PROXIES)
    assert all(end.endswith(".mp4") for end in told["ends"][:2]), told["ends"]
    assert "generation_input_video_inaccessible" in told["ends"][2]
    assert len(told["tried"]) >= 2, "the hook sees what is tried"
    assert foreign(told["tried"]) == []


def test_a_base_url_on_this_machine_moves_every_host(tmp_path: Path, clip: Path, speech: Path, sandbox: object) -> None:
    base_url, key = os.environ["SYNC_BASE_URL"], os.environ["SYNC_API_KEY"]
    told = run(tmp_path, clip, speech, "Sync", SYNC_BASE_URL=base_url, SYNC_API_KEY=key, **PROXIES)
    assert all(end.endswith(".mp4") for end in told["ends"]), told["ends"]
    assert foreign(told["tried"]) == []


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [({}, "NoKey"), ({"SYNC_BASE_URL": "ftp://127.0.0.1", "SYNC_API_KEY": "key-of-the-real-service"}, "InputRefused")],
)
def test_what_cannot_be_bought_is_not_tried(tmp_path: Path, clip: Path, speech: Path, environment: dict[str, str], sentence: str) -> None:
    told = run(tmp_path, clip, speech, "Sync", **environment)
    assert [end.partition(":")[0] for end in told["ends"]] == [sentence] * 2
    assert told["tried"] == []
