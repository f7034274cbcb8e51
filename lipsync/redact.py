"""The one redactor. Whatever is logged or shown passes through it, so that a key or a signed link can never be read back."""

from __future__ import annotations

import re

MASK = "***"
_secrets: set[str] = set()
_KEY_SHAPES = re.compile(r"\b(?:sk-[A-Za-z0-9_-]{8,}|SG_[0-9a-fA-F]{16}|whsec_[A-Za-z0-9+/=_-]{8,})")
_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]+")


def remember_secret(secret: str) -> None:
    """From now on `secret` is masked wherever it appears."""
    if len(secret) >= 8:  # no key is shorter, and shorter ones would mask ordinary words
        _secrets.add(secret)


def redact(text: str) -> str:
    """`text` without keys, and without the query of any URL: a signed link is a secret too."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return _QUERY.sub(rf"\1?{MASK}", _KEY_SHAPES.sub(MASK, text))
