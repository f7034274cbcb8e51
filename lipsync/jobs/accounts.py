"""An account: a service at an origin with a key. One client per account lives as long as the process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..catalogue import CHOICES, SERVICES, ServiceChoice
from ..errors import BoughtElsewhere, LipsyncError
from ..keys import Key, key_for
from ..services.base import Service
from ..services.origins import Origin, origin_for, origin_id
from .journal import Row

if TYPE_CHECKING:
    from ..services.segmind import SegmindService
    from ..services.sync import SyncService


def choice_of(row: Row) -> ServiceChoice:
    """What the `service` widget calls the place where `row` was bought. Raises BoughtElsewhere if no choice leads there now."""
    for choice in CHOICES:
        if choice.service == row.service and origin_id(choice) == row.origin:
            return choice
    facts = SERVICES[row.service]
    raise BoughtElsewhere(job=row.short_id, service=facts.title, origin=row.origin, variable=facts.base_url_variable)


def at_hand(row: Row, *, state_dir: Path) -> bool:
    """Whether the key that bought `row`, and the place where it was bought, are those of now. Starts nothing."""
    try:
        return key_for(choice_of(row), state_dir=state_dir).mark == row.key_mark
    except LipsyncError:  # there is no such place, no key, or none that can be read
        return False


def service_class(service: str) -> type[SyncService] | type[SegmindService]:
    """The class that speaks to `sync` or `segmind`. Loads httpx, which takes as long as all the rest of the pack."""
    if service == "sync":
        from ..services.sync import SyncService

        return SyncService
    from ..services.segmind import SegmindService

    return SegmindService


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
            service = service_class(choice.service)(origin, key)
            self._known[place] = Account(choice=choice, origin=origin, key=key, service=service)
        return self._known[place]

    async def of(self, row: Row) -> Account | None:
        """The account that bought `row`, if its key and origin are at hand."""
        return await self.open(choice_of(row)) if at_hand(row, state_dir=self._state_dir) else None
