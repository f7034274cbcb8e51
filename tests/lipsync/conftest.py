"""One sandbox for the engine's tests, and folders that no test shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lipsync.workspace import Workspace
from tests.support.sandbox_process import INSTANT, NO_LIMITS, SandboxProcess


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[SandboxProcess]:
    """The sandbox as the service Sync, quick and without limits, with an account of this test's own."""
    shared_sandbox.reset()
    shared_sandbox.settings(**INSTANT, **NO_LIMITS)
    monkeypatch.setenv("SYNC_BASE_URL", shared_sandbox.sync_url)
    monkeypatch.setenv("SYNC_API_KEY", f"key-of-{abs(hash(request.node.nodeid)):x}")
    yield shared_sandbox
    shared_sandbox.reset()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name in ("output", "temp"):
        (tmp_path / name).mkdir()
    return Workspace(state_dir=tmp_path / "state", output_dir=tmp_path / "output", temp_dir=tmp_path / "temp" / "sync_lipsync")
