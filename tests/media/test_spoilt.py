"""Files that fuzzing has found: each told in a sentence, or made what its facts say."""

from __future__ import annotations

import os
import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest

from lipsync.errors import AboveSize, MediaRefused
from lipsync.media.decode import plan_decoding
from lipsync.media.prepare import survey_speech, survey_video
from lipsync.media.sources import AudioFile, VideoFile
from lipsync.media.wholeness import riff_chunks, riff_tags_fit
from tests.fuzz.seeds import SEEDS
from tests.fuzz.structure import parts_of
from tests.media.clips import make_clip, make_speech, read_frames, tone
from tests.media.conftest import Prepare

AGAIN = "Export it again, or choose another file."
JUMPS = f"is damaged: its timestamps jump. {AGAIN}"


def refusal(path: Path, limits: object, **trim: float) -> str:
    with pytest.raises(MediaRefused) as refused:
        survey_video(VideoFile(path=path, **trim), limits)
    return str(refused.value)


def changed(path: Path, old: bytes, new: bytes) -> Path:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


def test_a_picture_an_hour(tmp_path: Path, limits: object) -> None:
    path = make_clip(tmp_path / "a.mkv", frames=2, times=[Fraction(0), Fraction(3600)])
    assert refusal(path, limits) == f"a.mkv {JUMPS}"


def test_fragments_that_tell_of_more_frames_than_they_have_room_for(tmp_path: Path, limits: object) -> None:
    path = make_clip(tmp_path / "a.mp4", movflags="+frag_keyframe+empty_moov", options={"g": "5"})
    data = bytearray(path.read_bytes())
    data[data.rindex(b"trun") + 8] = 1  # sixteen million more
    path.write_bytes(data)
    assert refusal(path, limits) == f"a.mp4 is incomplete or cut short. {AGAIN}"


@pytest.mark.parametrize("delta", [600 * 12800 + 512, 3481147725])
def test_a_steady_picture_an_hour(tmp_path: Path, limits: object, delta: int) -> None:
    path = make_clip(tmp_path / "a.mp4")
    data = bytearray(path.read_bytes())
    at = data.index(b"stts") + 12
    data[at + 4 : at + 8] = struct.pack(">I", delta)
    path.write_bytes(data)
    assert refusal(path, limits) == f"a.mp4 {JUMPS}"


def test_a_clock_that_no_clock_can_show(tmp_path: Path, limits: object) -> None:
    path = make_clip(tmp_path / "a.ivf", frames=2, codec="libvpx-vp9")
    data = bytearray(path.read_bytes())
    second = 32 + 12 + struct.unpack_from("<I", data, 32)[0]
    data[second + 4 : second + 12] = struct.pack("<Q", 1 << 60)
    path.write_bytes(data)
    assert refusal(path, limits) == f"a.ivf {JUMPS}"


def test_trimmed_to_what_is_before_the_first_picture(tmp_path: Path, limits: object) -> None:
    path = make_clip(tmp_path / "a.mkv", frames=3, times=[Fraction(1), Fraction(11, 10), Fraction(2)], sound=tone(2.0))
    said = f"a.mkv shows nothing yet in the part that it is trimmed to. {AGAIN}"
    assert refusal(path, limits, start_s=0.1, duration_s=0.2) == said


@pytest.mark.parametrize("side", [16_000, 6_000])
def test_a_picture_of_gigabytes_in_a_few_bytes(tmp_path: Path, limits: object, side: int) -> None:
    path = make_clip(tmp_path / "a.gif", frames=3, codec="gif", pixel_format="rgb8", colour=None)
    changed(path, struct.pack("<HH", 128, 96), struct.pack("<HH", side, side))
    for look in (lambda: survey_video(VideoFile(path=path), limits), lambda: plan_decoding(VideoFile(path=path))):
        with pytest.raises(AboveSize) as refused:
            look()
        assert str(refused.value) == f"a.gif is too large: {side}x{side} pixels. Scale it down to 8192x4320 or less first."


def test_pixels_as_long_as_a_street_are_square(tmp_path: Path, limits: object) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=3, pixel_aspect=Fraction(100_000))
    assert survey_video(VideoFile(path=path), limits).width == 128


def test_a_picture_that_begins_in_the_middle_is_encoded(tmp_path: Path, prepared: Prepare) -> None:
    whole, middle = make_clip(tmp_path / "whole.mkv", options={"g": "12"}, b_frames=0), tmp_path / "middle.mkv"
    with av.open(str(whole)) as source, av.open(str(middle), "w") as target:
        copy = target.add_stream_from_template(source.streams.video[0])
        for count, packet in enumerate(source.demux(video=0)):
            if count >= 6 and packet.dts is not None:
                packet.stream = copy
                target.mux(packet)
    ready = prepared(VideoFile(path=middle))
    assert ready.note == "Encoded once to H.264: its first frames need others that are not there."
    assert len(read_frames(ready.path)) == ready.facts.frame_count == 13  # from the first that can be shown


def test_pictures_in_colours_that_do_not_exist(tmp_path: Path, limits: object, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "a.mkv", frames=3, codec="ffv1")
    changed(path, b"\x55\xb1\x81\x01", b"\x55\xb1\x81\xe8")
    with pytest.raises(MediaRefused, match=r"^a\.mkv is damaged: its pictures cannot be shown\. "):
        prepared(VideoFile(path=path))


def test_names_of_tags_are_legible(tmp_path: Path, prepared: Prepare) -> None:
    path = make_clip(tmp_path / "a.mkv", frames=3, tags={"co\x07mment": "a", "x" * 100: "b", "\x01": "c"})
    note = prepared(VideoFile(path=path)).note
    assert note.endswith(f"its tags stay here (COMMENT, {'X' * 40}..., unnamed)."), note


@pytest.mark.parametrize("rate", [1, 1 << 30])
def test_sound_of_a_rate_that_cannot_be(tmp_path: Path, limits: object, rate: int) -> None:
    path = make_speech(tmp_path / "a.wav")
    data = bytearray(path.read_bytes())
    data[24:28] = struct.pack("<I", rate)
    path.write_bytes(data)
    with pytest.raises(MediaRefused) as refused:
        survey_speech(AudioFile(path=path), limits)
    assert str(refused.value) == f"a.wav is damaged: its sound has a sample rate of {rate} Hz. {AGAIN}"


def test_sound_a_minute_apart(tmp_path: Path, limits: object, prepared: Prepare, folder: Path) -> None:
    """Each gap could be; all of them are hours of silence."""
    whole, path = make_clip(tmp_path / "whole.mkv", sound=tone(1.0), b_frames=0), tmp_path / "a.mkv"
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        copies = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        packets = [packet for packet in source.demux() if packet.size]
        sounds = [packet for packet in packets if packet.stream.type == "audio"]
        for count, packet in enumerate(sounds):
            packet.pts = packet.dts = round(count * 60 / packet.time_base)
        for packet in sorted(packets, key=lambda packet: packet.pts * packet.time_base):
            packet.stream = copies[packet.stream.index]
            target.mux(packet)
    with pytest.raises(MediaRefused) as refused:
        prepared(VideoFile(path=path))
    assert str(refused.value) == f"a.mkv is damaged: the timestamps of its sound jump. {AGAIN}"
    assert list(folder.iterdir()) == []


def test_sound_whose_packets_do_not_follow_each_other(tmp_path: Path, spoken: Prepare, folder: Path) -> None:
    path = make_speech(tmp_path / "a.ogg", codec="libopus", tags={"comment": "private"})
    data = path.read_bytes()
    page = parts_of(data)[2]  # the first one of sound
    path.write_bytes(data[: page.end] + data[page.start :])
    with pytest.raises(MediaRefused) as refused:
        spoken(AudioFile(path=path))
    assert str(refused.value) == f"a.ogg is damaged: it cannot be packed anew. {AGAIN}"
    assert list(folder.iterdir()) == []


def test_silence_is_no_row_of_chunks(tmp_path: Path) -> None:
    """As a recorder leaves it that was killed: a gigabyte, which would take a minute to walk through."""
    path = make_speech(tmp_path / "a.wav", seconds=0.1)
    data = path.read_bytes()
    told = data.index(b"data") + 4
    path.write_bytes(data[:told] + bytes(4))
    os.truncate(path, 1 << 30)
    assert riff_chunks(path) == {"fmt ", "LIST", "data", "\0\0\0\0"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_sound_that_is_no_sound(tmp_path: Path, limits: object, value: float) -> None:
    wave = tone(0.1)
    wave[:, 100] = value
    path = make_speech(tmp_path / "a.wav", codec="pcm_f32le", wave=wave)
    with pytest.raises(MediaRefused) as refused:
        survey_speech(AudioFile(path=path), limits)
    assert str(refused.value) == f"a.wav is damaged: its sound holds values that are no sound. {AGAIN}"


def test_tags_that_are_longer_than_their_file(tmp_path: Path, limits: object) -> None:
    """libav would make room for gigabytes before it looks."""
    path = make_speech(tmp_path / "a.wav")
    data = bytearray(path.read_bytes())
    for name in (b"LIST", b"ISFT"):
        at = data.index(name) + 4
        data[at : at + 4] = struct.pack("<I", 1_800_000_000)
    path.write_bytes(data)
    with pytest.raises(MediaRefused) as refused:
        survey_speech(AudioFile(path=path), limits)
    assert str(refused.value) == f"a.wav is incomplete or cut short. {AGAIN}"
    assert not riff_tags_fit(path)


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
@pytest.mark.parametrize("where", ["index", "rindex"], ids=["picture", "alpha"])
def test_alpha_of_gigabytes(tmp_path: Path, limits: object, codec: str, where: str) -> None:
    """libvpx would make room for it before it looks further."""
    path = tmp_path / "a.webm"
    SEEDS["vp8-alpha.webm" if codec == "libvpx" else "vp9-alpha.webm"](path)
    data, start = bytearray(path.read_bytes()), b"\x9d\x01\x2a" if codec == "libvpx" else b"\x49\x83\x42"
    at = getattr(data, where)(start) + len(start)
    data[at : at + 5] = b"\xff" * 5
    path.write_bytes(data)
    said = (
        "is damaged: one of its pictures claims to be larger than any",
        "has no picture that can be decoded",
    )  # where av 16 shows no alpha
    assert refusal(path, limits) in [f"a.webm {why}. {AGAIN}" for why in said]
