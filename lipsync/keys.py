"""Where a key comes from. It is never in a graph, a file of ours, a log or a message."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field

from .catalogue import ServiceChoice
from .errors import NoKey
from .redact import remember_secret

SANDBOX_KEY = "sandbox"


@dataclass(frozen=True)
class Key:
    """A service's key. Its `mark` tells keys apart in the journal without giving anything away."""

    value: str = field(repr=False)

    @property
    def mark(self) -> str:
        """16 hex digits that differ between keys and do not lead back to them."""
        return hashlib.sha256(b"sync-lipsync-nodes key\0" + self.value.encode()).hexdigest()[:16]


def key_for(choice: ServiceChoice) -> Key:
    """The user's key for `choice`; the sandbox needs none. Raises NoKey."""
    if choice.sandbox:
        return Key(SANDBOX_KEY)
    facts = choice.facts
    value = os.environ.get(facts.key_variable, "").strip()
    if not value:
        raise NoKey(service=facts.title, variable=facts.key_variable, keys_page=facts.keys_page)
    remember_secret(value)
    return Key(value)
