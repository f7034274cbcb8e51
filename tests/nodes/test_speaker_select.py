"""SyncSpeakerSelect in the stand-in host: the choice, its picture, and what is refused before money moves."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lipsync.media.marks import BRIGHT
from tests.comfyui_host import Run
from tests.comfyui_host.modules import ExecutionBlocker
from tests.media.clips import make_clip, number_of, set_display_matrix
from tests.nodes.conftest import Canvas
from tests.support.sandbox_process import SandboxProcess

SIZE = (256, 192)


def box(x: int, y: int = 100, size: int = 40) -> dict[str, Any]:
    return {"x": x, "y": y, "width": size, "height": size}


def selected(canvas: Canvas, *, given: dict[str, Any] | None = None, clip: bool = True, **inputs: Any) -> Run:
    """The clip of the input folder, and `given` by wire, through SyncSpeakerSelect."""
    prompt = {
        "load": {"class_type": "SyncLoadVideo", "inputs": {"file": "clip.mp4"}},
        **{name: canvas.given(name, value) for name, value in (given or {}).items()},
        "select": {"class_type": "SyncSpeakerSelect", "inputs": {**inputs, **{name: [name, 0] for name in given or {}}}},
        "show": {"class_type": "PreviewAny", "inputs": {"source": ["select", 0]}},
    }
    if clip:
        prompt["select"]["inputs"].setdefault("video", ["load", 0])
        make_clip(canvas.base / "input" / "clip.mp4", frames=10, width=SIZE[0], height=SIZE[1])
    return canvas.host.run(prompt if clip else {key: node for key, node in prompt.items() if key != "load"})


def is_marked(preview: torch.Tensor, x: int, y: int) -> bool:
    return (preview[0, y, x] * 255).round().int().tolist() == list(BRIGHT)


def test_a_point_on_a_frame_and_the_frame_with_its_mark(canvas: Canvas) -> None:
    run = selected(canvas, mode="point", frame_number=7, x=180, y=150, name=" Anna ")
    assert run.errors == {}
    speaker, preview = run.outputs["select"]
    assert speaker.active_speaker_detection() == {"frame_number": 7, "coordinates": [180, 150]}
    assert speaker.name == "Anna"
    assert preview.shape == (1, SIZE[1], SIZE[0], 3)
    assert number_of(preview[0].numpy() * 255) == 7
    assert is_marked(preview, 180, 150)
    assert not is_marked(preview, 20, 20)
    assert run.ui["select"]["images"]
    assert run.texts["select"] == ["The face at 180, 150 of frame 7."]


def test_pixels_are_those_of_the_upright_picture(canvas: Canvas) -> None:
    set_display_matrix(make_clip(canvas.base / "input" / "turned.mp4", frames=5, width=256, height=192), (0, 1, -1, 0))
    run = canvas.host.run(
        {
            "load": {"class_type": "SyncLoadVideo", "inputs": {"file": "turned.mp4"}},
            "select": {"class_type": "SyncSpeakerSelect", "inputs": {"video": ["load", 0], "mode": "point", "x": 150, "y": 230}},
            "show": {"class_type": "PreviewAny", "inputs": {"source": ["select", 0]}},
        }
    )
    assert run.errors == {}
    assert run.outputs["select"][1].shape == (1, 256, 192, 3)
    assert is_marked(run.outputs["select"][1], 150, 230)


def test_auto(canvas: Canvas) -> None:
    run = selected(canvas, mode="auto", frame_number=99, given={"boxes": box(10)})
    speaker, preview = run.outputs["select"]
    assert speaker.active_speaker_detection() == {"auto_detect": True}
    assert number_of(preview[0].numpy() * 255) == 9
    assert run.texts["select"] == [
        "The service finds out who speaks. What is connected as boxes or mask is not used: for that, mode must be boxes."
    ]


def test_boxes_of_a_detector(canvas: Canvas) -> None:
    run = selected(canvas, mode="boxes", given={"boxes": [[], [], *[[box(20 + 4 * step)] for step in range(8)]]})
    speaker, preview = run.outputs["select"]
    assert speaker.bounding_boxes[:4] == (None, None, (20, 100, 60, 140), (24, 100, 64, 140))
    assert number_of(preview[0].numpy() * 255) == 2
    assert is_marked(preview, 20, 120)
    assert is_marked(preview, 59, 120)
    assert not is_marked(preview, 40, 120)
    assert run.texts["select"] == ["The face in the box, in 8 of 10 frames."]


def test_a_mask(canvas: Canvas) -> None:
    mask = torch.zeros(1, SIZE[1], SIZE[0])
    mask[0, 100:140, 20:60] = 1
    run = selected(canvas, mode="boxes", given={"mask": mask})
    assert run.outputs["select"][0].bounding_boxes == ((20, 100, 60, 140),) * 10


def test_the_box_under_the_point_is_followed(canvas: Canvas) -> None:
    boxes = [[box(10 + 5 * step), box(200 - 2 * step)][:: -1 if step % 2 else 1] for step in range(10)]
    run = selected(canvas, mode="boxes", follow=True, frame_number=5, x=195, y=110, given={"boxes": boxes})
    speaker, preview = run.outputs["select"]
    assert speaker.bounding_boxes == tuple((200 - 2 * step, 100, 240 - 2 * step, 140) for step in range(10))
    assert number_of(preview[0].numpy() * 255) == 5


def test_without_a_video_there_is_no_picture(canvas: Canvas) -> None:
    run = selected(canvas, clip=False, mode="point", frame_number=3, x=5, y=6)
    assert run.outputs["select"][0].coordinates == (5, 6)
    assert isinstance(run.outputs["select"][1], ExecutionBlocker)


TITLE = "Select Speaker (Sync)"
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a point outside": (
        {"mode": "point", "x": 256, "y": 10},
        f"{TITLE}: 'x, y' is '256, 10'. Allowed: a point inside the picture of 256x192 pixels.",
    ),
    "a frame past the end": ({"mode": "point", "frame_number": 10}, "The video has no frame 10: it has 10. Choose one from 0 to 9."),
    "boxes for other frames": (
        {"mode": "boxes", "given": {"boxes": [[box(10)]] * 9}},
        f"{TITLE}: 'boxes' is 'boxes for 9 frames'. Allowed: boxes for one frame, or for all 10 frames of the video.",
    ),
    "no box under the point": (
        {"mode": "boxes", "follow": True, "frame_number": 2, "x": 1, "y": 1, "given": {"boxes": [[box(10)]] * 10}},
        f"{TITLE}: 'boxes' is 'no box under the point 1, 1 of frame 2'. Allowed: a point inside a box of that frame.",
    ),
    "several boxes": (
        {"mode": "boxes", "given": {"boxes": [[box(10), box(90)]] * 10}},
        f"{TITLE}: 'boxes' is '2 boxes in frame 0'. Allowed: one box per frame; or turn 'follow' on and put the point on the speaker.",
    ),
    "no boxes": ({"mode": "boxes"}, f"{TITLE}: 'boxes' is empty. Allowed: either boxes or a mask, when mode is boxes."),
    "boxes and a mask": (
        {"mode": "boxes", "given": {"boxes": box(10), "mask": torch.ones(1, 192, 256)}},
        f"{TITLE}: 'boxes' is 'boxes and a mask'. Allowed: either boxes or a mask, when mode is boxes.",
    ),
    "a mask of another size": (
        {"mode": "boxes", "given": {"mask": torch.ones(1, 64, 64)}},
        f"{TITLE}: 'boxes' is 'a mask of 64x64 pixels'. Allowed: a mask of the picture's size, 256x192.",
    ),
    "an empty mask": (
        {"mode": "boxes", "given": {"mask": torch.zeros(1, 192, 256)}},
        f"{TITLE}: 'boxes' is 'no box in any frame'. Allowed: a box in at least one frame.",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str, canvas: Canvas) -> None:
    inputs, sentence = BAD[name]
    assert selected(canvas, **inputs).errors["select"] == sentence


def ordered(canvas: Canvas, *, order: dict[str, Any] | None = None, **inputs: Any) -> Run:
    """A speaker chosen without seeing the clip, so that the order itself has to notice."""
    nodes = {name: canvas.given(name, inputs.pop(name)) for name in ("boxes", "photo") if name in inputs}
    wires = {"boxes": ["boxes", 0]} if "boxes" in nodes else {}
    nodes["select"] = {"class_type": "SyncSpeakerSelect", "inputs": {**inputs, **wires}}
    return canvas.lip_sync(speaker=["select", 0], nodes=nodes, **(order or {}))


def test_the_choice_reaches_the_wire(canvas: Canvas, sandbox: SandboxProcess) -> None:
    assert ordered(canvas, mode="point", frame_number=12, x=100, y=120).errors == {}
    speaker = sandbox.ledger()[-1]["body"]["options"]["active_speaker_detection"]
    assert speaker == {"frame_number": 12, "coordinates": [100, 120]}
    assert ordered(canvas, mode="boxes", boxes=[[box(10)]] * 50 + [[]] * 50).errors == {}
    boxes = sandbox.ledger()[-1]["body"]["options"]["active_speaker_detection"]["bounding_boxes"]
    assert boxes == [[10, 100, 50, 140]] * 50 + [None] * 50


PHOTO = {"video": ["photo", 0]}


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"mode": "point", "x": 600, "y": 0}, "'speaker' is 'the point 600, 0'. Allowed: a point inside the picture of 512x512 pixels."),
        (
            {"mode": "point", "frame_number": 100},
            "'speaker' is 'a point on frame 100'. Allowed: a frame from 0 to 99, as the video has 100.",
        ),
        (
            {"mode": "boxes", "boxes": box(10)},
            "'speaker' is 'boxes for 1 frame'. Allowed: one for each frame of the video, which has 100; connect it to Select Speaker too.",
        ),
        (
            {"mode": "auto", "photo": torch.rand(1, 64, 64, 3), "order": PHOTO},
            "'speaker' is 'auto_detect'. Allowed: a point on frame 0 for a photo, in which no face is looked for; or no speaker at all.",
        ),
        (
            {"mode": "point", "frame_number": 1, "photo": torch.rand(1, 64, 64, 3), "order": PHOTO},
            "'speaker' is 'frame 1'. Allowed: frame 0, as a photo has only one.",
        ),
        (
            {"mode": "point", "x": 64, "photo": torch.rand(1, 64, 64, 3), "order": PHOTO},
            "'speaker' is 'the point 64, 0'. Allowed: a point inside the picture of 64x64 pixels.",
        ),
    ],
)
def test_the_order_refuses_a_speaker_who_is_not_in_its_clip(
    canvas: Canvas, sandbox: SandboxProcess, inputs: dict[str, Any], sentence: str
) -> None:
    run = ordered(canvas, **inputs)
    assert sentence in run.errors["order"]
    assert sandbox.requests("create") == []
    assert sandbox.requests("upload") == []
