"""Boxes around faces as other nodes find them, made into the one box per frame that the API takes. Source: sync-api.md 2.1.2.

Boxes are (x1, y1, x2, y2) in whole pixels of the upright picture, x2 and y2 just outside. Numbers only: nothing here loads torch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .wires import Box

if TYPE_CHECKING:
    from torch import Tensor

Faces = tuple[Box, ...]
"""The boxes found in one frame."""

_SEEN_MASK = 0.5


class BoxesRefused(ValueError):
    """Boxes that cannot be used. `value` is what they are, `allowed` what would do."""

    def __init__(self, value: str, allowed: str) -> None:
        super().__init__(value)
        self.value, self.allowed = value, allowed


def faces_of(boxes: object, frame_count: int | None) -> tuple[Faces, ...]:
    """The faces in each frame, from core's BOUNDING_BOX: one dict, a list of dicts (one per frame), or a list per frame of dicts.

    What is given for one frame counts for all `frame_count` frames (None: not known). Raises BoxesRefused.
    """
    frames = [boxes] if isinstance(boxes, Mapping) else boxes
    if not isinstance(frames, Sequence) or isinstance(frames, str):
        raise BoxesRefused(f"{type(boxes).__name__}", "a BOUNDING_BOX: a box, a list of boxes, or a list of boxes per frame")
    return _on_every_frame([_faces(frame) for frame in frames], frame_count, "boxes")


def faces_in_mask(mask: Tensor, frame_count: int | None) -> tuple[Faces, ...]:
    """The box around what is white in each frame of a MASK [T, H, W] or [H, W]. Raises BoxesRefused."""
    if mask.dim() not in (2, 3):
        raise BoxesRefused(f"a mask of {mask.dim()} dimensions", "a MASK [frames, height, width]")
    seen = mask.reshape(-1, *mask.shape[-2:]) > _SEEN_MASK
    columns, rows = seen.any(dim=1).tolist(), seen.any(dim=2).tolist()
    return _on_every_frame([_around(row, column) for row, column in zip(rows, columns, strict=True)], frame_count, "masks")


def one_per_frame(frames: Sequence[Faces]) -> tuple[Box | None, ...]:
    """The only face of each frame, None where there is none. Raises BoxesRefused where there are several."""
    for number, faces in enumerate(frames):
        if len(faces) > 1:
            raise BoxesRefused(
                f"{len(faces)} boxes in frame {number}", "one box per frame; or turn 'follow' on and put the point on the speaker"
            )
    return _checked(tuple(faces[0] if faces else None for faces in frames))


def followed(frames: Sequence[Faces], *, frame_number: int, point: tuple[int, int]) -> tuple[Box | None, ...]:
    """In every frame the box that goes on from the one under `point` in `frame_number`, None where it is lost. Raises BoxesRefused."""
    if not 0 <= frame_number < len(frames):
        raise BoxesRefused(f"frame {frame_number}", f"a frame from 0 to {len(frames) - 1}, as there are boxes for {len(frames)} frames")
    under = [box for box in frames[frame_number] if _holds(box, point)]
    if not under:
        raise BoxesRefused(f"no box under the point {point[0]}, {point[1]} of frame {frame_number}", "a point inside a box of that frame")
    first = min(under, key=_area)
    later = _trail(first, frames[frame_number + 1 :])
    earlier = _trail(first, frames[:frame_number][::-1])
    return (*earlier[::-1], first, *later)


def inside(boxes: Sequence[Box | None], width: int, height: int) -> tuple[Box | None, ...]:
    """`boxes` cut to the picture, None where nothing of them lies in it. Raises BoxesRefused if nothing is left at all."""
    cut = [None if box is None else (max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3])) for box in boxes]
    kept = tuple(box if box is not None and box[0] < box[2] and box[1] < box[3] else None for box in cut)
    if not any(kept) and any(boxes):
        raise BoxesRefused("boxes outside the picture", f"boxes inside its {width}x{height} pixels")
    return kept


def _faces(frame: object) -> Faces:
    if isinstance(frame, Mapping):
        return (_box(frame),)
    if isinstance(frame, Sequence) and not isinstance(frame, str) and all(isinstance(box, Mapping) for box in frame):
        return tuple(_box(box) for box in frame)
    raise BoxesRefused(f"{type(frame).__name__} among the boxes", "boxes with x, y, width and height")


def _box(found: Mapping[str, Any]) -> Box:
    try:
        x, y, width, height = (float(found[side]) for side in ("x", "y", "width", "height"))
        return math.floor(x), math.floor(y), math.ceil(x + width), math.ceil(y + height)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BoxesRefused(f"the box {dict(found)}", "boxes with x, y, width and height in pixels") from None


def _around(rows: Sequence[bool], columns: Sequence[bool]) -> Faces:
    if True not in rows:
        return ()
    bottom, right = len(rows) - rows[::-1].index(True), len(columns) - columns[::-1].index(True)
    return ((columns.index(True), rows.index(True), right, bottom),)


def _on_every_frame(frames: list[Faces], frame_count: int | None, what: str) -> tuple[Faces, ...]:
    if frame_count is None or len(frames) == frame_count:
        return tuple(frames)
    if len(frames) != 1:
        raise BoxesRefused(f"{what} for {len(frames)} frames", f"{what} for one frame, or for all {frame_count} frames of the video")
    return tuple(frames * frame_count)


def _checked(boxes: tuple[Box | None, ...]) -> tuple[Box | None, ...]:
    if not any(boxes):
        raise BoxesRefused("no box in any frame", "a box in at least one frame")
    return boxes


def _trail(first: Box, frames: Sequence[Faces]) -> list[Box | None]:
    """The box that goes on from `first`, frame by frame. One that was lost may come back near where it was seen last."""
    last, trail = first, list[Box | None]()
    for faces in frames:
        next_ = max(faces, key=lambda box: _closeness(last, box), default=None)
        found = None if next_ is None or _closeness(last, next_) <= -_reach(last) else next_
        trail.append(found)
        last = found or last
    return trail


def _closeness(last: Box, box: Box) -> float:
    """The share of the two that they have in common (above 0); of boxes apart, the distance of their centres below 0."""
    width = min(last[2], box[2]) - max(last[0], box[0])
    height = min(last[3], box[3]) - max(last[1], box[1])
    if width > 0 and height > 0:
        return width * height / (_area(last) + _area(box) - width * height)
    return -math.dist(_centre(last), _centre(box))


def _reach(box: Box) -> float:
    """How far a face can have moved from one frame to the next: its own size."""
    return float(max(box[2] - box[0], box[3] - box[1]))


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _holds(box: Box, point: tuple[int, int]) -> bool:
    return box[0] <= point[0] < box[2] and box[1] <= point[1] < box[3]
