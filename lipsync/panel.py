"""What the settings panel and the longer lists of the browser side ask and change. No answer holds a secret, not even a part of one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import clock, settings
from .catalogue import CHOICES, PLANS, SERVICES, ServiceChoice
from .errors import InputRefused
from .jobs.accounts import Accounts
from .keys import key_source, remove_key, save_key
from .voices import VOICES

_VOICES_KEPT_S = 600.0
_BUILT_IN = frozenset(voice.id for voice in VOICES)

Json = dict[str, Any]


@dataclass(frozen=True)
class _Heard:
    """The voices of an account, and when it was asked for them."""

    at: float
    labels: list[str]


class Panel:
    """The panel of one private folder. `test_key` and `voices` ask the service, so they run on the engine's loop."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._accounts = Accounts(state_dir)
        self._heard: dict[tuple[str, str], _Heard] = {}

    def status(self) -> Json:
        """What is set, and by whom. Of the webhook address only the host, as the rest may be a password. Raises LipsyncError."""
        limit, webhook = settings.daily_limit_usd(self._state_dir), settings.webhook_url(self._state_dir)
        plan = settings.sync_plan(self._state_dir)
        return {
            "keys": {id: self._key_status(id) for id in SERVICES},
            "limit": {**asdict(limit), "variable": settings.LIMIT_VARIABLE},
            "webhook": {
                "host": urlsplit(webhook.value or "").hostname,
                "source": webhook.source,
                "variable": settings.WEBHOOK_VARIABLE,
            },
            "plan": {
                "value": plan.value and plan.value.name,
                "source": plan.source,
                "variable": settings.PLAN_VARIABLE,
                "known": [known.name for known in PLANS],
            },
        }

    def _key_status(self, service: str) -> Json:
        facts = SERVICES[service]
        source = key_source(service, state_dir=self._state_dir)
        return {"source": source, "title": facts.title, "variable": facts.key_variable, "keys_page": facts.keys_page}

    def save_key(self, asked: Json) -> Json:
        """{service, key} -> the status. Raises LipsyncError."""
        save_key(_service(asked), str(asked.get("key") or ""), state_dir=self._state_dir)
        return self.status()

    def remove_key(self, asked: Json) -> Json:
        """{service} -> the status. Raises LipsyncError."""
        remove_key(_service(asked), state_dir=self._state_dir)
        return self.status()

    def save_limit(self, asked: Json) -> Json:
        """{usd}, null for the default -> the status. Raises LipsyncError."""
        settings.save_daily_limit(asked.get("usd"), state_dir=self._state_dir)
        return self.status()

    def save_webhook(self, asked: Json) -> Json:
        """{url}, empty for none -> the status. Raises LipsyncError."""
        settings.save_webhook(asked.get("url"), state_dir=self._state_dir)
        return self.status()

    def save_plan(self, asked: Json) -> Json:
        """{plan}, empty for none -> the status. Raises LipsyncError."""
        settings.save_plan(asked.get("plan"), state_dir=self._state_dir)
        return self.status()

    async def test_key(self, asked: Json) -> Json:
        """{service} -> {credits_usd}, which is null where there are none to ask for. Raises LipsyncError: KeyRefused for a bad key."""
        service = (await self._accounts.open(_choice(_service(asked)))).service
        await service.check_key()
        return {"credits_usd": await service.credits_usd()}

    async def voices(self, asked: Json) -> list[str]:
        """{service} -> the voices that only the account has, as SyncTTS shows them; none without a key. Raises LipsyncError."""
        name = _service(asked)
        if key_source(name, state_dir=self._state_dir) is None:
            return []
        account = await self._accounts.open(_choice(name))
        known = self._heard.get((name, account.key.mark))
        if known is None or clock.monotonic() - known.at > _VOICES_KEPT_S:
            labels = [voice.shown for voice in await account.service.voices() if voice.id not in _BUILT_IN]
            known = self._heard[name, account.key.mark] = _Heard(clock.monotonic(), labels)
        return known.labels


def _service(asked: Json) -> str:
    named = asked.get("service")
    if not isinstance(named, str) or named not in SERVICES:
        raise InputRefused(node="ComfyUI's settings", input="service", value="not a service", allowed=", ".join(SERVICES))
    return named


def _choice(service: str) -> ServiceChoice:
    return next(choice for choice in CHOICES if choice.service == service and not choice.sandbox)
