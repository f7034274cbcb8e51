"""Everything before the paid call: checks, price, upload, and the row that freezes what will be sent."""

from __future__ import annotations

from .. import clock
from ..errors import CreditsShort, JournalWasDamaged, PaidFramesWaiting
from ..preflight import Preflight, Quote
from ..settings import webhook_url
from . import guard, settle
from .accounts import Account
from .estimate import quote
from .journal import Journal, Row
from .memory import Found
from .order import Counter, Order, Teller
from .progress import Progress
from .states import Stage
from .upload import media_of


async def prepare(order: Order, flight: Preflight, last: Row | None, counter: Counter, teller: Teller) -> Row:
    """The row of the next attempt at `order`, PREPARED with its frozen body; or SUBMITTED, if the service's list already has it.

    `last` is the attempt before, which failed. Raises LipsyncError; nothing has been bought then.
    """
    request, account, journal, state_dir = order.request, counter.account, counter.journal, counter.workspace.state_dir
    told = _told_of_damage(counter)
    found = await _bought_before(order, counter, teller) if last is None else None
    if found is not None and not found.stage.dead:
        return journal.insert(_found_again(_row(order, counter, found.attempt), found, told))
    before = last or found
    row = _row(order, counter, 1 if before is None else before.attempt + 1)
    webhook = webhook_url(state_dir).value
    price = await quote(request, flight, account)
    reserve_usd = guard.price_to_reserve_usd(request, price.usd)
    teller.tell(Progress(text="\n".join([_price_text(flight, price, reserve_usd), *flight.warnings]), job=row.short_id))
    guard.check_daily(journal, state_dir=state_dir, **counter.at, more_usd=reserve_usd)
    await _check_credits(account, reserve_usd)
    _stop_before_buying_a_twin(order, journal)
    async with media_of(order, counter, teller) as media:
        body = account.service.freeze(request, video=media.video, speeches=media.speeches, name=row.name, webhook_url=webhook)
    notes = (*told, *request.notices, *flight.warnings, *media.notes)
    with journal.transaction():
        guard.check_daily(journal, state_dir=state_dir, **counter.at, more_usd=reserve_usd)
        return journal.insert(row.but(body=body, price_usd=price.usd, reserved_usd=reserve_usd, notes=notes))


def reserve_again(order: Order, row: Row, counter: Counter) -> Row:
    """A PREPARED row that a former run has left, reserved anew under the limits of this one. Raises OverLimit, PriceUnknown."""
    reserve_usd = guard.price_to_reserve_usd(order.request, row.price_usd)
    with counter.journal.transaction():
        guard.check_daily(counter.journal, state_dir=counter.workspace.state_dir, **counter.at, more_usd=reserve_usd - row.reserved_usd)
        return counter.journal.note(row, reserved_usd=reserve_usd)


def _told_of_damage(counter: Counter) -> tuple[str, ...]:
    """What the first job of a new journal says of the damaged one that it replaces."""
    if counter.journal_aside is None or counter.lists.was_read(**counter.at):
        return ()
    return (f"The journal was damaged and is kept as {counter.journal_aside}; {counter.account.choice.facts.title} was asked instead.",)


def _found_again(row: Row, found: Found, told: tuple[str, ...]) -> Row:
    moment = found.made_at or clock.now()
    return row.but(
        stage=Stage.SUBMITTED,
        service_job_id=found.service_job_id,
        created_at=moment,
        submitted_at=moment,
        notes=(*told, "Bought before, and found again in the service's list."),
    )


async def _bought_before(order: Order, counter: Counter, teller: Teller) -> Found | None:
    """What an older journal or another machine has bought of this, if the service can tell.

    Raises JournalWasDamaged, once, where it cannot, and a journal that could have told was set aside.
    """
    facts = counter.account.choice.facts
    if not counter.lists.was_read(**counter.at):
        if counter.account.service.capabilities.list_by_name:
            teller.tell(Progress(text=f"Asking {facts.title} once what was bought before", job=order.fingerprint.short_id))
        elif counter.journal_aside is not None:
            counter.lists.put([], **counter.at)
            raise JournalWasDamaged(service=facts.title, aside=counter.journal_aside, history=facts.billing_page)
    return await settle.bought_before(order.fingerprint.short_id, counter.lists, counter.account)


async def _check_credits(account: Account, price: float) -> None:
    """Prepaid services refuse a job that is dearer than what is left: said before anything is uploaded."""
    if account.service.capabilities.credits:
        left = await account.service.credits_usd()
        if left is not None and left < price:
            facts = account.choice.facts
            raise CreditsShort(service=facts.title, left_usd=left, price_usd=price, billing_page=facts.billing_page)


def _price_text(flight: Preflight, price: Quote, reserve_usd: float) -> str:
    if price.usd is None:
        return f"The price is not known beforehand: at most {reserve_usd:.2f} USD"
    return f"A film of {flight.output_s:.1f} s for about {price.usd:.2f} USD ({price.source})"


def _stop_before_buying_a_twin(order: Order, journal: Journal) -> None:
    kin = order.fingerprint.kin
    twin = kin and journal.paid_twin(kin=kin, fingerprint=order.fingerprint.full, node_id=order.node_id)
    if twin:
        journal.note(twin, warned_at=clock.now())
        place = str(twin.path) if twin.path else "it is still on its way to the output folder"
        raise PaidFramesWaiting(job=twin.short_id, place=place)


def _row(order: Order, counter: Counter, attempt: int) -> Row:
    request, short_id = order.request, order.fingerprint.short_id
    return Row(
        fingerprint=order.fingerprint.full,
        attempt=attempt,
        short_id=short_id,
        kin=order.fingerprint.kin,
        service=request.choice.service,
        origin=counter.account.origin.id,
        key_mark=counter.account.key.mark,
        model=request.model.name,
        take=request.take,
        node_id=order.node_id,
        name=f"{request.output_name}-{short_id}-{attempt}",
        output_root=str(counter.workspace.output_dir),
        created_at=clock.now(),
    )
