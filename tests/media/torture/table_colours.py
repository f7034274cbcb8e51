"""What the numbers in a picture mean."""

from __future__ import annotations

from dataclasses import replace

from tests.media.torture.clip import Clip, clip
from tests.media.torture.recipe import Look, Recipe
from tests.media.torture.truth import ENCODED, ORIGINAL, PACKED

_BASE = Recipe(name="a.mp4", frames=6)
_CUT = {"duration_s": 0.16}  # so that it must be encoded
_HD = (1280, 72)  # wide enough to be no standard definition


def _of(name: str, look: Look, **more: object) -> Recipe:
    return replace(_BASE, name=name, look=look, **more)


def _cut(id: str, look: Look, name: str = "a.mp4", **more: object) -> Clip:
    return clip(f"colour-{id}", _of(name, look, **more), ENCODED, _CUT, shown=range(4))


_TEN = "yuv420p10le"
_HEVC_TEN = Look(codec="libx265", pixel_format=_TEN, matrix=9)

CLIPS: tuple[Clip, ...] = (
    _cut("bt709", Look()),
    _cut("bt601-ntsc", Look(matrix=6)),
    _cut("bt601-pal", Look(matrix=5)),
    _cut("untagged-sd", Look(matrix=6, tagged=False)),
    _cut("untagged-hd", Look(matrix=1, tagged=False), size=_HD),
    _cut("bt601-hd", Look(matrix=6), size=_HD),
    _cut("bt709-full", Look(full=True)),
    _cut("bt601-full", Look(matrix=6, full=True)),
    _cut("bt709-full-10", Look(pixel_format=_TEN, full=True)),
    _cut("bt709-full-yuvj", Look(pixel_format="yuvj420p", full=True)),
    _cut("grey", Look(pixel_format="gray")),
    clip("colour-untouched-bt601", _of("a.mp4", Look(matrix=6)), ORIGINAL),
    clip("colour-untouched-full", _of("a.mp4", Look(full=True)), ORIGINAL),
    clip("colour-packed-full", _of("a.mkv", Look(full=True)), PACKED),
    clip("colour-bt2020-sdr", _of("a.mp4", replace(_HEVC_TEN, light="wide")), colour_off=8),
    clip("colour-bt2020-sdr-8", _of("a.mp4", Look(matrix=9, light="wide")), colour_off=8),
    clip("colour-hdr10", _of("a.mp4", replace(_HEVC_TEN, light="pq")), colour_off=12),
    clip("colour-hdr10-mkv-full", _of("a.mkv", replace(_HEVC_TEN, light="pq", full=True)), colour_off=12),
    clip("colour-hdr10-av1", _of("a.mkv", Look(codec="libsvtav1", pixel_format=_TEN, matrix=9, light="pq")), colour_off=12),
    clip("colour-hdr10-vp9", _of("a.webm", Look(codec="libvpx-vp9", pixel_format="yuv420p", matrix=9, light="pq")), colour_off=14),
    clip("colour-hlg", _of("a.mov", replace(_HEVC_TEN, light="hlg")), colour_off=12),
    clip("colour-hlg-422", _of("a.mov", Look(codec="prores_ks", pixel_format="yuv422p10le", matrix=9, light="hlg")), colour_off=12),
    clip("colour-h264-hlg", _of("a.mp4", Look(pixel_format=_TEN, matrix=9, light="hlg")), colour_off=12),
)
