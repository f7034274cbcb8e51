"""A list of clips through one node: some bought before, some new, one that no service would take."""

from __future__ import annotations

from pathlib import Path

from tests.comfyui.graphs import Graph, fresh_take, make_clip, make_sound_only
from tests.comfyui.watch import buying
from tests.support.comfy_server import ComfyServer
from tests.support.sandbox_process import SandboxProcess


def _listed(paths: list[Path], take: int, on_failure: str) -> tuple[Graph, str, str]:
    graph = Graph()
    videos = graph.add("RingVideos", paths="\n".join(map(str, paths)))
    film = graph.lip_sync(graph.sample(), video=[videos, 0], take=take, on_failure=on_failure)
    return graph, film, graph.show(film, 1)


def test_a_list_of_done_new_and_refused_clips(comfy: ComfyServer, sandbox: SandboxProcess, tmp_path: Path) -> None:
    take = fresh_take()
    done, new, newer = (make_clip(tmp_path / f"{shade}.mp4", shade=shade) for shade in (60, 120, 180))
    refused = make_sound_only(tmp_path / "refused.mp4")
    paths = [done, new, refused, newer]
    with buying(sandbox, 1):
        graph, _, _ = _listed([done], take, "stop")
        assert comfy.run(graph.prompt).status == "success"
    with buying(sandbox, 2):
        graph, film, _ = _listed(paths, take, "stop")
        stopped = comfy.run(graph.prompt)
    assert stopped.status == "error"
    assert stopped.error["node_id"] == film
    assert "only sound" in stopped.sentence
    with buying(sandbox, 0):
        graph, film, info = _listed(paths, take, "skip")
        skipped = comfy.run(graph.prompt)
    assert skipped.status == "success", skipped.sentence
    assert len(skipped.outputs[info]["text"]) == 3
    assert any("only sound" in line for line in skipped.texts[film])
    with buying(sandbox, 0):
        again = comfy.run(graph.prompt)
    assert len(again.outputs[info]["text"]) == 3
    assert film in again.ran, "a skipped clip must be tried again, not served from the cache"
