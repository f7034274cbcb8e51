"""Core's nodes take what the pack's nodes hand over."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests.comfyui.graphs import Graph, fresh_take, make_clip
from tests.comfyui.watch import buying
from tests.support.comfy_server import ComfyServer, Refused
from tests.support.sandbox_process import SandboxProcess


@pytest.mark.parametrize("waits_in", ["SyncLipSync", "SyncPoll"])
def test_core_nodes_chain_behind_the_film(comfy: ComfyServer, sandbox: SandboxProcess, waits_in: str) -> None:
    graph, take = Graph(), fresh_take()
    sample = graph.sample()
    one_node = waits_in == "SyncLipSync"
    film = graph.lip_sync(sample, take=take) if one_node else graph.poll(graph.generate(sample, take=take))
    parts = graph.add("GetVideoComponents", video=[film, 0])
    rate = graph.show(parts, 2)
    again = graph.add("CreateVideo", images=[parts, 0], audio=[parts, 1], fps=[parts, 2])
    sliced = graph.add("Video Slice", video=[film, 0], start_time=0.5, duration=1.0, strict_duration=False)
    saved = {
        what: graph.add("SaveVideo", video=[node, 0], filename_prefix=f"ring3/{what}", format="auto", codec="auto")
        for what, node in (("whole", film), ("slice", sliced), ("frames", again))
    }
    with buying(sandbox, 1):
        outcome = comfy.run(graph.prompt)
    assert outcome.status == "success", outcome.sentence
    assert outcome.outputs[rate]["text"] == ["25.0"]
    lengths = {what: _length_s(comfy, outcome.outputs[node]["images"][0]) for what, node in saved.items()}
    assert lengths["slice"] == pytest.approx(1.0, abs=0.1)
    assert lengths["frames"] == pytest.approx(lengths["whole"], abs=0.1)


def test_uploaded_files_go_through_the_packs_own_inputs(comfy: ComfyServer, sandbox: SandboxProcess, tmp_path: Path) -> None:
    clip = comfy.upload(make_clip(tmp_path / "spoken clip.mp4", shade=90))
    graph = Graph()
    video = graph.add("SyncLoadVideo", file=clip)
    speech = graph.add("SyncAudio", video=[video, 0])
    film = graph.add("SyncLipSync", video=[video, 0], audio=[speech, 0], service="Sync", model="sync-3")
    saved = graph.add("SyncSaveVideo", video=[film, 0], filename_prefix="ring3/uploaded")
    with buying(sandbox, 1):
        outcome = comfy.run(graph.prompt)
    assert outcome.status == "success", outcome.sentence
    assert _length_s(comfy, outcome.outputs[saved]["images"][0]) == pytest.approx(1.0, abs=0.1)
    graph.prompt[video]["inputs"]["file"] = "gone.mp4"
    with pytest.raises(Refused, match=r"gone\.mp4"):
        comfy.queue(graph.prompt)


def _length_s(comfy: ComfyServer, saved: dict[str, str]) -> float:
    with av.open(str(comfy.base / saved["type"] / saved["subfolder"] / saved["filename"])) as film:
        stream = film.streams.video[0]
        return float(stream.duration * stream.time_base)
