"""Prices from the services themselves, where they tell them. Everything in here is free."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from .. import clock
from ..catalogue import SERVICES, ServiceChoice
from ..errors import LipsyncError, NoEstimate, NoPriceTold, ServiceTrouble
from ..keys import key_source
from ..preflight import Estimate, Offer, Preflight, Quote, from_price_list, from_service, offers_for
from ..request import LipsyncRequest, Wish
from ..settings import sync_plan
from .accounts import Account, Accounts, service_class

_PATIENCE_S = 15.0  # the price list is at hand too


async def quote(request: LipsyncRequest, flight: Preflight, account: Account) -> Quote:
    """The price of one film: the service's own estimate where it gives one, else the price list's. Raises KeyRefused."""
    return await _own_estimate(request, flight, account) or from_price_list(request, flight)


class Estimator:
    """Estimates for one private folder, on the engine's loop. Never buys, never uploads."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._accounts = Accounts(state_dir)

    def depends_on(self) -> tuple[str, ...]:
        """What an estimate depends on besides the wish: the plan, and whether there is a key to ask with."""
        try:
            plan = sync_plan(self._state_dir).value
            keys = [key_source(service, state_dir=self._state_dir) or "" for service in SERVICES]
        except LipsyncError as error:
            return (str(error),)  # said when the estimate is made
        return ("" if plan is None else plan.name, *keys)

    async def estimate(self, wish: Wish) -> Estimate:
        """What each model that fits would make of `wish`, and for how much. Raises InputRefused, MediaRefused, FileDamaged."""
        plan = sync_plan(self._state_dir).value
        listed = await asyncio.to_thread(offers_for, wish, plan)
        offers: list[Offer] = []
        remarks: list[str] = []
        for choice in dict.fromkeys(offer.choice for offer in listed.offers):
            of_choice = [offer for offer in listed.offers if offer.choice == choice]
            try:
                offers += await self._asked(choice, of_choice)
            except LipsyncError as error:
                offers += of_choice
                remarks.append(str(NoEstimate(service=choice.facts.title, sentence=str(error))))
        return replace(listed, offers=tuple(offers), remarks=tuple(remarks))

    async def _asked(self, choice: ServiceChoice, offers: list[Offer]) -> list[Offer]:
        """The `offers` with the service's own prices, where it tells any. Raises LipsyncError."""
        if not service_class(choice.service).capabilities.estimate:
            return offers
        account, facts = await self._accounts.open(choice), choice.facts
        try:
            told = await asyncio.wait_for(asyncio.gather(*[_told(offer, account) for offer in offers]), clock.real(_PATIENCE_S))
        except asyncio.TimeoutError:
            raise ServiceTrouble(
                service=facts.title, status_page=facts.status_page, detail=f"it told no price within {_PATIENCE_S:g} s"
            ) from None
        if told == offers and any(offer.quote.usd is not None for offer in offers):
            raise NoPriceTold(service=facts.title)
        return told


async def _told(offer: Offer, account: Account) -> Offer:
    if offer.request is None or offer.flight is None:
        return offer
    return replace(offer, quote=await _own_estimate(offer.request, offer.flight, account) or offer.quote)


async def _own_estimate(request: LipsyncRequest, flight: Preflight, account: Account) -> Quote | None:
    """The service's own price, which has the discount in it; None where it tells none. Raises KeyRefused."""
    if flight.output_s is None or not account.service.capabilities.estimate:
        return None
    usd = await account.service.estimate_usd(request, duration_s=flight.output_s, frame_rate=flight.frame_rate)
    return None if usd is None else from_service(usd, account.choice.label)
