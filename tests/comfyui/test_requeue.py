"""Queueing the same graph again: free after success, healing after failure."""

from __future__ import annotations

from tests.comfyui.graphs import Graph, fresh_take
from tests.comfyui.watch import asking_nothing, buying
from tests.support.comfy_server import ComfyServer
from tests.support.sandbox_process import SandboxProcess


def test_the_same_graph_again_costs_nothing_asks_nothing_and_runs_nothing(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    graph = Graph()
    sample = graph.sample()
    film = graph.lip_sync(sample, take=fresh_take())
    polled = graph.poll(graph.generate(sample, take=fresh_take()))
    for node in (film, polled):
        graph.add("SyncSaveVideo", video=[node, 0], filename_prefix="ring3/again")
        graph.show(node, 1)
    with buying(sandbox, 2):
        first = comfy.run(graph.prompt)
    assert first.status == "success", first.sentence
    with buying(sandbox, 0), asking_nothing(sandbox):
        second = comfy.run(graph.prompt)
    assert second.status == "success", second.sentence
    assert second.ran == []
    assert second.outputs == first.outputs


def test_a_failed_job_is_healed_by_queueing_again_and_nothing_else_runs(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    graph = Graph()
    sample = graph.sample()
    well = graph.lip_sync(sample, take=fresh_take())
    well_info = graph.show(well, 1)
    polled_well = graph.poll(graph.generate(sample, take=fresh_take()))
    polled_info = graph.show(polled_well, 1)
    with buying(sandbox, 2):
        assert comfy.run(graph.prompt).status == "success"
    ill = graph.lip_sync(sample, take=fresh_take())
    ill_info = graph.show(ill, 1)
    sandbox.plan(operation="create", kind="outcome", status="FAILED", times=1)
    with buying(sandbox, 1):
        failed = comfy.run(graph.prompt)
    assert failed.status == "error"
    assert failed.error["node_id"] == ill
    with buying(sandbox, 1):
        healed = comfy.run(graph.prompt)
    assert healed.status == "success", healed.sentence
    assert set(healed.ran) == {ill, ill_info}
    assert {sample, well, polled_well} <= healed.cached
    assert {well_info, polled_info, ill_info} <= healed.outputs.keys()


def test_twin_nodes_are_healed_together_by_one_purchase(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    graph, take = Graph(), fresh_take()
    sample = graph.sample()
    pairs = [(generate, graph.poll(generate)) for generate in (graph.generate(sample, take=take), graph.generate(sample, take=take))]
    infos = [graph.show(poll, 1) for _, poll in pairs]
    sandbox.plan(operation="create", kind="outcome", status="FAILED", times=1)
    with buying(sandbox, 1):
        assert comfy.run(graph.prompt).status == "error"
    with buying(sandbox, 1):
        healed = comfy.run(graph.prompt)
    assert healed.status == "success", healed.sentence
    assert set(infos) <= healed.outputs.keys()
    assert sample not in healed.ran


def test_a_lazy_switch_that_does_not_choose_our_branch_buys_nothing(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    graph = Graph()
    sample = graph.sample()
    ours = graph.lip_sync(sample, take=fresh_take())
    submitted = graph.poll(graph.generate(sample, take=fresh_take()))
    for branch in (ours, submitted):
        chosen = graph.add("ComfySwitchNode", switch=False, on_false=[sample, 0], on_true=[branch, 0])
        graph.add("SaveVideo", video=[chosen, 0], filename_prefix="ring3/switch", format="auto", codec="auto")
    with buying(sandbox, 0), asking_nothing(sandbox):
        outcome = comfy.run(graph.prompt)
    assert outcome.status == "success", outcome.sentence
    assert not {ours, submitted} & set(outcome.ran)
