"""Video files on their way up: untouched where they are right, else packed anew, else one good encode. Judged by decoding."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lipsync.media.probe import probe
from lipsync.media.sources import VideoFile

from .clips import clicks, first_click_s, frame_times, make_clip, number_of, read_frames, read_sound, set_display_matrix, tone
from .conftest import Prepare

UNTOUCHED = "The original file goes up, byte for byte."
COUNT = 25
RED, BLUE = (200, 60, 60), (60, 60, 200)


def numbers(path: Path) -> list[int]:
    return [number_of(image) for image in read_frames(path)]


def assert_film(path: Path, rate: Fraction | int = 25, *, count: int = COUNT) -> None:
    """Every frame once, at its exact time, in true colours, in a file that needs nothing more."""
    assert numbers(path) == list(range(count))
    assert frame_times(path) == [Fraction(index) / rate for index in range(count)]
    assert_colours(path)
    with av.open(str(path)) as container:
        assert set(container.metadata) <= {"major_brand", "minor_version", "compatible_brands"}
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == rate
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def assert_colours(path: Path, tolerance: int = 5) -> None:
    image = read_frames(path)[0].astype(int)
    height, width = image.shape[:2]
    for x, colour in ((width // 4, RED), (width * 3 // 4, BLUE)):
        assert np.abs(image[height * 3 // 4, x] - colour).max() <= tolerance


def assert_click(path: Path, at_s: float) -> None:
    wave, rate, start_s = read_sound(path)
    assert start_s == pytest.approx(0, abs=0.001)
    assert first_click_s(wave, rate) == pytest.approx(at_s, abs=0.002)


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


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


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


MATRICES = {
    "quarter": ((0, 1, -1, 0), lambda image: np.rot90(image, -1)),
    "half": ((-1, 0, 0, -1), lambda image: np.rot90(image, 2)),
    "three quarters": ((0, -1, 1, 0), lambda image: np.rot90(image, 1)),
    "mirror": ((-1, 0, 0, 1), lambda image: image[:, ::-1]),
    "upside down mirror": ((1, 0, 0, -1), lambda image: image[::-1]),
    "transposed": ((0, 1, 1, 0), lambda image: image.transpose(1, 0, 2)),
    "anti-transposed": ((0, -1, -1, 0), lambda image: np.rot90(image, 2).transpose(1, 0, 2)),
}


@pytest.mark.parametrize("turn", MATRICES)
def test_pictures_stored_turned_or_mirrored_become_upright(tmp_path: Path, prepared: Prepare, turn: str) -> None:
    matrix, expected = MATRICES[turn]
    path = set_display_matrix(make_clip(tmp_path / "clip.mp4", frames=3, sound=tone(0.12)), matrix)
    ready = prepared(VideoFile(path=path))
    mirrored = matrix[0] * matrix[3] - matrix[1] * matrix[2] < 0
    assert ready.note == f"Encoded once to H.264: it is stored {'mirrored' if mirrored else 'turned'}."
    stored, shown = read_frames(path), read_frames(ready.path)
    assert len(shown) == 3
    assert (ready.facts.width, ready.facts.height) == shown[0].shape[1::-1] == expected(stored[0]).shape[1::-1]
    assert np.abs(shown[1].astype(int) - expected(stored[1])).mean() < 2
    assert probe(ready.path).picture.orientation.upright


def test_an_odd_size_is_padded_with_its_edge(tmp_path: Path, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "clip.mkv", width=129, height=97, pixel_format="yuv444p")
    ready = prepared(VideoFile(path=path))
    assert "its size 129x97 is odd, which becomes 130x98" in ready.note
    assert (ready.facts.width, ready.facts.height) == (130, 98)
    assert_film(ready.path)
    shown, stored = read_frames(ready.path)[0].astype(int), read_frames(path)[0].astype(int)
    assert shown.shape == (98, 130, 3)
    assert np.abs(shown[:97, :129] - stored).mean() < 2
    assert np.abs(shown[:, 129] - shown[:, 128]).mean() < 3
    assert np.abs(shown[97] - shown[96]).mean() < 3


def test_pixels_become_square(tmp_path: Path, prepared: Prepare) -> None:
    ready = prepared(VideoFile(path=make_clip(tmp_path / "clip.mp4", pixel_aspect=Fraction(4, 3), width=96)))
    assert ready.note == "Encoded once to H.264: its pixels are not square."
    assert (ready.facts.width, ready.facts.height) == (128, 96)
    assert_film(ready.path)
    assert probe(ready.path).picture.pixel_aspect == 1


def test_a_varying_rate_becomes_constant_and_every_frame_keeps_its_time(tmp_path: Path, prepared: Prepare) -> None:
    times = [Fraction(i, 30) for i in range(30)] + [1 + Fraction(i, 15) for i in range(15)]
    path = make_clip(tmp_path / "clip.mp4", frames=45, times=times, sound=clicks(2.0))
    ready = prepared(VideoFile(path=path))
    assert ready.note == "Encoded once to H.264: its frame rate varies, which becomes 30."
    assert (ready.facts.frame_rate, ready.facts.frame_count) == (30, 59)
    shown = numbers(ready.path)
    assert shown == [*range(30), *(30 + i // 2 for i in range(29))]  # the file shows its last frame for one thirtieth
    assert frame_times(ready.path) == [Fraction(i, 30) for i in range(59)]
    assert_click(ready.path, 0.25)


def test_a_gap_is_held(tmp_path: Path, prepared: Prepare) -> None:
    times = [Fraction(i, 25) for i in range(10)] + [1 + Fraction(i, 25) for i in range(10)]
    ready = prepared(VideoFile(path=make_clip(tmp_path / "clip.mkv", frames=20, times=times)))
    assert numbers(ready.path) == [*range(10), *[9] * 15, *range(10, 20)]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
@pytest.mark.parametrize(
    ("start_s", "duration_s", "first", "last"),
    [(0.4, 0, 10, 99), (0.4, 1.2, 10, 39), (0, 0.2, 0, 4), (-0.8, 0, 80, 99), (-0.8, 0.4, 80, 89), (3.6, 0.2, 90, 94)],
)
def test_a_trim_is_exact(tmp_path: Path, prepared: Prepare, name: str, start_s: float, duration_s: float, first: int, last: int) -> None:
    """Every 12th frame is a key frame, so most cuts fall between; the sound is noise, of which every part is unlike the rest."""
    noise = np.random.default_rng(7).normal(0, 0.15, (1, 4 * 48000)).astype(np.float32)
    options = {"g": "12"}
    codec = {"sound_codec": "pcm_s16le"} if name == "clip.mkv" else {}
    path = make_clip(tmp_path / name, frames=100, sound=noise, options=options, **codec)
    ready = prepared(VideoFile(path=path, start_s=start_s, duration_s=duration_s))
    assert "it is trimmed" in ready.note
    assert numbers(ready.path) == list(range(first, last + 1))
    assert frame_times(ready.path)[0] == 0
    assert ready.facts.frame_count == last + 1 - first
    wave, rate, at_s = read_sound(ready.path)
    assert at_s == pytest.approx(0, abs=1e-4)
    heard = wave[0, 1024 : round((last + 1 - first) / 25 * rate) - 1024]
    found = np.fft.irfft(np.fft.rfft(noise[0]) * np.conj(np.fft.rfft(heard, noise.shape[1]))).argmax()
    assert abs(int(found) - 1024 - first * rate // 25) <= 1
    assert wave.shape[1] == pytest.approx((last + 1 - first) / 25 * rate, abs=2048)


@pytest.mark.parametrize(
    ("colour", "size"),
    [((1, 1, 1, 1), (128, 96)), ((1, 6, 6, 6), (128, 96)), ((1, 5, 5, 6), (128, 96)), (None, (128, 96)), ((2, 1, 1, 1), (128, 96))],
)
def test_colours_are_true_whatever_the_tags(
    tmp_path: Path, prepared: Prepare, colour: tuple[int, ...] | None, size: tuple[int, int]
) -> None:
    path = make_clip(tmp_path / "clip.mp4", frames=8, width=size[0], height=size[1], colour=colour)
    ready = prepared(VideoFile(path=path, duration_s=0.2))  # trimmed, so that it must be encoded
    assert_colours(ready.path)
    picture = probe(ready.path).picture
    assert (picture.colour.matrix, picture.colour.primaries, picture.colour.transfer) == (1, 1, 1)
    assert not picture.colour.full_range


def test_hdr_becomes_sdr(tmp_path: Path, prepared: Prepare) -> None:
    """A grey of PQ signal 0.58 is 203 nits, the white of SDR; 0.42 is about 44 nits, half way down to a screen's eye."""

    def greys(_: int, width: int, height: int) -> np.ndarray:
        image = np.zeros((height, width, 3), np.uint8)
        image[:, : width // 2] = round(0.58 * 255)
        image[:, width // 2 :] = round(0.42 * 255)
        return image

    options = {"x265-params": "log-level=none"}
    path = make_clip(
        tmp_path / "clip.mkv", frames=3, codec="libx265", pixel_format="yuv420p10le", colour=(1, 9, 9, 16), picture=greys, options=options
    )
    ready = prepared(VideoFile(path=path))
    assert "it is HDR10, which becomes SDR" in ready.note
    image = read_frames(ready.path)[0].astype(int)
    white, grey = image[48, 32], image[48, 96]
    assert white.min() > 225
    assert grey.mean() == pytest.approx(255 * (44 / 203) ** (1 / 2.4), abs=10)
    assert np.ptp(white) <= 3
    assert np.ptp(grey) <= 3


def test_alpha_is_flattened_over_black(tmp_path: Path, prepared: Prepare) -> None:
    path = tmp_path / "clip.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("prores_ks", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuva444p10le"
        rgba = np.full((64, 64, 4), 200, np.uint8)
        rgba[:, :32, 3], rgba[:, 32:, 3] = 0, 255
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format="yuva444p10le")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    ready = prepared(VideoFile(path=path))
    assert "it has an alpha channel, which is flattened over black" in ready.note
    image = read_frames(ready.path)[0].astype(int)
    assert image[:, :28].max() <= 6
    assert np.abs(image[:, 36:] - 200).max() <= 6


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
