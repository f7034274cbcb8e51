"""What a film would cost, in a real ComfyUI: told on the node, and for nothing."""

from __future__ import annotations

import pytest

from tests.comfyui.graphs import Graph
from tests.comfyui.watch import buying
from tests.support.browser import Canvas
from tests.support.comfy_server import ComfyServer
from tests.support.sandbox_process import SandboxProcess

_REPORT = "() => document.querySelector('.sync-lipsync-report')?.textContent ?? ''"
SUMMARY = "sync-3, Sync: a film of 4.22 s, 106 frames, about 0.57 USD (Sync's own estimate)."


def estimating(**inputs: object) -> tuple[Graph, str]:
    graph = Graph()
    sample = graph.sample()
    usual = {"video": [sample, 0], "audio": [sample, 1], "service": "Sync", "frame_rate": 0.0, "sync_mode": "bounce", "model": "sync-3"}
    return graph, graph.add("SyncEstimateCost", **usual | inputs)


def test_an_output_node_that_buys_nothing(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    graph, node = estimating()
    sandbox.clear_requests()
    with buying(sandbox, 0):
        outcome = comfy.run(graph.prompt)
    assert outcome.status == "success", outcome.sentence
    assert [note["operation"] for note in sandbox.requests()] == ["estimate"] * 5
    (report,) = outcome.outputs[node]["text"]
    assert report.splitlines()[0] == SUMMARY
    assert outcome.texts[node][-1] == SUMMARY


def test_price_and_report_are_outputs_and_an_unknown_price_blocks_what_hangs_on_it(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    graph, node = estimating(model="lipsync-2")
    price, report = graph.show(node, 0), graph.show(node, 1)
    outcome = comfy.run(graph.prompt)
    assert float(outcome.outputs[price]["text"][0]) == pytest.approx(0.212)
    assert outcome.outputs[report]["text"] == outcome.outputs[node]["text"]
    graph, node = estimating(model="react-1", service="Segmind")
    price, report = graph.show(node, 0), graph.show(node, 1)
    outcome = comfy.run(graph.prompt)
    assert outcome.status == "success", outcome.sentence
    assert price not in outcome.outputs
    assert "its price is not known beforehand" in outcome.outputs[report]["text"][0]


def test_a_wrong_input_is_a_sentence(comfy: ComfyServer) -> None:
    graph, _ = estimating(service="Segmind")
    outcome = comfy.run(graph.prompt)
    assert outcome.status == "error"
    assert "'model' is 'sync-3'. Allowed: lipsync-2-pro, react-1 (the models of Segmind)" in outcome.sentence


def test_the_report_stands_on_the_node_and_not_in_the_graph(canvas: Canvas) -> None:
    graph, _ = estimating()
    canvas.open_api("estimate", graph.prompt)
    before = canvas.prompt()
    canvas.server.history(canvas.queue(), 60)
    canvas.page.wait_for_function(f"() => ({_REPORT})().startsWith('sync-3, Sync: a film of 4.22 s')")
    assert canvas.prompt() == before
    assert [node["widgets_values"] for node in canvas.graph()["nodes"] if node["type"] == "SyncEstimateCost"] == [
        ["Sync", 0, "bounce", "sync-3"]
    ]
