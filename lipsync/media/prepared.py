"""What probing and preparing tell: plain data that the rest of the engine can use without loading av or torch."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

MediaKind = Literal["video", "audio", "image"]


class Cancelled(Exception):
    """The caller's `cancelled()` said yes, so the work was dropped and its files removed. Not a failure to be shown."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What media is, as the service will see it once prepared. Unknown (a link, an asset): None.

    Durations in seconds, `frame_rate` exact, sizes in pixels as displayed (upright, square pixels).
    """

    kind: MediaKind
    duration_s: float | None = None
    frame_rate: Fraction | None = None
    frame_count: int | None = None
    width: int | None = None
    height: int | None = None
    has_sound: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Media that is ready to go up: a file on disk, and one line on what was done to it and why."""

    kind: MediaKind
    path: Path
    content_type: str
    size_bytes: int
    sha256: str
    facts: Facts
    note: str
    temporary: bool
    """Whether `path` is ours to delete."""
