"""Video that cannot be sent, told in a sentence before money moves; and the facts of what can."""

from __future__ import annotations

from pathlib import Path

import pytest

from lipsync.errors import AboveSize, BelowSize, MediaRefused, NotReadable, TrimPastEnd
from lipsync.media.prepare import survey_video
from lipsync.media.sources import Asset, Link, VideoFile
from tests.media.clips import make_clip, make_speech, tone

AGAIN = "Export it again, or choose another file."


def refusal(path: Path, limits: object, **trim: float) -> str:
    with pytest.raises(MediaRefused) as refused:
        survey_video(VideoFile(path=path, **trim), limits)
    return str(refused.value)


def test_facts_are_those_of_what_goes_up(tmp_path: Path, limits: object) -> None:
    facts = survey_video(VideoFile(path=make_clip(tmp_path / "a.mkv", width=129, pixel_format="yuv444p", sound=tone(1.0))), limits)
    assert (facts.kind, facts.duration_s, facts.frame_rate, facts.frame_count) == ("video", 1.0, 25, 25)
    assert (facts.width, facts.height, facts.has_sound) == (130, 96, True)
    trimmed = survey_video(VideoFile(path=tmp_path / "a.mkv", start_s=0.2, duration_s=0.4), limits)
    assert (trimmed.duration_s, trimmed.frame_count) == (0.4, 10)


@pytest.mark.parametrize("source", [Link(url="https://example.com/a.mp4"), Asset(id="a")])
def test_nothing_is_known_of_what_is_elsewhere(limits: object, source: object) -> None:
    facts = survey_video(source, limits)
    assert (facts.kind, facts.duration_s, facts.width, facts.has_sound) == ("video", None, None, None)


def test_files_that_are_no_video(tmp_path: Path, limits: object) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "notes.mp4").write_text("These are notes, and no film at all.\n" * 20)
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nclip.mp4\n")
    make_speech(tmp_path / "speech.mp4", codec="aac")
    make_speech(tmp_path / "speech.wav")
    assert refusal(tmp_path / "none.mp4", limits) == f"none.mp4 does not exist. {AGAIN}"
    assert refusal(tmp_path / "empty.mp4", limits) == f"empty.mp4 is empty. {AGAIN}"
    assert refusal(tmp_path / "notes.mp4", limits) == f"notes.mp4 is not a video or sound file. {AGAIN}"
    assert refusal(tmp_path / "folder.mp4", limits) == f"folder.mp4 is a folder, not a file. {AGAIN}"
    assert refusal(tmp_path / "list.mp4", limits) == f"list.mp4 is not a video or sound file. {AGAIN}"
    assert refusal(tmp_path / "speech.mp4", limits) == f"speech.mp4 has only sound. {AGAIN}"
    assert refusal(tmp_path / "speech.wav", limits) == f"speech.wav has only sound. {AGAIN}"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {}),
        ("a.mp4", {"movflags": "+faststart"}),
        ("a.mp4", {"movflags": "+frag_keyframe+empty_moov"}),
        ("a.mov", {}),
        ("a.mkv", {}),
        ("a.webm", {"codec": "libvpx-vp9", "sound": None}),
        ("a.avi", {"codec": "mpeg4", "sound_codec": "libmp3lame"}),
        ("a.ts", {}),
        ("a.gif", {"codec": "gif", "pixel_format": "rgb8", "colour": None, "sound": None}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(f"{key}" for key in value),
)
def test_files_that_are_cut_short(tmp_path: Path, limits: object, name: str, options: dict[str, object]) -> None:
    whole = make_clip(tmp_path / name, **{"sound": tone(1.0), **options}).read_bytes()
    cut = tmp_path / f"cut{Path(name).suffix}"
    for share in (0.3, 0.6, 0.95):
        cut.write_bytes(whole[: int(len(whole) * share)])
        assert refusal(cut, limits) == f"{cut.name} is incomplete or cut short. {AGAIN}"


def test_sizes_that_no_service_takes(tmp_path: Path, limits: object) -> None:
    tiny = make_clip(tmp_path / "tiny.mkv", frames=2, width=2, height=2, codec="ffv1")
    wide = make_clip(tmp_path / "wide.mkv", frames=2, width=4100, height=64, codec="mpeg4")
    with pytest.raises(BelowSize) as small:
        survey_video(VideoFile(path=tiny), limits)
    assert str(small.value) == "tiny.mkv is too small: 2x2 pixels. Each side needs at least 16; 480p and more works best."
    with pytest.raises(AboveSize) as large:
        survey_video(VideoFile(path=wide), limits)
    assert str(large.value) == "wide.mkv is too large: 4100x64 pixels. Scale it down to 4096x2160 or less first."


def test_a_trim_past_the_end(tmp_path: Path, limits: object) -> None:
    path = make_clip(tmp_path / "a.mp4")
    with pytest.raises(TrimPastEnd) as refused:
        survey_video(VideoFile(path=path, start_s=7.5), limits)
    assert str(refused.value) == "a.mp4 is trimmed to start at 7.5 s, and it is 1.00 s long. Choose an earlier start."


def test_a_vanished_file_is_told_even_if_it_was_known(tmp_path: Path, limits: object) -> None:
    path = make_clip(tmp_path / "a.mp4")
    survey_video(VideoFile(path=path), limits)
    path.unlink()
    with pytest.raises(NotReadable, match="does not exist"):
        survey_video(VideoFile(path=path), limits)
