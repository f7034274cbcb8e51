"""What may spoil a film or make it dear, each with its cure. Nothing here keeps a film from being bought."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..catalogue import Plan
from ..media.prepared import Facts
from ..request import LipsyncRequest
from .look import Media

_ALIKE_S = 0.1  # lengths that differ by less are one length
_SMALL_SIDE = 480
_FAST = 48.0
_USUAL_RATE = 25.0
_QUIET_DBFS = -40.0
_SHOWN = 3


def warnings_of(request: LipsyncRequest, media: Media, output_s: float | None, plan: Plan | None) -> tuple[str, ...]:
    """Every warning, what costs money first. `plan` is the user's at Sync, where he has told it."""
    return (
        *_beyond_plan(request, output_s, plan),
        *_beyond_model(request, output_s),
        *_many_frames(request, media.video),
        *_lengths_differ(request, media),
        *_small(media.video),
        *_pictures(media),
        *_sound(media),
    )


def beyond_plan(request: LipsyncRequest, output_s: float | None, plan: Plan | None) -> bool:
    """Whether `plan`, which is one of Sync, does not allow a film as long as this."""
    limit_s = None if plan is None or request.choice.service != "sync" else plan.limit_s(request.model.name)
    return limit_s is not None and output_s is not None and output_s > limit_s


def _beyond_plan(request: LipsyncRequest, output_s: float | None, plan: Plan | None) -> Iterator[str]:
    if plan is not None and beyond_plan(request, output_s, plan):
        yield (
            f"The film would be {output_s:.1f} s long, and the plan {plan.name} allows {plan.limit_s(request.model.name):g} s with "
            f"{request.model.name}: Sync will refuse it. Trim the clip or the speech, or take a larger plan at "
            f"{request.choice.facts.billing_page}."
        )


def _beyond_model(request: LipsyncRequest, output_s: float | None) -> Iterator[str]:
    """Only of a length that is a guess: what is known to be too long is refused."""
    limit_s = request.model.clip_limit_s
    if limit_s is not None and output_s is not None and output_s > limit_s:
        yield (
            f"The film may come out {output_s:.0f} s long, which is a guess from the text, and {request.model.name} takes at most "
            f"{limit_s:g} s. Shorten the text, or choose another model."
        )


def _many_frames(request: LipsyncRequest, video: Facts) -> Iterator[str]:
    price, rate = request.model.price, float(video.frame_rate or 0)
    if rate >= _FAST and price is not None and price.usd_per_frame is not None:
        yield (
            f"{rate:.5g} frames a second cost {rate / _USUAL_RATE:.1f} times as much as {_USUAL_RATE:g}: every frame is paid for. If "
            "half of them will do, make the clip anew with half the rate first."
        )


_LONGER_SPEECH: dict[str, Callable[[float, float], str]] = {
    "bounce": lambda video_s, speech_s: "bounce plays the video backwards after its end, which shows wherever somebody walks or gestures",
    "loop": lambda video_s, speech_s: f"loop starts the video again, with a jump at {video_s:.1f} s",
    "cut_off": lambda video_s, speech_s: f"cut_off leaves out the last {speech_s - video_s:.1f} s of the speech",
    "silence": lambda video_s, speech_s: "silence keeps all of the speech, and what is to be seen after the video's end is not documented",
    "remap": lambda video_s, speech_s: f"remap slows the video down to {100 * video_s / speech_s:.0f} % of its speed",
}
_LONGER_VIDEO: dict[str, Callable[[float, float], str]] = {
    **dict.fromkeys(
        ("bounce", "loop", "cut_off"),
        lambda video_s, speech_s: f"the film ends with the speech, and the last {video_s - speech_s:.1f} s of the video are left out",
    ),
    "silence": lambda video_s, speech_s: (
        f"silence keeps the last {video_s - speech_s:.1f} s of the video without a word, at the same price"
    ),
    "remap": lambda video_s, speech_s: f"remap speeds the video up to {video_s / speech_s:.2f} times its speed",
}


def mode_text(sync_mode: str, *, video_s: float, speech_s: float) -> str:
    """What `sync_mode` does about these two lengths; nothing where they are alike. Source: sync-api.md 3.3."""
    if abs(speech_s - video_s) <= _ALIKE_S:
        return ""
    return (_LONGER_SPEECH if speech_s > video_s else _LONGER_VIDEO)[sync_mode](video_s, speech_s)


def _lengths_differ(request: LipsyncRequest, media: Media) -> Iterator[str]:
    video_s, speech_s = media.video.duration_s, media.speech_s
    if request.is_photo or request.segments or not video_s or not speech_s:
        return
    done = mode_text(request.sync_mode, video_s=video_s, speech_s=speech_s)
    if done:
        longer, shorter = ("speech", "video") if speech_s > video_s else ("video", "speech")
        cure = f"Trim the {longer}, or choose another sync_mode."
        yield f"The {longer} is {abs(speech_s - video_s):.1f} s longer than the {shorter}: {done}. {cure}"


def _small(video: Facts) -> Iterator[str]:
    if video.width is not None and video.height is not None and min(video.width, video.height) < _SMALL_SIDE:
        yield (
            f"The picture is {video.width}x{video.height}: below {_SMALL_SIDE}p faces come out soft. Take the clip in its full size; "
            "scaling it up adds nothing."
        )


def _pictures(media: Media) -> Iterator[str]:
    glance = media.glance
    if glance is None:
        return
    where = "" if glance.whole else " in the parts that were looked at"
    if glance.cuts_s:
        yield (
            f"The picture cuts{where} at {_times(glance.cuts_s)}: after a cut the face has to be found again, and may be another "
            "one. Split the clip there, or look at those moments in the film."
        )
    if glance.standing:
        yield (
            f"Nothing moves in the picture{where}: sync-3 opens lips that are still, the other models need somebody who talks already. One "
            "image of it, as an IMAGE, makes a talking photo with sync-3."
        )


def _sound(media: Media) -> Iterator[str]:
    for loudness in media.loudness:
        if loudness.level_dbfs < _QUIET_DBFS:
            yield (
                f"The speech is very quiet ({loudness.level_dbfs:.0f} dBFS at its loudest): lips may hardly move. Raise its level to "
                "about -20 dBFS."
            )
        if loudness.silences_s:
            total_s = sum(end - start for start, end in loudness.silences_s)
            spans = [f"{start:.1f} to {end:.1f} s" for start, end in loudness.silences_s]
            yield (
                f"Nobody speaks for {total_s:.1f} s of the speech ({_few(spans)}), and that is paid for too. Cut it out where the film "
                "does not need it."
            )


def _times(moments_s: tuple[float, ...]) -> str:
    return _few([f"{moment:.1f} s" for moment in moments_s])


def _few(items: list[str]) -> str:
    rest = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
