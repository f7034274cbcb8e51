"""What can be known of a film before anything is uploaded: its length, its price, and why it would not work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..catalogue import output_duration_s
from ..errors import InputRefused, TooLong
from ..media.prepared import Facts
from ..media.sources import Script
from ..request import LipsyncRequest
from ..wires import Speaker

ASSUMED_FRAME_RATE = 30.0  # what the service's own estimate assumes (sync-api.md 2.7)
PHOTO_FRAME_RATE = 25.0
_SCRIPT_CHARS_PER_S = 12.0  # slow speech, so that the price is rather told too high


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """Facts of the inputs, and the film's length in seconds and its frame rate; None where they cannot be known."""

    video: Facts
    speech_s: float | None
    output_s: float | None
    frame_rate: float
    warnings: tuple[str, ...]


def preflight(request: LipsyncRequest) -> Preflight:
    """Look at the media. Blocks and loads av and torch: run it in a thread. Raises MediaRefused."""
    from ..media.prepare import survey_speech, survey_video  # a machine that only collects has neither av nor torch

    limits = request.choice.facts
    video = survey_video(request.video, limits)
    _check_speakers(request, video)
    lengths = [
        len(speech.source.script) / _SCRIPT_CHARS_PER_S
        if isinstance(speech.source, Script)
        else survey_speech(speech.source, limits).duration_s
        for speech in request.speeches
    ]
    speech_s = None if None in lengths else sum(length for length in lengths if length is not None)
    output_s = _output_s(request, video, speech_s)
    _check_clip_limit(request, video, output_s)
    rate = PHOTO_FRAME_RATE if request.is_photo else float(video.frame_rate or ASSUMED_FRAME_RATE)
    return Preflight(video=video, speech_s=speech_s, output_s=output_s, frame_rate=rate, warnings=_warnings(request, video, speech_s))


def _check_speakers(request: LipsyncRequest, video: Facts) -> None:
    """Whether each speaker is somewhere in this very video, as far as it is known."""
    speakers = [request.speaker, *(segment.speaker for segment in request.segments)]
    count = 1 if request.is_photo else video.frame_count
    for speaker in (speaker for speaker in speakers if speaker is not None):
        for value, allowed in _misplaced(speaker, video, count):
            raise InputRefused(node=request.node, input="speaker", value=value, allowed=allowed)


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


def _output_s(request: LipsyncRequest, video: Facts, speech_s: float | None) -> float | None:
    if request.segments:
        return video.duration_s
    if speech_s is None:
        return None
    if request.is_photo:
        return speech_s
    if video.duration_s is None:
        return None if request.sync_mode == "silence" else speech_s  # at most, in every other mode
    return output_duration_s(sync_mode=request.sync_mode, video_s=video.duration_s, speech_s=speech_s)


def _check_clip_limit(request: LipsyncRequest, video: Facts, output_s: float | None) -> None:
    limit = request.model.clip_limit_s
    for what, duration in (("The video", video.duration_s), ("The film", output_s)):
        if limit is not None and duration is not None and duration > limit:
            raise TooLong(what, duration_s=duration, limit_s=limit, who=request.model.name)


def _warnings(request: LipsyncRequest, video: Facts, speech_s: float | None) -> tuple[str, ...]:
    warnings = []
    if video.height is not None and video.width is not None and min(video.width, video.height) < 480:
        warnings.append(f"The picture is {video.width}x{video.height}: below 480p faces come out soft.")
    if request.sync_mode == "bounce" and not request.is_photo and video.duration_s and speech_s and speech_s > video.duration_s + 0.1:
        warnings.append(
            f"The speech is {speech_s - video.duration_s:.1f} s longer than the video: bounce plays the video backwards after its end."
        )
    if video.frame_rate is not None and video.frame_rate > 50:
        warnings.append(f"{float(video.frame_rate):g} frames a second cost more than double of 25, as the price is per frame.")
    return tuple(warnings)
