"""Jobs that want a slot stand in line: first come, first served, across every node and process of this machine.

Only the job at the head asks the service, not sooner than the service wants to be asked, and not while this journal's own jobs hold all the
slots that the plan is known to have. How many that are is learned from what the service says when they are busy.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from .. import clock
from .database import Database

ASK_EVERY_S = 5.0  # twelve requests a minute
_ASK_THOUGH_FULL_S = 30.0  # the plan may have been upgraded
_LONGEST_S = 300.0  # a moment further off than this was written by a clock that has been moved
_FIRST_LOOKS_S, _OTHERS_LOOK_S = 0.25, 2.0  # real time: another process may have left the line

_RUNNING = "SELECT count(*) FROM jobs WHERE origin = ? AND key_mark = ? AND stage IN ('SUBMITTED', 'PROCESSING')"
_KEEP = "INSERT OR REPLACE INTO slots (origin, key_mark, busy, active, slots, ask_at) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a job stands: `ahead` wait before it; `busy` if no slot is free, `active` of `slots` as far as the service has said."""

    ahead: int
    busy: bool
    active: int | None
    slots: int | None

    @property
    def text(self) -> str:
        """For the node: "3 of 3 slots busy, 2 ahead"."""
        taken = "all slots busy" if self.active is None or self.slots is None else f"{self.active} of {self.slots} slots busy"
        return f"Waiting for a free slot: {taken}{f', {self.ahead} ahead' if self.ahead else ''}"


OnStanding = Callable[[Standing], None]


@dataclass(frozen=True, kw_only=True)
class _Slots:
    """What is known of an account's slots. Before `ask_at` (Unix seconds) no question is wanted; past, it is when the last one was."""

    busy: bool = False
    active: int | None = None
    slots: int | None = None
    ask_at: float = 0.0


@dataclass(eq=False)
class _Place:
    ticket: int
    on_standing: OnStanding
    called: asyncio.Event = field(default_factory=asyncio.Event)


class Line:
    """The line before one account. `waits(fingerprint)` says whether a job still stands in it, whoever works on it.

    On the engine's loop only.
    """

    def __init__(self, database: Database, *, origin: str, key_mark: str, waits: Callable[[str], bool]) -> None:
        self._database, self._at, self._waits = database, (origin, key_mark), waits
        self._places: list[_Place] = []

    @contextlib.asynccontextmanager
    async def place(self, fingerprint: str, on_standing: OnStanding) -> AsyncIterator[None]:
        """The block runs at the head of the line. `on_standing` hears how the job stands while it waits."""
        place = _Place(self._ticket(fingerprint), on_standing)
        self._places.append(place)
        self._places.sort(key=lambda one: one.ticket)
        try:
            while not self._is_head(place):
                on_standing(self._standing(place.ticket))
                await self._look_again(place)
            yield
        finally:
            self._places.remove(place)
            self._leave(fingerprint)
            self._call_all()

    async def may_ask(self, on_standing: OnStanding) -> None:
        """At the head: wait until the service may be asked, and asking makes sense."""
        while not self._sensible():
            on_standing(Standing(ahead=0, busy=True, active=self._active(), slots=self._slots().slots))
            await asyncio.sleep(_FIRST_LOOKS_S)

    def slots_are_busy(self, *, active: int | None, slots: int | None, retry_after_s: float | None) -> None:
        """The service has said so to the job at the head; it wants to be asked again after `retry_after_s`."""
        known = self._slots()
        pause_s = min(max(retry_after_s or 0.0, ASK_EVERY_S), _LONGEST_S)
        self._keep(_Slots(busy=True, active=active, slots=slots or known.slots, ask_at=clock.now() + pause_s))
        self._call_all()

    def slot_was_free(self) -> None:
        """The job at the head was accepted: a plan that should have been full has more slots than it was known for."""
        slots = self._slots().slots
        full = slots is not None and self._running() >= slots
        self._keep(_Slots(slots=None if full else slots, ask_at=clock.now()))

    # Within.

    def _is_head(self, place: _Place) -> bool:
        if self._places[0] is not place:
            return False
        query = "SELECT ticket, fingerprint FROM line WHERE origin = ? AND key_mark = ? ORDER BY ticket LIMIT 1"
        while (first := self._database.one(query, *self._at)) is not None and first["ticket"] < place.ticket:
            if self._waits(first["fingerprint"]):
                return False
            self._leave(first["fingerprint"])  # its process has died
        return True

    def _sensible(self) -> bool:
        known, now = self._slots(), clock.now()
        if 0 < known.ask_at - now <= _LONGEST_S:
            return False
        full = known.slots is not None and self._running() >= known.slots
        return not full or abs(now - known.ask_at) > _ASK_THOUGH_FULL_S

    def _standing(self, ticket: int) -> Standing:
        query = "SELECT count(*) FROM line WHERE origin = ? AND key_mark = ? AND ticket < ?"
        found, known = self._database.one(query, *self._at, ticket), self._slots()
        full = known.slots is not None and self._running() >= known.slots
        return Standing(ahead=found[0] if found else 0, busy=known.busy or full, active=self._active(), slots=known.slots)

    def _active(self) -> int | None:
        """How many slots are taken: by what the service said last, or by what this journal knows to run."""
        known = self._slots()
        return max(known.active or 0, min(self._running(), known.slots)) if known.slots is not None else known.active

    async def _look_again(self, place: _Place) -> None:
        look_s = _FIRST_LOOKS_S if self._places[0] is place else _OTHERS_LOOK_S
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(place.called.wait(), look_s)
        place.called.clear()

    def _call_all(self) -> None:
        for place in self._places:
            place.called.set()

    def _ticket(self, fingerprint: str) -> int:
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO line (fingerprint, origin, key_mark) VALUES (?, ?, ?)", (fingerprint, *self._at))
            return int(connection.execute("SELECT ticket FROM line WHERE fingerprint = ?", (fingerprint,)).fetchone()[0])

    def _leave(self, fingerprint: str) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM line WHERE fingerprint = ?", (fingerprint,))

    def _running(self) -> int:
        found = self._database.one(_RUNNING, *self._at)
        return int(found[0]) if found else 0

    def _slots(self) -> _Slots:
        found = self._database.one("SELECT busy, active, slots, ask_at FROM slots WHERE origin = ? AND key_mark = ?", *self._at)
        return _Slots() if found is None else _Slots(**{**dict(found), "busy": bool(found["busy"])})

    def _keep(self, known: _Slots) -> None:
        with self._database.writing() as connection:
            connection.execute(_KEEP, (*self._at, int(known.busy), known.active, known.slots, known.ask_at))
