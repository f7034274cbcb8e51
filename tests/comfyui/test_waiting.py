"""What waits, what does not, and how waiting ends."""

from __future__ import annotations

import time
from pathlib import Path

from tests.comfyui.graphs import Graph, fresh_take, make_clip
from tests.comfyui.watch import buying
from tests.support.comfy_server import ComfyServer, Prompt
from tests.support.sandbox_process import SandboxProcess

LONG_S = 10.0  # and not longer: jobs that nobody waits for hold the account's slots
SUBMITTED = "Submitted to"


def test_two_jobs_wait_side_by_side(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    sandbox.settings(pending_s=0.0, processing_s=5.0)
    graph = Graph()
    sample = graph.sample()
    for _ in range(2):
        graph.show(graph.lip_sync(sample, take=fresh_take()), 1)
    with buying(sandbox, 2):
        outcome = comfy.run(graph.prompt)
    assert outcome.status == "success", outcome.sentence
    assert 5.0 <= outcome.seconds < 9.0


def test_a_graph_that_only_submits_frees_the_queue_while_its_job_goes_on(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    sandbox.settings(pending_s=0.0, processing_s=6.0)
    graph = Graph()
    generate = graph.generate(graph.sample(), take=fresh_take())
    shown = graph.show(generate, 1)
    with buying(sandbox, 1):
        submitted = comfy.run(graph.prompt)
        assert submitted.status == "success", submitted.sentence
        assert submitted.seconds < 5.0
        job_id = submitted.outputs[shown]["text"][0]
        other = Graph()
        other.show(other.add("EmptyImage", width=64, height=64, batch_size=1, color=0), 0)
        assert comfy.run(other.prompt).seconds < 1.0
        later = Graph()
        info = later.show(later.add("SyncPoll", service="Sync", job_id=job_id), 1)
        collected = comfy.run(later.prompt)
    assert collected.status == "success", collected.sentence
    assert job_id in collected.outputs[info]["text"][0]


def test_a_submitted_job_comes_down_to_disk_though_no_graph_waits_for_it(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    graph = Graph()
    generate = graph.generate(graph.sample(), take=fresh_take(), output_name="left_alone")
    graph.show(generate, 1)
    assert comfy.run(graph.prompt).status == "success"
    deadline = time.monotonic() + 30
    while not (found := list((comfy.base / "output" / "lipsync").glob("**/*left_alone*.mp4"))):
        assert time.monotonic() < deadline, "the film never came"
        time.sleep(0.2)
    assert len(found) == 1


def _interrupted_within_a_second(comfy: ComfyServer, prompt: Prompt, shown: str) -> None:
    prompt_id = comfy.queue(prompt)
    comfy.wait_for_text(prompt_id, shown)
    asked = time.monotonic()
    comfy.interrupt()
    outcome = comfy.wait(prompt_id)
    assert outcome.status == "interrupted"
    assert time.monotonic() - asked < 1.0


def test_an_interrupt_ends_the_waiting_within_a_second_and_keeps_the_job(comfy: ComfyServer, sandbox: SandboxProcess) -> None:
    sandbox.settings(pending_s=0.0, processing_s=LONG_S)
    graph = Graph()
    graph.show(graph.lip_sync(graph.sample(), take=fresh_take()), 1)
    with buying(sandbox, 1):
        _interrupted_within_a_second(comfy, graph.prompt, SUBMITTED)
        outcome = comfy.run(graph.prompt)
    assert outcome.status == "success", outcome.sentence


def test_an_interrupt_of_a_list_ends_within_a_second(comfy: ComfyServer, sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.settings(pending_s=0.0, processing_s=LONG_S, slots=4)
    graph = Graph()
    sample = graph.sample()
    paths = [str(make_clip(tmp_path / f"{shade}.mp4", shade=shade)) for shade in (10, 20, 30, 40)]
    videos = graph.add("RingVideos", paths="\n".join(paths))
    graph.show(graph.lip_sync(sample, video=[videos, 0], take=fresh_take()), 1)
    with buying(sandbox, 4):
        prompt_id = comfy.queue(graph.prompt)
        deadline = time.monotonic() + 30
        before = len(sandbox.ledger())
        while len(sandbox.ledger()) < before + 4:
            assert time.monotonic() < deadline, "not all four were submitted"
            time.sleep(0.2)
        asked = time.monotonic()
        comfy.interrupt()
        outcome = comfy.wait(prompt_id)
    assert outcome.status == "interrupted"
    assert time.monotonic() - asked < 1.0
