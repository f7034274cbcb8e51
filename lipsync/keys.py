"""Where a key comes from: the environment, else an owner-only file of its own. It is never in a graph, a log or a message."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .catalogue import SERVICES, ServiceChoice
from .errors import KeyNotTaken, NoKey
from .owner_file import OwnerFile
from .redact import remember_secret

FILE_NAME = "keys.json"
SANDBOX_KEY = "sandbox"
IN_SETTINGS = "ComfyUI's settings"

KeySource = Literal["environment", "file"]

_KEY = re.compile(r"[\x21-\x7e]{8,500}")  # what fits into a header, and is neither a word nor a file


@dataclass(frozen=True)
class Key:
    """A service's key. Its `mark` tells keys apart in the journal without giving anything away; `where` says where the user put it."""

    value: str = field(repr=False)
    where: str = ""

    @property
    def mark(self) -> str:
        """16 hex digits that differ between keys and do not lead back to them."""
        return hashlib.sha256(b"sync-lipsync-nodes key\0" + self.value.encode()).hexdigest()[:16]


def key_for(choice: ServiceChoice, *, state_dir: Path) -> Key:
    """The user's key for `choice`; the sandbox needs none. Raises NoKey, KeyNotTaken, FileDamaged."""
    if choice.sandbox:
        return Key(SANDBOX_KEY)
    facts = choice.facts
    value, source = _find(choice.service, state_dir)
    if source is None:
        raise NoKey(service=facts.title, variable=facts.key_variable, keys_page=facts.keys_page)
    if not value.isascii() or not value.isprintable():  # it could not be sent, and came along with a quote or a space from a page
        raise KeyNotTaken(service=facts.title, keys_page=facts.keys_page)
    return Key(value, facts.key_variable if source == "environment" else IN_SETTINGS)


def key_source(service: str, *, state_dir: Path) -> KeySource | None:
    """Where the key of `service` comes from now; None where there is none. Raises FileDamaged."""
    return _find(service, state_dir)[1]


def save_key(service: str, value: str, *, state_dir: Path) -> None:
    """Keep the key of `service` below `state_dir`. Raises KeyNotTaken, FileDamaged."""
    value = value.strip()
    if not _KEY.fullmatch(value):  # nor is it remembered as a secret: it may be an ordinary word, which every later sentence would lack
        raise KeyNotTaken(service=SERVICES[service].title, keys_page=SERVICES[service].keys_page)
    remember_secret(value)
    _file(state_dir).change({service: value})


def remove_key(service: str, *, state_dir: Path) -> None:
    """Forget the saved key of `service`; one in the environment stays. Raises FileDamaged."""
    _file(state_dir).change({service: None})


def _find(service: str, state_dir: Path) -> tuple[str, KeySource | None]:
    told = os.environ.get(SERVICES[service].key_variable, "").strip()
    saved = "" if told else str(_file(state_dir).read().get(service, ""))
    remember_secret(told or saved)
    if told:
        return told, "environment"
    return saved, "file" if saved else None


def _file(state_dir: Path) -> OwnerFile:
    return OwnerFile(state_dir / FILE_NAME)
