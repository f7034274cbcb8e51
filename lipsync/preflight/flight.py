"""One film by one model: how long it will be, what to beware of, and why it would not work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..catalogue import Plan, output_duration_s
from ..errors import InputRefused, TooLong, UploadTooLarge
from ..media.prepared import Facts
from ..media.sources import VideoFile
from ..request import LipsyncRequest
from ..wires import Speaker
from .look import Media, look_at
from .warnings import warnings_of

ASSUMED_FRAME_RATE = 30.0  # what the service's own estimate assumes (sync-api.md 2.7)
PHOTO_FRAME_RATE = 25.0
_ROUNDING_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """The media, the user's plan at Sync (where he has told it), the film's length in seconds (None where it cannot be known), its rate."""

    media: Media
    plan: Plan | None
    output_s: float | None
    frame_rate: float
    warnings: tuple[str, ...]

    @property
    def frame_count(self) -> int | None:
        """How many frames the film will have: what Sync is paid for."""
        return None if self.output_s is None else round(self.output_s * self.frame_rate)


def preflight(request: LipsyncRequest, plan: Plan | None) -> Preflight:
    """Look at the media and assess the film. Blocks and loads av and torch: run it in a thread. Raises MediaRefused, InputRefused."""
    return assess(request, look_at(request.video, [speech.source for speech in request.speeches], request.choice.facts), plan)


def assess(request: LipsyncRequest, media: Media, plan: Plan | None) -> Preflight:
    """What comes of media that was looked at. `plan` is the user's at Sync, where he has told it. Raises MediaRefused, InputRefused."""
    _check_speakers(request, media.video)
    _check_segments(request, media.video)
    _check_upload(request, media)
    output_s = length_s(request, media, request.sync_mode)
    _check_clip_limit(request, media.video, None if media.speech_guessed else output_s)
    return Preflight(
        media=media,
        plan=plan,
        output_s=output_s,
        frame_rate=PHOTO_FRAME_RATE if request.is_photo else float(media.video.frame_rate or ASSUMED_FRAME_RATE),
        warnings=warnings_of(request, media, output_s, plan),
    )


def length_s(request: LipsyncRequest, media: Media, sync_mode: str) -> float | None:
    """The film's length in seconds under `sync_mode`; without a speech, as long as the video. None where it cannot be known."""
    video_s, speech_s = media.video.duration_s, media.speech_s
    if request.segments or not request.speeches:
        return video_s
    if speech_s is None:
        return None
    if request.is_photo:
        return speech_s
    if video_s is None:
        return None if sync_mode == "silence" else speech_s  # at most, in every other mode
    return output_duration_s(sync_mode=sync_mode, video_s=video_s, speech_s=speech_s)


def _check_speakers(request: LipsyncRequest, video: Facts) -> None:
    """Whether each speaker is somewhere in this very video, as far as it is known."""
    speakers = [request.speaker, *(segment.speaker for segment in request.segments)]
    count = 1 if request.is_photo else video.frame_count
    for speaker in (speaker for speaker in speakers if speaker is not None):
        for value, allowed in _misplaced(speaker, video, count):
            raise InputRefused(node=request.node, input="speaker", value=value, allowed=allowed)


def _check_segments(request: LipsyncRequest, video: Facts) -> None:
    """Whether each row lies within the video, as far as its length is known; a tenth of a second is a rounding."""
    for row in request.segments:
        if video.duration_s is not None and not (row.start_s < video.duration_s and row.end_s <= video.duration_s + _ROUNDING_S):
            allowed = f"segments within the video, which is {video.duration_s:.2f} s long"
            raise InputRefused(node=request.node, input="segments", value=f"{row.start_s:g} to {row.end_s:g} s", allowed=allowed)


def _misplaced(speaker: Speaker, video: Facts, count: int | None) -> Iterator[tuple[str, str]]:
    """What of `speaker` does not fit the video, each with what would."""
    boxes, point, frame = speaker.bounding_boxes, speaker.coordinates, speaker.frame_number or 0
    if boxes is not None and count is not None and len(boxes) != count:
        yield (
            f"boxes for {len(boxes)} frame{'s' * (len(boxes) != 1)}",
            f"one for each frame of the video, which has {count}; connect it to Select Speaker too",
        )
    if point is not None and count is not None and frame >= count:
        yield f"a point on frame {frame}", f"a frame from 0 to {count - 1}, as the video has {count}"
    if (
        point is not None
        and video.width is not None
        and video.height is not None
        and not (point[0] < video.width and point[1] < video.height)
    ):
        yield f"the point {point[0]}, {point[1]}", f"a point inside the picture of {video.width}x{video.height} pixels"


def _check_upload(request: LipsyncRequest, media: Media) -> None:
    facts = request.choice.facts
    if media.upload_bytes is not None and media.upload_bytes > facts.max_upload_bytes:
        what = request.video.path.name if isinstance(request.video, VideoFile) else "The video"
        raise UploadTooLarge(what, size_bytes=media.upload_bytes, limit_bytes=facts.max_upload_bytes, service=facts.title)


def _check_clip_limit(request: LipsyncRequest, video: Facts, output_s: float | None) -> None:
    limit = request.model.clip_limit_s
    for what, duration in (("The video", video.duration_s), ("The film", output_s)):
        if limit is not None and duration is not None and duration > limit:
            raise TooLong(what, duration_s=duration, limit_s=limit, who=request.model.name)
