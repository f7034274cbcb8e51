"""The ground that every protocol of the sandbox stands on: what is stored, planned, bought and under way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from .. import host
from .faults import FaultBook
from .jobs import Job, Jobs, Ledger
from .links import Links
from .objects import ObjectStore
from .rates import Rates
from .received import Received
from .settings import Settings, SettingsBook
from .store import Store
from .workshop import Workshop

Notify = Callable[["Sandbox", Job], Awaitable[None]]


class Sandbox:
    """Everything that is shared. Made and used on one event loop; `close` ends what it has under way."""

    def __init__(self, state_dir: Path, *, paths: frozenset[str], notify: Notify) -> None:
        host.owner_only_dir(state_dir)
        self.store = Store(state_dir / "sandbox.sqlite3")
        self.settings_book = SettingsBook(self.store, paths)
        self.objects = ObjectStore(self.store, state_dir / "objects")
        self.links = Links(self.store)
        self.faults = FaultBook(self.store)
        self.jobs = Jobs(self.store)
        self.ledger = Ledger(self.store)
        self.rates = Rates()
        self.received = Received()
        self.keys_in_use: set[tuple[str, str]] = set()  # organisation and idempotency key of creates not yet decided
        self.slots_in_use: Counter[str] = Counter()  # by organisation, of creates not yet decided
        self._tasks: set[asyncio.Task[None]] = set()
        self.address = ""  # our own origin, once it is known
        self.session = aiohttp.ClientSession(trust_env=False)
        self.workshop = Workshop(self.jobs, self.objects, lambda job: notify(self, job))

    @property
    def settings(self) -> Settings:
        return self.settings_book.current

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` go on beside the requests until it is done or the sandbox closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.workshop.close()
        await self.session.close()
        self.store.close()


SANDBOX: web.AppKey[Sandbox] = web.AppKey("sandbox", Sandbox)
