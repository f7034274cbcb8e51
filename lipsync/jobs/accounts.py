"""An account: a service at an origin with a key. One client per account lives as long as the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..catalogue import CHOICES, SERVICES, ServiceChoice
from ..errors import BoughtElsewhere, FileDamaged, NoKey
from ..keys import Key, key_for
from ..services.base import Service
from ..services.origins import Origin, origin_for, origin_id
from .journal import Row


def choice_of(row: Row) -> ServiceChoice:
    """What the `service` widget calls the place where `row` was bought. Raises BoughtElsewhere if no choice leads there now."""
    for choice in CHOICES:
        if choice.service == row.service and origin_id(choice) == row.origin:
            return choice
    facts = SERVICES[row.service]
    raise BoughtElsewhere(job=row.short_id, service=facts.title, origin=row.origin, variable=facts.base_url_variable)


def _sync(origin: Origin, key: Key) -> Service:
    from ..services.sync import SyncService  # loads httpx, which takes as long as all the rest of the pack

    return SyncService(origin, key)


def _segmind(origin: Origin, key: Key) -> Service:
    from ..services.segmind import SegmindService  # as above

    return SegmindService(origin, key)


_SERVICES: dict[str, Callable[[Origin, Key], Service]] = {"sync": _sync, "segmind": _segmind}


@dataclass(frozen=True, kw_only=True)
class Account:
    choice: ServiceChoice
    origin: Origin
    key: Key
    service: Service


class Accounts:
    """The accounts in use. On the engine's loop only."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._known: dict[tuple[str, str, str], Account] = {}

    async def origin(self, choice: ServiceChoice) -> Origin:
        """Where `choice` lives now; starts the sandbox if it is that."""
        return await asyncio.to_thread(origin_for, choice, state_dir=self._state_dir)

    async def open(self, choice: ServiceChoice) -> Account:
        """The account of the user's key. Raises NoKey, FileDamaged."""
        key = key_for(choice, state_dir=self._state_dir)
        origin = await self.origin(choice)
        place = (choice.label, origin.base_url, key.mark)
        if place not in self._known:
            service = _SERVICES[choice.service](origin, key)
            self._known[place] = Account(choice=choice, origin=origin, key=key, service=service)
        return self._known[place]

    async def of(self, row: Row) -> Account | None:
        """The account that bought `row`, if its key and origin are at hand."""
        for choice in CHOICES:
            if choice.service != row.service:
                continue
            try:
                key = key_for(choice, state_dir=self._state_dir)
            except (NoKey, FileDamaged):
                continue
            if key.mark == row.key_mark and (await self.origin(choice)).id == row.origin:
                return await self.open(choice)
        return None
