"""Waiting for a job at the service: asked often enough to lose no time, seldom enough to be polite, through every kind of bad network."""

from __future__ import annotations

import random

from .. import clock
from ..catalogue import model_named
from ..errors import ConnectionFailed, ResultGone, ServiceRefused, ServiceTrouble
from ..services.base import JobStatus, State
from .accounts import Account
from .journal import Journal, Row
from .order import Counter, Teller
from .progress import Progress
from .settle import STAGE_OF
from .states import Stage

_LONG_POLL_S = 10.0
_EVERY_S = (5.0, 10.0)  # in a job's first half minute, and later: twelve requests a minute, also where one question takes two
_EARLY_S, _LONG_S, _SUSPECT_S = 30.0, 300.0, 600.0
_TROUBLE_PAUSE_S = (2.0, 5.0, 10.0, 20.0, 30.0)


async def until_ended(row: Row, counter: Counter, teller: Teller) -> tuple[Row, JobStatus]:
    """Follow a submitted job to its end at the service. The row that comes back is COMPLETED, FAILED or REJECTED.

    Trouble on the way says nothing about the job, so it never ends the waiting. Raises KeyRefused, ServiceRefused.
    """
    account, journal, troubles = counter.account, counter.journal, 0
    _tell(row, f"Submitted to {account.choice.facts.title}{_for_price(row)}, usually {_usual_wait(row)}", teller)
    while True:
        asked_at = clock.monotonic()
        try:
            status = await account.service.get(row.service_job_id or "", wait_s=_LONG_POLL_S)
        except (ConnectionFailed, ServiceTrouble, ServiceRefused) as error:
            if isinstance(error, ServiceRefused) and not _too_early(row, error):
                raise
            pause_s = _TROUBLE_PAUSE_S[min(troubles, len(_TROUBLE_PAUSE_S) - 1)]
            troubles += 1
            _tell(row, f"No answer from {account.choice.facts.title}, the job goes on there ({error})", teller)
            await clock.sleep(pause_s)
            account = await counter.accounts.open(
                account.choice
            )  # a sandbox whose process has gone is served by this one, perhaps elsewhere
            continue
        troubles = 0
        row = await _written_down(row, status, account, journal)
        if status.state.terminal:
            return row, status
        _tell(row, _waiting_text(row, status, account), teller)
        await clock.sleep(_pause_s(row, account, took_s=clock.monotonic() - asked_at))


async def _written_down(row: Row, status: JobStatus, account: Account, journal: Journal) -> Row:
    stage = STAGE_OF[status.state]
    if stage is row.stage:
        return row
    if status.state is State.COMPLETED:
        return journal.move(row, stage, cost_usd=await account.service.cost_usd(status))
    if status.state.terminal and row.stage is Stage.COMPLETED:
        raise ResultGone(job=row.short_id, service=account.choice.facts.title)  # it was paid for: never a failure that buys again
    if status.state.terminal:
        sentence = str(account.service.failure(status))
        return journal.move(row, stage, error=sentence, error_code=status.error_code, ended_at=clock.now(), reserved_usd=0)
    return journal.move(row, stage)


def _too_early(row: Row, error: ServiceRefused) -> bool:
    """Whether the service may only not know the job yet (segmind-api.md 5, polling 4)."""
    return error.status == 404 and clock.now() - (row.submitted_at or row.created_at) < _EARLY_S


def _pause_s(row: Row, account: Account, *, took_s: float) -> float:
    """A long poll that the service held is its own pause; one that came back at once is not (sync-api.md 6)."""
    if account.service.capabilities.long_poll and took_s >= _EVERY_S[0]:
        return 0.0
    waited = clock.now() - (row.submitted_at or row.created_at)
    return max(0.0, _EVERY_S[waited >= _EARLY_S] * random.uniform(1.0, 1.2) - took_s)


def _waiting_text(row: Row, status: JobStatus, account: Account) -> str:
    facts = account.choice.facts
    waited = clock.now() - (row.submitted_at or row.created_at)
    text = f"{status.state.value.capitalize()} at {facts.title}, usually {_usual_wait(row)}"
    if (status.state is State.PENDING and waited > _LONG_S) or waited > _SUSPECT_S:
        text += f". This is long: see {facts.status_page}, or ask {facts.title}'s support about {row.service_job_id}. Waiting"
    return text


def _for_price(row: Row) -> str:
    return "" if row.price_usd is None else f" for about {row.price_usd:.2f} USD"


def _usual_wait(row: Row) -> str:
    model = model_named(row.service, row.model)
    return model.usual_wait if model else "some minutes"


def _tell(row: Row, text: str, teller: Teller) -> None:
    teller.tell(Progress(text=text, since=row.submitted_at or row.created_at, job=row.short_id, paid=True))
