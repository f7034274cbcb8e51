"""The paid call: the journal first, and repeated only where that cannot buy twice."""

from __future__ import annotations

from .. import clock
from ..errors import AcceptedNotWritten, ConnectionFailed, JournalTrouble, LipsyncError, ServiceRefused
from ..services.base import BoughtBefore, Created, CreateOutcome, NotSent, RateLimited, Refused, SlotsBusy, Unsettled
from . import guard, settle
from .journal import Row
from .line import ASK_EVERY_S, Standing
from .order import Counter, Teller
from .progress import Progress
from .states import Stage

SEND_PATIENCE_S = 120.0  # a paid call without an answer is repeated under its key for so long, then looked up
REACH_PATIENCE_S = 60.0
_PAUSES_S = (2.0, 4.0, 8.0, 16.0)
_AFTER_THE_KEY = (400, 404, 413, 422)  # said of the body: a key under which something was bought would have been answered with that


async def send(row: Row, counter: Counter, teller: Teller) -> Row:
    """Make the paid call of the PREPARED or UNKNOWN `row` until its outcome is known: the row that comes back is SUBMITTED or further.

    Raises ConnectionFailed (nothing was sent), OutcomeUnknown, OverLimit, AcceptedNotWritten, or what the service refused.
    """
    sending = _Sending(row, counter, teller)
    outcome = await (sending.in_line() if row.stage is Stage.PREPARED else sending.call())
    while True:
        settled = await sending.settled(outcome)
        if settled is not None:
            return settled
        outcome = await sending.call()


class _Sending:
    """The paid call and its repetitions."""

    def __init__(self, row: Row, counter: Counter, teller: Teller) -> None:
        self.row, self.teller = row, teller
        self.journal, self.uploads = counter.journal, counter.uploads
        self.account, self.line, self.state_dir = counter.account, counter.line, counter.workspace.state_dir
        self.in_doubt = row.stage is Stage.UNKNOWN  # a call may have been accepted, whatever a later one is told
        self.unanswered_since: float | None = None
        self.unreached_since: float | None = None
        self.tries = 0

    async def in_line(self) -> CreateOutcome:
        """The first answer that is more than "not now". A call in doubt has left the line: it may hold the very slot that others want."""
        async with self.line.place(self.row.fingerprint, self._stand):
            while True:
                await self.line.may_ask(self._stand)
                outcome = await self.call()
                if not isinstance(outcome, (SlotsBusy, RateLimited, NotSent)):
                    if isinstance(outcome, Created):
                        self.line.slot_was_free()
                    return outcome
                self.row = self.journal.move(self.row, Stage.PREPARED)
                self.teller.paid = False
                if isinstance(outcome, NotSent):
                    await self._unreached(outcome)
                else:
                    self._not_now(outcome)

    async def call(self) -> CreateOutcome:
        """One paid call. A doubt that grew too old to be repeated is an answer without a call."""
        if self.in_doubt and not settle.repeatable(self.row, self.account):
            return Unsettled("it has been in doubt for too long to be repeated")
        with self.journal.transaction():
            if self.row.stage is Stage.PREPARED:
                guard.check_daily(self.journal, state_dir=self.state_dir, key_mark=self.row.key_mark, origin=self.row.origin, more_usd=0.0)
            self.row = self.journal.sending(self.row)  # committed just before the first byte; from here on leaving saves nothing
        self.teller.paid = True
        self._tell("Submitting")
        self.tries += 1
        return await self.account.service.create(self.row.body or b"", model=self.row.model, key=self.row.idempotency_key)

    async def settled(self, outcome: CreateOutcome) -> Row | None:
        """The row as `outcome` leaves it; None if the same call is to be made again. Raises what ends the job."""
        if isinstance(outcome, Created):
            return self._accepted(outcome.status.job_id)
        if isinstance(outcome, Refused):
            return await self._refused(outcome.error)
        if isinstance(outcome, BoughtBefore):
            return await self._looked_up("it says that this was bought before")
        if isinstance(outcome, Unsettled):
            return await self._unanswered(outcome)
        if isinstance(outcome, NotSent):
            await self._unreached(outcome)
            return None
        return await self._busy_in_doubt(outcome)

    def _accepted(self, service_job_id: str) -> Row:
        try:
            return self.journal.submitted(self.row, service_job_id)
        except JournalTrouble as error:
            title = self.account.choice.facts.title
            raise AcceptedNotWritten(job=self.row.short_id, service=title, service_job_id=service_job_id, why=str(error)) from error

    async def _refused(self, error: LipsyncError) -> Row:
        """FAILED, not billed; unless an earlier call is in doubt and the refusal says nothing about that one."""
        if self.in_doubt:
            found = await settle.settled(self.row, self.account, self.journal)
            if found is not None:
                return found
            if not (isinstance(error, ServiceRefused) and error.status in _AFTER_THE_KEY):
                self.row = self.journal.move(self.row, Stage.UNKNOWN, error=str(error))
                raise settle.unknown(self.row, self.account) from error
        code = getattr(error, "code", None)
        self.journal.move(self.row, Stage.FAILED, error=str(error), error_code=code, ended_at=clock.now(), body=None, reserved_usd=0)
        self.teller.paid = False
        self.uploads.forget_if_lost(code, origin=self.row.origin, key_mark=self.row.key_mark)
        raise error

    def _not_now(self, outcome: SlotsBusy | RateLimited) -> None:
        """All slots are busy, or too many requests were made: who stands at the head asks again when the service wants it."""
        self.unreached_since = None
        known = outcome if isinstance(outcome, SlotsBusy) else SlotsBusy(None, None, outcome.retry_after_s)
        self.line.slots_are_busy(active=known.active, slots=known.limit, retry_after_s=known.retry_after_s)
        if isinstance(outcome, RateLimited):
            self._tell("Waiting: the service asks for fewer requests")

    async def _busy_in_doubt(self, outcome: SlotsBusy | RateLimited) -> Row | None:
        self.unreached_since = None
        found = await settle.settled(self.row, self.account, self.journal)  # it may be this very job that takes the slot
        if found is None:
            self._tell("Waiting for a free slot, to ask again for the same purchase")
            await clock.sleep(min(max(outcome.retry_after_s or 0.0, ASK_EVERY_S), 60.0))
        return found

    async def _unreached(self, outcome: NotSent) -> None:
        """Try again for a while; for as long as it takes where nobody waits to be told."""
        self.unreached_since = self.unreached_since or clock.monotonic()
        if clock.monotonic() - self.unreached_since > REACH_PATIENCE_S and not self.row.queued:
            if self.in_doubt:
                self.row = self.journal.move(self.row, Stage.UNKNOWN, error=outcome.hop)
                raise settle.unknown(self.row, self.account)
            raise ConnectionFailed(service=self.account.choice.facts.title, hop=outcome.hop)
        self._tell(f"No connection ({outcome.hop}); trying again")
        await clock.sleep(self._pause_s())

    async def _unanswered(self, outcome: Unsettled) -> Row | None:
        """Repeat under the same key for a while, then ask the list; None to go on repeating."""
        self.in_doubt = True
        if outcome.job_id is not None:
            return self._accepted(outcome.job_id)
        self.unanswered_since = self.unanswered_since or clock.monotonic()
        if not settle.repeatable(self.row, self.account) or clock.monotonic() - self.unanswered_since > SEND_PATIENCE_S:
            return await self._looked_up(outcome.why)
        self._tell(f"No clear answer ({outcome.why}); asking again for the same purchase, never for a second one")
        await clock.sleep(max(self._pause_s(), outcome.retry_after_s or 0))
        return None

    async def _looked_up(self, why: str) -> Row:
        self.row = self.journal.move(self.row, Stage.UNKNOWN, error=why)
        found = await settle.settled(self.row, self.account, self.journal)
        if found is None:
            raise settle.unknown(self.row, self.account)
        return found

    def _stand(self, standing: Standing) -> None:
        """In line. With all slots busy, whoever only wanted to submit may go, and this process sees to the rest."""
        if not standing.busy:
            return
        if not self.row.queued and self.teller.queued():
            self.row = self.journal.note(self.row, queued=1)
        self._tell(standing.text)

    def _pause_s(self) -> float:
        return _PAUSES_S[min(self.tries, len(_PAUSES_S)) - 1]

    def _tell(self, text: str) -> None:
        self.teller.tell(Progress(text=text, job=self.row.short_id, paid=self.teller.paid or self.row.queued))
