"""What a job tells those who wait for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import clock


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One line for the node. `done` of `total` is for a bar, 0 of 0 where no honest figure exists; `paid` once stopping saves nothing.

    `since` is the Unix time from which the seconds are counted that `line` tells.
    """

    text: str
    since: float | None = None
    done: int = 0
    total: int = 0
    job: str = ""
    paid: bool = False

    def line(self) -> str:
        """What to show now."""
        return self.text if self.since is None else f"{self.text} · {max(0.0, clock.now() - self.since):.0f} s"


Listener = Callable[[Progress], None]


def bytes_text(what: str, done: int, total: int) -> str:
    """ "Uploading the video: 3.1 of 12.4 MB"."""
    return f"{what}: {done / 1e6:.1f} of {total / 1e6:.1f} MB" if total else f"{what}: {done / 1e6:.1f} MB"
