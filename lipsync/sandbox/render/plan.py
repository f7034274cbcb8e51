"""What a film is to be, settled when its job is accepted and kept with it, so that a restart makes the same film."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Whose mouth moves: a point in the picture's pixels, or a box (left, top, right, bottom) for each frame, of which None
    means that nobody is there. Neither: the lower centre third."""

    point: tuple[int, int] | None = None
    boxes: tuple[Box | None, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class SpeechPart:
    """A stretch of speech: from `from_s` of object `speech` on, at `at_s` of the film, for at most `length_s`."""

    speech: str
    at_s: float = 0.0
    from_s: float = 0.0
    length_s: float
    speaker: Speaker | None = None


@dataclass(frozen=True, kw_only=True)
class FilmPlan:
    """`picture` is an object id; `order` says which of its frames comes when: one of the sync_modes, or `still`.

    A `segmented` film shows a mouth only while its stretch of speech lasts; with `keep_sound` the picture's own sound is heard
    outside of them.
    """

    picture: str
    order: str
    frame_rate: Fraction
    picture_s: float
    output_s: float
    speeches: tuple[SpeechPart, ...]
    speaker: Speaker
    segmented: bool = False
    keep_sound: bool = False

    @property
    def frames(self) -> int:
        """Frames of the film; at least one."""
        return max(1, round(self.output_s * self.frame_rate))

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "frame_rate": str(self.frame_rate)}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> FilmPlan:
        parts = tuple(SpeechPart(**{**part, "speaker": part["speaker"] and _speaker(part["speaker"])}) for part in body["speeches"])
        rest = {"frame_rate": Fraction(body["frame_rate"]), "speeches": parts, "speaker": _speaker(body["speaker"])}
        return cls(**{**body, **rest})


def output_s(sync_mode: str, video_s: float, speech_s: float) -> float:
    """How long the film is: sync-api.md 3.3."""
    if sync_mode == "cut_off":
        return min(video_s, speech_s)
    return max(video_s, speech_s) if sync_mode == "silence" else speech_s


def picture_order(sync_mode: str, silence_picture: str) -> str:
    """Which frames the film shows: the sync_mode itself, unless `silence` is set to go on with a loop."""
    return "loop" if (sync_mode, silence_picture) == ("silence", "loop") else sync_mode


def _speaker(body: dict[str, Any]) -> Speaker:
    boxes = body["boxes"]
    return Speaker(
        point=body["point"] and (body["point"][0], body["point"][1]),
        boxes=None if boxes is None else tuple(None if box is None else (box[0], box[1], box[2], box[3]) for box in boxes),
    )
