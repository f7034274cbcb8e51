"""Video files on their way up: untouched where they are right, else packed anew, else one good encode. Judged by decoding."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import pytest

from lipsync.media.sources import VideoFile
from tests.media.clips import clicks, make_clip, tone
from tests.media.conftest import Prepare
from tests.media.judges import COUNT, UNTOUCHED, assert_click, assert_film, numbers, packets


@pytest.mark.parametrize("ending", ["mp4", "mov"])
def test_what_is_right_goes_up_untouched(tmp_path: Path, prepared: Prepare, ending: str) -> None:
    path = make_clip(tmp_path / f"clip.{ending}", sound=tone(1.0))
    before = path.read_bytes()
    ready = prepared(VideoFile(path=path))
    assert (ready.path, ready.temporary, ready.note) == (path, False, UNTOUCHED)
    assert path.read_bytes() == before
    assert ready.sha256 == hashlib.sha256(before).hexdigest()
    assert ready.size_bytes == len(before)
    assert ready.content_type == {"mp4": "video/mp4", "mov": "video/quicktime"}[ending]
    assert (ready.facts.frame_count, ready.facts.frame_rate, ready.facts.duration_s) == (COUNT, 25, 1.0)
    assert (ready.facts.width, ready.facts.height, ready.facts.has_sound) == (128, 96, True)
    assert not (tmp_path / "passing").exists()


def test_without_sound_too(tmp_path: Path, prepared: Prepare) -> None:
    assert prepared(VideoFile(path=make_clip(tmp_path / "clip.mp4"))).note == UNTOUCHED


def test_the_time_of_recording_stays_here(tmp_path: Path, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "clip.mp4", tags={"creation_time": "2026-05-04T03:02:01Z"})
    ready = prepared(VideoFile(path=path))
    assert ready.note == "Packed anew without touching the picture: its tags stay here (creation_time)."
    with av.open(str(ready.path)) as container:
        assert "creation_time" not in container.metadata


def test_tags_stay_here_and_the_picture_stays_as_it_is(tmp_path: Path, prepared: Prepare) -> None:
    tags = {"workflow": '{"nodes": []}', "location": "+48.1+011.5/", "com.apple.quicktime.model": "Phone"}
    path = make_clip(tmp_path / "clip.mp4", sound=clicks(1.0), tags=tags)
    ready = prepared(VideoFile(path=path))
    assert ready.note.startswith("Packed anew without touching the picture: its tags stay here (")
    content = ready.path.read_bytes()
    assert not any(secret in content for secret in (b"workflow", b"+48.1", b"Phone"))
    assert_film(ready.path)
    assert_click(ready.path, 0.25)
    assert packets(ready.path) == packets(path)


@pytest.mark.parametrize(
    ("kind", "body", "named"),
    [(b"uuid", bytes(16) + b"<x:xmpmeta>secret</x:xmpmeta>", "uuid"), (b"free", b"\0\0secret left by a tag editor", "free")],
)
def test_boxes_that_libav_does_not_read_stay_here_too(tmp_path: Path, prepared: Prepare, kind: bytes, body: bytes, named: str) -> None:
    path = make_clip(tmp_path / "clip.mp4", sound=tone(1.0))
    with path.open("ab") as file:
        file.write((8 + len(body)).to_bytes(4, "big") + kind + body)
    ready = prepared(VideoFile(path=path))
    assert ready.note == f"Packed anew without touching the picture: it holds more than a film ({named})."
    assert b"secret" not in ready.path.read_bytes()
    assert packets(ready.path) == packets(path)


def test_empty_room_does_no_harm(tmp_path: Path, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "clip.mp4", sound=tone(1.0))
    with path.open("ab") as file:
        file.write((8 + 5000).to_bytes(4, "big") + b"free" + bytes(5000))
    assert prepared(VideoFile(path=path)).note == UNTOUCHED


def test_frames_hidden_by_an_edit_list_stay_hidden(tmp_path: Path, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "clip.mp4")
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 4 + 8  # behind version, flags and count: duration, media time, rate
    first = int.from_bytes(data[at + 4 : at + 8], "big")
    data[at : at + 4] = (800).to_bytes(4, "big")
    data[at + 4 : at + 8] = (first + 5 * 512).to_bytes(4, "big")
    path.write_bytes(data)
    ready = prepared(VideoFile(path=path))
    assert ready.note == "Encoded once to H.264: an edit list hides some of its frames."
    assert numbers(ready.path) == list(range(5, 25))


@pytest.mark.parametrize(
    ("name", "options", "note"),
    [
        ("a.mkv", {"sound": clicks(1.0)}, "Packed anew without touching the picture: it is matroska, not MP4 or MOV"),
        ("a.ts", {"sound": clicks(1.0)}, "Packed anew without touching the picture: it is mpegts, not MP4 or MOV"),
        (
            "a.mp4",
            {"sound": clicks(1.0), "movflags": "+frag_keyframe+empty_moov"},
            "Packed anew without touching the picture: its header does not tell its true length",
        ),
        (
            "a.webm",
            {"sound": clicks(1.0), "codec": "libvpx-vp9", "sound_codec": "libopus"},
            "Encoded once to H.264: its picture is vp9.",
        ),
        (
            "a.mov",
            {"sound": clicks(1.0), "codec": "prores_ks", "pixel_format": "yuv422p10le"},
            "Encoded once to H.264: its picture is prores",
        ),
        ("a.avi", {"codec": "mjpeg", "pixel_format": "yuvj420p", "colour": (2, 5, 6, 6)}, "Encoded once to H.264: its picture is mjpeg."),
        (
            "a.mp4",
            {"sound": clicks(1.0), "codec": "libx265", "options": {"x265-params": "log-level=none"}},
            "Encoded once to H.264: its picture is hevc.",
        ),
        ("a.mp4", {"pixel_format": "yuv420p10le"}, "Encoded once to H.264: it has 10 bits a channel."),
        ("a.mp4", {"pixel_format": "yuv444p"}, "Encoded once to H.264: its pixels are yuv444p."),
        ("a.mp4", {"options": {"qp": "0"}}, "Encoded once to H.264: its profile is High 4:4:4 Predictive."),
        ("a.3gp", {"sound": clicks(1.0)}, "Packed anew without touching the picture: it is 3gp, not MP4 or MOV."),
        ("a.mpg", {"codec": "mpeg2video", "sound": clicks(1.0), "sound_codec": "mp2"}, "Encoded once to H.264: its picture is mpeg2video."),
        ("a.mp4", {"options": {"x264-params": "tff=1"}}, "Encoded once to H.264: it is interlaced."),
        ("a.mkv", {"colour": (1, 9, 9, 14), "pixel_format": "yuv420p10le"}, "Encoded once to H.264: it has 10 bits a channel"),
    ],
)
def test_other_kinds_of_files(tmp_path: Path, prepared: Prepare, name: str, options: dict[str, object], note: str) -> None:
    source = make_clip(tmp_path / name, **options)
    ready = prepared(VideoFile(path=source))
    assert ready.note.startswith(note)
    assert ready.temporary
    assert ready.content_type == "video/mp4"
    if options.get("colour", (1, 1))[1] != 9:  # wide colours become others
        assert_film(ready.path)
    else:
        assert numbers(ready.path) == list(range(COUNT))
    if "sound" in options:
        assert_click(ready.path, 0.25)
    assert prepared(VideoFile(path=ready.path)).note == UNTOUCHED


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), 50, 12])
def test_a_clock_of_milliseconds_becomes_exact(tmp_path: Path, prepared: Prepare, rate: Fraction | int) -> None:
    ready = prepared(VideoFile(path=make_clip(tmp_path / "clip.mkv", rate=rate)))
    assert ready.facts.frame_rate == rate
    assert_film(ready.path, rate)


@pytest.mark.parametrize("late_s", [0.3, 0.05])
def test_late_sound_stays_late(tmp_path: Path, prepared: Prepare, late_s: float) -> None:
    ready = prepared(VideoFile(path=make_clip(tmp_path / "clip.mp4", sound=clicks(1.0), sound_at_s=late_s)))
    assert ready.note == "Packed anew without touching the picture: sound and picture do not begin together."
    assert_film(ready.path)
    assert_click(ready.path, 0.25 + late_s)


def test_early_sound_stays_early(tmp_path: Path, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "clip.mkv", sound=clicks(1.2, first_s=0.4), times=[Fraction(1, 5) + Fraction(i, 25) for i in range(COUNT)])
    ready = prepared(VideoFile(path=path))
    assert_film(ready.path)
    assert_click(ready.path, 0.2)


def test_of_several_streams_the_default_goes_up(tmp_path: Path, prepared: Prepare) -> None:
    one = make_clip(tmp_path / "one.mp4", frames=5, sound=clicks(0.6))
    two = make_clip(tmp_path / "two.mp4", frames=5, sound=tone(0.2, level=0.1))
    both = tmp_path / "both.mkv"
    with av.open(str(one)) as first, av.open(str(two)) as second, av.open(str(both), "w") as output:
        copies = {
            (index, stream.index): output.add_stream_from_template(stream)
            for index, source in enumerate((second, first))
            for stream in (source.streams.video[0], source.streams.audio[0])
        }
        for (index, _), copy in copies.items():
            copy.disposition = av.stream.Disposition.default.value if index == 1 else 0
        for (index, number), copy in copies.items():
            source = (second, first)[index]
            source.seek(0)
            for packet in source.demux(source.streams[number]):
                if packet.dts is not None:
                    packet.stream = copy
                    output.mux_one(packet)
    ready = prepared(VideoFile(path=both))
    assert "it has other streams (audio, video)" in ready.note
    with av.open(str(ready.path)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
    assert_click(ready.path, 0.25)


def test_nothing_stays_behind_when_it_is_cancelled(tmp_path: Path, folder: Path, limits: object) -> None:
    from lipsync.media.prepare import prepare_video
    from lipsync.media.prepared import Cancelled

    asked = iter(range(1000))
    path = make_clip(tmp_path / "clip.webm", frames=60, codec="libvpx-vp9")
    with pytest.raises(Cancelled):
        prepare_video(VideoFile(path=path), limits=limits, folder=folder, progress=lambda *_: None, cancelled=lambda: next(asked) > 5)
    assert list(folder.iterdir()) == []


def test_progress_counts_frames(tmp_path: Path, folder: Path, limits: object) -> None:
    from lipsync.media.prepare import prepare_video

    told: list[tuple[str, int, int]] = []
    path = make_clip(tmp_path / "clip.webm", codec="libvpx-vp9")
    prepare_video(VideoFile(path=path), limits=limits, folder=folder, progress=lambda *step: told.append(step), cancelled=lambda: False)
    assert told[-1] == ("Encoding the video", 25, 25)
