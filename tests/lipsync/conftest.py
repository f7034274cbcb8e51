"""One sandbox on a fast clock for the engine's tests, and folders and accounts that no test shares."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from lipsync import clock
from lipsync.workspace import Workspace
from tests.lipsync.processes import Processes
from tests.lipsync.shell import Shell
from tests.lipsync.studio import Studio
from tests.sandbox.clips import make_video, make_wav, silence, tone
from tests.support.bare_python import BarePython
from tests.support.sandbox_process import INSTANT, NO_LIMITS, SandboxProcess

SPEED = 20.0
ANCHOR = time.time()
FAST = {clock.VARIABLE: f"{SPEED}@{ANCHOR}"}


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox"), environment=FAST) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    processes = Processes(tmp_path_factory.mktemp("processes"), FAST)
    yield processes
    processes.stop()


@pytest.fixture(autouse=True)
def _fast_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the variable would have set it, had it been there when this process began; child processes read it."""
    monkeypatch.setenv(clock.VARIABLE, FAST[clock.VARIABLE])
    monkeypatch.setattr(clock, "_SPEED", SPEED)
    monkeypatch.setattr(clock, "_ANCHOR", ANCHOR)


@pytest.fixture
def sandbox(shared_sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxProcess]:
    """The sandbox as both services, quick and without limits, with accounts of this test's own."""
    shared_sandbox.reset()
    shared_sandbox.settings(**INSTANT, **NO_LIMITS)
    monkeypatch.setenv("SYNC_BASE_URL", shared_sandbox.sync_url)
    monkeypatch.setenv("SEGMIND_BASE_URL", shared_sandbox.segmind_url)
    for variable in ("SYNC_API_KEY", "SEGMIND_API_KEY"):
        monkeypatch.setenv(variable, f"key-of-{uuid.uuid4().hex}")
    yield shared_sandbox
    shared_sandbox.reset()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name in ("output", "temp"):
        (tmp_path / name).mkdir()
    return Workspace(state_dir=tmp_path / "state", output_dir=tmp_path / "output", temp_dir=tmp_path / "temp")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second, 160x96 at 25 frames a second, that goes up as it is."""
    return make_video(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wav(tmp_path_factory.mktemp("speech") / "speech.wav", tone(0.4), silence(0.2), tone(0.4))


@pytest.fixture
def choice() -> str:
    """The service of a test; what both must do is parametrised by it."""
    return "Sync"


@pytest.fixture
def studio(sandbox: SandboxProcess, workspace: Workspace, clip: Path, speech: Path, choice: str) -> Studio:
    return Studio(sandbox, workspace, clip, speech, choice)


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> BarePython:
    return BarePython(tmp_path_factory.mktemp("bare") / "packages")


@pytest.fixture
def shell(studio: Studio, bare_python: BarePython) -> Shell:
    """The command line on the studio's own folders."""
    return Shell(bare_python, studio.workspace.state_dir)
