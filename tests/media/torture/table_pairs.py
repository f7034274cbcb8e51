"""Properties that occur together in life, each clip named after what makes such files."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

from tests.media.torture.clip import Clip, clip
from tests.media.torture.recipe import Beside, Look, Recipe, Voice
from tests.media.torture.surgery import box, edits, planted, tells_length
from tests.media.torture.table_streams import SECRET
from tests.media.torture.truth import ENCODED

_TURNED, _TURNED_BACK, _MIRRORED = (0, 1, -1, 0), (0, -1, 1, 0), (0, 1, 1, 0)
_PLACE = planted(box(b"udta", box(b"\xa9xyz", len(SECRET).to_bytes(2, "big") + b"\x15\xc7" + SECRET)), b"moov")
_JITTER = tuple(accumulate([Fraction(0), *(Fraction([3003, 2910, 3090, 3003, 3600, 2700][i % 6], 90000) for i in range(19))]))
_RECORDED = tuple(accumulate([Fraction(0), *[Fraction(1, 60)] * 9, Fraction(2, 5), *[Fraction(1, 60)] * 6, Fraction(3, 10)]))
_HALVES = tuple(accumulate([Fraction(0), *[Fraction(1, 24)] * 10, *[Fraction(1, 30)] * 11]))
_NTSC = Fraction(30000, 1001)
_HEVC_TEN = Look(codec="libx265", pixel_format="yuv420p10le", matrix=9, options={"tag": "hvc1"})
_WOVEN = {"flags": "+ildct+ilme"}


def _phone(look: Look, *, voice: Voice, **more: object) -> Recipe:
    return Recipe(name="IMG_0042.MOV", look=look, times=_JITTER, frames=20, rate=Fraction(30), voice=voice, changes=(_PLACE,), **more)


def _between(start_s: Fraction, end_s: Fraction) -> range:
    """The frames of a phone's clip that are to be seen from one moment to another."""
    return range(max(index for index, time_s in enumerate(_JITTER) if time_s <= start_s), sum(time_s < end_s for time_s in _JITTER))


CLIPS: tuple[Clip, ...] = (
    clip(
        "phone",
        _phone(Look(codec="libx265", turn=_TURNED, options={"tag": "hvc1"}), voice=Voice(channels=2, start_s=0.12, end_s=0.7)),
        rate=_NTSC,
    ),
    clip("phone-selfie", _phone(Look(codec="libx265", turn=_MIRRORED), voice=Voice(start_s=0.0, end_s=0.7)), rate=_NTSC),
    clip("phone-h264-full-range", _phone(Look(turn=_TURNED_BACK, full=True), voice=Voice(rate=44100, end_s=0.7)), rate=_NTSC),
    clip("phone-hdr", _phone(replace(_HEVC_TEN, turn=_TURNED, light="hlg"), voice=Voice(end_s=0.7)), rate=_NTSC, colour_off=16),
    clip(
        "phone-hdr10",
        _phone(replace(_HEVC_TEN, turn=_TURNED_BACK, light="pq"), voice=Voice(channels=6, end_s=0.7)),
        rate=_NTSC,
        colour_off=16,
    ),
    clip(
        "phone-trimmed-in-its-gallery",
        replace(
            _phone(Look(turn=_TURNED, b_frames=0), voice=Voice(end_s=0.7)),
            changes=(_PLACE, edits((0.7, float(_JITTER[5]))), edits((0.5, float(_JITTER[5])), track=1)),
        ),
        rate=_NTSC,
        shown=range(5, 20),
        until_s=0.5,
    ),
    clip(
        "phone-trimmed-in-a-graph",
        _phone(Look(codec="libx265", turn=_TURNED), voice=Voice(start_s=0.1, end_s=0.7)),
        ENCODED,
        {"start_s": 0.2, "duration_s": 0.3},
        rate=_NTSC,
        shown=_between(Fraction(1, 5), Fraction(1, 2)),
        zero_s=Fraction(1, 5),
        last_s=Fraction(1, 60),
        until_s=0.3,
    ),
    clip(
        "phone-trimmed-twice",
        replace(
            _phone(Look(turn=_TURNED_BACK, b_frames=0), voice=Voice(end_s=0.7)),
            changes=(_PLACE, edits((0.7, float(_JITTER[5]))), edits((0.5, float(_JITTER[5])), track=1)),
        ),
        ENCODED,
        {"start_s": 0.1, "duration_s": 0.2},
        rate=_NTSC,
        shown=_between(_JITTER[5] + Fraction(1, 10), _JITTER[5] + Fraction(3, 10)),
        zero_s=_JITTER[5] + Fraction(1, 10),
        last_s=Fraction(1, 60),
        until_s=0.2,
    ),
    clip("phone-with-timecode", replace(_phone(Look(turn=_TURNED), voice=Voice(end_s=0.7)), tags={"timecode": "01:00:00:00"}), rate=_NTSC),
    clip(
        "screen-recording-mkv",
        Recipe(
            name="a.mkv", times=_RECORDED, frames=len(_RECORDED), rate=Fraction(60), voice=Voice(codec="libopus", channels=2, end_s=1.0)
        ),
        rate=Fraction(60),
    ),
    clip(
        "screen-recording-444-full",
        Recipe(
            name="a.mp4",
            look=Look(pixel_format="yuv444p", full=True),
            times=_RECORDED,
            frames=len(_RECORDED),
            rate=Fraction(60),
            voice=Voice(end_s=1.0),
        ),
        rate=Fraction(60),
    ),
    clip(
        "browser-recording-vp8",
        Recipe(
            name="a.webm",
            look=Look(codec="libvpx", matrix=6, tagged=False),
            times=_JITTER,
            frames=20,
            rate=Fraction(30),
            voice=Voice(codec="libopus", start_s=0.1, end_s=0.7),
        ),
        rate=_NTSC,
    ),
    clip(
        "broadcast",
        Recipe(
            name="a.ts",
            look=Look(codec="mpeg2video", matrix=6, fields="tff", aspect=Fraction(16, 15), options=_WOVEN),
            size=(128, 96),
            frames=12,
            shift_s=Fraction(7, 5),
            voice=Voice(codec="ac3", channels=6, end_s=0.48),
        ),
    ),
    clip(
        "camcorder-dv-like",
        Recipe(
            name="a.avi",
            look=Look(codec="mpeg2video", matrix=6, tagged=False, fields="bff", aspect=Fraction(16, 15), options=_WOVEN, b_frames=0),
            size=(128, 96),
            frames=12,
            voice=Voice(codec="pcm_s16le", channels=2, end_s=0.48),
        ),
    ),
    clip(
        "camera-avchd",
        Recipe(
            name="a.ts",
            look=Look(fields="tff", options={"x264-params": "tff=1"}),
            size=(160, 96),
            frames=12,
            rate=Fraction(30000, 1001),
            shift_s=Fraction(7, 5),
            voice=Voice(codec="ac3", channels=2, end_s=0.4),
        ),
    ),
    clip(
        "camera-mjpeg-avi",
        Recipe(
            name="a.avi",
            look=Look(codec="mjpeg", pixel_format="yuvj422p", matrix=6, full=True, tagged=False),
            frames=15,
            rate=Fraction(15),
            voice=Voice(codec="pcm_u8", rate=8000, end_s=1.0),
        ),
    ),
    clip(
        "edit-suite-prores",
        Recipe(
            name="a.mov",
            look=Look(codec="prores_ks", pixel_format="yuv422p10le"),
            rate=Fraction(24000, 1001),
            voice=Voice(codec="pcm_s24le", channels=2, end_s=0.6),
            beside=(Beside(Recipe(name="b.mov", frames=1, first=99, voice=Voice(codec="pcm_s24le", start_s=9.0, end_s=9.6))),),
            disposition="default",
        ),
    ),
    clip(
        "titles-prores-4444",
        Recipe(
            name="a.mov",
            look=Look(codec="prores_ks", pixel_format="yuva444p10le", options={"profile": "4444"}),
            size=(97, 71),
            rate=Fraction(50),
        ),
    ),
    clip("titles-qtrle-turned", Recipe(name="a.mov", look=Look(codec="qtrle", pixel_format="argb", turn=_TURNED))),
    clip(
        "sticker-vp9-alpha",
        Recipe(name="a.webm", look=Look(codec="libvpx-vp9", pixel_format="yuva420p"), rate=Fraction(25, 2), size=(98, 71)),
    ),
    clip(
        "master-dnxhr-444",
        Recipe(
            name="a.mov",
            look=Look(codec="dnxhd", pixel_format="yuv444p10le", options={"profile": "dnxhr_444"}),
            size=(256, 144),
            frames=8,
            voice=Voice(codec="pcm_s24le", rate=96000, channels=6, end_s=0.32),
        ),
    ),
    clip(
        "tv-hdr",
        Recipe(
            name="a.mkv",
            look=replace(_HEVC_TEN, light="pq", options={}),
            rate=Fraction(24000, 1001),
            voice=Voice(codec="eac3", channels=6, end_s=0.6),
            chapters=(0.0, 0.3),
        ),
        colour_off=16,
    ),
    clip(
        "two-halves-fragmented",
        Recipe(
            name="a.mp4",
            times=_HALVES,
            frames=len(_HALVES),
            rate=Fraction(30),
            voice=Voice(end_s=0.8),
            container_options={"movflags": "+frag_keyframe+empty_moov"},
        ),
        rate=Fraction(30),
    ),
    clip(
        "lying-and-turned",
        Recipe(name="a.mp4", look=Look(turn=_TURNED), voice=Voice(start_s=0.2, end_s=0.6), changes=(tells_length(60.0),)),
    ),
    clip(
        "squeezed-turned-odd", Recipe(name="a.mp4", look=Look(turn=_TURNED, aspect=Fraction(4, 3), pixel_format="yuv444p"), size=(97, 128))
    ),
    clip(
        "slow-motion-turned",
        Recipe(name="a.mov", look=Look(codec="libx265", turn=_TURNED), rate=Fraction(240), frames=24, voice=Voice(end_s=0.1)),
        ENCODED,
    ),
)
