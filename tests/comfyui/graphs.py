"""Workflows in API format, built node by node, and the clips that go into them."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.support.comfy_server import Prompt

_takes = itertools.count(1)


def fresh_take() -> int:
    """A take that no test has used: what is asked for under it was never bought before."""
    return next(_takes)


class Graph:
    """A prompt in the making. `add` returns the id of the new node; a link is `[id, slot]`."""

    def __init__(self) -> None:
        self.prompt: Prompt = {}

    def add(self, class_type: str, **inputs: Any) -> str:
        node_id = str(len(self.prompt) + 1)
        self.prompt[node_id] = {"class_type": class_type, "inputs": inputs, "_meta": {"title": class_type}}
        return node_id

    def sample(self) -> str:
        """The sample that ships with the pack: VIDEO, AUDIO, IMAGE."""
        return self.add("SyncSample")

    def lip_sync(self, sample: str, **inputs: Any) -> str:
        """SyncLipSync on the sample, in the sandbox that the tests watch."""
        return self.add("SyncLipSync", **_usual(sample) | inputs)

    def generate(self, sample: str, **inputs: Any) -> str:
        return self.add("SyncGenerate", **_usual(sample) | inputs)

    def poll(self, generate: str, **inputs: Any) -> str:
        return self.add("SyncPoll", **{"job": [generate, 0]} | inputs)

    def show(self, node_id: str, slot: int) -> str:
        """Core's Preview as Text: the value is then in the outputs, under `text`."""
        return self.add("PreviewAny", source=[node_id, slot])


def _usual(sample: str) -> dict[str, Any]:
    return {"video": [sample, 0], "audio": [sample, 1], "service": "Sync", "model": "sync-3"}


def make_clip(path: Path, *, shade: int, seconds: float = 1.0) -> Path:
    """A small clip of one shade of grey (0 to 255) with a tone; another shade is another film to the pack."""
    with av.open(str(path), "w", format="mp4") as target:
        video = target.add_stream("libx264", rate=Fraction(25), options={"bf": "0"})
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        audio = target.add_stream("aac", rate=44100, layout="mono")
        for _ in range(round(seconds * 25)):
            target.mux(video.encode(av.VideoFrame.from_ndarray(np.full((240, 320, 3), shade, np.uint8), format="rgb24")))
        target.mux(video.encode(None))
        _tone(target, audio, seconds)
    return path


def make_sound_only(path: Path, *, seconds: float = 1.0) -> Path:
    """A film without a picture: no service takes it as the video."""
    with av.open(str(path), "w", format="mp4") as target:
        _tone(target, target.add_stream("aac", rate=44100, layout="mono"), seconds)
    return path


def _tone(target: av.container.OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    wave = (np.sin(np.arange(int(seconds * 44100)) / 20) * 0.3).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts = 44100, 0
    target.mux([*stream.encode(frame), *stream.encode(None)])
