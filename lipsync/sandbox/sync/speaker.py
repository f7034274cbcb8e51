"""Where the speaker is, by the options of a create. Sources: sync-api.md 2.1.2, 3.2."""

from __future__ import annotations

import json
from typing import Any

from ..core import Sandbox
from ..fetch import Unreachable, fetch
from ..objects import TooLarge
from ..render.plan import Speaker
from ..store import Json
from .errors import refused
from .fields import BOXES
from .media import Source

_NO_SELECTION = ("react-1",)  # ignores the option
_BOXES_BYTES = 64 * 1024 * 1024
_INVALID = "generation_input_face_selection_invalid"


async def find_speaker(sandbox: Sandbox, model: str, options: Json, visual: Source) -> Speaker:
    """The speaker that `options` select in `visual`; nobody in particular if they select none. Raises SyncError."""
    selection = options.get("active_speaker_detection")
    if not selection or model in _NO_SELECTION:
        return Speaker()
    if selection.get("coordinates") is not None:
        return _at_point(selection, visual)
    boxes = selection.get("bounding_boxes")
    if selection.get("bounding_boxes_url") is not None:
        boxes = await _fetched_boxes(sandbox, visual, selection["bounding_boxes_url"])
    return Speaker() if boxes is None else _in_boxes(sandbox, boxes, visual)


def _at_point(selection: Json, visual: Source) -> Speaker:
    x, y = selection["coordinates"]
    if x >= visual.facts.width or y >= visual.facts.height:
        raise refused(_INVALID, "The coordinates are outside the picture.")
    if selection["frame_number"] >= max(1, _frames(visual)):
        raise refused(_INVALID, "frame_number is after the last frame.")
    return Speaker(point=(x, y))


def _in_boxes(sandbox: Sandbox, boxes: list[Any], visual: Source) -> Speaker:
    if sandbox.settings.boxes_mismatch == "refused" and len(boxes) != max(1, _frames(visual)):
        raise refused(_INVALID, f"{len(boxes)} boxes for {_frames(visual)} frames.")
    for box in boxes:
        if box is not None and not (box[0] < box[2] and box[1] < box[3]):
            raise refused(_INVALID, f"{box} is no box [x1, y1, x2, y2].")
    return Speaker(boxes=tuple(None if box is None else (box[0], box[1], box[2], box[3]) for box in boxes))


def _frames(visual: Source) -> int:
    """Frames of the picture; 1 for an image."""
    facts = visual.facts
    return facts.frames or round(visual.duration_s * (facts.frame_rate or 0))


async def _fetched_boxes(sandbox: Sandbox, visual: Source, link: str) -> list[Any]:
    made = sandbox.objects.declare(org="", name="boxes.json", content_type="application/json", public=False)
    try:
        await fetch(sandbox.session, link, sandbox.objects, made.id, limit_bytes=_BOXES_BYTES)
        body = json.loads(sandbox.objects.file(made.id).read_bytes())
    except (Unreachable, TooLarge, ValueError) as problem:
        raise refused(_INVALID, "bounding_boxes_url cannot be read.") from problem
    boxes: Any = body.get("bounding_boxes") if isinstance(body, dict) else None
    if not BOXES[0](boxes):
        raise refused(_INVALID, f"bounding_boxes {BOXES[1]}.")
    return list(boxes)
