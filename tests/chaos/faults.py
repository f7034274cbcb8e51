"""What goes wrong between the workers and the services, and how the services are set: the tables that the seed draws from."""

from __future__ import annotations

from typing import Any

Fault = dict[str, Any]

_DOWN = (500, 502, 503, 504)


def _each(operations: str, *faults: Fault) -> list[Fault]:
    return [{"operation": operation, **fault} for operation in operations.split() for fault in faults]


def _lost_calls(operation: str) -> list[Fault]:
    """A paid call whose answer is lost or says nothing, whether it was accepted or not."""
    said = [{"kind": kind, "status": status, "accepted": accepted} for kind, status in _ANSWERS for accepted in (False, True)]
    wire = [{"kind": kind} for kind in ("drop_before", "drop_after", "drop_before", "drop_after", "truncated", "wrong_length", "garbage")]
    return _each(operation, *said, *wire, {"kind": "slow", "delay_s": 30.0}, {"kind": "slow", "delay_s": 150.0})


_ANSWERS = (*(("error", status) for status in (408, *_DOWN)), ("html", 502), ("html", 504))
_BROKEN: tuple[Fault, ...] = (
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "slow", "delay_s": 5.0},
    {"kind": "slow", "delay_s": 40.0},
    {"kind": "truncated"},
    {"kind": "wrong_length"},
    {"kind": "html", "status": 502},
    *({"kind": "error", "status": status} for status in (429, *_DOWN)),
)
_FILMS: tuple[Fault, ...] = (*_BROKEN, {"kind": "expired"}, {"kind": "expired"}, {"kind": "garbage"}, {"kind": "wrong_length"})

SYNC_CREATES: tuple[Fault, ...] = (
    *_lost_calls("create"),
    *_each(
        "create",
        {"kind": "error", "status": 429, "error_code": "rate_limit_exceeded"},
        {"kind": "error", "status": 429, "error_code": "concurrency_limit_reached", "times": 2},
        {"kind": "error", "status": 409, "error_code": "IDEMPOTENCY_KEY_CONFLICT", "accepted": True},
        {"kind": "error", "status": 409, "error_code": "IDEMPOTENCY_IN_PROGRESS"},
        {"kind": "outcome_unknown", "accepted": True, "names_generation": True},
        {"kind": "outcome_unknown", "accepted": True},
        {"kind": "outcome_unknown", "accepted": False},
        {"kind": "outcome", "status": "FAILED"},
        {"kind": "outcome", "status": "FAILED"},
        {"kind": "outcome", "status": "REJECTED"},
    ),
)
SEGMIND_SUBMITS: tuple[Fault, ...] = (
    *_lost_calls("segmind_submit"),
    *_each(
        "segmind_submit",
        *[{"kind": "error", "status": 429, "times": 2}] * 3,
        *[{"kind": "outcome", "status": "FAILED"}] * 3,
    ),
)
FREE: tuple[Fault, ...] = (
    *_each("upload register put estimate get costs list download segmind_upload segmind_credits segmind_status segmind_result", *_BROKEN),
    *_each("segmind_history segmind_past_request", *_BROKEN),
    *_each("get segmind_result", {"kind": "no_output_url"}),
    *_each("result storage segmind_film", *_FILMS),
)
FAULTS: tuple[Fault, ...] = (*SYNC_CREATES, *SEGMIND_SUBMITS, *FREE, *FREE)

FIRST_SETTINGS: dict[str, Any] = {
    "segmind_credits": 1e9,
    "segmind_history_leaves_out": ["7.mp3"],  # the rows of one submit in sixteen never come
    "uploads_per_minute": 10_000,
}
_QUICK: dict[str, Any] = {
    "pending_s": 0.5,
    "processing_s": 2.0,
    "slots": 40,
    "segmind_record_s": 3600.0,
    "segmind_history": "whole",
    "segmind_history_delay_s": 0.0,
    "segmind_history_body": "object",
    "creates_per_minute": 1000,
    "segmind_requests_per_minute": 1000,
    "conflict_status": 409,
    "conflict_names_generation": False,
    "replay_status": 201,
}
CALM: dict[str, Any] = {**_QUICK, "reads_per_minute": 10_000}
SETTINGS: tuple[dict[str, Any], ...] = (
    _QUICK,
    {**_QUICK, "slots": 2, "processing_s": 4.0},  # all busy, most of the time
    {**_QUICK, "slots": 6, "conflict_status": 422, "replay_status": 200},
    {**_QUICK, "creates_per_minute": 60, "segmind_requests_per_minute": 60},
    {**_QUICK, "processing_s": 16.0, "conflict_names_generation": True},
    {**_QUICK, "processing_s": 16.0, "segmind_record_s": 5.0},  # what an hour does, in less
    {**_QUICK, "segmind_record_s": 0.0, "segmind_history_body": "text"},
    {**_QUICK, "processing_s": 16.0, "segmind_history_delay_s": 60.0},
    {**_QUICK, "segmind_history": "unavailable"},
)
"""Each names all that any of them names, so that the order in which they come makes no difference."""
