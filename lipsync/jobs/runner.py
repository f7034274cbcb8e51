"""The runner: orders become jobs, jobs become films, and what another process has begun is gone on with."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from .. import clock
from ..catalogue import ServiceChoice
from ..errors import NeverSent, ResultGone, StillRunning
from ..fingerprint import Fingerprint, fingerprint
from ..media.digests import FileDigests
from ..request import LipsyncRequest
from ..workspace import Workspace
from . import adopt
from .accounts import Account, Accounts
from .database import Database
from .fetch import film_on_disk
from .journal import Journal, Row
from .life import Life, check_key, ended
from .line import Line
from .locks import job_lock
from .memory import Digests, ListsRead, Uploads
from .order import Counter, Order
from .progress import Listener
from .states import Stage
from .watch import Watch


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A film on disk. `bought` is whether it was bought while this run waited, rather than before."""

    row: Row
    film: Path
    bought: bool


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """A job that goes on without us. `row` is None while it waits for a slot."""

    short_id: str
    origin: str
    row: Row | None

    @property
    def told(self) -> str:
        """Where the job stands, for the node."""
        if self.row is None:
            return "All slots are busy: queued, and submitted by itself as soon as one is free"
        return "Already finished, nothing paid again" if self.row.stage is Stage.DONE else "Submitted, and paid for when it completes"


class Runner:
    """All jobs of one workspace in this process. Its coroutines run on the engine's loop."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._database = database = Database(workspace.state_dir)
        self.journal = Journal(database)
        self._uploads, self._lists = Uploads(database), ListsRead(database)
        self._digests = FileDigests(Digests(database))
        self.accounts = Accounts(workspace.state_dir)
        self._watches: dict[str, Watch] = {}
        self._lines: dict[tuple[str, str], Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._resumed = False

    # What nodes ask for.

    async def lip_sync(self, request: LipsyncRequest, *, node_id: str, listener: Listener, wait_limit_s: float = 0) -> Finished:
        """Buy (or find bought) the film that `request` asks for, wait for it, and hand it over."""
        self.resume()
        order, row = await self._order(request, node_id)
        known = None if row is None else await self._film_of(row)
        if row is not None and known is not None:
            return self._handed_over(row, known, bought=False)
        before = clock.now()
        watch = await self._watch_order(order)
        done = await self._until_done(watch, listener, wait_limit_s)
        return self._handed_over(done, await self._film_or_gone(done), bought=(done.submitted_at or 0.0) >= before)

    async def submit(self, request: LipsyncRequest, *, node_id: str, listener: Listener) -> Submitted:
        """Buy the film and return as soon as its job is accepted, or left to this process because all slots are busy."""
        self.resume()
        order, row = await self._order(request, node_id)
        if row is None or await self._film_of(row) is None:
            watch = await self._watch_order(order)
            row = await watch.follow(listener, "left")
        return Submitted(short_id=order.fingerprint.short_id, origin=order.origin, row=row)

    async def collect(self, short_id: str, choice: ServiceChoice, *, listener: Listener, wait_limit_s: float = 0) -> Finished:
        """Wait for a job of the journal and hand its film over."""
        self.resume()
        origin = await self.accounts.origin(choice)
        row = self.journal.latest_of(short_id, service=choice.service, origin=origin.id)
        if row is None:
            row = await adopt.by_service_id(short_id, await self.accounts.open(choice), self.journal, self.workspace)
        film = await self._film_of(row)
        if film is not None:
            return self._handed_over(row, film, bought=False)
        watch = self._watches.get(row.fingerprint)
        if watch is None:
            if row.stage.dead:
                raise ended(row)
            if row.stage is Stage.PREPARED and not row.queued:
                raise NeverSent(job=short_id)
            account = await self._account_of(row, choice)
            watch = self._watches.get(row.fingerprint) or self._begin(row.fingerprint, row.short_id, account, None)
        done = await self._until_done(watch, listener, wait_limit_s)
        return self._handed_over(done, await self._film_or_gone(done), bought=False)

    async def asset_url(self, asset_id: str, choice: ServiceChoice) -> str:
        """Where a picture or sound of the account can be fetched."""
        return await (await self.accounts.open(choice)).service.asset_url(asset_id)

    def resume(self) -> None:
        """Once per process: go on with every job whose paid call was made, or that was left to a process for want of a slot."""
        if self._resumed:
            return
        self._resumed = True
        for row in self.journal.prepared():
            lock = job_lock(self.workspace.state_dir, row.fingerprint)
            with contextlib.suppress(Timeout), lock.acquire(timeout=0):
                self.journal.release(row)  # its process was killed before it sent anything
        for row in self.journal.unfinished():
            self._tasks.add(task := asyncio.get_running_loop().create_task(self._go_on_with(row)))
            task.add_done_callback(self._tasks.discard)

    # Who works on what.

    async def _order(self, request: LipsyncRequest, node_id: str) -> tuple[Order, Row | None]:
        origin = await self.accounts.origin(request.choice)
        mark = await asyncio.to_thread(fingerprint, request, origin=origin.id, digest=self._digests)
        return Order(request=request, fingerprint=mark, origin=origin.id, node_id=node_id), self.journal.latest(mark.full)

    async def _watch_order(self, order: Order) -> Watch:
        mark: Fingerprint = order.fingerprint
        watch = self._watches.get(mark.full)
        if watch is None:
            account = await self.accounts.open(order.request.choice)
            watch = self._watches.get(mark.full)  # another order may have come in between
            if watch is None:
                watch = self._begin(mark.full, mark.short_id, account, order)
        return watch

    def _begin(self, full: str, short_id: str, account: Account, order: Order | None, *, left_to_us: bool = False) -> Watch:
        watch = self._watches[full] = Watch(short_id)

        def over() -> None:
            if self._watches.get(full) is watch:
                del self._watches[full]

        life = Life(fingerprint=full, order=order, counter=self._counter(account), watch=watch)
        watch.start(life.run(), when_over=over, left_to_us=left_to_us)
        return watch

    async def _go_on_with(self, row: Row) -> None:
        account = await self.accounts.of(row)
        if account is not None and row.fingerprint not in self._watches:
            self._begin(row.fingerprint, row.short_id, account, None, left_to_us=True)

    # Small matters.

    async def _until_done(self, watch: Watch, listener: Listener, wait_limit_s: float) -> Row:
        if not wait_limit_s:
            row = await watch.follow(listener, "done")
        else:
            row = await watch.follow(listener, "accepted")
            submitted_at = clock.now() if row is None or row.submitted_at is None else row.submitted_at
            left_s = max(0.0, submitted_at + wait_limit_s - clock.now())
            row = await watch.follow(listener, "done", clock.real(left_s))
        if row is None:
            raise StillRunning(job=watch.short_id)
        return row

    def _counter(self, account: Account) -> Counter:
        at = (account.origin.id, account.key.mark)
        if at not in self._lines:
            self._lines[at] = Line(self._database, origin=at[0], key_mark=at[1], waits=self._waits_for_a_slot)
        return Counter(
            account=account,
            accounts=self.accounts,
            journal=self.journal,
            uploads=self._uploads,
            lists=self._lists,
            digests=self._digests,
            workspace=self.workspace,
            line=self._lines[at],
            journal_aside=self._database.aside,
        )

    def _waits_for_a_slot(self, full: str) -> bool:
        """Whether a job still stands in line: whoever works on it is alive, and it has not been accepted."""
        row = self.journal.latest(full)
        if row is None or row.stage not in (Stage.PREPARED, Stage.SENDING):
            return False
        with contextlib.suppress(Timeout), job_lock(self.workspace.state_dir, full).acquire(timeout=0):
            return False
        return True

    async def _account_of(self, row: Row, choice: ServiceChoice) -> Account:
        account = await self.accounts.open(choice)
        check_key(row, account)
        return account

    async def _film_of(self, row: Row) -> Path | None:
        return await asyncio.to_thread(film_on_disk, row, self.journal) if row.stage is Stage.DONE else None

    async def _film_or_gone(self, row: Row) -> Path:
        film = await self._film_of(row)
        if film is None:
            raise ResultGone(job=row.short_id, service=row.service.title())
        return film

    def _handed_over(self, row: Row, film: Path, *, bought: bool) -> Finished:
        if row.handed_over_at is None:
            row = self.journal.note(row, handed_over_at=clock.now())
        return Finished(row=row, film=film, bought=bought)
