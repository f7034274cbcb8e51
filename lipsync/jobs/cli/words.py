"""A row of the journal in plain words, and as JSON for scripts."""

from __future__ import annotations

from datetime import datetime, timezone

from ...catalogue import SERVICES
from ...services.origins import is_sandbox
from ..journal import Row
from ..states import Stage

_STAGES: dict[Stage, str] = {
    Stage.PREPARED: "prepared, not sent",
    Stage.SENDING: "outcome not known",  # if no process is at work on it
    Stage.UNKNOWN: "outcome not known",
    Stage.SUBMITTED: "submitted",
    Stage.PROCESSING: "being made",
    Stage.COMPLETED: "finished, not fetched",
    Stage.DONE: "fetched",
    Stage.FAILED: "failed",
    Stage.REJECTED: "rejected",
}


def stage_text(row: Row) -> str:
    """Where the job stands."""
    return "waits for a slot" if row.stage is Stage.PREPARED and row.queued else _STAGES[row.stage]


def service_text(row: Row) -> str:
    """ "Sync", "Sync (sandbox)", or "Sync at http://..." for another address."""
    facts = SERVICES[row.service]
    if is_sandbox(row.origin):
        return f"{facts.title} (sandbox)"
    return facts.title if row.origin == facts.base_url.removeprefix("https://") else f"{facts.title} at {row.origin}"


def price_text(row: Row) -> str:
    """What it cost, or (with a ~) is expected to; nothing where nobody knows or where it was for nothing."""
    if is_sandbox(row.origin) or row.stage.dead:
        return ""
    if row.cost_usd is not None:
        return f"{row.cost_usd:.2f}"
    return "" if row.price_usd is None else f"~{row.price_usd:.2f}"


def time_text(moment: float | None) -> str:
    """A moment on this machine's clock, to the minute."""
    return "" if moment is None else f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M}"


def name_text(row: Row) -> str:
    """What the user called the output, without the id behind it."""
    return row.output_name or row.name


def as_json(row: Row) -> dict[str, object]:
    """What a script may want to know of one attempt. Times are UTC, prices US dollars."""
    return {
        "job_id": row.short_id,
        "attempt": row.attempt,
        "service": service_text(row),
        "service_job_id": row.service_job_id,
        "model": row.model,
        "take": row.take,
        "stage": row.stage.value,
        "queued": row.queued,
        "name": name_text(row),
        "file": None if row.file is None else str(row.file),
        "price_usd": row.price_usd,
        "cost_usd": row.cost_usd,
        "created_at": utc(row.created_at),
        "submitted_at": utc(row.submitted_at),
        "ended_at": utc(row.ended_at),
        "collected_at": utc(row.handed_over_at),
        "error": row.error,
        "error_code": row.error_code,
        "notes": list(row.notes),
    }


def utc(moment: float | None) -> str | None:
    """A moment as ISO 8601."""
    return None if moment is None else datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="seconds")
