"""From a checked create body to a job: its media, its length, its price, its film. Sources: sync-api.md 3.3, 3.4, 4.1."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ... import clock
from ...catalogue import model_named
from ..core import Sandbox
from ..jobs import Job
from ..render.plan import FilmPlan, Speaker, SpeechPart, output_s, picture_order
from ..store import Document, Json
from .errors import fields_refused, refused
from .fields import problems_of_create
from .media import Source, find_source
from .rules import VISUAL, check_rules
from .speaker import find_speaker

_STILL_RATE = Fraction(25)
_REACT_LIMIT_S, _FREE_SYNC_3_LIMIT_S = 15.0, 15.0
_FREE_JOBS, _FREE_SYNC_3_JOBS, _MONTH_S = 3, 1, 30 * 86400.0


@dataclass(frozen=True, kw_only=True)
class Order:
    """A create that may be bought: what film it is for, and what that costs."""

    body: Json
    plan: FilmPlan
    cost_usd: float
    synthesized: str | None


def check_body(sandbox: Sandbox, org: str, body: Json) -> None:
    """Everything that can be said of a create body without its media. Raises SyncError."""
    settings = sandbox.settings
    problems = problems_of_create(body, unknown_fields=settings.unknown_fields, output_file_name=settings.output_file_name)
    if problems:
        raise fields_refused(problems)
    check_rules(sandbox, org, body)
    _check_free_tier(sandbox, org, body["model"])


async def order_of(sandbox: Sandbox, org: str, body: Json, uploads: Mapping[str, Document]) -> Order:
    """Find the media of a checked body and settle the film. Raises SyncError."""
    sources = await asyncio.gather(*(find_source(sandbox, org, item, uploads) for item in body["input"]))
    visual = next(source for source in sources if source.item["type"] in VISUAL)
    voices = [source for source in sources if source.item["type"] not in VISUAL]
    plan = await _film_plan(sandbox, body, visual, voices)
    _check_length(sandbox, body["model"], visual, plan)
    spoken = [voice.object_id for voice in voices if voice.item["type"] == "text"]
    return Order(
        body=body,
        plan=plan,
        cost_usd=price_usd(sandbox, body["model"], frames=plan.frames),
        synthesized=spoken[0] if len(spoken) == 1 else None,
    )


def job_of(sandbox: Sandbox, org: str, order: Order, *, source: str | None, batch_id: str | None = None) -> Job:
    """The job that `order` becomes now."""
    settings, now = sandbox.settings, clock.now()
    return Job(
        id=str(uuid.uuid4()),
        org=org,
        created_at=now,
        request=echo(order.body, source),
        processing_at=now + settings.pending_s,
        due_at=now + settings.pending_s + settings.processing_s,
        cost_usd=order.cost_usd,
        plan=order.plan,
        watermark=settings.watermark,
        webhook_url=order.body.get("webhookUrl"),
        batch_id=batch_id,
        synthesized=order.synthesized,
    )


def echo(body: Json, source: str | None) -> Json:
    """What the service tells back of a create body."""
    name = body.get("outputFileName")
    return {
        "model": body["model"],
        "input": body["input"],
        "options": body.get("options"),
        "segments": body.get("segments"),
        "webhookUrl": body.get("webhookUrl"),
        "outputFileName": re.sub(r"[^A-Za-z0-9_-]", "_", name)[:255] if name else None,
        "projectId": body.get("projectId"),
        "source": source,
    }


def price_usd(sandbox: Sandbox, model: str, *, frames: int) -> float:
    """What a film of so many frames costs under the plan in force."""
    facts = model_named("sync", model)
    rate = facts.price.usd_per_frame if facts and facts.price else None
    if rate is None:
        raise refused("cost_estimate_unavailable")
    return round(frames * rate * (1 - sandbox.settings.plan_facts.discount), 6)


async def _film_plan(sandbox: Sandbox, body: Json, visual: Source, voices: list[Source]) -> FilmPlan:
    options = body.get("options") or {}
    still = visual.item["type"] == "image"
    mode = options.get("sync_mode") or "bounce"
    rate = visual.facts.frame_rate or _STILL_RATE
    segments = body.get("segments")
    if segments:
        length_s, order = visual.duration_s, "cut_off"
    else:
        speech_s = voices[0].duration_s
        length_s = speech_s if still else output_s(mode, visual.duration_s, speech_s)
        order = "still" if still else picture_order(mode, sandbox.settings.silence_picture)
    return FilmPlan(
        picture=visual.object_id,
        order=order,
        frame_rate=rate,
        picture_s=float(1 / rate) if still else visual.duration_s,
        output_s=length_s,
        speeches=await _parts(sandbox, body, visual, voices),
        speaker=await find_speaker(sandbox, body["model"], options, visual),
        keep_sound=bool(segments) and visual.facts.has_sound,
        segmented=bool(segments),
    )


async def _parts(sandbox: Sandbox, body: Json, visual: Source, voices: list[Source]) -> tuple[SpeechPart, ...]:
    if not body.get("segments"):
        return (SpeechPart(speech=voices[0].object_id, length_s=voices[0].duration_s),)
    by_name = {voice.item["refId"]: voice for voice in voices}
    return tuple([await _part(sandbox, body["model"], segment, visual, by_name) for segment in body["segments"]])


async def _part(sandbox: Sandbox, model: str, segment: Json, visual: Source, voices: Mapping[str, Source]) -> SpeechPart:
    audio, span_s = segment["audioInput"], segment["endTime"] - segment["startTime"]
    voice = voices[audio["refId"]]
    if segment["endTime"] > visual.duration_s + float(1 / (visual.facts.frame_rate or _STILL_RATE)):
        raise refused("generation_input_segments_invalid", "A segment ends after the video.")
    begin, end = audio.get("startTime") or 0.0, audio.get("endTime")
    if begin > voice.duration_s or (end is not None and end > voice.duration_s + 0.05):
        raise refused("generation_input_trim_invalid")
    override: Json = segment.get("optionsOverride") or {}
    speaker: Speaker | None = None
    if override.get("active_speaker_detection"):
        speaker = await find_speaker(sandbox, model, override, visual)
    heard_s = (voice.duration_s if end is None else end) - begin
    return SpeechPart(speech=voice.object_id, at_s=segment["startTime"], from_s=begin, length_s=min(span_s, heard_s), speaker=speaker)


def _check_length(sandbox: Sandbox, model: str, visual: Source, plan: FilmPlan) -> None:
    limit_s = sandbox.settings.plan_facts.max_duration_s
    if model == "react-1" and max(visual.duration_s, plan.output_s) > _REACT_LIMIT_S:
        raise refused("generation_model_duration_exceeded", "react-1 takes clips of at most 15 seconds.")
    if model == "sync-3" and sandbox.settings.plan == "Free" and plan.output_s > _FREE_SYNC_3_LIMIT_S:
        raise refused("generation_plan_duration_exceeded")
    if limit_s is not None and plan.output_s > limit_s:
        raise refused("generation_plan_duration_exceeded")


def _check_free_tier(sandbox: Sandbox, org: str, model: str) -> None:
    if sandbox.settings.plan != "Free":
        return
    since = clock.now() - _MONTH_S
    rows = sandbox.store.all(
        "SELECT body FROM jobs WHERE org = ? AND created_at > ? AND status NOT IN ('FAILED', 'REJECTED')", (org, since)
    )
    models = [json.loads(row["body"])["request"]["model"] for row in rows]
    if len(models) >= _FREE_JOBS or (model == "sync-3" and models.count("sync-3") >= _FREE_SYNC_3_JOBS):
        raise refused("free_tier_generations_exhausted")
