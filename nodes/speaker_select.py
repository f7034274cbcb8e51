"""SyncSpeakerSelect: whose lips move, by a point on a frame or by boxes, with the marked picture to be sure of it."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..lipsync.errors import InputRefused
from ..lipsync.media.marks import mark_box, mark_point
from ..lipsync.speaker_boxes import BoxesRefused, faces_in_mask, faces_of, followed, inside, one_per_frame
from ..lipsync.wires import Box, Speaker
from ._board import Board
from ._comfy import ExecutionBlocker, io, preview_of_image
from ._scene import Scene, scene_of
from ._sources import Sources
from ._wires import ALIASES, CATEGORY, SyncSpeaker

TITLE = "Select Speaker (Sync)"
AUTO, POINT, BOXES = "auto", "point", "boxes"


class SyncSpeakerSelect(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncSpeakerSelect",
            display_name=TITLE,
            category=CATEGORY,
            description="Says which face speaks, where several are in the picture: by a point on one frame, or by boxes from a face "
            "detector or a mask. Connect the video to see the mark and to have it checked before money is spent.",
            search_aliases=[*ALIASES, "speaker", "face", "active speaker", "bounding box"],
            inputs=[
                io.MultiType.Input(
                    "video",
                    [io.Video, io.Image],
                    optional=True,
                    tooltip="The clip or photo that is lip-synced, for the preview and the checks. It is not passed on.",
                ),
                io.Combo.Input(
                    "mode",
                    options=[AUTO, POINT, BOXES],
                    default=POINT,
                    optional=True,
                    tooltip="auto: the service finds who speaks (not for a photo). point: the face at x, y of frame_number. boxes: the "
                    "face in the box of each frame.",
                ),
                io.Int.Input(
                    "frame_number",
                    default=0,
                    min=0,
                    max=2**31 - 1,
                    optional=True,
                    tooltip="The frame that the point is on, counted from 0. Always 0 for a photo.",
                ),
                io.Int.Input("x", default=0, min=0, max=16383, optional=True, tooltip="Pixels from the left edge of the upright picture."),
                io.Int.Input("y", default=0, min=0, max=16383, optional=True, tooltip="Pixels from its upper edge."),
                io.BoundingBox.Input(
                    "boxes",
                    optional=True,
                    force_input=True,
                    tooltip="For mode boxes: one box, or what a face detector found in each frame of the clip.",
                ),
                io.Mask.Input(
                    "mask", optional=True, tooltip="For mode boxes, instead of boxes: white where the face is, one mask or one per frame."
                ),
                io.Boolean.Input(
                    "follow",
                    default=False,
                    optional=True,
                    tooltip="For mode boxes where frames have several: take the box under the point (frame_number, x, y) and follow that "
                    "face through the clip.",
                ),
                io.String.Input("name", default="", optional=True, tooltip="By this name Speech Segments calls the speaker."),
            ],
            outputs=[
                SyncSpeaker.Output("speaker", display_name="speaker", tooltip="The speaker, for Lip Sync and Submit Lip Sync."),
                io.Image.Output("preview", display_name="preview", tooltip="The frame with the mark; nothing without a video."),
            ],
            hidden=[io.Hidden.unique_id],
            has_intermediate_output=True,
        )

    @classmethod
    async def execute(
        cls,
        video: Any = None,
        mode: str = POINT,
        frame_number: int = 0,
        x: int = 0,
        y: int = 0,
        boxes: Any = None,
        mask: Any = None,
        follow: bool = False,
        name: str = "",
    ) -> io.NodeOutput:
        await asyncio.sleep(0)  # ComfyUI takes an item of a list that never suspends for one that is still running
        with Sources(TITLE) as sources:
            scene = await asyncio.to_thread(scene_of, sources, video, node=TITLE)
            speaker = _speaker(scene, mode, frame_number, (x, y), boxes, mask, follow, name.strip())
            shown = _shown(speaker, scene, frame_number)
            picture = None if scene is None else await asyncio.to_thread(scene.frame, shown)
        Board(str(cls.hidden.unique_id)).say(_told(speaker, unused=mode != BOXES and (boxes is not None or mask is not None)))
        if picture is None:
            return io.NodeOutput(speaker, ExecutionBlocker(None))
        preview = torch.from_numpy(_marked(picture, speaker, shown).astype(np.float32) / 255).unsqueeze(0)
        return io.NodeOutput(speaker, preview, ui=preview_of_image(preview))


def _speaker(
    scene: Scene | None, mode: str, frame_number: int, point: tuple[int, int], boxes: Any, mask: Any, follow: bool, name: str
) -> Speaker:
    if mode == AUTO:
        return Speaker(auto_detect=True, name=name)
    if mode == BOXES and not follow:
        return Speaker(bounding_boxes=_boxes(scene, boxes, mask, None), name=name)
    if scene is not None:
        scene.check_frame(frame_number)
        if not (point[0] < scene.width and point[1] < scene.height):
            allowed = f"a point inside the picture of {scene.width}x{scene.height} pixels"
            raise InputRefused(node=TITLE, input="x, y", value=f"{point[0]}, {point[1]}", allowed=allowed)
    if mode == BOXES:
        return Speaker(bounding_boxes=_boxes(scene, boxes, mask, (frame_number, point)), name=name)
    return Speaker(frame_number=frame_number, coordinates=point, name=name)


def _boxes(scene: Scene | None, boxes: Any, mask: Any, start: tuple[int, tuple[int, int]] | None) -> tuple[Box | None, ...]:
    """One box per frame; with `start` (a frame and a point in it) those of the face under that point."""
    if (boxes is None) == (mask is None):
        both = "boxes and a mask" if boxes is not None else None
        raise InputRefused(node=TITLE, input="boxes", value=both, allowed="either boxes or a mask, when mode is boxes")
    count = None if scene is None else scene.frame_count
    try:
        faces = faces_of(boxes, count) if mask is None else faces_in_mask(_fitting(mask, scene), count)
        found = one_per_frame(faces) if start is None else followed(faces, frame_number=start[0], point=start[1])
        return found if scene is None else inside(found, scene.width, scene.height)
    except BoxesRefused as refused:
        raise InputRefused(node=TITLE, input="boxes", value=refused.value, allowed=refused.allowed) from None


def _fitting(mask: torch.Tensor, scene: Scene | None) -> torch.Tensor:
    if scene is not None and tuple(mask.shape[-2:]) != (scene.height, scene.width):
        size = f"a mask of {mask.shape[-1]}x{mask.shape[-2]} pixels"
        raise BoxesRefused(size, f"a mask of the picture's size, {scene.width}x{scene.height}")
    return mask


def _shown(speaker: Speaker, scene: Scene | None, frame_number: int) -> int:
    """The frame of the preview: the one asked for, else the first that has something to be seen."""
    boxes = speaker.bounding_boxes
    if boxes is not None:
        marked = [number for number, box in enumerate(boxes) if box is not None]
        return frame_number if frame_number in marked else marked[0]
    return frame_number if scene is None else min(frame_number, scene.frame_count - 1)


def _marked(picture: NDArray[np.uint8], speaker: Speaker, shown: int) -> NDArray[np.uint8]:
    box = None if speaker.bounding_boxes is None else speaker.bounding_boxes[shown]
    if box is not None:
        return mark_box(picture, box)
    return picture if speaker.coordinates is None else mark_point(picture, *speaker.coordinates)


def _told(speaker: Speaker, *, unused: bool) -> str:
    if speaker.bounding_boxes is not None:
        count = sum(box is not None for box in speaker.bounding_boxes)
        return f"The face in the box, in {count} of {len(speaker.bounding_boxes)} frames."
    if speaker.coordinates is not None:
        told = f"The face at {speaker.coordinates[0]}, {speaker.coordinates[1]} of frame {speaker.frame_number}."
    else:
        told = "The service finds out who speaks."
    return f"{told} What is connected as boxes or mask is not used: for that, mode must be boxes." if unused else told
