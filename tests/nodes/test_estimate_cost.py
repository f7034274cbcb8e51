"""SyncEstimateCost in the stand-in host: what it gives, what it says, and that it buys and uploads nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from lipsync.sandbox.door import key_hash
from tests.comfyui_host import Run
from tests.comfyui_host.core import VideoFromFile
from tests.media import scenes
from tests.media.clips import make_clip
from tests.nodes.conftest import Canvas
from tests.nodes.test_bad_input import BAD
from tests.support.sandbox_process import SandboxProcess

ONLY_TO_ORDER = {
    "no speech",
    "no sound behind the wire",
    "a photo for lipsync-2",
    "a photo for react-1",
    "react-1 over 15 s",
    "no model",
    "a model that is gone",
    "a price over the limit",
    "a project that is none",
}
"""What is no reason not to estimate: it is told in the report, or is about the order alone."""
USD = 106 * 0.00534  # the sample's speech at 25 frames a second


def estimate(canvas: Canvas, nodes: dict[str, Any] | None = None, **inputs: Any) -> Run:
    """The sample through SyncEstimateCost; `inputs` replace its own, None takes one away."""
    wanted = {"video": ["sample", 0], "audio": ["sample", 1], "service": "Sync", "model": "sync-3", **inputs}
    prompt = {
        "sample": {"class_type": "SyncSample", "inputs": {}},
        "estimate": {"class_type": "SyncEstimateCost", "inputs": {key: value for key, value in wanted.items() if value is not None}},
        **(nodes or {}),
    }
    return canvas.host.run(prompt)


def report_of(run: Run) -> str:
    assert run.errors == {}
    report = run.outputs["estimate"][1]
    assert run.ui["estimate"] == {"text": (report,)}
    return str(report)


def test_a_price_and_a_report_for_nothing(canvas: Canvas, sandbox: SandboxProcess) -> None:
    run = estimate(canvas)
    summary, *rest = report_of(run).splitlines()
    assert run.outputs["estimate"][0] == pytest.approx(USD, abs=1e-3)
    assert summary == "sync-3, Sync: a film of 4.22 s, 106 frames, about 0.57 USD (Sync's own estimate)."
    assert run.texts["estimate"] == [summary]
    assert len([line for line in rest if line.endswith("Sync's own estimate")]) == 5
    asked = [note["operation"] for note in sandbox.requests() if note["operation"] != "get"]  # an earlier test's job may still be asked for
    assert asked == ["estimate"] * 5
    buyer = key_hash(os.environ["SYNC_API_KEY"])  # the account of this test alone; what other tests bought stays on the ledger
    assert [purchase for purchase in sandbox.ledger() if purchase["key_hash"] == buyer] == []
    assert canvas.files("user") == canvas.files("output") == []


def test_the_price_is_that_of_the_chosen_model_and_service(canvas: Canvas, sandbox: SandboxProcess) -> None:
    assert estimate(canvas, model="lipsync-2").outputs["estimate"][0] == pytest.approx(106 * 0.002, abs=1e-3)
    assert estimate(canvas, model="lipsync-2-pro", service="Segmind").outputs["estimate"][0] == pytest.approx(4.22 * 0.084, abs=1e-3)
    assert estimate(canvas, sync_mode="cut_off").outputs["estimate"][0] == pytest.approx(100 * 0.00534, abs=1e-3)


def test_without_a_key_the_price_list_and_no_request(canvas: Canvas, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNC_API_KEY")
    monkeypatch.setenv("SYNC_PLAN", "Scale")
    run = estimate(canvas)
    assert "There is no Sync key." in report_of(run)
    assert run.outputs["estimate"][0] == pytest.approx(USD * 0.8, abs=1e-3)
    assert [note for note in sandbox.requests() if note["operation"] == "estimate"] == []


def test_without_a_speech(canvas: Canvas, sandbox: SandboxProcess) -> None:
    run = estimate(canvas, audio=None)
    assert "There is no speech yet" in report_of(run)
    assert run.outputs["estimate"][0] == pytest.approx(100 * 0.00534, abs=1e-3)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"model": "react-1", "service": "Segmind"}, "its price is not known beforehand."),
        ({"video": ["sample", 2], "model": "lipsync-2"}, "does not fit: a photo (one image) only with sync-3; lipsync-2 needs a video."),
        ({"video": ["link", 0], "sync_mode": "silence"}, "neither length nor price is known beforehand."),
    ],
)
def test_with_no_price_known_what_hangs_on_it_does_not_run(canvas: Canvas, sandbox: SandboxProcess, inputs: Any, said: str) -> None:
    nodes = {
        "link": {"class_type": "SyncLoadVideo", "inputs": {"file": "(none)", "source": "https://example.com/clip.mp4"}},
        "show": {"class_type": "PreviewAny", "inputs": {"source": ["estimate", 0]}},
        "show report": {"class_type": "PreviewAny", "inputs": {"source": ["estimate", 1]}},
    }
    run = estimate(canvas, nodes, **inputs)
    assert said in report_of(run).splitlines()[0]
    assert "show" not in run.ui
    assert "show report" in run.ui


def test_frames_and_their_rate(canvas: Canvas, sandbox: SandboxProcess) -> None:
    frames = canvas.given("frames", torch.rand(50, 480, 640, 3))
    run = estimate(canvas, {"frames": frames}, video=["frames", 0], frame_rate=50.0, audio=None)
    told = report_of(run)
    assert "a film of 1.00 s, 50 frames" in told
    assert "50 frames a second cost 2.0 times as much as 25" in told
    assert "50 frames are encoded to H.264 at 50 a second." in told
    error = estimate(canvas, {"frames": frames}, video=["frames", 0]).errors["estimate"]
    assert error.startswith("Estimate Lip Sync Cost (Sync, Segmind): 'frame_rate' is '0 (not set)'. Allowed: ")


def test_what_is_wrong_with_a_clip_is_told_on_the_node(canvas: Canvas, sandbox: SandboxProcess, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "cut.mkv", frames=60, width=320, height=240, picture=scenes.cut)
    told = report_of(estimate(canvas, {"clip": canvas.given("clip", VideoFromFile(str(path)))}, video=["clip", 0]))
    assert "Beware: The picture cuts at 1.2 s" in told
    assert "Beware: The picture is 320x240: below 480p" in told
    assert "Packed anew without touching the picture: it is matroska, not MP4 or MOV." in told


@pytest.mark.parametrize("name", [name for name in BAD if name not in ONLY_TO_ORDER])
def test_bad_input_is_told_as_by_the_nodes_that_buy(name: str, canvas: Canvas, sandbox: SandboxProcess) -> None:
    build, expected = BAD[name]
    run = estimate(canvas, **build(canvas))
    assert expected in " ".join(run.errors.values())
    assert canvas.files("temp") == []


def test_a_new_plan_makes_a_new_estimate(canvas: Canvas, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    node = canvas.host._nodes["SyncEstimateCost"]
    before = node.fingerprint_inputs()
    assert node.fingerprint_inputs() == before
    monkeypatch.setenv("SYNC_PLAN", "Growth")
    with_plan = node.fingerprint_inputs()
    monkeypatch.setenv("SYNC_PLAN", "nonsense")
    assert len({before, with_plan, node.fingerprint_inputs()}) == 3
    assert "SYNC_PLAN" in estimate(canvas).errors["estimate"]
