"""A journal with as many rows as a studio makes in years."""

from __future__ import annotations

import hashlib

from lipsync import clock
from lipsync.jobs.journal import Row
from lipsync.jobs.states import Stage

ROWS, OPEN = 100_000, 150
YEARS_S = 3 * 365 * 24 * 3600.0
IN_FLIGHT = (Stage.SUBMITTED, Stage.PROCESSING, Stage.COMPLETED, Stage.UNKNOWN, Stage.SENDING, Stage.PREPARED)
AT = {"origin": "https://service.example", "key_mark": "0123456789abcdef"}


def row(number: int) -> Row:
    """One of them, in the order of their making: all of one account, nearly all DONE and handed over. Of the last `OPEN` nobody has had the
    film, and some are in flight."""
    fingerprint = hashlib.sha256(str(number).encode()).hexdigest()
    made_at = clock.now() - YEARS_S * (ROWS - number) / ROWS
    is_open = number >= ROWS - OPEN
    stage = IN_FLIGHT[number % len(IN_FLIGHT)] if is_open and number % 6 == 0 else Stage.FAILED if number % 10 == 0 else Stage.DONE
    done = stage is Stage.DONE
    return Row(
        fingerprint=fingerprint,
        attempt=1,
        short_id=fingerprint[:12],
        kin=f"kin of {number // 3}",
        service="sync",
        model="lipsync-2",
        take=0,
        node_id=str(number % 20),
        name=f"a scene of my film-{fingerprint[:12]}-1",
        stage=stage,
        queued=stage is Stage.PREPARED,
        body=b'{"model": "lipsync-2"}' * 40 if stage in (Stage.PREPARED, Stage.SENDING) else None,
        service_job_id=None if stage in (Stage.PREPARED, Stage.SENDING, Stage.UNKNOWN) else f"job {number} of the service",
        price_usd=0.5,
        reserved_usd=0.5,
        cost_usd=0.5 if done else None,
        output_root="/films/of/somebody/ComfyUI/output",
        path=f"lipsync/a scene of my film-{fingerprint[:12]}-1.mp4" if done else None,
        sha256=fingerprint if done else None,
        created_at=made_at,
        submitted_at=made_at + 1,
        ended_at=made_at + 60 if done else None,
        handed_over_at=made_at + 61 if not is_open else None,
        **AT,
    )
