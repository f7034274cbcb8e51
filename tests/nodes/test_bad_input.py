"""What a paying user does on the first day: each refusal is a sentence that says what to do, costs nothing and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

from tests.comfyui_host.core import VideoComponents, VideoFromComponents, VideoFromFile
from tests.nodes.conftest import Canvas
from tests.support.sandbox_process import SandboxProcess

SOUND = {"waveform": torch.randn(1, 1, 22050) * 0.1, "sample_rate": 22050}


def make_clip(path: Path, *, seconds: float = 1.0, size: tuple[int, int] = (64, 64), rate: int = 25) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=Fraction(rate), options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), 90, dtype=np.uint8), format="rgb24").reformat(format="yuv420p")
        for number in range(round(seconds * rate)):
            picture.pts = number
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return path


def make_tone(path: Path, *, seconds: float = 1.0, loudness: float = 0.3) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=48000, layout="mono")
        samples = (loudness * np.sin(np.arange(round(48000 * seconds)) / 20)).astype(np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = 48000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


Inputs = dict[str, Any]


def given(**values: Any) -> Callable[[Canvas], Inputs]:
    """Inputs of SyncLipSync; what ComfyUI would hand over by wire is handed over by a node of the test."""

    def build(canvas: Canvas) -> Inputs:
        nodes = {f"given {name}": canvas.given(name, value) for name, value in values.items() if name in ("video", "audio")}
        inputs = {name: ["given " + name, 0] if name in ("video", "audio") else value for name, value in values.items()}
        return {**inputs, "nodes": nodes}

    return build


def loaded(make: Callable[[Path], Path] | None, *, source: str = "", file: str = "clip.mp4", **rest: Any) -> Callable[[Canvas], Inputs]:
    """A video through SyncLoadVideo."""

    def build(canvas: Canvas) -> Inputs:
        if make is not None:
            make(canvas.base / "input" / file)
        load = {"class_type": "SyncLoadVideo", "inputs": {"file": "(none)" if source else file, "source": source}}
        return {"video": ["load", 0], "nodes": {"load": load}, **rest}

    return build


BAD: dict[str, tuple[Callable[[Canvas], Inputs], str]] = {
    "no speech": (
        lambda canvas: {"audio": None},
        "Lip Sync (Sync, Segmind): 'audio' is empty. Allowed: an AUDIO or a SYNC_SPEECH: without sound there is nothing to speak.",
    ),
    "no sound behind the wire": (given(audio=None), "'audio' is empty"),
    "silent sound": (given(audio={"waveform": torch.zeros(1, 1, 48000), "sample_rate": 48000}), "silent"),
    "a sound without a sample": (given(audio={"waveform": torch.zeros(1, 1, 0), "sample_rate": 48000}), "empty"),
    "a sound of what is no number": (given(audio={"waveform": torch.full((1, 1, 4800), torch.nan), "sample_rate": 48000}), "not numbers"),
    "a sound without sound": (given(audio={"sample_rate": 48000}), "'audio' is 'an AUDIO without sound'. Allowed: one with its waveform"),
    "a sound of nothing": (given(audio={"waveform": None, "sample_rate": 48000}), "'audio' is 'an AUDIO without sound'"),
    "a batch of sounds": (given(audio={"waveform": torch.rand(2, 1, 4800), "sample_rate": 48000}), "one sound [1, channels, samples]"),
    "text on the audio wire": (given(audio="hello"), "'audio' is \"the text 'hello'\". Allowed: an AUDIO or a SYNC_SPEECH."),
    "text on the video wire": (given(video="clip.mp4"), "Allowed: a VIDEO, or an IMAGE with a frame_rate."),
    "no frames": (
        given(video=torch.zeros(0, 64, 64, 3), frame_rate=25.0),
        "'video' is 'an IMAGE batch without a frame'. Allowed: at least 1 frame.",
    ),
    "frames of what is no number": (
        given(video=torch.full((4, 64, 64, 3), torch.nan), frame_rate=25.0),
        "The video holds no picture: not one of its values is a number",
    ),
    "a photo of what is no number": (
        given(video=torch.full((1, 64, 64, 3), torch.nan), model="sync-3"),
        "The photo holds no picture: not one of its values is a number",
    ),
    "frames without a rate": (
        given(video=torch.rand(4, 64, 64, 3)),
        "'frame_rate' is '0 (not set)'. Allowed: the rate that these frames were made for: often 16, 24, 25 or 30. A wrong one spoils the "
        "clip.",
    ),
    "a photo for lipsync-2": (
        given(video=torch.rand(1, 64, 64, 3), model="lipsync-2"),
        "'model' is 'lipsync-2'. Allowed: a photo (one image) only with sync-3; lipsync-2 needs a video.",
    ),
    "a photo for react-1": (given(video=torch.rand(1, 64, 64, 3), model="react-1"), "a photo (one image) only with sync-3"),
    "a video without a picture": (loaded(make_tone, file="sound.mp4"), "has only sound"),
    "an empty file": (loaded(lambda path: (path.write_bytes(b"") and path) or path), "is empty"),
    "not a video": (loaded(lambda path: (path.write_text("hello") and path) or path), "is not a video"),
    "a file that has vanished": (given(video=VideoFromFile("gone.mp4")), "gone.mp4 does not exist. Export it again"),
    "a trim past the end": (
        lambda canvas: given(video=VideoFromFile(str(make_clip(canvas.base / "clip.mp4")), start_time=7.5))(canvas),
        "clip.mp4 is trimmed to start at 7.5 s, and it is 1.00 s long. Choose an earlier start.",
    ),
    "ten thousand frames a second": (
        given(video=VideoFromComponents(VideoComponents(torch.rand(4, 64, 64, 3), Fraction(10_000)))),
        "has 10000 frames per second",
    ),
    "too large a picture": (loaded(lambda path: make_clip(path, seconds=0.2, size=(4200, 2200))), "is too large: 4200x2200 pixels"),
    "too large frames": (given(video=torch.zeros(2, 2200, 4200, 3, dtype=torch.uint8), frame_rate=25.0), "is too large: 4200x2200 pixels"),
    "react-1 over 15 s": (
        loaded(lambda path: make_clip(path, seconds=16), model="react-1"),
        "The video is 16.0 s long, and react-1 takes at most 15 s. Trim it, or choose another model.",
    ),
    "a model that is gone": (
        lambda canvas: {"model": "lipsync-0"},
        "'model' is 'lipsync-0'. Allowed: sync-3, lipsync-2-pro, lipsync-2, lipsync-1.9.0-beta, react-1 (the models of Sync).",
    ),
    "no model": (lambda canvas: {"model": None}, "'model' is empty"),
    "a private link": (
        loaded(None, source="http://192.168.1.20/clip.mp4"),
        "The link http://192.168.1.20/clip.mp4 cannot be used: ",
    ),
    "a loopback link": (loaded(None, source="http://127.0.0.1:9/clip.mp4"), "cannot be used: "),
    "a link of another kind": (loaded(None, source="ftp://example.com/clip.mp4"), "cannot be used: "),
    "a path outside": (
        loaded(None, source="/etc/hostname"),
        "/etc/hostname lies outside the folders that graphs may read. Put it into ComfyUI's input, output or temp folder, or name its "
        "folder in "
        "the environment variable SYNC_MEDIA_FOLDERS.",
    ),
    "a path that climbs out": (loaded(None, source="../../etc/hostname"), "lies outside the folders that graphs may read"),
    "neither a file nor a source": (
        loaded(None, file="(none)"),
        "Load Video (Sync): 'file' is empty. Allowed: either a file, or a source and no file.",
    ),
    "a price over the limit": (
        lambda canvas: {"max_cost_usd": 0.1},
        "This job would cost about 0.57 USD, and max_cost_usd is 0.10. Raise it, or trim the clip. Nothing was sent.",
    ),
    "a project that is none": (lambda canvas: {"project_id": "my film"}, "'project_id' is 'my film'. Allowed: the id of a project"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str, canvas: Canvas, sandbox: SandboxProcess) -> None:
    build, expected = BAD[name]
    bought = len(sandbox.ledger())
    run = canvas.lip_sync(**build(canvas))
    message = " ".join(run.errors.values())
    assert expected in message
    assert message.rstrip().endswith(".")
    assert len(sandbox.ledger()) == bought
    assert sandbox.requests("create") == []
    assert canvas.files("output") == []
    assert canvas.files("temp") == []


def test_no_key(canvas: Canvas, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNC_API_KEY")
    run = canvas.lip_sync()
    assert "There is no Sync key. Make one at sync.so/settings/api-keys" in run.errors["order"]
    assert "or choose service 'Sync (sandbox)', which needs none and costs nothing" in run.errors["order"]
    assert sandbox.requests() == []


def test_a_refused_key(canvas: Canvas, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_API_KEY", "bad-key-of-mine")
    run = canvas.lip_sync()
    assert "Sync does not accept the key in SYNC_API_KEY." in run.errors["order"]
    assert "bad-key-of-mine" not in run.errors["order"]
    assert sandbox.requests("create") == []


def test_an_unreachable_link(canvas: Canvas, sandbox: SandboxProcess) -> None:
    build = loaded(None, source="https://media.example.com/clip.mp4")
    run = canvas.lip_sync(**build(canvas))
    assert "Sync cannot fetch the video's link [generation_input_video_inaccessible]." in run.errors["order"]
    assert "Nothing was billed." in run.errors["order"]


def test_the_daily_limit(canvas: Canvas, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_MAX_USD_PER_DAY", "1")
    assert canvas.lip_sync().errors == {}
    bought = len(sandbox.ledger())
    run = canvas.lip_sync(take=1)
    assert "This job would cost about 0.57 USD, and 0.43 of the 1.00 USD for 24 hours are left." in run.errors["order"]
    assert len(sandbox.ledger()) == bought
