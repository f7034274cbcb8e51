"""The sample that ships with the pack: a face that speaks, new words for it, and a picture of it. Origins: SOURCES.md."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent

CLIP = _FOLDER / "clip.mp4"
SPEECH = _FOLDER / "speech.wav"
PICTURE = _FOLDER / "picture.jpg"
