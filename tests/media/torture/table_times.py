"""When pictures are shown: rates, gaps, jitter, clocks that round, edit lists, headers that lie, trims."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

from tests.media.torture.clip import Clip, clip
from tests.media.torture.recipe import PLAIN, Look, Recipe, Voice
from tests.media.torture.surgery import edits, tells_length
from tests.media.torture.truth import ENCODED, ORIGINAL, PACKED

_SAID = Voice(end_s=0.96)
_BASE = Recipe(name="a.mp4", frames=24, voice=_SAID)
_HIDDEN = f"{ENCODED}: an edit list hides some of its frames"
_MPEG4 = Look(codec="mpeg4", matrix=6, tagged=False, b_frames=0)
_MPEG4_VARIES = f"{ENCODED}: its picture is mpeg4, its frame rate varies, which becomes 25"
_VARIES = f"{ENCODED}: its frame rate varies"


def _of(name: str = "a.mp4", **more: object) -> Recipe:
    return replace(_BASE, name=name, **more)


def _steps(*steps_s: Fraction | float) -> tuple[Fraction, ...]:
    return tuple(accumulate([Fraction(0), *(Fraction(step).limit_denominator(90000) for step in steps_s)]))


# A phone that wavers about 30 a second and drops to 24 in the dark; a screen, recorded when something moves; films made of parts.
_PHONE = _steps(*(Fraction([3003, 2970, 3060, 2910, 3003, 3600][i % 6], 90000) for i in range(19)), *[Fraction(3750, 90000)] * 12)
_SCREEN = _steps(*[Fraction(1, 60)] * 7, 0.35, *[Fraction(1, 60)] * 6, 0.5, *[Fraction(1, 30)] * 5, 0.2)
_TWO_RATES = _steps(*[Fraction(1, 24)] * 12, *[Fraction(1, 30)] * 12)
_GIF_DELAYS = _steps(0.1, 0.1, 0.1, 0.5, 0.1, 0.1, 0.2, 0.1, 0.1)
_PULLDOWN = _steps(*[Fraction(3003, 60000), Fraction(2002, 60000)] * 10)
_FIRST_HELD = _steps(Fraction(2, 25), *[Fraction(1, 25)] * 20)  # as ffmpeg writes an AVI whose sound has a run-up
_FRAMES_LOST = _steps(*[Fraction(1, 25)] * 5, Fraction(5, 25), *[Fraction(1, 25)] * 10)
_SMALL_JITTER = _steps(*[Fraction(3003, 90000), Fraction(2700, 90000), Fraction(3300, 90000)] * 7)


def _varying(name: str, times: tuple[Fraction, ...], look: Look = PLAIN, **more: object) -> Recipe:
    said = None if name.endswith("gif") else Voice(codec="pcm_s16le" if name.endswith("avi") else "aac", end_s=round(float(times[-1]), 3))
    return _of(name, times=times, frames=len(times), look=look, voice=said, **more)


_RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
    Fraction(120000, 1001),
    Fraction(240),
    Fraction(15),
    Fraction(25, 2),
    Fraction(15000, 1001),
    Fraction(10),
    Fraction(1),
    Fraction(90),
)
_MATROSKA_RATES = (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(120), Fraction(25, 2))


def _rate(rate: Fraction, name: str, way: str) -> Clip:
    length_s = float(24 / rate)
    told = f"{float(rate):.5g}".replace(".", "_")
    return clip(f"{name[2:]}-rate-{told}", _of(name, rate=rate, voice=replace(_SAID, end_s=min(length_s, 1.5))), way)


CLIPS: tuple[Clip, ...] = (
    *(_rate(rate, "a.mp4", ORIGINAL) for rate in _RATES),
    *(_rate(rate, "a.mkv", PACKED) for rate in _MATROSKA_RATES),
    _rate(Fraction(30000, 1001), "a.ts", PACKED),
    _rate(Fraction(60000, 1001), "a.flv", PACKED),
    clip("vfr-phone", _varying("a.mov", _PHONE), _VARIES, rate=Fraction(30000, 1001), last_s=Fraction(1, 24)),
    clip("vfr-screen", _varying("a.mp4", _SCREEN), _VARIES, rate=Fraction(60), last_s=Fraction(1, 5)),
    clip("vfr-screen-mkv", _varying("a.mkv", _SCREEN), _VARIES, rate=Fraction(60000, 1001), last_s=Fraction(1, 5)),
    clip("vfr-screen-ts", _varying("a.ts", _SCREEN), _VARIES, rate=Fraction(60), last_s=Fraction(1, 60)),
    clip("vfr-avi-first-held", _varying("a.avi", _FIRST_HELD, _MPEG4, clock=Fraction(1, 25)), _MPEG4_VARIES, rate=Fraction(25)),
    clip("vfr-avi-h264", _varying("a.avi", _FRAMES_LOST, Look(b_frames=0), clock=Fraction(1, 25)), _VARIES, rate=Fraction(25)),
    clip("vfr-two-rates", _varying("a.mp4", _TWO_RATES), _VARIES, rate=Fraction(30), last_s=Fraction(1, 30)),
    clip(
        "vfr-gif",
        _varying("a.gif", _GIF_DELAYS, Look(codec="gif", pixel_format="pal8"), clock=Fraction(1, 100)),
        rate=Fraction(24000, 1001),
        last_s=Fraction(1, 10),
    ),
    clip("vfr-pulldown-ts", _varying("a.ts", _PULLDOWN), _VARIES, rate=Fraction(24000, 1001), last_s=Fraction(1, 24)),
    clip("vfr-pulldown-mkv", _varying("a.mkv", _PULLDOWN), _VARIES, rate=Fraction(24000, 1001), last_s=Fraction(1, 24)),
    clip("vfr-small-jitter", _varying("a.mp4", _SMALL_JITTER), _VARIES, rate=Fraction(30), last_s=Fraction(1, 30)),
    clip("one-frame", _of(frames=1, voice=None), ORIGINAL),
    clip("one-frame-and-sound", _of(frames=1), ORIGINAL),
    clip("two-frames", _of(frames=2, voice=None), ORIGINAL),
    clip("edit-hides-head", _of(changes=(edits((0.76, 0.2)),)), _HIDDEN, shown=range(5, 24), heard_from_s=0.0),
    clip("edit-hides-tail", _of(changes=(edits((0.8, 0.0)),)), _HIDDEN, shown=range(20)),
    clip("edit-hides-both-no-b", _of(look=Look(b_frames=0), changes=(edits((0.6, 0.2)),)), _HIDDEN, shown=range(5, 20), heard_from_s=0.0),
    clip(
        "edit-cuts-out-middle-intra",
        _of(look=Look(b_frames=0, options={"g": "1"}), voice=None, changes=(edits((0.4, 0.0), (0.4, 0.56)),)),
        _HIDDEN,
        shown=(*range(10), *range(14, 24)),
    ),
    clip("edit-delays-picture", _of(changes=(edits((0.2, None), (0.96, 0.0)),)), PACKED, heard_from_s=0.2),
    clip("told-too-long", _of(changes=(tells_length(5.0),)), PACKED),
    clip("told-too-short", _of(changes=(tells_length(0.3, of=(b"mvhd", b"tkhd")),)), PACKED),
    clip("told-zero", _of(changes=(tells_length(0.0),)), PACKED),
    clip("late-clock-mkv", _of("a.mkv", shift_s=Fraction(7, 5)), PACKED),
    clip("late-clock-ts", _of("a.ts", shift_s=Fraction(10), container_options={"mpegts_copyts": "1"}), PACKED),
    clip(
        "clock-that-wraps-ts",
        _of("a.ts", shift_s=Fraction(2**33, 90000) - Fraction(2, 5), container_options={"mpegts_copyts": "1"}),
        PACKED,
    ),
    clip(
        "negative-clock-mp4",
        _of("a.mp4", shift_s=Fraction(-1, 5), container_options={"avoid_negative_ts": "disabled"}),
        _HIDDEN,
        shown=range(5, 24),
    ),
)

_LONG = Recipe(name="a.mp4", frames=40, look=Look(options={"g": "12"}), voice=Voice(end_s=1.6))


def _trimmed(id: str, recipe: Recipe, start_s: float, duration_s: float, shown: range, **more: object) -> Clip:
    zero_s = more.pop("zero_s", recipe.times_s[shown[0]])
    until_s = float(len(shown) / recipe.rate) if duration_s else None
    return clip(
        f"trim-{id}", recipe, ENCODED, {"start_s": start_s, "duration_s": duration_s}, shown=shown, zero_s=zero_s, until_s=until_s, **more
    )


TRIMS: tuple[Clip, ...] = (
    _trimmed("head", _LONG, 0.4, 0, range(10, 40)),
    _trimmed("middle", _LONG, 0.4, 0.6, range(10, 25)),
    _trimmed("from-end", _LONG, -0.8, 0.4, range(20, 30)),
    _trimmed("beyond-end", _LONG, 1.2, 9.0, range(30, 40)),
    _trimmed("one-frame", _LONG, 0.52, 0.04, range(13, 14)),
    _trimmed("avi", replace(_LONG, name="a.avi", look=_MPEG4, voice=Voice(codec="pcm_s16le", end_s=1.6)), 0.96, 0.2, range(24, 29)),
    _trimmed("mkv", replace(_LONG, name="a.mkv"), 0.4, 0.6, range(10, 25)),
    _trimmed("ts", replace(_LONG, name="a.ts"), 0.4, 0.6, range(10, 25)),
    _trimmed(
        "webm",
        replace(_LONG, name="a.webm", look=Look(codec="libvpx-vp9"), voice=Voice(codec="libopus", end_s=1.6)),
        0.4,
        0.6,
        range(10, 25),
    ),
    _trimmed("hevc-open-gop", replace(_LONG, look=Look(codec="libx265")), 0.44, 0.6, range(11, 26)),
)
CLIPS += TRIMS
