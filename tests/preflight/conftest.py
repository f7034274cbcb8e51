"""Clips and speeches of known lengths, and requests for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lipsync.media.sources import AudioFile, Speech, VideoFile
from lipsync.preflight import Preflight, preflight
from lipsync.request import Wish, lipsync_request
from tests.media import scenes
from tests.media.clips import make_clip, make_speech, tone

Warnings = Callable[..., list[str]]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a slow pan, 640x480: nothing to complain of."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", frames=50, width=640, height=480, picture=slow_pan)


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A speech of so many seconds, by its pieces: (seconds, level)."""
    folder = tmp_path_factory.mktemp("speech")

    def make(*pieces: tuple[float, float]) -> Path:
        wave = np.concatenate([tone(seconds, channels=1, level=level) for seconds, level in pieces], axis=1)
        return make_speech(folder / f"{abs(hash(pieces)):x}.wav", wave=wave)

    return make


@pytest.fixture
def flown(clip: Path, speech: Callable[..., Path]) -> Callable[..., Preflight]:
    """The preflight of the clip and a speech of `speech_s`, or of what `wish` has instead."""

    def fly(speech_s: float = 2.0, *, plan: Any = None, sync_mode: str = "bounce", **wish: Any) -> Preflight:
        usual: dict[str, Any] = {
            "node": "Lip Sync",
            "service": "Sync",
            "model": "sync-3",
            "video": VideoFile(path=clip),
            "speech": Speech(source=AudioFile(path=speech((speech_s, 0.5)))),
            "options": {"sync_mode": sync_mode},
        }
        return preflight(lipsync_request(Wish(**{**usual, **wish})), plan)

    return fly


def slow_pan(index: int, width: int, height: int) -> scenes.Image:
    return scenes.place(1, width, height, left=2 * index)
