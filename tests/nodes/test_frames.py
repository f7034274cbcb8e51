"""SyncFrames in the stand-in host: frames out of a video, and back into one."""

from __future__ import annotations

import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

from tests.comfyui_host import Run
from tests.media.clips import clicks, first_click_s, make_clip, number_of, numbered
from tests.nodes.conftest import Canvas


def frames_of(canvas: Canvas, *, nodes: dict[str, Any] | None = None, **inputs: Any) -> Run:
    """A file of the input folder, or what is wired, through SyncFrames."""
    prompt = {
        "load": {"class_type": "SyncLoadVideo", "inputs": {"file": "clip.mp4"}},
        "frames": {"class_type": "SyncFrames", "inputs": {"video": ["load", 0], **inputs}},
        "show": {"class_type": "PreviewAny", "inputs": {"source": ["frames", 2]}},
        **(nodes or {}),
    }
    return canvas.host.run({key: node for key, node in prompt.items() if key != "load" or inputs.get("video") is None})


def numbers(images: torch.Tensor) -> list[int]:
    return [number_of(image.numpy() * 255) for image in images]


def test_all_of_a_video_and_what_it_needs_is_said_first(canvas: Canvas) -> None:
    make_clip(canvas.base / "input" / "clip.mp4", sound=clicks(1.0))
    run = frames_of(canvas)
    assert run.errors == {}
    images, audio, frame_rate, mask = run.outputs["frames"]
    assert (images.shape, images.dtype, frame_rate) == ((25, 96, 128, 3), torch.float32, 25.0)
    assert numbers(images) == list(range(25))
    assert (audio["waveform"].shape[:2], audio["sample_rate"]) == ((1, 1), 48000)
    assert (mask.shape, float(mask.max())) == ((1, 96, 128), 0.0)
    assert re.fullmatch(r"25 frames of 128x96 need 3\.\d MB of memory(; [\d.,]+ [GM]B are free)?\.", run.texts["frames"][0])
    assert run.texts["frames"][-1] == "25 frames of 128x96 at 25 frames a second, 1.00 s of sound."


def test_some_of_it(canvas: Canvas) -> None:
    make_clip(canvas.base / "input" / "clip.mp4", frames=60, sound=clicks(2.4))
    run = frames_of(canvas, start_frame=10, frame_count=5, every_nth=2, longest_side=64)
    images, audio, frame_rate, _ = run.outputs["frames"]
    assert (numbers(images), images.shape[1:], frame_rate) == ([10, 12, 14, 16, 18], (48, 64, 3), 12.5)
    assert audio["waveform"].shape[2] == round(0.4 * 48000)


def test_a_video_made_of_tensors(canvas: Canvas) -> None:
    images = torch.from_numpy(np.stack([numbered(index, 128, 96) for index in range(10)])).float() / 255
    run = frames_of(
        canvas,
        video=["video", 0],
        start_frame=2,
        nodes={
            "images": canvas.given("images", images),
            "video": {"class_type": "CreateVideo", "inputs": {"images": ["images", 0], "fps": 25.0}},
        },
    )
    assert run.errors == {}
    assert torch.equal(run.outputs["frames"][0], images[2:])
    assert run.outputs["frames"][1] is None


def test_a_frame_past_the_end(canvas: Canvas) -> None:
    make_clip(canvas.base / "input" / "clip.mp4")
    assert frames_of(canvas, start_frame=30).errors["frames"] == "clip.mp4 has no frame 30: it has 25. Choose one from 0 to 24."


def test_more_than_the_memory_is_refused_with_the_figure(canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> None:
    make_clip(canvas.base / "input" / "clip.mp4")
    psutil = type("psutil", (), {"virtual_memory": staticmethod(lambda: type("memory", (), {"available": 2_000_000}))})
    monkeypatch.setitem(__import__("sys").modules, "psutil", psutil)
    run = frames_of(canvas)
    assert run.texts["frames"] == ["25 frames of 128x96 need 3.7 MB of memory; 2.0 MB are free."]
    assert run.errors["frames"] == (
        "clip.mp4 needs 3.7 MB of memory as frames, and 2.0 MB are free. "
        "Choose a range (start_frame, frame_count), every n-th frame (every_nth) or a smaller size (longest_side)."
    )


def make_endless(path: Path, *, frames: int = 20_000, width: int = 4096, height: int = 2160) -> None:
    """A film as long as one likes, of a picture and of packets that say "the same again"."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.max_b_frames = 0
        picture = av.VideoFrame.from_ndarray(numbered(77, width, height), format="rgb24")
        first, again = [packet for _ in range(2) for packet in stream.encode(picture)] + list(stream.encode(None))
        for index in range(frames):
            packet = first if index == 0 else av.Packet(bytes(again))
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = index
            packet.is_keyframe = index == 0
            container.mux_one(packet)


def test_more_than_any_memory_is_announced_and_refused_before_any_is_taken(canvas: Canvas) -> None:
    make_endless(canvas.base / "input" / "clip.mp4")
    before = peak_bytes()
    run = frames_of(canvas)
    free = r"[\d,.]+ [GM]B"
    assert re.fullmatch(rf"20000 frames of 4096x2160 need 2,123\.4 GB of memory; {free} are free\.", run.texts["frames"][0])
    assert re.fullmatch(
        rf"clip\.mp4 needs 2,123\.4 GB of memory as frames, and {free} are free\. "
        r"Choose a range \(start_frame, frame_count\), every n-th frame \(every_nth\) or a smaller size \(longest_side\)\.",
        run.errors["frames"],
    )
    assert peak_bytes() - before < 300e6
    some = frames_of(canvas, start_frame=1, frame_count=2, longest_side=512)
    assert some.errors == {}
    assert (some.outputs["frames"][0].shape, numbers(some.outputs["frames"][0])) == ((2, 270, 512, 3), [77, 77])


def peak_bytes() -> int:
    """The most memory that this process has had at once."""
    resource = pytest.importorskip("resource", reason="Windows does not tell it")
    told = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return told if sys.platform == "darwin" else told * 1024


@pytest.mark.parametrize("size", [(127, 95), (128, 96)])
def test_there_and_back(canvas: Canvas, size: tuple[int, int]) -> None:
    """IMAGE, film, IMAGE: the count, the size, the order, the rate and the place of the sound stay."""
    images = torch.from_numpy(np.stack([numbered(index, *size) for index in range(30)])).float() / 255
    audio = {"waveform": torch.from_numpy(clicks(2.0))[None], "sample_rate": 48000}
    saved = {"video": ["images", 0], "audio": ["audio", 0], "frame_rate": 29.97}
    again = {"video": ["frames", 0], "audio": ["frames", 1], "frame_rate": ["frames", 2]}
    prompt = {
        "images": canvas.given("images", images),
        "audio": canvas.given("audio", audio),
        "save": {"class_type": "SyncSaveVideo", "inputs": saved},
        "frames": {"class_type": "SyncFrames", "inputs": {"video": ["save", 0]}},
        "save again": {"class_type": "SyncSaveVideo", "inputs": again},
        "frames again": {"class_type": "SyncFrames", "inputs": {"video": ["save again", 0]}},
        "show": {"class_type": "PreviewAny", "inputs": {"source": ["frames again", 2]}},
    }
    run = canvas.host.run(prompt)
    assert run.errors == {}
    for node in ("frames", "frames again"):
        pictures, sound, frame_rate, _ = run.outputs[node]
        assert pictures.shape == images.shape
        assert numbers(pictures) == list(range(30))
        assert Fraction(frame_rate).limit_denominator(1001) == Fraction(30000, 1001)
        assert first_click_s(sound["waveform"][0].numpy(), sound["sample_rate"]) == pytest.approx(0.25, abs=0.001)
