"""What makes a purchase the same purchase. The hex values here are promises: with others, people would pay again after an update."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch

from lipsync.fingerprint import fingerprint
from lipsync.media.sources import Asset, AudioFile, Frames, Link, Photo, Samples, Script, SoundOfVideo, Speech, VideoFile
from lipsync.request import Wish, lipsync_request
from lipsync.wires import Segment, Segments, Speaker

ORIGIN = "api.sync.so"
CLIP, VOICE = Path("clip.mp4"), Path("voice.wav")
POINT = Speaker(frame_number=3, coordinates=(250, 260))
ANNA = Speech(source=AudioFile(path=VOICE), name="anna")
GREY = torch.linspace(0, 1, 10 * 4 * 4 * 3, dtype=torch.float64).reshape(10, 4, 4, 3).to(torch.float32)
TONE = torch.arange(-8, 8, dtype=torch.float32).reshape(2, 8) / 16
SEGMENTS = Segments(
    rows=(Segment(start_s=0.0, end_s=1.5, speech="anna", speaker=POINT), Segment(start_s=2.0, end_s=3.0, speech="anna")), speeches=(ANNA,)
)


def digest(path: Path) -> str:
    """The name stands for the content."""
    return hashlib.sha256(path.name.encode()).hexdigest()


def of(origin: str = ORIGIN, digest: Callable[[Path], str] = digest, **changes: Any) -> str:
    return mark_of(origin, digest, **changes).full


def mark_of(origin: str = ORIGIN, digest: Callable[[Path], str] = digest, **changes: Any) -> Any:
    wish: dict[str, Any] = {
        "node": "Lip Sync",
        "service": "Sync",
        "model": "lipsync-2",
        "video": VideoFile(path=CLIP),
        "speech": Speech(source=AudioFile(path=VOICE)),
        "options": {},
    }
    return fingerprint(lipsync_request(Wish(**{**wish, **changes})), origin=origin, digest=digest)


GOLDEN: dict[str, tuple[dict[str, Any], str]] = {
    "files": ({}, "c210113d0052a66a598899d7d690f88b1fd6bc4785f973f724f9616eb5373a44"),
    "sync-3": ({"model": "sync-3"}, "b93dadb2cb31e2c21530e6c7c1e24f81c08578222bdacd14a8c9a0d6661ef003"),
    "take": ({"take": 7}, "638ab60e55a009b68836bc5830a1df753539395dddb17fd35252c71160fffe4c"),
    "options": (
        {"model": "lipsync-2-pro", "options": {"temperature": 1, "reasoning_enabled": True, "sync_mode": "loop"}, "speaker": POINT},
        "dbe7e60d4c6128b6cf4550f36d9e22b274e1d2161e5feb18d83d7dd964b8cda4",
    ),
    "boxes": (
        {"speaker": Speaker(bounding_boxes=((1, 2, 3, 4), None))},
        "74ab3673fa11c91c2688d475c240e969f16a1b2488b4ed26e41cca2fceb821b6",
    ),
    "react": (
        {"model": "react-1", "options": {"prompt": "happy", "model_mode": "head"}},
        "9f44437324dd399d738e35dcc8ad620cd9db84831645d9f0bfb6c7ffecfd5e3c",
    ),
    "trimmed": (
        {"video": VideoFile(path=CLIP, start_s=0.5, duration_s=2.0)},
        "2e06460474688cb864236dad3856052c609b8b1c7f02892552f55a55b3aff339",
    ),
    "frames": (
        {"video": Frames(images=GREY, frame_rate=Fraction(30000, 1001))},
        "d29ffaa13bf4de6a9c4dcfa7311d0a7c5f8d7442a0c8c01a24a80a5c142c7df9",
    ),
    "photo": (
        {"model": "sync-3", "video": Photo(image=GREY[0]), "options": {"i2v_prompt": "smile"}},
        "86c3b70ccb3ff66a792017ebc2af379b607aa5f1e29317d1db742eb2649d0b0b",
    ),
    "samples": (
        {"speech": Speech(source=Samples(waveform=TONE, sample_rate=48000))},
        "f37a06a4708f9721d95b1e335d678c864d9dcc909677de7d51ca3d5b305e9bbc",
    ),
    "sound of a video": (
        {"speech": Speech(source=SoundOfVideo(video=VideoFile(path=CLIP)))},
        "09a2f219878fbeabfcad66eb8f6f3f960e510cb8df2208d2aabe1a041269ae0a",
    ),
    "script": (
        {"speech": Speech(source=Script(script="Hé, you.", voice_id="v", stability=0.25, similarity_boost=1))},
        "0a93717b4db530f6ed9e9a0b0524d7dc3757d01c8ab1542dccb6f1dac290988f",
    ),
    "assets": (
        {"video": Asset(id="a-1"), "speech": Speech(source=Asset(id="a-2"))},
        "bfd55544090f06e0f7ea423a7756433c0dfc2467b54810c5f2a7510506bbed03",
    ),
    "links": (
        {
            "video": Link(url="https://media.example/clip.mp4?id=1&X-Amz-Signature=abc&X-Amz-Date=1"),
            "speech": Speech(source=Link(url="https://media.example/voice.wav")),
        },
        "9b339c672a8ea1848ac69d1852fa85b832f65a657475c102a003ba1c05ab4c0a",
    ),
    "segments": ({"speech": None, "segments": SEGMENTS}, "0159b993afaa6c441d2e788c0f8c69a0c8cb6ef7e18ecfde95a3e31fd34d4901"),
}


@pytest.mark.parametrize(("changes", "expected"), GOLDEN.values(), ids=GOLDEN.keys())
def test_golden(changes: dict[str, Any], expected: str) -> None:
    assert of(**changes) == expected


def test_all_golden_values_differ() -> None:
    assert len({expected for _, expected in GOLDEN.values()}) == len(GOLDEN)


SAME: dict[str, dict[str, Any]] = {
    "names": {"output_name": "scene 7"},
    "project": {"project_id": "12345678-1234-1234-1234-123456789012"},
    "price limit": {"max_cost_usd": 3.0},
    "the node's title": {"node": "Submit Lip Sync"},
    "the name of a speech": {"speech": Speech(source=AudioFile(path=VOICE), name="anna")},
    "a default, said": {"options": {"sync_mode": "bounce", "temperature": 0.5, "occlusion_detection_enabled": False}},
    "an option that the model ignores": {"options": {"i2v_prompt": "smile"}},
    "the file's folder": {"video": VideoFile(path=Path("elsewhere") / CLIP)},
    "a trim of nothing": {"video": VideoFile(path=CLIP, start_s=-0.0, duration_s=0)},
}


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME.keys())
def test_what_cannot_change_the_film_does_not_change_the_fingerprint(changes: dict[str, Any]) -> None:
    assert of(**changes) == of()


OTHER: dict[str, dict[str, Any]] = {
    "take": {"take": 1},
    "model": {"model": "lipsync-2-pro"},
    "origin": {"origin": "sandbox"},
    "sync_mode": {"options": {"sync_mode": "cut_off"}},
    "temperature": {"options": {"temperature": 0.51}},
    "occlusion": {"options": {"occlusion_detection_enabled": True}},
    "speaker": {"speaker": POINT},
    "speaker, automatic": {"speaker": Speaker(auto_detect=True)},
    "content": {"digest": lambda path: "0" * 64},
    "trim": {"video": VideoFile(path=CLIP, start_s=0.1)},
    "kind of picture": {"video": Asset(id="a")},
    "kind of speech": {"speech": Speech(source=SoundOfVideo(video=VideoFile(path=VOICE)))},
    "segments": {"speech": None, "segments": SEGMENTS},
}


@pytest.mark.parametrize("changes", OTHER.values(), ids=OTHER.keys())
def test_what_can_change_the_film_changes_the_fingerprint(changes: dict[str, Any]) -> None:
    assert of(**changes) != of()


def test_a_speakers_name_is_only_a_name() -> None:
    assert of(speaker=POINT) == of(speaker=Speaker(frame_number=3, coordinates=(250, 260), name="Anna"))


def test_an_int_of_a_widget_is_the_float_that_it_means() -> None:
    assert of(options={"temperature": 1}) == of(options={"temperature": 1.0})
    script = {"script": "Hi.", "voice_id": "v"}
    one = of(speech=Speech(source=Script(**script, stability=1, similarity_boost=0)))
    assert one == of(speech=Speech(source=Script(**script, stability=1.0, similarity_boost=0.0)))


def test_frames_are_their_rounded_pixels_and_their_rate() -> None:
    def frames(images: torch.Tensor, rate: Fraction = Fraction(25)) -> str:
        return of(video=Frames(images=images, frame_rate=rate))

    base = torch.full((3, 4, 4, 3), 100 / 255)
    assert frames(base) == frames(base.to(torch.float64)) == frames(base + 0.001) == frames(base.flip(0))
    assert frames(base) == of(video=Frames(images=base, frame_rate=Fraction(25), waveform=TONE, sample_rate=48000)), "its sound is replaced"
    assert frames(base) != frames(base + 0.01)
    assert frames(base) != frames(base, Fraction(24))
    assert frames(base) != frames(base[:2])
    assert frames(base) != frames(base.reshape(3, 2, 8, 3))


def test_kin_are_frames_that_differ_in_their_pixels_alone() -> None:
    def frames(value: float, count: int = 3, **more: Any) -> Any:
        return mark_of(video=Frames(images=torch.full((count, 4, 4, 3), value), frame_rate=Fraction(25)), **more)

    assert frames(0.1).kin == frames(0.9).kin
    assert frames(0.1).full != frames(0.9).full
    assert frames(0.1).kin != frames(0.1, count=4).kin
    assert frames(0.1).kin != frames(0.1, take=1).kin
    assert mark_of().kin is None


def test_speeches_of_segments_are_named_by_their_order() -> None:
    def segments(name: str, *, second: str = "voice.wav") -> str:
        speech = Speech(source=AudioFile(path=Path(second)), name=name)
        return of(speech=None, segments=Segments(rows=(Segment(start_s=0, end_s=1, speech=name),), speeches=(speech,)))

    assert segments("anna") == segments("ben")
    assert segments("anna") != segments("anna", second="other.wav")


def test_the_short_id_is_its_beginning() -> None:
    mark = mark_of()
    assert mark.short_id == mark.full[:12]
    assert len(mark.full) == 64
