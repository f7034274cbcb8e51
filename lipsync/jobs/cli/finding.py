"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Mark(Enum):
    """What a finding means to the user."""

    GOOD = "good"
    NOTE = "note"  # worth knowing; nothing to do
    LOOK = "look"  # something to see to: the text says what


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line: what was looked at, and what there is to say of it."""

    about: str
    mark: Mark
    text: str


def good(about: str, text: str) -> Finding:
    return Finding(about=about, mark=Mark.GOOD, text=text)


def note(about: str, text: str) -> Finding:
    return Finding(about=about, mark=Mark.NOTE, text=text)


def look(about: str, text: str) -> Finding:
    return Finding(about=about, mark=Mark.LOOK, text=text)
