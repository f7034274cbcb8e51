"""What a job tells those who wait for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One line for the node. `done` of `total` is for a bar, 0 of 0 where no honest figure exists; `paid` once stopping saves nothing."""

    text: str
    done: int = 0
    total: int = 0
    job: str = ""
    paid: bool = False


Listener = Callable[[Progress], None]


def bytes_text(what: str, done: int, total: int) -> str:
    """ "Uploading the video: 3.1 of 12.4 MB"."""
    return f"{what}: {done / 1e6:.1f} of {total / 1e6:.1f} MB" if total else f"{what}: {done / 1e6:.1f} MB"
