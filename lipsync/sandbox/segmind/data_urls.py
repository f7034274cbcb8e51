"""`data:` URLs: files as text. Source: segmind-api.md 3.1."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

_HEAD = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)(;[\w.+-]+=[^;,]*)*;base64,")
_LONGEST_HEAD = 256


class BadDataUrl(ValueError):
    """A text that is no base64 data URL."""


@dataclass(frozen=True)
class Decoded:
    content_type: str
    content: bytes


def decoded(text: object) -> Decoded:
    """What a data URL holds. Raises BadDataUrl."""
    head = _HEAD.match(text[:_LONGEST_HEAD]) if isinstance(text, str) else None
    if head is None or not isinstance(text, str):
        raise BadDataUrl("not a base64 data URL")
    try:
        return Decoded(head["type"], base64.b64decode(text[head.end() :], validate=True))
    except binascii.Error as problem:
        raise BadDataUrl(f"not base64: {problem}") from problem
