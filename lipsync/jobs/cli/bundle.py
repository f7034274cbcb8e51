"""The support bundle: one JSON file that may be posted in public.

It is made of what is known to be harmless, and of nothing else: of a request only fields whose values are numbers or words of the
services' own; of an error only its first clause and its code; no note, no name of an output, no key's mark. Sentences of the doctor
are the one exception, and are scrubbed.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ... import clock
from ...catalogue import MODELS, OPTIONS, SERVICES
from ...errors import FileThere, NotWritten
from ...redact import MASK, redact
from ...services.origins import is_sandbox
from ..journal import Journal, Row
from . import words
from .finding import Finding
from .folders import Folders

_MOST_JOBS = 200
_VARIABLES = re.compile(r"(SYNC|SEGMIND|COMFYUI|HTTPS?|ALL|NO)_\w+", re.IGNORECASE)
_ADDRESS = re.compile(r"\w+://[^\s'\"<>,;)]+")
_PATH = re.compile(r"(?<![\w.~>/])(?:/|[A-Za-z]:\\)[^\s'\",;:)]+")
_SAID = re.compile(r"(said: |HTTP \d+: ).*")
_OWN_WORDS = frozenset(
    [
        *(model.slug for model in MODELS),
        *(word for option in OPTIONS.values() for word in option.choices),
        *("video", "audio", "image", "text", "elevenlabs"),
    ]
)


def check_free(path: Path) -> None:
    """Raise FileThere if anything is at `path`."""
    if os.path.lexists(path):
        raise FileThere(path=str(path))


def write(path: Path, findings: Sequence[Finding], journal: Journal | None, folders: Folders) -> None:
    """Write the bundle to `path`, which must be new. Raises FileThere, NotWritten."""
    rows = journal.recent(limit=_MOST_JOBS) if journal else []
    scrub = _Scrubber(rows, folders)
    keys = {mark: f"key {number}" for number, mark in enumerate(dict.fromkeys(row.key_mark for row in rows), start=1)}
    content = {
        "made_at": words.utc(clock.now()),
        "findings": [{"about": one.about, "mark": one.mark.value, "text": scrub(one.text)} for one in findings],
        "variables_set": sorted(name for name in os.environ if _VARIABLES.fullmatch(name)),
        "jobs": [{**_job(row), "key": keys[row.key_mark]} for row in rows],
    }
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=1) + "\n")
    except FileExistsError:
        raise FileThere(path=str(path)) from None
    except OSError as error:
        raise NotWritten(str(path), error.strerror or str(error)) from None


def _job(row: Row) -> dict[str, object]:
    facts = SERVICES[row.service]
    real = row.origin == facts.base_url.removeprefix("https://")
    return {
        "job_id": row.short_id,
        "attempt": row.attempt,
        "service": facts.title,
        "origin": row.origin if real or is_sandbox(row.origin) else "another address",
        "service_job_id": row.service_job_id,
        "model": row.model,
        "take": row.take,
        "stage": row.stage.value,
        "queued": row.queued,
        "created_at": words.utc(row.created_at),
        "submitted_after_s": _seconds(row.created_at, row.submitted_at),
        "ended_after_s": _seconds(row.created_at, row.ended_at),
        "collected_after_s": _seconds(row.created_at, row.handed_over_at),
        "price_usd": row.price_usd,
        "reserved_usd": row.reserved_usd,
        "cost_usd": row.cost_usd,
        "size_bytes": row.size_bytes,
        "error": _first_clause(row),
        "error_code": row.error_code,
        "request": None if row.body is None else _request(json.loads(row.body)),
    }


def _seconds(since: float, until: float | None) -> float | None:
    return None if until is None else round(until - since, 1)


def _first_clause(row: Row) -> str | None:
    """What happened, without what a service or a page in between has said of it, and without the host of an address that is not public."""
    if row.error is None:
        return None
    hidden = row.error.replace(urlsplit(row.origin).hostname or row.origin, "<address>")
    return redact(re.split(r"""[.(:"'/\\]""", hidden)[0].strip())


def _request(value: Any) -> Any:
    """A request with its own fields, and only values that cannot tell anything of the user."""
    if isinstance(value, Mapping):
        return {name: _request(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_request(inner) for inner in value]
    return value if not isinstance(value, str) or value in _OWN_WORDS else MASK


class _Scrubber:
    """Takes out of a sentence what is the user's own: folders, addresses, the name of the machine, what others have said."""

    def __init__(self, rows: Sequence[Row], folders: Folders) -> None:
        outputs = {row.output_root for row in rows} | ({str(folders.usual_output)} if folders.usual_output else set())
        named = {str(folders.state_dir): "<state>", **dict.fromkeys(outputs, "<output>"), str(Path.home()): "~"}
        self._named = sorted(((text, word) for text, word in named.items() if len(text) > 1), key=lambda pair: -len(pair[0]))
        self._machine = platform.node()

    def __call__(self, text: str) -> str:
        text = redact(_SAID.sub(rf"\1{MASK}", text))
        text = _ADDRESS.sub(_public, text)
        for own, word in self._named:
            text = text.replace(own, word)
        text = _PATH.sub("<path>", text)
        return text.replace(self._machine, "<machine>") if len(self._machine) > 3 else text


def _public(found: re.Match[str]) -> str:
    """An address of a service as it is; of any other, only that it was one."""
    known = [host for facts in SERVICES.values() for host in (facts.base_url, *facts.hosts.values())]
    return found[0] if found[0].rstrip("/.") in known else "<address>"
