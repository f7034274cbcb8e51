"""What can never become a film, told in a sentence before anything goes up: each file spoilt in the ways in which files are."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from lipsync import host
from lipsync.catalogue import ServiceFacts
from lipsync.errors import LipsyncError
from lipsync.media.decode import decode, plan_decoding
from lipsync.media.prepare import survey_speech
from lipsync.media.sources import AudioFile, Frames, Samples, VideoFile
from tests.media.clips import clicks, make_clip, make_speech
from tests.media.conftest import Prepare
from tests.media.torture.clip import clip
from tests.media.torture.conftest import Draw
from tests.media.torture.recipe import Look, Recipe, Voice

_SAID = Voice(end_s=1.6)
_LARGE = Recipe(name="a.mp4", frames=40, size=(160, 120), look=Look(options={"g": "10"}), voice=_SAID)
_MPEG4 = Look(codec="mpeg4", matrix=6, tagged=False)
_VP9 = Look(codec="libvpx-vp9")
_FRAGMENTS = {"movflags": "+frag_keyframe+empty_moov"}

_FILES = {
    "mp4": _LARGE,
    "mp4-directory-first": replace(_LARGE, container_options={"movflags": "+faststart"}),
    "mp4-fragmented": replace(_LARGE, container_options=_FRAGMENTS),
    "mp4-hevc": replace(_LARGE, look=Look(codec="libx265"), container_options={"movflags": "+faststart"}),
    "mov": replace(_LARGE, name="a.mov"),
    "mkv": replace(_LARGE, name="a.mkv"),
    "webm": replace(_LARGE, name="a.webm", look=_VP9, voice=replace(_SAID, codec="libopus")),
    "avi": replace(_LARGE, name="a.avi", look=_MPEG4, voice=replace(_SAID, codec="pcm_s16le")),
    "ts": replace(_LARGE, name="a.ts"),
    "flv": replace(_LARGE, name="a.flv"),
    "gif": Recipe(name="a.gif", frames=20, rate=Fraction(10), look=Look(codec="gif", pixel_format="pal8")),
}
_DRAWN = {kind: clip(f"refused-{kind}", recipe) for kind, recipe in _FILES.items()}
_SHARES = (0.04, 0.3, 0.62, 0.9, 0.96)


def _cut(data: bytes, at: int) -> bytes:
    return data[:at]


def _blank(data: bytes, at: int) -> bytes:
    return data[:at] + bytes(len(data) - at)


def _litter(data: bytes, at: int) -> bytes:
    """What lay on the disk before."""
    return data[:at] + random.Random(at).randbytes(len(data) - at)


_TAILS = {"cut": (_cut, _SHARES), "blank": (_blank, _SHARES), "litter": (_litter, _SHARES[:-1])}


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(LipsyncError) as refusal:
        act()
    sentence = str(refusal.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("tail", _TAILS)
@pytest.mark.parametrize("kind", _FILES)
def test_a_file_that_is_not_all_there(kind: str, tail: str, drawn: Draw, prepared: Prepare, folder: Path, tmp_path: Path) -> None:
    """A broadcast has no end of its own, so one that is cut between two packets is a shorter one."""
    data = drawn(_DRAWN[kind]).read_bytes()
    spoil, shares = _TAILS[tail]
    for share in shares:
        at = int(share * len(data)) // 188 * 188 + 100
        path = tmp_path / f"{share}{Path(_FILES[kind].name).suffix}"
        path.write_bytes(spoil(data, at))
        why = refused(lambda path=path: prepared(VideoFile(path=path))).removeprefix(path.name)
        assert why.startswith((" is incomplete or cut short.", " is damaged: ", " has no picture that can be decoded."))
    assert not folder.exists() or list(folder.iterdir()) == []


_ALSO = {
    "wmv": replace(_LARGE, name="a.wmv", look=Look(codec="wmv2", matrix=6, tagged=False), voice=None),
    "mxf": replace(_LARGE, name="a.mxf", look=Look(codec="mpeg2video"), voice=replace(_SAID, codec="pcm_s16le")),
    "mpg": replace(_LARGE, name="a.mpg", look=Look(codec="mpeg2video", matrix=6), voice=replace(_SAID, codec="mp2"), format="vob"),
    "mpg-1": replace(_LARGE, name="a.mpg", look=Look(codec="mpeg1video", matrix=6), voice=replace(_SAID, codec="mp2"), format="mpeg"),
}


@pytest.mark.parametrize("kind", _ALSO)
def test_what_is_cut_short_though_it_hardly_tells_its_length(kind: str, drawn: Draw, prepared: Prepare, tmp_path: Path) -> None:
    whole = drawn(clip(f"refused-{kind}", _ALSO[kind]))
    assert prepared(VideoFile(path=whole)).facts.frame_count == 40
    data = whole.read_bytes()
    for share in _SHARES[1:]:
        path = tmp_path / f"{share}{whole.suffix}"
        path.write_bytes(_cut(data, int(share * len(data)) // 188 * 188 + 100))
        assert " is incomplete or cut short." in refused(lambda path=path: prepared(VideoFile(path=path)))


@pytest.mark.parametrize(("kind", "at"), [("wmv", 16), ("mxf", 44)])
def test_a_header_that_points_beyond_every_file(kind: str, at: int, drawn: Draw, prepared: Prepare, tmp_path: Path) -> None:
    data = bytearray(drawn(clip(f"refused-{kind}", _ALSO[kind])).read_bytes())
    data[at : at + 8] = b"\xff" * 8
    path = tmp_path / f"a.{kind}"
    path.write_bytes(data)
    assert refused(lambda: prepared(VideoFile(path=path))).startswith(f"{path.name} is ")


def test_what_is_no_film(tmp_path: Path, prepared: Prepare) -> None:
    again = "Export it again, or choose another file."
    for name, content, why in (
        ("empty.mp4", b"", "is empty"),
        ("text.mp4", b"not a film at all, whatever its name says " * 40, "is not a video or sound file"),
        ("zeros.mp4", bytes(5000), "is not a video or sound file"),
        ("page.mp4", b"<!DOCTYPE html><html><body>404</body></html>", "is not a video or sound file"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nfilm.ts\n", "is not a video or sound file"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "is not a video or sound file"),
    ):
        (tmp_path / name).write_bytes(content)
        assert refused(lambda name=name: prepared(VideoFile(path=tmp_path / name))) == f"{name} {why}. {again}"
    assert refused(lambda: prepared(VideoFile(path=tmp_path / "gone.mp4"))) == f"gone.mp4 does not exist. {again}"
    assert refused(lambda: prepared(VideoFile(path=tmp_path))) == f"{tmp_path.name} is a folder, not a file. {again}"
    for name in ("a.wav", "a.mp3", "a.m4a"):
        codec = {"a.wav": "pcm_s16le", "a.mp3": "libmp3lame", "a.m4a": "aac"}[name]
        speech = make_speech(tmp_path / name, codec=codec)
        assert refused(lambda path=speech: prepared(VideoFile(path=path))) == f"{name} has only sound. {again}"


def test_a_picture_that_is_too_small_or_too_large(tmp_path: Path, prepared: Prepare, limits: ServiceFacts) -> None:
    dot = make_clip(tmp_path / "dot.mkv", width=1, height=1, codec="ffv1", pixel_format="bgr0", frames=2)
    assert refused(lambda: prepared(VideoFile(path=dot))).startswith("dot.mkv is too small: ")
    wide = make_clip(tmp_path / "wide.mkv", width=limits.max_width + 2, height=16, codec="ffv1", frames=1)
    assert refused(lambda: prepared(VideoFile(path=wide))).startswith(f"wide.mkv is too large: {limits.max_width + 2}x16 pixels.")
    clip = make_clip(tmp_path / "heavy.mp4")
    short = replace(limits, max_upload_bytes=clip.stat().st_size - 1)
    assert refused(lambda: prepared(VideoFile(path=clip), short)).startswith("heavy.mp4 is too large: ")


def test_a_size_that_changes_on_the_way(tmp_path: Path, prepared: Prepare) -> None:
    path = tmp_path / "a.ts"
    first = make_clip(tmp_path / "first.ts", b_frames=0)
    second = make_clip(tmp_path / "second.ts", width=160, height=120, b_frames=0, times=[1 + Fraction(i, 25) for i in range(25)])
    path.write_bytes(first.read_bytes() + second.read_bytes())
    assert refused(lambda: prepared(VideoFile(path=path))).startswith("a.ts changes its picture size on the way.")


def test_a_trim_past_the_end(tmp_path: Path, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "a.mp4")
    for start_s in (1.0, 7.5):
        sentence = f"a.mp4 is trimmed to start at {start_s:g} s, and it is 1.00 s long. Choose an earlier start."
        assert refused(lambda start_s=start_s: prepared(VideoFile(path=path, start_s=start_s))) == sentence
    assert prepared(VideoFile(path=path, start_s=-7.5)).facts.frame_count == 25
    spoken_on = make_clip(tmp_path / "b.ts", sound=clicks(3.0))
    assert "and it is 1.00 s long." in refused(lambda: prepared(VideoFile(path=spoken_on, start_s=2.0)))


def test_a_video_whose_file_vanished_between_two_looks(tmp_path: Path, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "a.mp4")
    prepared(VideoFile(path=path))
    path.unlink()
    assert refused(lambda: prepared(VideoFile(path=path))).startswith("a.mp4 does not exist.")


@pytest.mark.parametrize(
    ("waveform", "why"),
    [
        (torch.zeros(2, 0), "is empty: it has no samples"),
        (torch.tensor([[0.1, float("nan"), 0.1]]), "holds values that are not numbers"),
        (torch.tensor([[0.1, float("inf"), 0.1]]), "holds values that are not numbers"),
        (torch.zeros(9, 100), "is no sound: its shape is [9, 100]"),
        (torch.zeros(100), "is no sound: its shape is [100]"),
        (torch.zeros(1, 100, dtype=torch.int16), "is no sound: its values are torch.int16"),
        (torch.zeros(1, 48000), "is silent"),
    ],
    ids=["no-samples", "nan", "inf", "nine-channels", "one-axis", "whole-numbers", "silent"],
)
def test_sound_of_a_graph_that_is_none(waveform: torch.Tensor, why: str, limits: ServiceFacts) -> None:
    sentence = refused(lambda: survey_speech(Samples(waveform=waveform, sample_rate=48000), limits))
    assert sentence.startswith(f"The speech {why}")


def test_silence_in_a_file(tmp_path: Path, limits: ServiceFacts) -> None:
    path = make_speech(tmp_path / "a.wav", wave=np.zeros((1, 48000), np.float32))
    assert refused(lambda: survey_speech(AudioFile(path=path), limits)).startswith("a.wav is silent.")


def test_ten_thousand_frames_a_second(tmp_path: Path, prepared: Prepare) -> None:
    frames = Frames(images=torch.rand(4, 96, 128, 3), frame_rate=Fraction(10_000))
    assert refused(lambda: prepared(frames)).startswith("The video has 10000 frames per second.")
    path = make_clip(tmp_path / "a.mp4", times=[Fraction(i, 10_000) for i in range(25)])
    assert refused(lambda: prepared(VideoFile(path=path))).startswith("a.mp4 has 10000 frames per second.")


def test_more_frames_than_there_is_memory_for(tmp_path: Path) -> None:
    """A film of three pictures, the last of which comes nine minutes later: 13,500 frames to hold at once."""
    path = make_clip(
        tmp_path / "a.mkv", width=4096, height=2160, frames=3, codec="ffv1", times=[Fraction(0), Fraction(1, 25), Fraction(540)]
    )
    plan = plan_decoding(VideoFile(path=path))
    if host.free_memory_bytes() is None:
        pytest.skip("this operating system does not tell its free memory")
    sentence = refused(lambda: decode(plan, progress=lambda *_: None, cancelled=lambda: False))
    assert sentence.startswith(f"a.mkv needs {plan.needed_bytes() / 1e9:,.1f} GB of memory as frames, and ")
