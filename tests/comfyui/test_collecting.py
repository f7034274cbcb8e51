"""Submit now, collect later: what was paid for and not received comes as a list, and what hangs behind it runs once for each film."""

from __future__ import annotations

import time

import pytest

from tests.comfyui.graphs import Graph, fresh_take
from tests.comfyui.watch import asking_nothing, buying
from tests.support.comfy_server import ComfyServer, Outcome
from tests.support.sandbox_process import SandboxProcess


@pytest.fixture
def name() -> str:
    """Part of the output names of one test, so that it collects no other's jobs."""
    return f"batch{fresh_take()}x"


def submit(comfy: ComfyServer, *names: str) -> None:
    """One prompt for each name, so that they are ordered in this order."""
    for output_name in names:
        graph = Graph()
        graph.show(graph.generate(graph.sample(), take=fresh_take(), output_name=output_name), 1)
        outcome = comfy.run(graph.prompt)
        assert outcome.status == "success", outcome.sentence


def collecting(name: str, **inputs: object) -> tuple[Graph, str, str, str]:
    """Collect into Save Video and Preview as Text; the graph and the ids of the three."""
    graph = Graph()
    collect = graph.add("SyncCollect", service="Sync", name=name, **inputs)
    saved = graph.add("SyncSaveVideo", video=[collect, 0], filename_prefix=f"ring3/{name}")
    return graph, collect, saved, graph.show(collect, 1)


def report_of(outcome: Outcome, shown: str) -> list[str]:
    assert outcome.status == "success", outcome.sentence
    (report,) = outcome.outputs[shown]["text"]
    return report.splitlines()


def test_each_film_runs_what_is_behind_and_stays_until_there_is_a_new_one(comfy: ComfyServer, sandbox: SandboxProcess, name: str) -> None:
    graph, collect, saved, shown = collecting(name)
    with buying(sandbox, 3):
        submit(comfy, f"{name}-1", f"{name}-2", f"{name}-3")
    with buying(sandbox, 0):
        first = comfy.run(graph.prompt)
    assert [line.split(" ")[0] for line in report_of(first, shown)[1:]] == [f"{name}-1", f"{name}-2", f"{name}-3"]
    assert report_of(first, shown)[0].startswith("3 of 3 films collected for 1.")
    assert [image["filename"].split("-")[1] for image in first.outputs[collect]["images"]] == ["1", "2", "3"]
    assert len(first.outputs[saved]["images"]) == 3

    again = graph.add("SyncSaveVideo", video=[collect, 0], filename_prefix=f"ring3/again/{name}")
    with buying(sandbox, 0), asking_nothing(sandbox):
        second = comfy.run(graph.prompt)
    assert second.status == "success", second.sentence
    assert second.ran == [again], "a node that is hung behind it later gets the films too"
    assert len(second.outputs[again]["images"]) == 3
    assert second.outputs[collect] == first.outputs[collect]

    submit(comfy, f"{name}-4")
    third = comfy.run(graph.prompt)
    assert [line.split(" ")[0] for line in report_of(third, shown)[1:]] == [f"{name}-4"]
    assert len(third.outputs[saved]["images"]) == 1


def test_nothing_to_collect_blocks_what_is_behind_and_says_so(comfy: ComfyServer, sandbox: SandboxProcess, name: str) -> None:
    graph, collect, saved, shown = collecting(name)
    with buying(sandbox, 0), asking_nothing(sandbox):
        outcome = comfy.run(graph.prompt)
    (line,) = report_of(outcome, shown)
    assert line.startswith("Nothing to collect from Sync, of this name and date: ")
    assert outcome.texts[collect][-1] == line
    assert outcome.error == {}
    assert saved not in outcome.outputs


def test_what_failed_is_told_once_and_what_still_runs_comes_the_next_time(comfy: ComfyServer, sandbox: SandboxProcess, name: str) -> None:
    sandbox.settings(pending_s=0.0, processing_s=8.0)
    sandbox.plan(operation="create", kind="outcome", status="FAILED", match=f"{name}-fails")
    submit(comfy, f"{name}-fails", f"{name}-slow")
    graph, _, saved, shown = collecting(name, wait_limit_s=1)
    running = comfy.run(graph.prompt)
    lines = report_of(running, shown)
    assert lines[0].startswith("0 of 2 films collected, ")
    assert "is still running. Nothing is lost: queue again" in lines[2]
    assert saved not in running.outputs
    told = []
    give_up = time.monotonic() + 30
    while saved not in (ended := comfy.run(graph.prompt)).outputs:
        assert time.monotonic() < give_up, "what ComfyUI remembers of it is a list without films"
        told += report_of(ended, shown)
    told += report_of(ended, shown)
    assert len(ended.outputs[saved]["images"]) == 1
    assert sum(f"{name}-fails" in line and "failed at Sync" in line for line in lines + told) == 1
    assert comfy.run(graph.prompt).ran == []


def test_an_interrupt_ends_within_a_second_and_the_next_run_collects_all(comfy: ComfyServer, sandbox: SandboxProcess, name: str) -> None:
    sandbox.settings(pending_s=0.0, processing_s=0.5)
    submit(comfy, f"{name}-quick")
    sandbox.settings(pending_s=0.0, processing_s=8.0)
    submit(comfy, f"{name}-slow")
    graph, collect, saved, shown = collecting(name)
    prompt_id = comfy.queue(graph.prompt)
    comfy.wait_for_text(prompt_id, "1 of 2 jobs collected.")
    asked = time.monotonic()
    comfy.interrupt()
    stopped = comfy.wait(prompt_id)
    assert stopped.status == "interrupted"
    assert time.monotonic() - asked < 1.0
    assert stopped.texts[collect][-1].startswith("Stopped waiting. The jobs go on")
    with buying(sandbox, 0):
        outcome = comfy.run(graph.prompt)
    assert [line.split(" ")[0] for line in report_of(outcome, shown)[1:]] == [f"{name}-quick", f"{name}-slow"]
    assert len(outcome.outputs[saved]["images"]) == 2
