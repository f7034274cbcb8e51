"""`python -m lipsync.media`, as a shell sees it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from lipsync.media.__main__ import main
from lipsync.media.photo import write_photo
from tests.media import scenes
from tests.media.clips import clicks, first_click_s, make_clip, make_speech, number_of, numbered, read_frames, tone

ROOT = Path(__file__).parents[2]


def shell(source: Path, target: Path) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "lipsync.media", "prepare", str(source), str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


Prepare = Callable[[Path, Path], tuple[int, str, str]]


@pytest.fixture
def prepare(capfd: pytest.CaptureFixture[str]) -> Prepare:
    """The same in this process, which is quicker; what libraries write past Python is caught as well."""

    def run(source: Path, target: Path) -> tuple[int, str, str]:
        status = main(["prepare", str(source), str(target)])
        return status, *capfd.readouterr()

    return run


def test_from_a_real_shell(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.webm", codec="libvpx-vp9")
    assert shell(path, tmp_path / "out.mp4") == (0, "Encoded once to H.264: its picture is vp9.\n", "")
    spoilt = bytearray(path.read_bytes())
    spoilt[len(spoilt) // 3 : len(spoilt) // 2] = bytes(len(spoilt) // 2 - len(spoilt) // 3)
    path.write_bytes(spoilt)
    status, told, error = shell(path, tmp_path / "other.mp4")
    assert (status, told) == (2, "")
    assert error.startswith("clip.webm is ")
    assert error.endswith(". Export it again, or choose another file.\n")
    assert error.count("\n") == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clip.webm", "out.mp4"]


def test_one_line_on_what_was_done(tmp_path: Path, prepare: Prepare) -> None:
    right = make_clip(tmp_path / "right.mp4", sound=tone(1.0))
    assert prepare(right, tmp_path / "out.mp4") == (0, "The original file goes up, byte for byte.\n", "")
    assert (tmp_path / "out.mp4").read_bytes() == right.read_bytes()
    other = make_clip(tmp_path / "other.webm", codec="libvpx-vp9")
    assert prepare(other, tmp_path / "out.mp4") == (0, "Encoded once to H.264: its picture is vp9.\n", "")
    assert len(read_frames(tmp_path / "out.mp4")) == 25
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.webm", "out.mp4", "right.mp4"]


def test_speech_and_photos_by_the_ending_of_the_output(tmp_path: Path, prepare: Prepare) -> None:
    speech = make_speech(tmp_path / "speech.m4a", codec="aac")
    assert prepare(speech, tmp_path / "out.wav") == (0, "The speech goes up as 16-bit WAV.\n", "")
    image = numbered(5, 64, 48)
    write_photo(torch.from_numpy(image), tmp_path / "photo.png")
    assert prepare(tmp_path / "photo.png", tmp_path / "out.png") == (0, "The photo goes up as PNG, with its pixels as they are.\n", "")
    assert np.array_equal(read_frames(tmp_path / "out.png")[0], image)


def test_a_refusal_is_one_sentence_and_nothing_else(tmp_path: Path, prepare: Prepare) -> None:
    (tmp_path / "empty.mp4").touch()
    whole = make_clip(tmp_path / "whole.mp4", sound=tone(1.0)).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "notes.mp4").write_text("notes")
    again = "Export it again, or choose another file.\n"
    out = tmp_path / "out.mp4"
    assert prepare(tmp_path / "none.mp4", out) == (2, "", f"none.mp4 does not exist. {again}")
    assert prepare(tmp_path / "empty.mp4", out) == (2, "", f"empty.mp4 is empty. {again}")
    assert prepare(tmp_path / "cut.mp4", out) == (2, "", f"cut.mp4 is incomplete or cut short. {again}")
    assert prepare(tmp_path / "notes.mp4", out) == (2, "", f"notes.mp4 is not a video or sound file. {again}")
    assert prepare(make_speech(tmp_path / "speech.wav"), out) == (2, "", f"speech.wav has only sound. {again}")
    assert not out.exists()
    status, told, error = prepare(tmp_path / "whole.mp4", tmp_path / "none" / "out.mp4")
    assert (status, told) == (2, "")
    assert error.endswith("could not be written: No such file or directory. Make room there, or choose another folder.\n")
    assert error.count("\n") == 1


def test_frames_as_arrays(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = make_clip(tmp_path / "a.mp4", rate=Fraction(30000, 1001), sound=clicks(1.0))
    assert main(["decode", str(path), str(tmp_path / "out.npz")]) == 0
    assert capfd.readouterr().out == "25 frames of 128x96 at 29.97 frames a second, with sound.\n"
    with np.load(tmp_path / "out.npz") as film:
        assert set(film) == {"frames", "fps", "audio", "sample_rate"}
        assert (film["frames"].shape, film["frames"].dtype) == ((25, 96, 128, 3), np.uint8)
        assert [number_of(image) for image in film["frames"]] == list(range(25))
        assert (film["fps"].tolist(), film["fps"].dtype) == ([30000, 1001], np.int64)
        assert (film["audio"].shape[0], film["audio"].dtype, int(film["sample_rate"])) == (1, np.float32, 48000)
        assert first_click_s(film["audio"], 48000) == pytest.approx(0.25, abs=0.002)
    make_clip(tmp_path / "silent.mp4")
    assert main(["decode", str(tmp_path / "silent.mp4"), str(tmp_path / "silent.npz")]) == 0
    with np.load(tmp_path / "silent.npz") as film:
        assert set(film) == {"frames", "fps"}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.mp4", "out.npz", "silent.mp4", "silent.npz"]


def test_alpha_as_an_array(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pixels = np.full((48, 64, 4), 255, np.uint8)
    pixels[:, 32:, 3] = 0
    with av.open(str(tmp_path / "a.mov"), "w") as container:
        stream = container.add_stream("qtrle", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "argb"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format="argb")))
        container.mux(stream.encode(None))
    assert main(["decode", str(tmp_path / "a.mov"), str(tmp_path / "out.npz")]) == 0
    with np.load(tmp_path / "out.npz") as film:
        assert np.array_equal(film["alpha"][0], pixels[..., 3])
        assert np.array_equal(film["frames"][0], pixels[..., :3])


def test_what_cannot_be_decoded_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", str(make_speech(tmp_path / "speech.wav")), str(tmp_path / "out.npz")]) == 2
    assert capfd.readouterr().err == "speech.wav has only sound. Export it again, or choose another file.\n"
    assert not (tmp_path / "out.npz").exists()


def test_a_report(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_PLAN", "Scale")
    clip = make_clip(tmp_path / "clip.webm", frames=60, codec="libvpx-vp9", picture=scenes.cut)
    speech = make_speech(tmp_path / "speech.wav", seconds=3.0)
    assert main(["report", str(clip), "--speech", str(speech), "--sync-mode", "loop", "--model", "lipsync-2"]) == 0
    told = capfd.readouterr().out
    assert told.startswith("lipsync-2, Sync: a film of 3.00 s, 75 frames, about 0.12 USD (price list less 20% of plan Scale).\n")
    for part in ("loop starts the video again, with a jump at 2.4 s", "The picture cuts at 1.2 s", "below 480p", "its picture is vp9."):
        assert part in told
    assert main(["report", str(clip)]) == 0
    assert "There is no speech yet" in capfd.readouterr().out
    assert main(["report", str(clip), "--service", "Segmind", "--model", "sync-3"]) == 2
    assert capfd.readouterr().err.startswith("report: 'model' is 'sync-3'. Allowed: lipsync-2-pro, react-1 (the models of Segmind)")
    assert main(["report", str(speech)]) == 2
    assert capfd.readouterr().err == "speech.wav has only sound. Export it again, or choose another file.\n"
