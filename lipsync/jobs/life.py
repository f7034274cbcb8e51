"""The life of one job: from wherever the journal has it to the film on disk, by one process at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from filelock import Timeout

from .. import clock
from ..errors import (
    BoughtByAnotherKey,
    ConnectionFailed,
    FilmGone,
    JobFailed,
    JobRejected,
    JournalNotWritten,
    JournalTrouble,
    LipsyncError,
    NoSuchJob,
    ResultGone,
    ResultNotSaved,
    ServiceRefused,
    ServiceTrouble,
)
from ..preflight import preflight
from ..settings import sync_plan
from . import settle
from .accounts import Account
from .fetch import fetch, film_on_disk
from .journal import Row
from .locks import job_lock
from .order import Counter, Order
from .prepare import prepare, reserve_again
from .progress import Progress
from .send import send
from .states import Stage
from .waiting import until_ended
from .watch import Watch

_LOCK_EVERY_S = 0.5
_UNATTENDED_PAUSE_S, _LONGEST_PAUSE_S = 60.0, 600.0  # after trouble with a paid film for which nobody waits
_TROUBLE = (ConnectionFailed, ServiceTrouble, ResultNotSaved, JournalTrouble)


@dataclass(frozen=True, kw_only=True)
class Life:
    """The job `fingerprint`, told to `watch`. `order` is None where only what was bought is gone on with."""

    fingerprint: str
    order: Order | None
    counter: Counter
    watch: Watch

    async def run(self) -> Row:
        """The job's row, DONE. Raises LipsyncError."""
        journal = self.counter.journal
        seen = journal.latest(self.fingerprint)
        async with self._sole_writer():
            row = journal.latest(self.fingerprint)
            if row is not None and row.stage.dead and (seen is None or seen.attempt < row.attempt or not seen.stage.dead):
                raise ended(row)  # in another process, while we waited for that one: whether to buy anew is for the user to say
            try:
                row = await self._paid_for()
            except (LipsyncError, asyncio.CancelledError):
                self._release()
                raise
            self.watch.reached(row)
            return await self._to_disk(row)

    async def _paid_for(self) -> Row:
        journal, account = self.counter.journal, self.counter.account
        row = journal.latest(self.fingerprint)
        if row is not None and row.stage is Stage.PREPARED and row.key_mark != account.key.mark:
            journal.remove(row)  # its uploads lie in another account, and nothing of it was ever sent
            row = journal.latest(self.fingerprint)
        if row is None or row.stage.dead:
            if self.order is None:
                raise ended(row) if row is not None else NoSuchJob(job=self.watch.short_id, service=account.choice.label)
            flight = await asyncio.to_thread(preflight, self.order.request, sync_plan(self.counter.workspace.state_dir).value)
            row = await prepare(self.order, flight, row, self.counter, self.watch)
        elif row.stage is Stage.PREPARED and self.order is not None:
            row = reserve_again(self.order, row, self.counter)
        check_key(row, account)
        self.watch.paid = row.stage.paid_call_made
        if row.stage in (Stage.SENDING, Stage.UNKNOWN):
            row = await self._settled(row)
        if row.stage in (Stage.PREPARED, Stage.UNKNOWN):
            row = await send(row, self.counter, self.watch)
        return row

    def _release(self) -> None:
        with contextlib.suppress(JournalTrouble):  # what is raised already says it, and the next process releases
            row = self.counter.journal.latest(self.fingerprint)
            if row is not None:
                self.counter.journal.release(row)

    async def _settled(self, row: Row) -> Row:
        """A paid call without a known outcome: look it up; the row stays UNKNOWN if the same call may be repeated."""
        account, journal = self.counter.account, self.counter.journal
        row = journal.move(row, Stage.UNKNOWN)
        found = await settle.settled(row, account, journal)
        if found is None and not settle.repeatable(row, account):
            raise settle.unknown(row, account)
        return found or row

    async def _to_disk(self, row: Row) -> Row:
        if row.stage is Stage.DONE:
            if await asyncio.to_thread(film_on_disk, row, self.counter.journal) is not None:
                return row
            row = self.counter.journal.move(row, Stage.COMPLETED)
        pause_s = _UNATTENDED_PAUSE_S
        while True:
            try:
                return await self._fetched(row)
            except _TROUBLE:
                if self.watch.attended:
                    raise
            await clock.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _fetched(self, row: Row) -> Row:
        counter = self.counter
        try:
            row, status = await until_ended(row, counter, self.watch)
            if row.stage.dead:
                counter.uploads.forget_if_lost(row.error_code, origin=row.origin, key_mark=row.key_mark)
                if self.watch.attended:
                    counter.journal.note(row, handed_over_at=clock.now())  # whoever waits hears of it now, and no collecting tells it again
                raise ended(row)
            return await fetch(
                counter.account.service, status, row, journal=counter.journal, workspace=counter.workspace, tell=self.watch.tell
            )
        except (ServiceRefused, FilmGone) as error:
            if isinstance(error, ServiceRefused) and error.status != 404:
                raise
            raise ResultGone(job=row.short_id, service=counter.account.choice.facts.title) from error

    @contextlib.asynccontextmanager
    async def _sole_writer(self) -> AsyncIterator[None]:
        """Hold the job's lock; while another process does, it works for us too. Raises JournalNotWritten."""
        lock = job_lock(self.counter.workspace.state_dir, self.fingerprint)
        while True:
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:
                row = self.counter.journal.latest(self.fingerprint)
                if row is not None and not row.stage.dead:
                    self.watch.reached(row)
                text = "Another ComfyUI is at work on this job"
                self.watch.tell(Progress(text=text, job=self.watch.short_id, paid=self.watch.paid))
                await asyncio.sleep(_LOCK_EVERY_S)
            except OSError as error:
                raise JournalNotWritten("locks", why=error.strerror or type(error).__name__) from error
        try:
            yield
        finally:
            lock.release()


def check_key(row: Row, account: Account) -> None:
    """Raise BoughtByAnotherKey where `account` is not the one that `row` was bought with."""
    if row.key_mark != account.key.mark:
        facts = account.choice.facts
        raise BoughtByAnotherKey(job=row.short_id, service=facts.title, variable=facts.key_variable)


def ended(row: Row) -> LipsyncError:
    """Why a FAILED or REJECTED job ended."""
    kind = JobRejected if row.stage is Stage.REJECTED else JobFailed
    return kind(job=row.short_id, service=row.service.title(), sentence=row.error or "")
