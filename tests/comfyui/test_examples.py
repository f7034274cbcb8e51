"""Every example runs through the API, on the sandbox that the pack starts by itself, without a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.comfy_checkout import ROOT
from tests.support.comfy_server import ComfyServer

EXAMPLES = sorted((ROOT / "example_workflows" / "api").glob("*.json"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_api_twin_runs(comfy: ComfyServer, example: Path) -> None:
    prompt = json.loads(example.read_text())
    outcome = comfy.run(prompt, timeout_s=120)
    assert outcome.status == "success", outcome.sentence
    ends = {node_id for node_id, node in prompt.items() if node["class_type"] in ("SyncSaveVideo", "SaveVideo", "PreviewAny")}
    assert ends <= outcome.outputs.keys()
