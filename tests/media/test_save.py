"""Films on their way to the output folder."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from lipsync.errors import NotReadable, NotWritten
from lipsync.media.prepared import Cancelled
from lipsync.media.probe import probe
from lipsync.media.save import save_film
from lipsync.media.sources import Frames, Samples, VideoFile
from tests.media.clips import (
    clicks,
    first_click_s,
    frame_times,
    make_clip,
    number_of,
    numbered,
    read_frames,
    read_sound,
    set_display_matrix,
    tone,
)

TAGS = {"prompt": json.dumps({"1": {"class_type": "SyncLipSync"}}), "workflow": '{"nodes": ["ü"]}'}


def save(source: VideoFile | Frames, target: Path, *, sound: Samples | None = None, tags: dict[str, str] | None = None) -> str:
    return save_film(source, sound=sound, target=target, tags=tags or {}, progress=lambda *_: None, cancelled=lambda: False)


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_unchanged_bytes_stay_unchanged(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", sound=tone(1.0), tags={"workflow": "{}"})
    target = tmp_path / "output" / "saved.mp4"
    assert save(VideoFile(path=path), target) == "The film is saved byte for byte."
    assert target.read_bytes() == path.read_bytes()
    assert [file.name for file in target.parent.iterdir()] == ["saved.mp4"]
    assert save(VideoFile(path=path), target) == "The film is saved byte for byte."
    assert [file.name for file in target.parent.iterdir()] == ["saved.mp4"]


def test_a_linked_film_is_saved_as_a_film(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4")
    link = tmp_path / "input" / "link.mp4"
    link.parent.mkdir()
    try:
        link.symlink_to(Path("..", "a.mp4"))
    except OSError:
        pytest.skip("this system does not let us make links")
    target = tmp_path / "output" / "video" / "saved.mp4"
    assert save(VideoFile(path=link), target) == "The film is saved byte for byte."
    assert (target.is_symlink(), target.read_bytes()) == (False, path.read_bytes())


def test_tags_are_added_without_touching_picture_or_sound(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", sound=clicks(1.0), tags={"comment": "mine"})
    target = tmp_path / "saved.mp4"
    assert save(VideoFile(path=path), target, tags=TAGS) == "The picture is saved as it was."
    assert packets(target) == packets(path)
    assert frame_times(target) == [Fraction(i, 25) for i in range(25)]
    assert np.array_equal(read_sound(target)[0], read_sound(path)[0])
    with av.open(str(target)) as container:
        assert container.metadata["prompt"] == TAGS["prompt"]
        assert container.metadata["workflow"] == TAGS["workflow"]
        assert container.metadata["comment"] == "mine"


def test_new_sound_replaces_the_old_and_the_picture_stays(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", sound=tone(1.0))
    target = tmp_path / "saved.mp4"
    sound = Samples(waveform=torch.from_numpy(clicks(2.0)), sample_rate=48000)
    assert save(VideoFile(path=path), target, sound=sound) == "The picture is saved as it was, with new sound cut to its length."
    assert packets(target) == packets(path)
    wave, rate, start_s = read_sound(target)
    assert (start_s, first_click_s(wave, rate)) == (0, pytest.approx(0.25, abs=0.001))
    assert wave.shape[1] == pytest.approx(rate, abs=1024)


def test_a_turned_picture_stays_as_it_is_stored(tmp_path: Path) -> None:
    path = set_display_matrix(make_clip(tmp_path / "a.mp4"), (0, 1, -1, 0))
    target = tmp_path / "saved.mp4"
    save(VideoFile(path=path), target, tags=TAGS)
    assert packets(target) == packets(path)
    assert probe(target).picture.orientation == probe(path).picture.orientation


def test_wide_pixels_stay_wide(tmp_path: Path) -> None:
    """VP9 leaves it to its container to tell."""
    path = make_clip(tmp_path / "a.mp4", frames=3, codec="libvpx-vp9", pixel_aspect=Fraction(4, 3))
    assert save(VideoFile(path=path), tmp_path / "saved.mp4", tags=TAGS) == "The picture is saved as it was."
    assert packets(tmp_path / "saved.mp4") == packets(path)
    assert probe(tmp_path / "saved.mp4").picture.shown_size == probe(path).picture.shown_size == (171, 96)


def test_a_varying_rate_stays(tmp_path: Path) -> None:
    times = [Fraction(i, 30) for i in range(15)] + [Fraction(1, 2) + Fraction(i, 15) for i in range(10)]
    path = make_clip(tmp_path / "a.mkv", times=times, sound=clicks(1.2))
    target = tmp_path / "saved.mp4"
    save(VideoFile(path=path), target, tags=TAGS)
    assert packets(target) == packets(path)
    assert [float(time) for time in frame_times(target)] == pytest.approx([float(time) for time in times], abs=0.001)
    assert first_click_s(*read_sound(target)[:2]) == pytest.approx(0.25, abs=0.002)


def test_a_trimmed_film_is_encoded_once(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=50, sound=clicks(2.0))
    target = tmp_path / "saved.mp4"
    assert save(VideoFile(path=path, start_s=0.4, duration_s=0.8), target) == "The picture is encoded to H.264."
    assert [number_of(image) for image in read_frames(target)] == list(range(10, 30))
    assert first_click_s(*read_sound(target)[:2]) == pytest.approx(0.35, abs=0.002)


def test_frames_and_their_sound(tmp_path: Path) -> None:
    images = torch.from_numpy(np.stack([numbered(i, 128, 64) for i in range(25)])).float() / 255
    target = tmp_path / "saved.mp4"
    frames = Frames(images=images, frame_rate=Fraction(25), waveform=torch.from_numpy(tone(1.0)), sample_rate=48000)
    assert save(frames, target, tags=TAGS) == "Frames encoded to H.264."
    assert [number_of(image) for image in read_frames(target)] == list(range(25))
    with av.open(str(target)) as container:
        assert container.metadata["prompt"] == TAGS["prompt"]
    save(frames, target, sound=Samples(waveform=torch.from_numpy(clicks(1.0)), sample_rate=48000))
    assert first_click_s(*read_sound(target)[:2]) == pytest.approx(0.25, abs=0.001)


def test_alpha_that_no_mp4_can_hold_is_flattened_and_said(tmp_path: Path) -> None:
    """VP9 keeps it beside its packets, and what is transparent has a colour too."""
    path = tmp_path / "sticker.webm"
    rgba = np.full((64, 64, 4), 200, np.uint8)
    rgba[:, :32, 3], rgba[:, 32:, 3] = 0, 255
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuva420p"
        stream.metadata["alpha_mode"] = "1"
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format="yuva420p")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert save(VideoFile(path=path), tmp_path / "a.mp4") == "The picture is encoded to H.264, alpha flattened over black."
    image = read_frames(tmp_path / "a.mp4")[1].astype(int)
    assert image[:, :28].max() <= 6
    assert np.abs(image[:, 36:] - 200).max() <= 6


def test_what_was_there_survives_a_failure(tmp_path: Path) -> None:
    target = tmp_path / "saved.mp4"
    target.write_bytes(b"precious")
    (tmp_path / "broken.mp4").write_bytes(b"nothing")
    with pytest.raises(NotReadable):
        save(VideoFile(path=tmp_path / "broken.mp4"), target)
    frames = Frames(images=torch.zeros(10, 64, 64, 3), frame_rate=Fraction(25))
    with pytest.raises(Cancelled):
        save_film(frames, sound=None, target=target, tags={}, progress=lambda *_: None, cancelled=lambda: True)
    assert target.read_bytes() == b"precious"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["broken.mp4", "saved.mp4"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = make_clip(tmp_path / "a.mp4")
    with pytest.raises(NotWritten, match=r"^saved.mp4 could not be written: .+\. Make room there, or choose another folder\.$"):
        save(VideoFile(path=path), tmp_path / "file" / "saved.mp4")
