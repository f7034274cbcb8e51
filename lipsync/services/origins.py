"""Where a service lives: its real address, an override from the environment, or the sandbox on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ..catalogue import ServiceChoice
from ..errors import InputRefused

_SANDBOX = "sandbox of "


def is_sandbox(origin: str) -> bool:
    """Whether an origin's id is that of the sandbox on this machine, where nothing costs anything."""
    return origin.startswith(_SANDBOX)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """`id` is what the journal and the fingerprint know it by; jobs of one origin are never looked up at another."""

    id: str
    base_url: str
    real: bool
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Further hosts of the service by what they are for; one that is not named here is at `base_url` too."""

    def host(self, purpose: str) -> str:
        """Where requests of one purpose go. An override has no further hosts, so nothing falls back to a real one."""
        return self.hosts.get(purpose, self.base_url)


def origin_id(choice: ServiceChoice) -> str:
    """What the journal calls the origin of `choice`. Touches nothing. Raises InputRefused for an override that is no address."""
    facts = choice.facts
    if choice.sandbox:
        return _SANDBOX + choice.facts.title
    return _override(choice) or facts.base_url.removeprefix("https://")


def origin_for(choice: ServiceChoice, *, state_dir: Path) -> Origin:
    """The origin of `choice`. Starts the sandbox if it is asked for and none runs: call it in a thread."""
    if choice.sandbox:
        from ..sandbox.local import ensure  # the sandbox is loaded only by those who choose it

        return Origin(id=origin_id(choice), base_url=ensure(state_dir / "sandbox").url_of(choice.service), real=False)
    override = _override(choice)
    if override is not None:
        return Origin(id=origin_id(choice), base_url=override, real=False)
    return Origin(id=origin_id(choice), base_url=choice.facts.base_url, real=True, hosts=choice.facts.hosts)


def _override(choice: ServiceChoice) -> str | None:
    variable = choice.facts.base_url_variable
    told = re.sub(r"(/v\d+)?/*$", "", os.environ.get(variable, "").strip())  # pages print it with the version, which our paths bring
    if not told:
        return None
    parts = urlsplit(told)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputRefused(node="ComfyUI's environment", input=variable, value=told, allowed="an http(s):// address")
    real = urlsplit(choice.facts.base_url)
    if (parts.scheme, parts.hostname, parts.port or 443, parts.path) == (real.scheme, real.hostname, 443, ""):
        return None  # the real address is no override: what was bought there is not bought again
    return told
