"""What the pack's own wires carry between nodes: who speaks, who speaks when, and which job."""

from __future__ import annotations

from dataclasses import dataclass

from .media.sources import Speech

Box = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """The wire SYNC_SPEAKER: exactly one of automatic, a point on a frame, or a box per frame. Source: sync-api.md 2.1.2.

    `coordinates` and boxes are pixels of the upright source picture, origin at the top left; a box is (x1, y1, x2, y2), None where
    there is no face.
    """

    auto_detect: bool = False
    frame_number: int | None = None
    coordinates: tuple[int, int] | None = None
    bounding_boxes: tuple[Box | None, ...] | None = None
    name: str = ""

    @property
    def method(self) -> str:
        """The API's own word for how the speaker is chosen."""
        if self.bounding_boxes is not None:
            return "bounding_boxes"
        return "coordinates" if self.coordinates is not None else "auto_detect"

    def active_speaker_detection(self) -> dict[str, object]:
        """This choice as the API's object of that name."""
        if self.bounding_boxes is not None:
            return {"bounding_boxes": [None if box is None else list(box) for box in self.bounding_boxes]}
        if self.coordinates is not None:
            return {"frame_number": self.frame_number or 0, "coordinates": list(self.coordinates)}
        return {"auto_detect": True}


@dataclass(frozen=True, kw_only=True)
class Segment:
    """From `start_s` to `end_s` of the video, the speech called `speech` is spoken (or that part of it which the crop names)."""

    start_s: float
    end_s: float
    speech: str
    crop_start_s: float | None = None
    crop_end_s: float | None = None
    speaker: Speaker | None = None


@dataclass(frozen=True, kw_only=True)
class Segments:
    """The wire SYNC_SEGMENTS: the rows, and every speech that they name."""

    rows: tuple[Segment, ...]
    speeches: tuple[Speech, ...]


@dataclass(frozen=True, kw_only=True)
class Job:
    """The wire SYNC_JOB. The service's own id is in the journal; `maker` is the id of the node that ordered the job."""

    short_id: str
    service: str
    origin: str
    maker: str
