"""The sandbox that starts by itself, and is shared."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import ROOT, SandboxProcess

OWNER = """
import sys, time
from pathlib import Path
from lipsync.sandbox.local import ensure
print(ensure(Path(sys.argv[1])).sync_url, flush=True)
time.sleep(600)
"""


def owner(state_dir: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", OWNER, str(state_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, process.stdout.readline().strip()


def in_new_process(state_dir: Path) -> str:
    code = "import sys; from pathlib import Path; from lipsync.sandbox.local import ensure; print(ensure(Path(sys.argv[1])).sync_url)"
    done = subprocess.run([sys.executable, "-c", code, str(state_dir)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_two_processes_share_one(tmp_path: Path) -> None:
    first, url = owner(tmp_path)
    second, other_url = owner(tmp_path)
    try:
        assert url == other_url
        assert httpx.get(f"{url}/v2/models", headers={"x-api-key": "k"}, trust_env=False).status_code == 200
    finally:
        for process in (first, second):
            process.kill()
            process.wait()


def test_many_at_once_share_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        owners = list(pool.map(lambda _: owner(tmp_path), range(4)))
    try:
        assert len({url for _, url in owners}) == 1
    finally:
        for process, _ in owners:
            process.kill()
            process.wait()


def test_the_next_takes_over_when_the_owner_dies(tmp_path: Path, clip: Path, speech: Path) -> None:
    first, url = owner(tmp_path)
    sandbox = SandboxProcess(tmp_path)
    sandbox.sync_url, sandbox.control_url = url, f"{url}/control"
    sandbox.settings(pending_s=0.0, processing_s=0.0)
    api = Api(sandbox)
    done = api.made(api.body(clip, speech))
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    second, url_after = owner(tmp_path)
    try:
        assert url_after == url
        assert api.bare.get(done["outputUrl"], follow_redirects=True).status_code == 200
        assert [purchase["id"] for purchase in sandbox.ledger()] == [done["id"]]
    finally:
        second.kill()
        second.wait()


def test_a_process_that_ends_is_not_held_up(tmp_path: Path) -> None:
    assert in_new_process(tmp_path).startswith("http://127.0.0.1:")
    assert in_new_process(tmp_path).startswith("http://127.0.0.1:")


def test_the_command_line_is_shared_too(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path) as sandbox:
        assert in_new_process(tmp_path) == sandbox.sync_url
        second = subprocess.run(
            [sys.executable, "-m", "lipsync.sandbox", "--state-dir", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=30
        )
        assert (second.returncode, second.stdout) == (2, "")
        assert "already running" in second.stderr


def test_another_server_on_the_old_port_is_not_mistaken_for_it(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path / "a") as other:
        port = int(other.sync_url.rpartition(":")[2])
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "endpoint.json").write_text(json.dumps({"port": port, "identity": "gone"}))
        assert in_new_process(tmp_path / "b") != other.sync_url


def test_what_is_printed(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "lipsync.sandbox", "--port", "0", "--state-dir", str(tmp_path / "made" / "here")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    told = json.loads(process.stdout.readline())
    assert set(told) == {"sync_url", "segmind_url", "segmind_storage_url", "segmind_history_url", "control_url"}
    assert told["control_url"] == f"{told['sync_url']}/control"
    httpx.get(f"{told['sync_url']}/v2/models", trust_env=False)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


def test_light_to_import() -> None:
    code = "import sys; import lipsync.sandbox.local; print([m for m in ('aiohttp', 'av', 'numpy', 'PIL') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() == "[]"
