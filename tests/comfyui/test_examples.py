"""Every example runs through the API, on the sandbox that the pack starts by itself, without a key."""

from __future__ import annotations

import pytest

from tests.comfyui.examples import PLAYERS, Example, examples
from tests.support.comfy_server import ComfyServer


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_the_api_twin_runs(comfy: ComfyServer, example: Example) -> None:
    outcome = comfy.run(example.prompt)
    assert outcome.status == "success", outcome.sentence
    shown = {node_id for node_id, node in example.prompt.items() if node["class_type"] in (*PLAYERS, "PreviewAny", "SyncEstimateCost")}
    assert shown
    assert shown <= outcome.outputs.keys()
