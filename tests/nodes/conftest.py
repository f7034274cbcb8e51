"""The pack in the stand-in host, against a sandbox that plays the service Sync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.comfyui_host import Host, Run
from tests.comfyui_host.schema import AnyType, ComfyNode, NodeOutput, Schema, String
from tests.support.repository import ROOT
from tests.support.sandbox_process import INSTANT, NO_LIMITS, SandboxProcess


class Given(ComfyNode):
    """Hands out a value of the test under its name, on whatever wire."""

    values: dict[str, Any] = {}

    @classmethod
    def define_schema(cls) -> Schema:
        return Schema(node_id="Given", inputs=[String.Input("name")], outputs=[AnyType.Output("value")])

    @classmethod
    def execute(cls, name: str) -> NodeOutput:
        return NodeOutput(Given.values[name])


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


class Canvas:
    """A ComfyUI of this test's own: runs small graphs of the pack's nodes."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.host = Host(ROOT, base)
        self.host._nodes["Given"] = Given
        Given.values = {}

    def given(self, name: str, value: Any) -> dict[str, Any]:
        """A node that hands out `value`."""
        Given.values[name] = value
        return {"class_type": "Given", "inputs": {"name": name}}

    def lip_sync(self, *, nodes: dict[str, Any] | None = None, **inputs: Any) -> Run:
        """The sample through SyncLipSync into SyncSaveVideo; `inputs` replace those of SyncLipSync, None takes one away."""
        wanted = {"video": ["sample", 0], "audio": ["sample", 1], "service": "Sync", "model": "sync-3", **inputs}
        prompt = {
            "sample": {"class_type": "SyncSample", "inputs": {}},
            "order": {"class_type": "SyncLipSync", "inputs": {key: value for key, value in wanted.items() if value is not None}},
            "save": {"class_type": "SyncSaveVideo", "inputs": {"video": ["order", 0]}},
            **(nodes or {}),
        }
        return self.host.run(prompt)

    def files(self, folder: str) -> list[str]:
        """What lies in one of ComfyUI's folders, by relative path."""
        root = self.base / folder
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.fixture
def canvas(tmp_path: Path) -> Canvas:
    return Canvas(tmp_path)
