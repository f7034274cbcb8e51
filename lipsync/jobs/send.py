"""The paid call: the journal first, and repeated only where that cannot buy twice."""

from __future__ import annotations

from .. import clock
from ..errors import ConnectionFailed, LipsyncError, ServiceRefused
from ..services.base import BoughtBefore, Created, NotSent, RateLimited, Refused, SlotsBusy, Unsettled
from . import guard, settle
from .journal import Row
from .order import Counter, Teller
from .progress import Progress
from .states import Stage

SEND_PATIENCE_S = 120.0  # a paid call without an answer is repeated under its key for so long, then looked up
REACH_PATIENCE_S = 60.0
_PAUSES_S = (2.0, 4.0, 8.0, 16.0)
_SLOT_PAUSE_S = 5.0
_AFTER_THE_KEY = (400, 404, 413, 422)  # said of the body: a key under which something was bought would have been answered with that


async def send(row: Row, counter: Counter, teller: Teller) -> Row:
    """Make the paid call of the PREPARED or UNKNOWN `row` until its outcome is known: the row that comes back is SUBMITTED or further.

    Raises ConnectionFailed (nothing was sent), OutcomeUnknown, OverLimit, or what the service refused.
    """
    sending = _Sending(row, counter, teller)
    async with counter.line.place(sending.leave_to_us):
        return await sending.run()


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

    async def run(self) -> Row:
        while True:
            if self.in_doubt and not settle.repeatable(self.row, self.account):
                return await self._looked_up("it has been in doubt for too long to be repeated")
            self._enter_sending()
            outcome = await self.account.service.create(self.row.body or b"", model=self.row.model, key=self.row.idempotency_key)
            self.tries += 1
            if isinstance(outcome, Created):
                self.line.slot_was_free()
                return self.journal.submitted(self.row, outcome.status.job_id)
            if isinstance(outcome, Refused):
                return await self._refused(outcome.error)
            if isinstance(outcome, BoughtBefore):
                return await self._looked_up("it says that this was bought before")
            settled = await (self._unanswered(outcome) if isinstance(outcome, Unsettled) else self._not_accepted(outcome))
            if settled is not None:
                return settled

    def leave_to_us(self) -> None:
        """All slots are busy: whoever only wanted to submit may go, and this process sees to the rest."""
        if self.row.stage is Stage.PREPARED and self.teller.queued():
            self.row = self.journal.note(self.row, queued=1)

    def _enter_sending(self) -> None:
        """Committed just before the first byte of the paid call; from here on leaving saves nothing."""
        row = self.row
        with self.journal.transaction():
            if row.stage is Stage.PREPARED:
                guard.check_daily(self.journal, state_dir=self.state_dir, key_mark=row.key_mark, origin=row.origin, more_usd=0.0)
            self.row = self.journal.move(row, Stage.SENDING)
        self.teller.paid = True
        self._tell("Submitting")

    async def _refused(self, error: LipsyncError) -> Row:
        """FAILED, not billed; unless an earlier call is in doubt and the refusal says nothing about that one."""
        if self.in_doubt:
            found = await settle.look_up(self.row, self.account, self.journal)
            if found is not None:
                return self.journal.submitted(self.row, found.job_id, at=found.made_at)
            if not (isinstance(error, ServiceRefused) and error.status in _AFTER_THE_KEY):
                self.row = self.journal.move(self.row, Stage.UNKNOWN, error=str(error))
                raise settle.unknown(self.row, self.account) from error
        code = getattr(error, "code", None)
        self.journal.move(self.row, Stage.FAILED, error=str(error), error_code=code, ended_at=clock.now(), body=None, reserved_usd=0)
        self.teller.paid = False
        self.uploads.forget_if_lost(code, origin=self.row.origin, key_mark=self.row.key_mark)
        raise error

    async def _not_accepted(self, outcome: SlotsBusy | RateLimited | NotSent) -> Row | None:
        """Back to PREPARED, unless an earlier call is in doubt, and again after a while."""
        if not self.in_doubt:
            self.row = self.journal.move(self.row, Stage.PREPARED)
            self.teller.paid = False
        if isinstance(outcome, NotSent):
            await self._unreached(outcome)
            return None
        self.unreached_since = None
        if self.in_doubt:
            found = await settle.look_up(self.row, self.account, self.journal)  # it may be this very job that takes the slot
            if found is not None:
                return self.journal.submitted(self.row, found.job_id, at=found.made_at)
        self.line.slots_are_busy()
        self._tell(_busy_text(outcome))
        await clock.sleep(min(max(outcome.retry_after_s or _SLOT_PAUSE_S, 1.0), 60.0))
        return None

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
            return self.journal.submitted(self.row, outcome.job_id)
        if not self.account.service.capabilities.idempotent_create:
            return await self._looked_up(outcome.why)
        self.unanswered_since = self.unanswered_since or clock.monotonic()
        if clock.monotonic() - self.unanswered_since > SEND_PATIENCE_S:
            return await self._looked_up(outcome.why)
        self._tell(f"No clear answer ({outcome.why}); asking again for the same purchase, never for a second one")
        await clock.sleep(max(self._pause_s(), outcome.retry_after_s or 0))
        return None

    async def _looked_up(self, why: str) -> Row:
        self.row = self.journal.move(self.row, Stage.UNKNOWN, error=why)
        found = await settle.look_up(self.row, self.account, self.journal)
        if found is None:
            raise settle.unknown(self.row, self.account)
        return self.journal.submitted(self.row, found.job_id, at=found.made_at)

    def _pause_s(self) -> float:
        return _PAUSES_S[min(self.tries, len(_PAUSES_S)) - 1]

    def _tell(self, text: str) -> None:
        self.teller.tell(Progress(text=text, job=self.row.short_id, paid=self.teller.paid or self.row.queued))


def _busy_text(outcome: SlotsBusy | RateLimited) -> str:
    if isinstance(outcome, RateLimited):
        return "Waiting: the service asks for fewer requests"
    known = outcome.active is not None and outcome.limit is not None
    return f"Waiting for a free slot: {outcome.active} of {outcome.limit} are busy" if known else "Waiting for a free slot"
