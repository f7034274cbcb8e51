"""Files that begin in the middle: cut without being encoded, or recorded from any moment on."""

from __future__ import annotations

from dataclasses import replace

from tests.media.torture.clip import Clip, clip
from tests.media.torture.cuts import Change, without_head, without_packets
from tests.media.torture.recipe import Look, Recipe, Voice
from tests.media.torture.truth import ENCODED, PACKED

_OPEN = "open-gop=1:keyint=8:min-keyint=8:bframes=3:scenecut=0:b-adapt=0"
_H264 = Look(options={"x264-params": _OPEN}, b_frames=3)
_CLOSED = Look(options={"g": "8", "x264-params": "scenecut=0"})
_HEVC = Look(codec="libx265", options={"x265-params": f"crf=12:log-level=none:frame-threads=1:pools=none:{_OPEN}"})
_MPEG2 = Look(codec="mpeg2video", options={"g": "8"})
_LOST = f"{ENCODED}: its first frames need others that are not there"
_BASE = Recipe(name="a.ts", frames=24, voice=Voice(end_s=0.96))
_LEFT = range(8, 24)
"""The first eight frames are gone, whatever was dropped: the ninth is the first that needs no other."""


def _cut(id: str, name: str, look: Look, change: Change, way: str = ENCODED, left: range = _LEFT) -> Clip:
    return clip(f"cut-{id}", replace(_BASE, name=name, look=look, changes=(change,)), way, shown=left)


CLIPS: tuple[Clip, ...] = (
    _cut("closed-gop-mp4", "a.mp4", _CLOSED, without_head(1), PACKED),
    _cut("closed-gop-mkv", "a.mkv", _CLOSED, without_head(1), PACKED),
    _cut("closed-gop-ts", "a.ts", _CLOSED, without_head(1), PACKED),
    _cut("open-gop-mp4", "a.mp4", _H264, without_head(1)),
    _cut("open-gop-mkv", "a.mkv", _H264, without_head(1), _LOST),
    _cut("open-gop-ts", "a.ts", _H264, without_head(1), _LOST),
    _cut("anywhere-ts", "a.ts", _H264, without_packets(3), _LOST),
    _cut("anywhere-closed-ts", "a.ts", _CLOSED, without_packets(3), _LOST),
    _cut("anywhere-mp4", "a.mp4", _H264, without_packets(3)),
    _cut("hevc-mp4", "a.mp4", _HEVC, without_head(1)),
    _cut("hevc-mkv", "a.mkv", _HEVC, without_head(1)),
    _cut("mpeg2-ts", "a.ts", _MPEG2, without_head(1), left=range(9, 24)),
    _cut("mpeg2-anywhere-ts", "a.ts", _MPEG2, without_packets(3), left=range(9, 24)),
)
