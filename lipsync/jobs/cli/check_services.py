"""What the doctor asks of the services: whether they can be reached, what time they think it is, and whether they take the key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from email.utils import parsedate_to_datetime

from ... import clock
from ...catalogue import CHOICES, ServiceChoice
from ...errors import ConnectionFailed, LipsyncError, ServiceTrouble
from ...keys import key_source
from ...services.origins import Origin
from ...services.transport import AnswerLost, Http, NotReached
from ...settings import webhook_url
from ..accounts import Accounts
from .finding import Finding, good, look, note
from .folders import Folders

_CLOCK_MAY_DIFFER_S = 300.0
_ANSWER_S = 15.0


async def services(folders: Folders) -> list[Finding]:
    """Of every service that has a key, all at once."""
    accounts = Accounts(folders.state_dir)
    told = await asyncio.gather(*[_service(choice, accounts, folders) for choice in CHOICES if not choice.sandbox])
    return [finding for findings in told for finding in findings]


def webhook(folders: Folders) -> Iterator[Finding]:
    """Whether a webhook address is set, and whether it is one; never which."""
    try:
        setting = webhook_url(folders.state_dir)
    except LipsyncError as error:
        yield look("webhook", str(error))
        return
    yield note("webhook", "is set" if setting.value else "is not set")


async def _service(choice: ServiceChoice, accounts: Accounts, folders: Folders) -> list[Finding]:
    title, variable = choice.label, choice.facts.key_variable
    found: list[Finding] = []
    try:
        if key_source(choice.service, state_dir=folders.state_dir) is None:
            return [note(title, f"has no key here. To use it, set {variable} or save one in ComfyUI's settings.")]
        account = await accounts.open(choice)
        async for finding in _hosts(choice, account.origin):
            found.append(finding)
        await account.service.check_key()
        left_usd = await account.service.credits_usd()
    except LipsyncError as error:
        return [*found, look(title, str(error))]
    credits = "" if left_usd is None else f"; {left_usd:.2f} USD of credits are left"
    return [*found, good(title, f"takes the key of {account.key.where}{credits}")]


async def _hosts(choice: ServiceChoice, origin: Origin) -> AsyncIterator[Finding]:
    """Each host of the service, asked once and without the key: any answer will do. Raises ConnectionFailed, ServiceTrouble."""
    facts, ahead_s = choice.facts, None
    http = Http(lambda url: None)
    try:
        for host in dict.fromkeys([origin.base_url, *origin.hosts.values()]):
            answer = await http.send("GET", f"{host}/", headers={}, params=None, body=None, read_s=_ANSWER_S)
            ahead_s = _clock_ahead_s(answer.headers.get("date", ""))
            yield good(choice.label, f"{host} answers")
    except NotReached as error:
        raise ConnectionFailed(service=facts.title, hop=str(error)) from error
    except AnswerLost as error:
        raise ServiceTrouble(service=facts.title, status_page=facts.status_page, detail=str(error)) from error
    finally:
        await http.aclose()
    if ahead_s is not None and abs(ahead_s) > _CLOCK_MAY_DIFFER_S:
        where = "ahead of" if ahead_s > 0 else "behind"
        yield look(
            "clock", f"this machine's is {abs(ahead_s) / 60:,.0f} minutes {where} that of {facts.title}. Set it: jobs are found by it."
        )


def _clock_ahead_s(date: str) -> float | None:
    """How far this machine's clock is ahead of the one in a Date header; None where there is none."""
    try:
        return clock.now() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
