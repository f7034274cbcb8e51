"""Each warning: what must bring it about, and what must not. Every one ends with what to do."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from lipsync.catalogue import SYNC_MODES, plan_named
from lipsync.errors import Silent, TooLong, UploadTooLarge
from lipsync.media.sources import Asset, AudioFile, Frames, Link, Photo, Speech, VideoFile
from lipsync.preflight import Preflight
from tests.media import scenes
from tests.media.clips import make_clip, numbered
from tests.preflight.conftest import slow_pan

Fly = Callable[..., Preflight]
LARGE = {"frames": 50, "width": 640, "height": 480}


def file_of(path: Path, **options: object) -> VideoFile:
    return VideoFile(path=make_clip(path, **{**LARGE, "picture": slow_pan, **options}))


@pytest.mark.parametrize("mode", SYNC_MODES)
def test_nothing_is_said_of_what_fits(flown: Fly, mode: str) -> None:
    assert flown(sync_mode=mode).warnings == ()
    assert flown(2.08, sync_mode=mode).warnings == ()


# Lengths that differ.


@pytest.mark.parametrize(
    ("mode", "length_s", "said"),
    [
        ("bounce", 3.0, "bounce plays the video backwards after its end"),
        ("loop", 3.0, "loop starts the video again, with a jump at 2.0 s"),
        ("cut_off", 2.0, "cut_off leaves out the last 1.0 s of the speech"),
        ("silence", 3.0, "silence keeps all of the speech"),
        ("remap", 3.0, "remap slows the video down to 67 % of its speed"),
    ],
)
def test_a_speech_that_is_longer(flown: Fly, mode: str, length_s: float, said: str) -> None:
    found = flown(3.0, sync_mode=mode)
    (warning,) = found.warnings
    assert warning.startswith(f"The speech is 1.0 s longer than the video: {said}")
    assert warning.endswith(". Trim the speech, or choose another sync_mode.")
    assert (found.output_s, found.frame_count) == (pytest.approx(length_s, abs=0.01), round(length_s * 25))


@pytest.mark.parametrize(
    ("mode", "length_s", "said"),
    [
        ("bounce", 1.25, "the film ends with the speech, and the last 0.8 s of the video are left out"),
        ("loop", 1.25, "the film ends with the speech"),
        ("cut_off", 1.25, "the film ends with the speech"),
        ("silence", 2.0, "silence keeps the last 0.8 s of the video without a word, at the same price"),
        ("remap", 1.25, "remap speeds the video up to 1.60 times its speed"),
    ],
)
def test_a_video_that_is_longer(flown: Fly, mode: str, length_s: float, said: str) -> None:
    found = flown(1.25, sync_mode=mode)
    (warning,) = found.warnings
    assert warning.startswith(f"The video is 0.8 s longer than the speech: {said}")
    assert warning.endswith(". Trim the video, or choose another sync_mode.")
    assert found.output_s == pytest.approx(length_s, abs=0.01)


def test_a_photo_lasts_as_long_as_its_speech(flown: Fly) -> None:
    found = flown(3.0, video=Photo(image=torch.rand(480, 640, 3)))
    assert (found.warnings, found.output_s, found.frame_count) == ((), pytest.approx(3.0), 75)


# The picture.


def test_below_480p(flown: Fly, tmp_path: Path) -> None:
    (warning,) = flown(video=file_of(tmp_path / "a.mp4", height=478)).warnings
    assert warning.startswith("The picture is 640x478: below 480p faces come out soft. ")
    assert flown(video=file_of(tmp_path / "b.mp4", width=480, height=640)).warnings == ()


@pytest.mark.parametrize(
    ("rate", "times"), [(Fraction(50), "50 frames a second cost 2.0"), (Fraction(60000, 1001), "59.94 frames a second cost 2.4")]
)
def test_many_frames_a_second(flown: Fly, tmp_path: Path, rate: Fraction, times: str) -> None:
    video = file_of(tmp_path / "a.mp4", frames=round(2 * rate), rate=rate)
    (warning,) = flown(video=video).warnings
    assert warning.startswith(f"{times} times as much as 25: every frame is paid for.")
    assert flown(video=video, service="Segmind", model="lipsync-2-pro").warnings == (), "there the seconds are paid for"


def test_thirty_frames_a_second_are_as_usual(flown: Fly, tmp_path: Path) -> None:
    assert flown(video=file_of(tmp_path / "a.mp4", frames=60, rate=30)).warnings == ()


def test_a_hard_cut(flown: Fly, tmp_path: Path) -> None:
    (warning,) = flown(video=file_of(tmp_path / "a.mp4", picture=scenes.cut)).warnings
    assert warning.startswith("The picture cuts at 1.2 s: after a cut the face has to be found again")
    assert "Split the clip there" in warning
    for index, scene in enumerate((scenes.pan, scenes.dissolve)):
        assert flown(video=file_of(tmp_path / f"{index}.mp4", picture=scene)).warnings == ()


def test_a_standing_picture(flown: Fly, tmp_path: Path) -> None:
    (warning,) = flown(video=file_of(tmp_path / "a.mp4", picture=scenes.standing_with_grain)).warnings
    assert warning.startswith("Nothing moves in the picture: sync-3 opens lips that are still")
    assert flown(video=file_of(tmp_path / "b.mp4", picture=scenes.talking)).warnings == ()


def test_frames_are_looked_at_too(flown: Fly) -> None:
    images = torch.from_numpy(scenes.place(1, 640, 480)).float()[None].expand(50, -1, -1, -1) / 255
    (warning,) = flown(video=Frames(images=images, frame_rate=Fraction(25))).warnings
    assert warning.startswith("Nothing moves in the picture")


@pytest.mark.parametrize(("source", "what"), [(Link(url="https://example.com/a.mp4"), "a link"), (Asset(id="a"), "an asset")])
def test_what_was_not_downloaded_is_not_judged_and_that_is_said(flown: Fly, source: object, what: str) -> None:
    found = flown(3.0, video=source)
    assert (found.warnings, found.output_s) == ((), pytest.approx(3.0))
    (remark,) = found.media.remarks
    assert remark.startswith(f"The video is {what} that was not downloaded here: its length is not known, and ")


def test_a_link_that_was_downloaded_is_judged_by_what_came(flown: Fly, tmp_path: Path) -> None:
    file = file_of(tmp_path / "a.mp4", picture=scenes.cut)
    found = flown(3.0, video=Link(url="https://example.com/a.mp4", here=file.path), sync_mode="silence")
    assert [warning[:20] for warning in found.warnings] == ["The speech is 1.0 s ", "The picture cuts at "]
    assert found.media.conversions[0] == "The video is a link: Sync fetches it as it is."
    assert found.media.remarks == ()


# The speech.


def test_a_quiet_speech(flown: Fly, speech: Callable[..., Path]) -> None:
    (warning,) = flown(speech=Speech(source=AudioFile(path=speech((2.0, 0.005))))).warnings
    assert warning.startswith("The speech is very quiet (-49 dBFS at its loudest)")
    assert flown(speech=Speech(source=AudioFile(path=speech((2.0, 0.05))))).warnings == ()


def test_a_long_silence(flown: Fly, speech: Callable[..., Path]) -> None:
    halting = Speech(source=AudioFile(path=speech((1.0, 0.5), (3.0, 0.0), (1.0, 0.5))))
    _, warning = flown(speech=halting).warnings
    assert warning.startswith("Nobody speaks for 3.0 s of the speech (1.0 to 4.0 s), and that is paid for too. ")
    brief = Speech(source=AudioFile(path=speech((0.5, 0.5), (1.0, 0.0), (0.5, 0.5))))
    assert flown(speech=brief).warnings == ()


def test_music_is_not_judged(flown: Fly, speech: Callable[..., Path]) -> None:
    assert flown(speech=Speech(source=AudioFile(path=speech((0.5, 0.5), (1.0, 0.1), (0.5, 0.5))))).warnings == ()


def test_all_of_it_silent_is_refused(flown: Fly, speech: Callable[..., Path]) -> None:
    with pytest.raises(Silent):
        flown(speech=Speech(source=AudioFile(path=speech((2.0, 0.0002)))))


# Limits.


@pytest.mark.parametrize(
    ("plan", "model", "length_s", "limit"),
    [
        ("Free", "lipsync-2", 21, "20 s with lipsync-2"),
        ("Free", "sync-3", 16, "15 s with sync-3"),
        ("Hobbyist", "sync-3", 61, "60 s with sync-3"),
    ],
)
def test_beyond_the_plan(flown: Fly, plan: str, model: str, length_s: float, limit: str) -> None:
    warning, *_ = flown(length_s, plan=plan_named(plan), model=model).warnings
    assert warning.startswith(f"The film would be {length_s:.1f} s long, and the plan {plan} allows {limit}: Sync will refuse it. Trim ")
    assert warning.endswith("sync.so/settings/billing.")
    for other in (None, plan_named("Scale"), plan_named("Enterprise")):
        assert not any("plan" in other_warning for other_warning in flown(length_s, plan=other, model=model).warnings)


def test_the_plan_is_that_of_sync_alone(flown: Fly) -> None:
    found = flown(61, plan=plan_named("Hobbyist"), service="Segmind", model="lipsync-2-pro")
    assert not any("plan" in warning for warning in found.warnings)


def test_what_the_model_or_the_service_refuses_is_an_error(flown: Fly, tmp_path: Path) -> None:
    with pytest.raises(TooLong, match=r"The film is 16\.0 s long, and react-1 takes at most 15 s"):
        flown(16, model="react-1")
    path = make_clip(tmp_path / "a.mp4", picture=numbered)
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(260_000_000 - 8)
        file.write(bytes(8))
        file.seek(size)
        file.write((260_000_000 - size).to_bytes(4, "big") + b"free")
    with pytest.raises(UploadTooLarge, match="260 MB, and Segmind takes at most 200 MB"):
        flown(video=VideoFile(path=path), service="Segmind", model="lipsync-2-pro")
    assert flown(video=VideoFile(path=path)).media.upload_bytes == 260_000_000
