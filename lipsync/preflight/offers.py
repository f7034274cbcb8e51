"""What every model of both services would make of a clip and a speech."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..catalogue import CHOICES, Model, Plan, ServiceChoice, model_named, models_of
from ..errors import InputRefused, LipsyncError
from ..media.sources import AudioFile, Speech
from ..request import LipsyncRequest, Wish, lipsync_request
from .flight import Preflight, assess
from .look import Media, look_at
from .prices import NOT_KNOWN, Quote, from_price_list

_ANY_SPEECH = Speech(source=AudioFile(path=Path()))  # only to ask what would fit; nobody looks at it


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One model at one service: the film and its price, or the sentence why it does not fit."""

    choice: ServiceChoice
    model: Model
    request: LipsyncRequest | None = None
    flight: Preflight | None = None
    quote: Quote = NOT_KNOWN
    refusal: str = ""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """All offers for `media`, and what else is to be said. `service` and `model` are those that were asked for."""

    service: str
    model: str
    offers: tuple[Offer, ...]
    media: Media
    plan: Plan | None
    remarks: tuple[str, ...] = ()

    @property
    def chosen(self) -> Offer:
        """The offer that was asked for."""
        return next(offer for offer in self.offers if (offer.choice.label, offer.model.name) == (self.service, self.model))


def offers_for(wish: Wish, plan: Plan | None) -> Estimate:
    """Every offer, with the price list's prices; `wish` may be without a speech. Blocks: run it in a thread.

    Raises InputRefused and MediaRefused for what no model would take.
    """
    try:
        asked = _request(wish)
    except LipsyncError:
        others = [choice for choice in CHOICES if choice.label == wish.service and model_named(choice.service, wish.model)]
        found = next(_requests(wish), None) if others else None
        if found is None:
            raise
        asked = found
    media = look_at(asked.video, [speech.source for speech in asked.speeches], asked.choice.facts)
    offers = tuple(_offer(wish, choice, model, media, plan) for choice in _choices(wish) for model in models_of(choice.service))
    return Estimate(service=wish.service, model=wish.model, offers=offers, media=media, plan=plan)


def _choices(wish: Wish) -> list[ServiceChoice]:
    """Both services, or both sandboxes; the one that was asked for first."""
    sandbox = any(choice.label == wish.service and choice.sandbox for choice in CHOICES)
    return sorted((choice for choice in CHOICES if choice.sandbox is sandbox), key=lambda choice: choice.label != wish.service)


def _requests(wish: Wish) -> Iterator[LipsyncRequest]:
    for choice in _choices(wish):
        for model in models_of(choice.service):
            try:
                yield _request(replace(wish, service=choice.label, model=model.name))
            except LipsyncError:
                continue


def _request(wish: Wish) -> LipsyncRequest:
    if wish.speech is None and wish.segments is None:
        return replace(lipsync_request(replace(wish, speech=_ANY_SPEECH)), speeches=())
    return lipsync_request(wish)


def _why(error: LipsyncError) -> str:
    if not isinstance(error, InputRefused):
        return str(error)
    return f"{error.allowed}." if error.input in ("model", "service") else error.sentence  # those two begin the line


def _offer(wish: Wish, choice: ServiceChoice, model: Model, media: Media, plan: Plan | None) -> Offer:
    try:
        request = _request(replace(wish, service=choice.label, model=model.name))
        flight = assess(request, media, plan)
    except LipsyncError as error:
        return Offer(choice=choice, model=model, refusal=_why(error))
    return Offer(choice=choice, model=model, request=request, flight=flight, quote=from_price_list(request, flight))
