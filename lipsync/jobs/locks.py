"""One writer per job: a lock between processes that is free as soon as its holder has died."""

from __future__ import annotations

from pathlib import Path

from filelock import BaseFileLock

from .. import host
from ..fingerprint import SHORT_ID_CHARS


def job_lock(state_dir: Path, fingerprint: str) -> BaseFileLock:
    """The right to work on a job, not yet held. By the short id: of a job that another machine bought, no more is known."""
    return host.process_lock(state_dir / "locks" / f"{fingerprint[:SHORT_ID_CHARS]}.lock")
