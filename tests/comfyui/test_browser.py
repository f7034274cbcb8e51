"""The pack as a user sees it: every example opens, runs and shows its film, in both renderers of the canvas."""

from __future__ import annotations

import re

import pytest

from tests.comfyui.conftest import SCREENSHOTS
from tests.comfyui.examples import Example, examples
from tests.comfyui.graphs import Graph, fresh_take
from tests.comfyui.watch import asking_nothing, buying
from tests.support.browser import Canvas
from tests.support.comfy_checkout import Checkout
from tests.support.comfy_server import Prompt
from tests.support.sandbox_process import SandboxProcess

# What every ComfyUI of these versions says on an empty canvas, without any pack.
_CORE_NOISE = re.compile(r"/userdata|user\.css|favicon|huggingface\.co|graph accessed before initialization")


def complaints_of_ours(canvas: Canvas) -> list[str]:
    return [line for line in canvas.complaints if not _CORE_NOISE.search(line)]


def _at_least(sent: Prompt, twin: Prompt) -> bool:
    """Whether the browser sends what the twin says; beyond it, only what newer versions added to core's own nodes."""
    ours = {node_id for node_id, node in twin.items() if node["class_type"].startswith("Sync")}
    return sent.keys() == twin.keys() and all(
        sent[key]["class_type"] == node["class_type"]
        and node["inputs"].items() <= sent[key]["inputs"].items()
        and (key not in ours or node["inputs"].keys() == sent[key]["inputs"].keys())
        for key, node in twin.items()
    )


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_opens_runs_and_shows_its_film(
    canvas: Canvas, example: Example, checkout: Checkout, request: pytest.FixtureRequest
) -> None:
    canvas.open(example.graph)
    opened = canvas.prompt()
    assert _at_least(opened, example.prompt), "the graph and its API twin must say the same"
    ended = canvas.server.history(canvas.queue(), 120)
    assert ended["status"]["status_str"] == "success", ended["status"]["messages"]
    canvas.wait_for_videos(example.films)
    canvas.settle()
    canvas.screenshot(SCREENSHOTS / f"{checkout.version}-{request.node.callspec.params['canvas']}-{example.name}.png")
    assert complaints_of_ours(canvas) == []
    assert canvas.prompt() == opened, "queueing must not change what the next Run asks for"


def test_a_bypassed_lip_sync_hands_its_video_through(canvas: Canvas, sandbox: SandboxProcess) -> None:
    graph = Graph()
    sample = graph.sample()
    film = graph.lip_sync(sample, take=fresh_take())
    saved = graph.add("SaveVideo", video=[film, 0], filename_prefix="ring3/bypassed", format="auto", codec="auto")
    canvas.open_api("bypassed", graph.prompt)
    canvas.bypass("SyncLipSync")
    prompt = canvas.prompt()
    assert prompt[saved]["inputs"]["video"] == [sample, 0]
    assert film not in prompt
    with buying(sandbox, 0), asking_nothing(sandbox):
        ended = canvas.server.history(canvas.queue(), 60)
    assert ended["status"]["status_str"] == "success"
    canvas.wait_for_videos(1)


def test_a_load_video_node_without_a_file_complains_of_nothing(canvas: Canvas) -> None:
    graph = Graph()
    graph.add("SyncLoadVideo", source="clip.mp4")
    canvas.open_api("load", graph.prompt)
    assert complaints_of_ours(canvas) == []
