"""How pictures lie in a file: turned, mirrored, odd, squeezed, interlaced, tiny."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tests.media.torture.clip import Clip, clip
from tests.media.torture.cuts import preceded_by
from tests.media.torture.recipe import PLAIN, Look, Recipe, Voice
from tests.media.torture.truth import ENCODED

_BASE = Recipe(name="a.mp4", frames=8, voice=Voice(end_s=0.32))
_TURNS = {
    "90": (0, 1, -1, 0), "180": (-1, 0, 0, -1), "270": (0, -1, 1, 0), "mirror": (-1, 0, 0, 1), "flip": (1, 0, 0, -1),
    "transposed": (0, 1, 1, 0), "anti-transposed": (0, -1, -1, 0),
}  # fmt: skip


def _of(name: str = "a.mp4", look: Look = PLAIN, **more: object) -> Recipe:
    return replace(_BASE, name=name, look=look, **more)


def _woven(id: str, name: str, look: Look, voice: Voice | None = None, **more: object) -> Clip:
    return clip(f"interlaced-{id}-{look.fields}", _of(name, look, frames=10, size=(160, 96), voice=voice, **more), ENCODED)


def _interlaced() -> tuple[Clip, ...]:
    rows: list[Clip] = []
    for order in ("tff", "bff"):
        rows += [
            _woven("h264-mp4", "a.mp4", Look(fields=order, options={"x264-params": f"{order}=1"})),
            _woven(
                "mpeg2-ts", "a.ts", Look(codec="mpeg2video", fields=order, options={"flags": "+ildct+ilme"}), Voice(codec="mp2", end_s=0.4)
            ),
            _woven("prores-mov", "a.mov", Look(codec="prores_ks", pixel_format="yuv422p10le", fields=order, options={"flags": "+ildct"})),
            _woven("ffv1-mkv", "a.mkv", Look(codec="ffv1", pixel_format="yuv420p", fields=order)),
        ]
    return tuple(rows)


def _woven_from_frame_8(id: str, look: Look) -> Clip:
    more = {"size": (160, 96), "voice": None, "container_options": {"mpegts_copyts": "1"}}
    film = _of("a.ts", replace(look, fields=None, options={}), frames=8, shift_s=Fraction(1), **more)
    recipe = _of("a.ts", look, frames=10, first=8, shift_s=Fraction(33, 25), changes=(preceded_by(film),), **more)
    return clip(f"interlaced-{id}-later", recipe, ENCODED, shown=range(-8, 10), zero_s=Fraction(0))


CLIPS: tuple[Clip, ...] = (
    *(clip(f"turned-{name}", _of("a.mov" if name == "90" else "a.mp4", Look(turn=turn))) for name, turn in _TURNS.items()),
    clip("turned-90-odd", _of(look=Look(turn=_TURNS["90"], pixel_format="yuv444p"), size=(97, 71))),
    clip("turned-270-squeezed", _of(look=Look(turn=_TURNS["270"], aspect=Fraction(4, 3)), size=(96, 72 * 4 // 3))),
    clip("odd-both", _of("a.mkv", Look(pixel_format="yuv444p"), size=(97, 71))),
    clip("odd-width", _of("a.mkv", Look(pixel_format="yuv444p"), size=(97, 72))),
    clip("odd-height-420", _of("a.webm", Look(codec="libvpx-vp9"), size=(96, 71), voice=None)),
    clip("odd-both-qtrle", _of("a.mov", Look(codec="qtrle", pixel_format="rgb24"), size=(97, 71), voice=None)),
    clip("odd-cropped-h264", _of("a.mp4", size=(98, 70)), "The original"),
    clip("wide-pixels", _of(look=Look(aspect=Fraction(4, 3)), size=(128, 72))),
    clip("wide-pixels-pal", _of(look=Look(aspect=Fraction(64, 45), matrix=6), size=(128, 72))),
    clip("tall-pixels", _of(look=Look(aspect=Fraction(8, 9), matrix=6), size=(108, 81))),
    clip("wide-pixels-avi", _of("a.avi", Look(codec="mpeg4", aspect=Fraction(4, 3), matrix=6, tagged=False), size=(128, 72), voice=None)),
    clip("wide-pixels-mkv", _of("a.mkv", Look(codec="libx265", aspect=Fraction(4, 3)), size=(128, 72))),
    clip("anamorphic-ts", _of("a.ts", Look(codec="mpeg2video", aspect=Fraction(4, 3), matrix=6), size=(128, 72), voice=None)),
    *_interlaced(),
    _woven_from_frame_8("h264", Look(b_frames=0, fields="tff", options={"x264-params": "tff=1"})),
    _woven_from_frame_8("mpeg2", Look(codec="mpeg2video", b_frames=0, fields="tff", options={"flags": "+ildct+ilme"})),
)
