"""SyncSaveVideo in the stand-in host: the formats, the mask, and what is refused before anything is written."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

from tests.comfyui_host import Run
from tests.media.clips import clicks, first_click_s, make_clip, number_of, numbered
from tests.nodes.conftest import Canvas

MASK = torch.linspace(0, 1, 128).expand(96, -1)


def images(count: int = 10) -> torch.Tensor:
    return torch.from_numpy(np.stack([numbered(index, 128, 96) for index in range(count)])).float() / 255


def saved(canvas: Canvas, film: object, *, mask: torch.Tensor | None = None, audio: object = None, **widgets: Any) -> Run:
    """`film` (an IMAGE or the name of an input file) through SyncSaveVideo and SyncFrames."""
    given = {name: canvas.given(name, value) for name, value in (("images", film), ("mask", mask), ("audio", audio)) if value is not None}
    wires = {name: [name, 0] for name in ("mask", "audio") if name in given}
    if isinstance(film, str):
        given["images"] = {"class_type": "SyncLoadVideo", "inputs": {"file": film}}
    prompt = given | {
        "save": {"class_type": "SyncSaveVideo", "inputs": {"video": ["images", 0], **wires, **widgets}},
        "frames": {"class_type": "SyncFrames", "inputs": {"video": ["save", 0]}},
        "show": {"class_type": "PreviewAny", "inputs": {"source": ["frames", 2]}},
    }
    return canvas.host.run(prompt)


def test_a_mask_comes_back_as_the_mask(canvas: Canvas) -> None:
    sound = {"waveform": torch.from_numpy(clicks(1.0))[None], "sample_rate": 44100}
    run = saved(canvas, images(), mask=MASK[None], audio=sound, frame_rate=23.976, format="ProRes 4444")
    assert run.errors == {}
    pictures, audio, frame_rate, mask = run.outputs["frames"]
    assert [number_of(image.numpy() * 255) for image in pictures] == list(range(10))
    assert frame_rate == 24000 / 1001
    assert float((pictures - images()).abs().mean()) * 255 < 1
    assert mask.shape == (10, 96, 128)
    assert float((mask - MASK).abs().max()) < 1 / 255
    assert (float(mask.min()), audio["sample_rate"]) == (0, 44100)
    samples = audio["waveform"].shape[2]
    assert samples == round(10 * 1001 / 24000 * 44100)
    assert float((audio["waveform"] - sound["waveform"][..., :samples]).abs().max()) <= 2**-23
    assert canvas.files("output") == ["video/lipsync_00001_.mov"]
    with av.open(str(canvas.base / "output/video/lipsync_00001_.mov")) as container:
        assert json.loads(container.metadata["prompt"])["save"]["class_type"] == "SyncSaveVideo"


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(15000, 1001)])
def test_a_broken_rate_survives_core_s_create_video(canvas: Canvas, rate: Fraction) -> None:
    """It comes as a float from SyncFrames, and as all the digits of that float from core's node: more than libav's numbers hold."""
    sound = {"waveform": torch.from_numpy(clicks(1.0))[None].requires_grad_(), "sample_rate": 48000}
    made = {"class_type": "CreateVideo", "inputs": {"images": ["images", 0], "fps": float(rate), "audio": ["sound", 0]}}
    given = {"images": canvas.given("images", images()), "sound": canvas.given("sound", sound), "made": made}
    run = canvas.host.run({**given, "save": {"class_type": "SyncSaveVideo", "inputs": {"video": ["made", 0]}}})
    assert run.errors == {}
    with av.open(str(canvas.base / "output/video/lipsync_00001_.mp4")) as container:
        assert (container.streams.video[0].average_rate, container.streams.video[0].frames) == (rate, 10)


def test_browsers_are_shown_the_first_frame(canvas: Canvas) -> None:
    run = saved(canvas, images(), frame_rate=25.0, format="ProRes 422")
    assert run.ui["save"]["images"] == [{"filename": "preview.png", "subfolder": "", "type": "temp"}]
    assert run.ui["save"]["video"] == [{"filename": "lipsync_00001_.mov", "subfolder": "video", "type": "output"}]
    assert run.texts["save"][-1] == (
        "Saved lipsync_00001_.mov: Frames encoded to ProRes 422 HQ. Browsers cannot play ProRes: this is its first frame."
    )


def test_names_go_on_whatever_the_ending(canvas: Canvas) -> None:
    make_clip(canvas.base / "input" / "clip.mp4")
    for film_format in ("MP4", "ProRes 422", "ProRes 4444", "MP4"):
        assert saved(canvas, "clip.mp4", format=film_format).errors == {}
    assert [Path(name).name for name in canvas.files("output")] == [
        f"lipsync_0000{i}_.{end}" for i, end in enumerate(("mp4", "mov", "mov", "mp4"), 1)
    ]


@pytest.mark.parametrize("film_format", ["MP4", "ProRes 422"])
def test_a_mask_that_the_format_cannot_keep_is_refused(canvas: Canvas, film_format: str) -> None:
    run = saved(canvas, images(), mask=MASK[None], frame_rate=25.0, format=film_format)
    assert run.errors["save"] == (
        f"Save Video (Sync): 'format' is '{film_format}'. Allowed: ProRes 4444, as a mask is connected: no other keeps one."
    )
    assert canvas.files("output") == []


def test_a_mask_of_another_size_is_refused(canvas: Canvas) -> None:
    run = saved(canvas, images(), mask=torch.zeros(1, 64, 64), frame_rate=25.0, format="ProRes 4444")
    assert run.errors["save"] == (
        "The mask does not fit: it is 64x64, and the video 128x96. "
        "Connect one mask for all frames, or one for each, of the size of the frames."
    )
    assert canvas.files("output") == []


def test_a_format_that_is_none_is_refused(canvas: Canvas) -> None:
    """ComfyUI does not check what comes over a wire."""
    run = canvas.host.run(
        {
            "images": canvas.given("images", images()),
            "format": canvas.given("format", "ProRes"),
            "save": {"class_type": "SyncSaveVideo", "inputs": {"video": ["images", 0], "frame_rate": 25.0, "format": ["format", 0]}},
        }
    )
    assert run.errors["save"] == "Save Video (Sync): 'format' is 'ProRes'. Allowed: MP4, ProRes 422, ProRes 4444."


def test_what_is_prores_already_is_not_encoded_again(canvas: Canvas) -> None:
    make_clip(canvas.base / "input" / "clip.mov", codec="prores_aw", pixel_format="yuv422p10le", sound=clicks(1.0), sound_codec="pcm_s16le")
    run = saved(canvas, "clip.mov", format="ProRes 422")
    assert run.texts["save"][-1].startswith("Saved lipsync_00001_.mov: The picture is saved as it was. ")
    assert first_click_s(run.outputs["frames"][1]["waveform"][0].numpy(), 48000) == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize("prefix", ["file/film", "x/" + "n" * 300])
def test_a_place_where_nothing_can_lie_is_told(canvas: Canvas, prefix: str) -> None:
    (canvas.base / "output/file").write_bytes(b"")
    run = saved(canvas, images(), frame_rate=25.0, filename_prefix=prefix)
    assert re.fullmatch(rf"{prefix} could not be written: [A-Z][\w ]+\. Make room there, or choose another folder\.", run.errors["save"])
    assert canvas.files("output") == ["file"]


@pytest.mark.parametrize("audio", [{}, {"waveform": torch.zeros(1, 1, 9)}, {"waveform": None, "sample_rate": 48000}, ["x"]])
def test_an_audio_that_is_none_is_told(canvas: Canvas, audio: object) -> None:
    run = saved(canvas, images(), audio=audio, frame_rate=25.0)
    assert run.errors["save"].startswith("Save Video (Sync): 'audio' is '")
    assert canvas.files("output") == []
