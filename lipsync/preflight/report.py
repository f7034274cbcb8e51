"""The report in words, for a node and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalogue import SYNC_MODES, Plan
from ..columns import table
from .flight import Preflight, length_s
from .offers import Estimate, Offer
from .warnings import beyond_plan, mode_text

_NOT_KNOWN = "not known"


def report(estimate: Estimate) -> str:
    """Everything, the answer to what was asked first."""
    return "\n\n".join("\n".join(part) for part in _parts(estimate) if part)


def summary(estimate: Estimate) -> str:
    """The offer that was asked for, in one sentence."""
    offer = estimate.chosen
    where = f"{offer.model.name}, {offer.choice.label}"
    flight = offer.flight
    if flight is None:
        return f"{where}, does not fit: {offer.refusal}"
    if flight.output_s is None:
        return f"{where}: neither length nor price is known beforehand."
    film = f"{where}: a film of {flight.output_s:.2f} s, {flight.frame_count} frames"
    usd = offer.quote.usd
    return f"{film}, about {usd:.2f} USD ({offer.quote.source})." if usd is not None else f"{film}; its price is not known beforehand."


def _parts(estimate: Estimate) -> Iterator[list[str]]:
    chosen = estimate.chosen
    yield [summary(estimate), *_conditions(chosen)]
    yield [f"Beware: {warning}" for warning in (() if chosen.flight is None else chosen.flight.warnings)]
    fits, misfits = _sorted(estimate)
    yield [table([("Model", "USD", "Length", "Frames", "Price from"), *(_row(offer, offer.flight) for offer in fits if offer.flight)])]
    if chosen.flight is not None:
        yield _modes(chosen)
    yield [
        *(f"Not {offer.model.name}, {offer.choice.facts.title}: {offer.refusal}" for offer in misfits if offer is not chosen),
        *(
            f"Not with your plan: {offer.model.name}, {offer.choice.facts.title}."
            for offer in fits
            if offer is not chosen and _beyond(offer)
        ),
    ]
    notices = () if chosen.request is None else chosen.request.notices
    yield [*estimate.media.conversions, *notices, *estimate.media.remarks, *_plan(estimate.plan), *estimate.remarks]


def _sorted(estimate: Estimate) -> tuple[list[Offer], list[Offer]]:
    return (
        [offer for offer in estimate.offers if offer.flight is not None],
        [offer for offer in estimate.offers if offer.flight is None],
    )


def _beyond(offer: Offer) -> bool:
    return offer.request is not None and offer.flight is not None and beyond_plan(offer.request, offer.flight.output_s, offer.flight.plan)


def _conditions(offer: Offer) -> Iterator[str]:
    if offer.choice.sandbox:
        yield f"The sandbox itself is free; these are the prices of {offer.choice.facts.title}."
    if offer.request is not None and not offer.request.speeches and not offer.request.segments:
        if offer.request.is_photo:
            yield "There is no speech yet, and a talking photo lasts as long as its speech."
        else:
            yield "There is no speech yet: all of this is for a speech that lasts as long as the video."


def _row(offer: Offer, flight: Preflight) -> tuple[str, ...]:
    length, frames = _length(flight.output_s, flight.frame_rate)
    usd = _NOT_KNOWN if offer.quote.usd is None else f"{offer.quote.usd:.2f}"
    return f"{offer.model.name}, {offer.choice.facts.title}", usd, length, frames, offer.quote.source


def _length(output_s: float | None, rate: float) -> tuple[str, str]:
    return (_NOT_KNOWN, _NOT_KNOWN) if output_s is None else (f"{output_s:.2f} s", f"{round(output_s * rate)}")


def _modes(offer: Offer) -> list[str]:
    """What each sync_mode would make of the lengths; nothing where there is no choice."""
    request, flight = offer.request, offer.flight
    if request is None or flight is None or request.is_photo or request.segments or not request.speeches:
        return []
    video_s, speech_s = flight.media.video.duration_s, flight.media.speech_s
    rows = [("sync_mode", "Length", "Frames", "")]
    for mode in SYNC_MODES:
        done = mode_text(mode, video_s=video_s, speech_s=speech_s) if video_s and speech_s else ""
        rows.append((mode, *_length(length_s(request, flight.media, mode), flight.frame_rate), done))
    return [table(rows)]


def _plan(plan: Plan | None) -> Iterator[str]:
    if plan is None:
        yield (
            "Your plan at Sync is not known here: its limits are not checked, and its discount is not taken off the price list. Name it in "
            "SYNC_PLAN, or in ComfyUI's settings under Lip Sync."
        )
        return
    jobs = (
        "as many jobs at once as agreed" if plan.concurrency is None else f"{plan.concurrency} job{'s' * (plan.concurrency != 1)} at once"
    )
    limit = "films as long as agreed" if plan.max_duration_s is None else f"films of {plan.max_duration_s:g} s at most"
    own = "".join(f" ({limit_s:g} s with {model})" for model, limit_s in plan.model_limits_s.items())
    yield " ".join(filter(None, [f"Plan {plan.name}: {jobs}, {limit}{own}.", plan.remark]))
