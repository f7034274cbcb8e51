"""`show`: everything that is known of one job, and what to do next. Asks no service."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ...catalogue import SERVICES
from ...columns import table
from ...errors import NotInJournal
from ..accounts import at_hand
from ..fetch import film_on_disk
from ..journal import Journal, Row
from ..states import Stage
from . import output, words
from .exits import Exit
from .folders import Folders

_THERE, _GONE, _CHANGED = "there", "gone", "changed"

_NEXT: dict[Stage, str] = {
    Stage.PREPARED: "Nothing was bought. Queue the graph that ordered it.",
    Stage.SENDING: "`collect {id}` asks {service} what came of it; or a running ComfyUI is just sending it.",
    Stage.UNKNOWN: "`collect {id}` asks {service} what came of it.",
    Stage.SUBMITTED: "`collect {id}` waits for it and fetches its film.",
    Stage.PROCESSING: "`collect {id}` waits for it and fetches its film.",
    Stage.COMPLETED: "`collect {id}` fetches its film.",
    Stage.FAILED: "It was not billed. Queue the graph again to try it as a new job.",
    Stage.REJECTED: "It did not run and was not billed. Change what the error names, and queue the graph again.",
}
_NEXT_QUEUED = "A running ComfyUI submits it as soon as a slot is free; so does `collect {id}`, which buys it then."
_NEXT_DONE = {
    _THERE: "Nothing: the film is there, and queueing its graph again gives it without a purchase.",
    _GONE: "`collect {id}` fetches the film again; it is not bought again.",
    _CHANGED: "That file is not the film any more. `collect {id}` fetches the film under another name and leaves the file alone.",
}


def run(chosen: argparse.Namespace, folders: Folders) -> Exit:
    """Print the job with each of its attempts. Raises NotInJournal."""
    journal = folders.journal()
    attempts = journal.attempts(chosen.job) if journal else []
    if journal is None or not attempts:
        raise NotInJournal(job=chosen.job, folder=str(folders.state_dir))
    advice = _advice(attempts[-1], journal, folders)
    if chosen.json:
        described = [{**words.as_json(row), "film": _film(row, journal)} for row in attempts]
        output.result_json({"job_id": attempts[-1].short_id, "next": advice, "attempts": described})
        return Exit.DONE
    for row in attempts:
        lines = [(label, value) for label, value in _facts(row, journal) if value]
        output.result(table([(f"{label}:", value) for label, value in lines]) + "\n")
    output.result(advice)
    return Exit.DONE


def _facts(row: Row, journal: Journal) -> Iterator[tuple[str, str]]:
    yield "job", f"{row.short_id}, attempt {row.attempt}"
    yield "stage", words.stage_text(row)
    yield "service", words.service_text(row)
    yield "service's id", row.service_job_id or ""
    yield "name", row.name
    yield "model", f"{row.model}, take {row.take}"
    yield "ordered", words.time_text(row.created_at)
    yield "submitted", words.time_text(row.submitted_at)
    yield "ended", words.time_text(row.ended_at)
    yield "collected", words.time_text(row.handed_over_at)
    yield "cost", "" if row.cost_usd is None else f"{row.cost_usd:.2f} USD"
    yield "estimated", "" if row.price_usd is None else f"{row.price_usd:.2f} USD"
    yield "file", "" if row.file is None else f"{row.file} ({_film(row, journal)})"
    yield "error", row.error or ""
    for note in row.notes:
        yield "note", note


def _film(row: Row, journal: Journal) -> str | None:
    """Whether the film still lies where it was put; None for a job that was never fetched."""
    if row.file is None:
        return None
    if film_on_disk(row, journal) is not None:
        return _THERE
    return _CHANGED if row.file.exists() else _GONE


def _advice(row: Row, journal: Journal, folders: Folders) -> str:
    film = _film(row, journal)
    queued = row.stage is Stage.PREPARED and row.queued
    said = _NEXT_QUEUED if queued else _NEXT_DONE[film or _GONE] if row.stage is Stage.DONE else _NEXT[row.stage]
    advice = said.format(id=row.short_id, service=SERVICES[row.service].title)
    if "`collect" not in advice or at_hand(row, state_dir=folders.state_dir):
        return advice
    facts = SERVICES[row.service]
    return (
        f"{advice} It was bought with another key, or at another address: set {facts.key_variable} and {facts.base_url_variable} as then."
    )
