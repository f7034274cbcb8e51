"""From a submit's body to a film, its price, or the failure that it will be. Sources: segmind-api.md 2, 4.2, 5."""

from __future__ import annotations

from dataclasses import dataclass

from ..core import Sandbox
from ..render.plan import FilmPlan, Speaker, SpeechPart, output_s, picture_order
from ..settings import Settings
from ..store import Json
from .errors import SegmindError
from .media import Media, Unfetched, Unusable, find_speech, find_video
from .parameters import LIPSYNC_2_PRO, PARAMETERS, REACT_1, checked

_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a submit comes to: a film and what it costs, or a `failure` that the worker will report, which costs nothing."""

    plan: FilmPlan | None = None
    cost_usd: float = 0.0
    failure: str | None = None


async def order_of(sandbox: Sandbox, org: str, slug: str, body: Json) -> Order:
    """Raises SegmindError for what is refused at once."""
    settings = sandbox.settings
    complaint = checked(settings, slug, body)
    if complaint:
        return Order(failure=complaint)
    try:
        video = await find_video(sandbox, org, body["video_url"])
        speech = await find_speech(sandbox, org, body["audio_url"])
    except Unfetched as problem:
        if settings.segmind_unreachable_media == "at_submit":
            raise SegmindError(400, str(problem)) from problem
        return Order(failure=str(problem))
    except Unusable as problem:
        return Order(failure=str(problem))
    plan = _film_plan(settings, slug, body, video, speech)
    limit_s = settings.segmind_react_limit_s
    if slug == REACT_1 and limit_s is not None and max(video.duration_s, plan.output_s) > limit_s:
        return Order(failure=f"The duration is over the {limit_s:g} seconds that react-1 takes")
    return Order(plan=plan, cost_usd=_price_usd(settings, slug, video, plan))


def _film_plan(settings: Settings, slug: str, body: Json, video: Media, speech: Media) -> FilmPlan:
    known = PARAMETERS[slug]["sync_mode"]
    mode = body["sync_mode"] if body.get("sync_mode") in known.choices else known.default
    assert video.facts.frame_rate is not None  # find_video has seen to it
    return FilmPlan(
        picture=video.object_id,
        order=picture_order(mode, settings.silence_picture),
        frame_rate=video.facts.frame_rate,
        picture_s=video.duration_s,
        output_s=output_s(mode, video.duration_s, speech.duration_s),
        speeches=(SpeechPart(speech=speech.object_id, length_s=speech.duration_s),),
        speaker=Speaker(),
    )


def _price_usd(settings: Settings, slug: str, video: Media, plan: FilmPlan) -> float:
    rate = settings.segmind_lipsync_2_pro_usd_per_s if slug == LIPSYNC_2_PRO else settings.segmind_react_1_usd_per_s
    length_s = video.duration_s if settings.segmind_billed_length == "video" else max(video.duration_s, plan.output_s)
    return round(rate * length_s, _DIGITS)
