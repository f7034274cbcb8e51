"""Sound: where it begins and ends, how many channels, how fast, in which codec."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tests.media.torture.clip import Clip, clip
from tests.media.torture.recipe import PLAIN, Look, Recipe, Voice
from tests.media.torture.surgery import edits
from tests.media.torture.truth import ENCODED, ORIGINAL, PACKED

_BASE = Recipe(name="a.mp4", frames=20)
_VP9 = Look(codec="libvpx-vp9")


def _of(name: str, voice: Voice, look: Look = PLAIN, **more: object) -> Recipe:
    return replace(_BASE, name=name, voice=voice, look=look, **more)


_SAID = Voice(end_s=0.8)
_TRIM = {"start_s": 0.2, "duration_s": 0.4}

CLIPS: tuple[Clip, ...] = (
    clip("sound-late", _of("a.mp4", Voice(start_s=0.25, end_s=0.8)), PACKED),
    clip("sound-late-mkv", _of("a.mkv", Voice(start_s=0.25, end_s=0.8)), PACKED),
    clip("sound-late-ts", _of("a.ts", Voice(start_s=0.25, end_s=0.8)), PACKED),
    clip("sound-late-webm", _of("a.webm", Voice(codec="libopus", start_s=0.25, end_s=0.8), _VP9)),
    clip("sound-late-60ms", _of("a.mp4", Voice(start_s=0.06, end_s=0.8)), PACKED),
    clip("sound-early", _of("a.mkv", Voice(start_s=-0.2, end_s=0.8), shift_s=Fraction(1, 5)), PACKED),
    clip("sound-early-mp4", _of("a.mp4", Voice(start_s=-0.2, end_s=0.8), shift_s=Fraction(1, 5)), PACKED),
    clip("sound-early-ts", _of("a.ts", Voice(start_s=-0.2, end_s=0.8), shift_s=Fraction(1, 5)), PACKED),
    clip("sound-negative", _of("a.mp4", Voice(start_s=-0.2, end_s=0.8)), ORIGINAL),
    clip("sound-hidden-head", _of("a.mp4", _SAID, changes=(edits((0.6, 0.2), track=1),)), ORIGINAL, heard_from_s=0.2),
    clip("sound-longer", _of("a.mp4", Voice(end_s=2.5)), ORIGINAL),
    clip("sound-shorter", _of("a.mp4", Voice(end_s=0.3)), ORIGINAL),
    clip("sound-longer-webm", _of("a.webm", Voice(codec="libopus", end_s=2.5), _VP9)),
    clip("sound-shorter-webm", _of("a.webm", Voice(codec="libopus", end_s=0.3), _VP9)),
    clip("sound-longer-trim", _of("a.mp4", Voice(end_s=2.5)), ENCODED, _TRIM, shown=range(5, 15), until_s=0.4),
    clip("sound-shorter-trim", _of("a.mp4", Voice(end_s=0.5)), ENCODED, _TRIM, shown=range(5, 15), until_s=0.4),
    clip("sound-late-trim", _of("a.mp4", Voice(start_s=0.3, end_s=0.8)), ENCODED, _TRIM, shown=range(5, 15), until_s=0.4),
    clip(
        "sound-early-trim",
        _of("a.mkv", Voice(start_s=-0.2, end_s=0.8), shift_s=Fraction(1, 5)),
        ENCODED,
        {"start_s": 0.4, "duration_s": 0.4},
        shown=range(5, 15),
        until_s=0.4,
    ),
    clip("sound-stereo", _of("a.mp4", replace(_SAID, channels=2)), ORIGINAL),
    clip("sound-5_1", _of("a.mp4", replace(_SAID, channels=6)), ORIGINAL),
    clip("sound-5_1-ac3-mkv", _of("a.mkv", replace(_SAID, codec="ac3", channels=6)), PACKED),
    clip("sound-5_1-opus", _of("a.webm", replace(_SAID, codec="libopus", channels=6), _VP9)),
    clip("sound-5_1-flac", _of("a.mkv", replace(_SAID, codec="flac", channels=6)), PACKED),
    clip("sound-7_1-pcm", _of("a.mov", replace(_SAID, codec="pcm_s16le", channels=8)), ORIGINAL),
    clip("sound-7_1-flac", _of("a.mkv", replace(_SAID, codec="flac", channels=8)), PACKED),
    clip("sound-8k-pcm", _of("a.mov", replace(_SAID, codec="pcm_s16le", rate=8000)), ORIGINAL),
    clip("sound-8k-aac", _of("a.mp4", replace(_SAID, rate=8000)), ORIGINAL),
    clip("sound-11k-flac", _of("a.mkv", replace(_SAID, codec="flac", rate=11025)), PACKED),
    clip("sound-22k-mp3", _of("a.mp4", replace(_SAID, codec="libmp3lame", rate=22050)), ORIGINAL),
    clip("sound-44k-mp3", _of("a.mp4", replace(_SAID, codec="libmp3lame", rate=44100)), ORIGINAL),
    clip("sound-44k-mp3-mkv", _of("a.mkv", replace(_SAID, codec="libmp3lame", rate=44100)), PACKED),
    clip("sound-96k-aac", _of("a.mp4", replace(_SAID, rate=96000)), ORIGINAL),
    clip("sound-96k-flac", _of("a.mkv", replace(_SAID, codec="flac", rate=96000)), PACKED),
    clip("sound-192k-pcm", _of("a.mov", replace(_SAID, codec="pcm_s24le", rate=192000)), ORIGINAL),
    clip("sound-192k-flac-trim", _of("a.mkv", replace(_SAID, codec="flac", rate=192000)), ENCODED, _TRIM, shown=range(5, 15), until_s=0.4),
    clip("sound-alac", _of("a.mov", replace(_SAID, codec="alac")), ORIGINAL),
    clip("sound-flac-mp4", _of("a.mp4", replace(_SAID, codec="flac")), PACKED),
    clip("sound-opus-mp4", _of("a.mp4", replace(_SAID, codec="libopus")), PACKED),
    clip("sound-opus-mkv", _of("a.mkv", replace(_SAID, codec="libopus")), PACKED),
    clip("sound-vorbis-mkv", _of("a.mkv", replace(_SAID, codec="vorbis", channels=2)), PACKED),
    clip("sound-ac3-mp4", _of("a.mp4", replace(_SAID, codec="ac3", channels=2)), PACKED),
    clip("sound-eac3-ts", _of("a.ts", replace(_SAID, codec="eac3", channels=2)), PACKED),
    clip("sound-float-mov", _of("a.mov", replace(_SAID, codec="pcm_f32le")), PACKED),
    clip("sound-s24be-mov", _of("a.mov", replace(_SAID, codec="pcm_s24be")), ORIGINAL),
    clip("sound-mulaw-mov", _of("a.mov", replace(_SAID, codec="pcm_mulaw", rate=8000)), PACKED),
    clip(
        "sound-adpcm-avi",
        _of("a.avi", replace(_SAID, codec="adpcm_ms", rate=22050, channels=2), Look(codec="mpeg4", matrix=6, tagged=False)),
    ),
)
