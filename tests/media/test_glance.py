"""Cuts and standing pictures: each is found, and nothing that only looks like one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from lipsync.media import glance
from lipsync.media.glance import Glance, glance_at_file, glance_at_frames
from lipsync.media.playback import excerpt
from lipsync.media.probe import probe
from lipsync.media.sources import Frames, VideoFile
from tests.media import scenes
from tests.media.clips import make_clip

SIZE = {"width": 320, "height": 240}
CUT_S = scenes.CHANGE / 25
CUTS = [scenes.cut, scenes.cut_to_black, scenes.cut_amid_grain, scenes.cut_between_bars]
NO_CUTS = [scenes.pan, scenes.whip_pan, scenes.fade_out, scenes.dissolve, scenes.noise, scenes.flash, scenes.lights_out, scenes.talking]
STANDING = [scenes.standing, scenes.standing_with_grain]
MOVING = [scenes.talking, scenes.breathing, scenes.pan, scenes.noise, scenes.lights_out, scenes.cut]


def seen(path: Path, **trim: float) -> Glance:
    found = probe(path)
    assert found.picture is not None
    return glance_at_file(found, found.picture, excerpt(VideoFile(path=path, **trim), found, found.picture))


def both(folder: Path, scene: scenes.Scene) -> tuple[Glance, Glance]:
    """The same pictures as a file and as a batch of frames."""
    images = np.stack([scene(index, 320, 240) for index in range(60)])
    frames = Frames(images=torch.from_numpy(images).float() / 255, frame_rate=Fraction(25))
    return seen(make_clip(folder / "a.mp4", frames=60, picture=scene, **SIZE)), glance_at_frames(frames)


@pytest.mark.parametrize("scene", CUTS, ids=lambda scene: scene.__name__)
def test_a_hard_cut_is_found_where_it_is(tmp_path: Path, scene: scenes.Scene) -> None:
    for found in both(tmp_path, scene):
        assert found.cuts_s == (pytest.approx(CUT_S, abs=0.09),)
        assert (found.whole, found.seen_s) == (True, pytest.approx(2.4, abs=0.05))


@pytest.mark.parametrize("scene", NO_CUTS, ids=lambda scene: scene.__name__)
def test_what_only_looks_like_a_cut(tmp_path: Path, scene: scenes.Scene) -> None:
    assert [found.cuts_s for found in both(tmp_path, scene)] == [(), ()]


@pytest.mark.parametrize("scene", STANDING, ids=lambda scene: scene.__name__)
def test_a_standing_picture(tmp_path: Path, scene: scenes.Scene) -> None:
    assert [found.standing for found in both(tmp_path, scene)] == [True, True]


@pytest.mark.parametrize("scene", MOVING, ids=lambda scene: scene.__name__)
def test_what_moves_ever_so_little_is_no_standing_picture(tmp_path: Path, scene: scenes.Scene) -> None:
    assert [found.standing for found in both(tmp_path, scene)] == [False, False]


@pytest.mark.parametrize(
    "options",
    [
        {"codec": "libx265"},
        {"codec": "prores_ks", "pixel_format": "yuv422p10le"},
        {"codec": "libvpx-vp9"},
        {"codec": "mpeg2video", "b_frames": 0},
        {"rate": Fraction(60000, 1001)},
    ],
    ids=lambda options: str(next(iter(options.values()))),
)
def test_of_every_kind(tmp_path: Path, options: dict[str, object]) -> None:
    path = make_clip(tmp_path / "a.mkv", frames=60, picture=scenes.cut, **SIZE, **options)
    assert seen(path).cuts_s == (pytest.approx(scenes.CHANGE / float(options.get("rate", 25)), abs=0.09),)


def test_only_what_a_trim_leaves_counts(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=60, picture=scenes.cut, **SIZE)
    assert seen(path, start_s=0.8).cuts_s == (pytest.approx(CUT_S - 0.8, abs=0.09),)
    assert seen(path, start_s=1.4).cuts_s == ()
    assert seen(path, duration_s=1.0).cuts_s == ()


def test_of_a_long_clip_parts_from_all_over_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance, "_PIXELS", 160 * 96 * 64)
    path = make_clip(tmp_path / "a.mp4", frames=1000, picture=_late_cut, options={"g": "20"}, width=96, height=64)
    found = seen(path)
    assert (found.whole, found.standing) == (False, False)
    assert 4 <= found.seen_s <= 7
    assert found.cuts_s == (pytest.approx(970 / 25, abs=0.09),)


def test_a_container_without_an_index_is_seen_from_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance, "_PIXELS", 40 * 320 * 240)
    path = make_clip(tmp_path / "a.ts", frames=100, picture=scenes.cut, **SIZE)
    found = seen(path)
    assert (found.cuts_s, found.whole) == ((pytest.approx(CUT_S, abs=0.09),), False)


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16, torch.uint8])
@pytest.mark.parametrize("size", [(320, 240), (21, 17)])
def test_frames_of_every_kind_and_size(kind: torch.dtype, size: tuple[int, int]) -> None:
    images = torch.from_numpy(np.stack([scenes.cut(index, *size) for index in range(60)]))
    images = images if kind is torch.uint8 else (images.float() / 255).to(kind)
    assert glance_at_frames(Frames(images=images, frame_rate=Fraction(25))).cuts_s == (CUT_S,)


def test_too_few_pictures_say_nothing() -> None:
    assert glance_at_frames(Frames(images=torch.zeros(3, 64, 64, 3), frame_rate=Fraction(25))) == Glance(
        cuts_s=(), standing=False, seen_s=pytest.approx(0.12), whole=True
    )


def _late_cut(index: int, width: int, height: int) -> np.ndarray:
    return scenes.place(1 if index < 970 else 2, width, height, left=index * width / 320)
